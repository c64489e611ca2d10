#include "relation/certificate/view_algebra.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

namespace voizk {
namespace {

constexpr size_t kMaxCompared = 64;  // beyond so many terms, equal ones are not looked for

int32_t Saturated(int64_t x) {
  return static_cast<int32_t>(std::clamp<int64_t>(x, std::numeric_limits<int32_t>::min() + 1,
                                                  std::numeric_limits<int32_t>::max()));
}

void AddTerm(View* v, const Term& term, int64_t factor) {
  const int64_t scaled =
      std::clamp<int64_t>(factor, -(int64_t{1} << 31), int64_t{1} << 31) * term.coeff;
  if (v->terms.size() <= kMaxCompared) {
    for (size_t i = 0; i < v->terms.size(); ++i) {
      Term& t = v->terms[i];
      if (t.tensor != term.tensor || !(t.op == term.op)) continue;
      t.coeff = Saturated(t.coeff + scaled);
      if (t.coeff == 0) v->terms.erase(v->terms.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
  if (scaled == 0) return;
  v->terms.push_back(term);
  v->terms.back().coeff = Saturated(scaled);
}

/// to + factor * from in every place, or nothing if one of them is no int32.
std::optional<std::vector<int32_t>> Merged(std::span<const int32_t> to, int64_t factor,
                                           const std::vector<int32_t>& from) {
  std::vector<int32_t> sum(from.size());
  for (size_t j = 0; j < from.size(); ++j) {
    const int64_t x = (to.empty() ? 0 : to[j]) + factor * from[j];
    sum[j] = Saturated(x);
    if (sum[j] != x) return std::nullopt;
  }
  return sum;
}

bool IsZero(const std::vector<int32_t>& v) {
  return std::all_of(v.begin(), v.end(), [](int32_t x) { return x == 0; });
}

/// false: factor * c has a value that is no int32.
bool AddConstant(View* v, const ConstantTerm& c, int64_t factor) {
  const int64_t f = std::clamp<int64_t>(factor, -(int64_t{1} << 31), int64_t{1} << 31);
  for (size_t i = 0; i < v->constants.size(); ++i) {
    ConstantTerm& k = v->constants[i];
    if (k.dim_mask != c.dim_mask || k.values.size() != c.values.size()) continue;
    // Where the sum is no int32 the two stand side by side: a constant that differed from what was
    // asked for would make every bound of the view a bound of something else.
    auto sum = Merged(k.values, f, c.values);
    if (!sum) break;
    k.values = std::move(*sum);
    if (IsZero(k.values)) v->constants.erase(v->constants.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  auto scaled = Merged({}, f, c.values);
  if (!scaled) return false;
  if (!IsZero(*scaled)) v->constants.push_back({c.dim_mask, std::move(*scaled)});
  return true;
}

View NoView() {
  View nothing;
  nothing.shape.rank = 0;
  return nothing;
}

}  // namespace

View Combine(View a, const View& b, int64_t factor) {
  if (!(a.shape == b.shape)) return NoView();
  for (const Term& t : b.terms) AddTerm(&a, t, factor);
  for (const ConstantTerm& c : b.constants) {
    if (!AddConstant(&a, c, factor)) return NoView();
  }
  return a;
}

View WithoutTerm(const View& v, size_t index) {
  View rest = v;
  rest.terms.erase(rest.terms.begin() + static_cast<std::ptrdiff_t>(index));
  return rest;
}

}  // namespace voizk
