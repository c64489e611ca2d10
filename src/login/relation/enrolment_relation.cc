#include "login/relation/enrolment_relation.h"

#include <algorithm>
#include <utility>

#include "login/relation/commitment.h"
#include "login/relation/cosine.h"
#include "login/relation/model_parts.h"
#include "login/relation/phrase.h"
#include "login/relation/phrase_states.h"
#include "login/relation/refusals.h"
#include "login/relation/template.h"
#include "login/relation/template_relation.h"
#include "relation/builder/builder.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "speech/features/refusals.h"
#include "voizk/enrolment.h"

namespace voizk {
namespace {

static_assert(kMaxEnrolPhrases <= kMaxSummed);

// Begins the names of the i-th recording's inputs, i = 1..n.
std::string InputScope(size_t i) { return std::to_string(i) + ":"; }

Status CheckShape(const LoginModel& model, const EnrolmentShape& shape) {
  const size_t least = EnrolPhrasesMin(model.decision);
  if (least > kMaxEnrolPhrases) {
    return {ErrorCode::kUnsupported, "the bundle wants more phrases than an enrolment can have"};
  }
  if (shape.phrases < least || shape.phrases > kMaxEnrolPhrases) {
    return {ErrorCode::kInvalidArgument, "a proven enrolment has " + std::to_string(least) +
                                             " to " + std::to_string(kMaxEnrolPhrases) +
                                             " phrases"};
  }
  if (CanHoldEnough(model.decision, shape)) return {};
  return {ErrorCode::kUnsupported, "the bundle wants more speech than these recordings hold"};
}

// Every recording would log in with the template that the others make.
void RequireAlike(Builder& b, const LoginModel& model, const std::vector<SpokenPhrase>& spoken,
                  const std::vector<TensorId>& units, const View& sum) {
  for (size_t i = 0; i < spoken.size(); ++i) {
    const TensorId others =
        AddTemplate(b, model.decision, "enrol.others", views::Sub(sum, b.Identity(units[i])));
    RequireSameVoice(b, model.decision, spoken[i].embedding, others);
  }
}

Status AddEnrolment(Builder& b, const LoginModel& model, const EnrolmentShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckModel(model, shape.frames));
  VOIZK_RETURN_IF_ERROR(CheckShape(model, shape));
  std::vector<SpokenPhrase> spoken;
  std::vector<TensorId> units;
  View sum = views::Constant(MakeShape({kEmbeddingSize}), 0);
  View voiced = views::Constant(MakeShape({1}), 0);
  for (size_t i = 1; i <= shape.phrases; ++i) {
    b.SetScope(InputScope(i));
    VOIZK_ASSIGN_OR_RETURN(const SpokenPhrase phrase,
                           AddSpokenPhrase(b, model, {shape.frames, shape.digits}));
    spoken.push_back(phrase);
    units.push_back(AddUnitEmbedding(b, model.decision, phrase.embedding));
    sum = views::Add(std::move(sum), b.Identity(units.back()));
    voiced = views::Add(std::move(voiced), Total(b, phrase.mask));
  }
  b.SetScope({});
  // 20 ms frames here, 10 ms frames there.
  gadgets::NonNegative(b, views::Offset(views::Scale(voiced, 2), -model.decision.enrol_voiced_min),
                       kRefuseTooShort);
  RequireAlike(b, model, spoken, units, sum);
  const TensorId values = AddTemplate(b, model.decision, "enrol.template", sum);
  RequireTemplateNorm(b, model.decision, values);
  const TensorId salt = gadgets::Input(b, kSaltInput, MakeShape({32}), 0, 255);
  RequireCommitment(b, salt, values);
  return {};
}

}  // namespace

size_t EnrolPhrasesMin(const DecisionConfig& decision) {
  return std::max<size_t>(2, static_cast<size_t>(decision.enrol_min_utterances));
}

bool CanHoldEnough(const DecisionConfig& decision, const EnrolmentShape& shape) {
  return shape.phrases * uint64_t{shape.frames} >=
         static_cast<uint64_t>(std::max(decision.enrol_voiced_min, 0));
}

Result<CertifiedRelation> CertifyEnrolmentRelation(const LoginModel& model,
                                                   const EnrolmentShape& shape) {
  Builder b;
  VOIZK_RETURN_IF_ERROR(AddEnrolment(b, model, shape));
  return std::move(b).FinishCertified();
}

Result<PublicInputValues> EnrolmentPublicInputs(const DecisionConfig& decision,
                                                const Digest& bundle_digest,
                                                const EnrolmentPublic& enrolment) {
  PublicInputValues values;
  for (const std::vector<uint8_t>& phrase : enrolment.phrases) {
    VOIZK_RETURN_IF_ERROR(CheckPhrase(decision, phrase));
    values.emplace_back(phrase.begin(), phrase.end());
  }
  values.push_back(CommitmentState(enrolment.relying_party, bundle_digest));
  values.push_back(CommitmentDigest(enrolment.commitment));
  return values;
}

Result<Inputs> EnrolmentInputs(const FrontEndConfig& c, uint32_t frames,
                               std::span<const std::span<const int16_t>> recordings,
                               const TemplateSalt& salt, const PublicInputValues& publics) {
  if (publics.size() != recordings.size() + 2) {
    return {ErrorCode::kInvalidArgument, "these are not the public inputs of an enrolment"};
  }
  Inputs inputs;
  const InputsEraser erase(inputs);
  for (size_t i = 0; i < recordings.size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(Inputs one, SplitPcm(c, frames, recordings[i]));
    const InputsEraser erase_one(one);
    for (auto& [name, values] : one) inputs[InputScope(i + 1) + name].swap(values);
    inputs[InputScope(i + 1) + kPhraseInput] = publics[i];
  }
  inputs[kSaltInput].assign(salt.begin(), salt.end());
  inputs[kCommitmentState] = publics[recordings.size()];
  inputs[kCommitmentDigest] = publics[recordings.size() + 1];
  return inputs;
}

}  // namespace voizk
