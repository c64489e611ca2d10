#include <algorithm>
#include <array>

#include "login/hints/hints.h"
#include "login/relation/cosine.h"

namespace voizk {
namespace {

constexpr int64_t kBase = 1 << kCosineLimbBits;

}  // namespace

Status CosineHint(const HintCall& call) {
  if (call.views.size() != 2 || call.views[0].size() != call.views[1].size() ||
      call.params.size() != 1 || call.outputs.size() != kCosOutputs) {
    return {ErrorCode::kInternal, "cosine: step does not fit"};
  }
  const auto& e = call.views[0];
  const auto& t = call.views[1];
  int64_t dot = 0, e2 = 0, t2 = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    dot += e[i] * t[i];
    e2 += e[i] * e[i];
    t2 += t[i] * t[i];
  }
  const auto set = [&call](CosineOutput k, size_t i, int64_t v) {
    call.outputs[k][i] = static_cast<int32_t>(v);
  };
  const auto split = [&](CosineOutput k, int64_t v) {
    set(k, 0, v & (kBase - 1));
    set(k, 1, v >> kCosineLimbBits);  // negative: out of range, which refuses
  };
  split(kCosDot, dot);
  split(kCosEmbedding, e2);
  split(kCosTemplate, t2);
  const int64_t e0 = e2 % kBase, e1 = e2 / kBase, t0 = t2 % kBase, t1 = t2 / kBase;
  const int64_t k0 = e0 * t0 / kBase, k1 = (e0 * t1 + e1 * t0 + k0) / kBase;
  set(kCosNormCarries, 0, k0);
  set(kCosNormCarries, 1, k1);
  const int64_t norms = e2 * t2;
  std::array<int64_t, 4> p{};
  for (size_t i = 0; i < p.size(); ++i) {
    p[i] = norms >> (kCosineLimbBits * static_cast<int>(i)) & (kBase - 1);
    set(kCosNorms, i, p[i]);
  }
  const int64_t d0 = dot & (kBase - 1), d1 = dot >> kCosineLimbBits;
  const std::array<int64_t, 3> squares{d0 * d0, d0 * d1, d1 * d1};
  for (size_t i = 0; i < squares.size(); ++i) set(kCosSquare, i, squares[i]);

  const int64_t theta2 = call.params[0] * call.params[0];
  int64_t carry = 0;
  for (int k = 0; k < 6; ++k) {
    int64_t v = carry;
    if (k >= 2 && k <= 4) v += (k == 3 ? 32 : 16) * squares[static_cast<size_t>(k - 2)];
    for (int i = std::max(0, k - 2); i <= std::min(3, k); ++i) {
      v -= p[static_cast<size_t>(i)] * (theta2 >> (kCosineLimbBits * (k - i)) & (kBase - 1));
    }
    set(kCosDifference, static_cast<size_t>(k), v & (kBase - 1));
    carry = v >> kCosineLimbBits;
    if (k < 5) set(kCosCarries, static_cast<size_t>(k), carry);
  }
  // Negative when the score is below the threshold: out of range, which refuses.
  set(kCosDifference, 6, carry);
  return {};
}

}  // namespace voizk
