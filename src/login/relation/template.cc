#include "login/relation/template.h"

#include <algorithm>
#include <cmath>

namespace voizk {
namespace {

__extension__ using Int128 = __int128;

constexpr int64_t kHalfScale = int64_t{1} << (kScaleShift - 1);

int64_t Norm2(const VoiceTemplate& t) {
  int64_t sum = 0;
  for (const int8_t v : t) sum += int64_t{v} * v;
  return sum;
}

int64_t Root(int64_t v) {
  auto s = static_cast<int64_t>(std::sqrt(static_cast<double>(v)));
  while (s * s > v) --s;
  while ((s + 1) * (s + 1) <= v) ++s;
  return s;
}

}  // namespace

int64_t UnitWeight(int64_t norm2) {
  return (int64_t{1} << kWeightShift) / Root(norm2 << kNormShift);
}

Result<Embedding> UnitEmbedding(const DecisionConfig& c, std::span<const int32_t> e) {
  int64_t norm2 = 0;
  for (const int32_t v : e) norm2 += int64_t{v} * v;
  if (e.size() != kEmbeddingSize || norm2 < LeastNorm2(c)) {
    return {ErrorCode::kRefused, "an utterance carries too little of a voice"};
  }
  const int64_t weight = UnitWeight(norm2);
  Embedding unit;
  for (size_t k = 0; k < kEmbeddingSize; ++k) {
    const int64_t v = weight * e[k] + (1 << (kUnitShift - 1));
    unit[k] = static_cast<int32_t>(v >> kUnitShift);
  }
  return unit;
}

VoiceTemplate ScaledTemplate(std::span<const int64_t> m, int32_t scale) {
  VoiceTemplate t;
  for (size_t k = 0; k < std::min<size_t>(m.size(), kEmbeddingSize); ++k) {
    const int64_t v = (m[k] * scale + kHalfScale) >> kScaleShift;
    t[k] = static_cast<int8_t>(std::clamp<int64_t>(v, -kEmbeddingMax, kEmbeddingMax));
  }
  return t;
}

Result<int32_t> TemplateScale(const DecisionConfig& c, std::span<const int64_t> m) {
  double norm2 = 0;
  for (const int64_t v : m) norm2 += static_cast<double>(v) * static_cast<double>(v);
  if (!(norm2 >= 1)) return {ErrorCode::kRefused, "the utterances have nothing in common"};
  // |t| grows with the scale.  Rounding and, with very large components, clamping decide what it
  // is: bisection from the nominal scale on.
  int32_t low = 0, high = kMaxScale + 1;
  const double nominal = c.template_norm * std::exp2(kScaleShift) / std::sqrt(norm2);
  auto scale = static_cast<int32_t>(std::clamp(std::nearbyint(nominal), 1.0, double(kMaxScale)));
  while (low < scale && scale < high) {
    const int64_t reached = Norm2(ScaledTemplate(m, scale));
    if (reached >= c.template_norm2_lo && reached <= c.template_norm2_hi) return scale;
    (reached < c.template_norm2_lo ? low : high) = scale;
    scale = low + (high - low) / 2;
  }
  return {ErrorCode::kRefused, "no template of the published norm fits these utterances"};
}

Result<VoiceTemplate> AverageEmbeddings(const DecisionConfig& c,
                                        std::span<const Embedding> embeddings) {
  SecureArray<int64_t, kEmbeddingSize> sum;
  for (const Embedding& e : embeddings) {
    VOIZK_ASSIGN_OR_RETURN(const Embedding unit, UnitEmbedding(c, e.span()));
    for (size_t k = 0; k < kEmbeddingSize; ++k) sum[k] += unit[k];
  }
  const auto parts = static_cast<int64_t>((embeddings.size() + kMaxSummed - 1) / kMaxSummed);
  for (int64_t& v : sum.span()) {
    if (parts > 1) v = (v - (v % parts + parts) % parts) / parts;  // rounded down
  }
  VOIZK_ASSIGN_OR_RETURN(const int32_t scale, TemplateScale(c, sum.span()));
  return ScaledTemplate(sum.span(), scale);
}

bool SameVoice(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t) {
  if (e.size() != t.size()) return false;
  int64_t dot = 0, e2 = 0, t2 = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    dot += int64_t{e[i]} * t[i];
    e2 += int64_t{e[i]} * e[i];
    t2 += int64_t{t[i]} * t[i];
  }
  if (dot < 1 || e2 < c.embedding_norm2_min || t2 < c.template_norm2_lo ||
      t2 > c.template_norm2_hi) {
    return false;
  }
  const Int128 left = Int128{dot} * dot << 24;
  return left >= Int128{e2} * t2 * c.theta_q12 * c.theta_q12;
}

}  // namespace voizk
