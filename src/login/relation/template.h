// From enrolment embeddings to a template (docs/decision.md, 4).  Not proven: what a login proves
// about the template is its commitment, its range and its norm.
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

/// The mean of the embeddings, each scaled to length 1, scaled to the norm template_norm, rounded,
/// with |t|^2 in the published interval.  kRefused if an embedding is shorter than
/// embedding_norm2_min or the mean vanishes.
Result<VoiceTemplate> AverageEmbeddings(const DecisionConfig& c,
                                        std::span<const Embedding> embeddings);

/// The decision of cosine.h on plain integers; for refusals, trials and tests.
bool SameVoice(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_TEMPLATE_H_
