// A template from enrolment embeddings, proven (docs/decision.md, 4 and 10): template.h's integers
// as constraints.
#ifndef VOIZK_LOGIN_RELATION_TEMPLATE_RELATION_H_
#define VOIZK_LOGIN_RELATION_TEMPLATE_RELATION_H_

#include <string>

#include "login/relation/decision_config.h"
#include "relation/builder/builder.h"

namespace voizk {

/// views: m [64].  params: template_norm, template_norm2_lo, template_norm2_hi.  output: c [1], as
/// TemplateScale.
inline constexpr char kTemplateScaleHint[] = "template scale";

/// u [64] of the embedding, which has 64 values in [-127, 127] in one row, and
/// |e|^2 >= embedding_norm2_min.
TensorId AddUnitEmbedding(Builder& b, const DecisionConfig& c, TensorId embedding);

/// t [64] from m [64], a sum of at most kMaxSummed unit embeddings, for a scale of the prover's
/// choice.  That |t|^2 lies in the published interval, whoever uses t shows (RequireSameVoice,
/// RequireTemplateNorm).
TensorId AddTemplate(Builder& b, const DecisionConfig& c, const std::string& name, const View& m);

/// |t|^2 in template_norm2.
void RequireTemplateNorm(Builder& b, const DecisionConfig& c, TensorId t);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_TEMPLATE_RELATION_H_
