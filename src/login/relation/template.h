// From enrolment embeddings to a template, in integers (docs/decision.md, 4).  A proven enrolment
// shows exactly this (template_relation.h); an unproven one computes it.
#ifndef VOIZK_LOGIN_RELATION_TEMPLATE_H_
#define VOIZK_LOGIN_RELATION_TEMPLATE_H_

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secure.h"
#include "login/relation/decision_config.h"
#include "voizk/credential.h"

namespace voizk {

static_assert(kEmbeddingSize == kTemplateDims);
using Embedding = SecureArray<int32_t, kEmbeddingSize>;

/// s = isqrt(2^8 |e|^2),  w = floor(2^22 / s),  u = floor((w e + 2^4) / 2^5): e at a length of
/// nearly 2^13.
inline constexpr int kNormShift = 8, kWeightShift = 22, kUnitShift = 5;
/// |u_i| <= 2^13 (1 + 1/s) + 1/2, s >= 90 where |e|^2 >= 32.
inline constexpr int32_t kUnitMax = 8320;
/// t = clamp(floor((c m + 2^15) / 2^16), -127, 127), m a sum of at most kMaxSummed of the u,
/// 1 <= c <= kMaxScale: c m stays below 2^29.1.
inline constexpr int kScaleShift = 16;
inline constexpr int32_t kMaxScale = 8191;
inline constexpr size_t kMaxSummed = 8;

/// embedding_norm2_min, and at least 32: w s stays below p/2.
inline int32_t LeastNorm2(const DecisionConfig& c) {
  return c.embedding_norm2_min < 32 ? 32 : c.embedding_norm2_min;
}
/// w of |e|^2, 1 <= |e|^2 < 2^44.
int64_t UnitWeight(int64_t norm2);

/// An embedding at the common length.  kRefused if it is shorter than LeastNorm2.
Result<Embedding> UnitEmbedding(const DecisionConfig& c, std::span<const int32_t> e);

/// The scale c with which m becomes a template of a norm in the published interval, near
/// template_norm.  kRefused if there is none.
Result<int32_t> TemplateScale(const DecisionConfig& c, std::span<const int64_t> m);

/// t for that scale.
VoiceTemplate ScaledTemplate(std::span<const int64_t> m, int32_t scale);

/// The template of these embeddings: of the sum of their unit embeddings, divided by
/// ceil(count / kMaxSummed), rounded down, where they are more.  Errors of the above.
Result<VoiceTemplate> AverageEmbeddings(const DecisionConfig& c,
                                        std::span<const Embedding> embeddings);

/// The decision of cosine.h on plain integers; for refusals, trials and tests.
bool SameVoice(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_TEMPLATE_H_
