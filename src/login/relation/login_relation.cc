#include "login/relation/login_relation.h"

#include <array>
#include <utility>

#include "base/sizes.h"
#include "login/relation/commitment.h"
#include "login/relation/cosine.h"
#include "login/relation/model_parts.h"
#include "login/relation/phrase.h"
#include "login/relation/phrase_states.h"
#include "relation/builder/builder.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "speech/features/mean_norm.h"

namespace voizk {
namespace {

// All of a login's relation; errors of the builder show when it finishes.
Status AddLogin(Builder& b, const LoginModel& model, const LoginShape& shape) {
  VOIZK_ASSIGN_OR_RETURN(const SpokenPhrase spoken, AddSpokenPhrase(b, model, shape));
  const TensorId values =
      gadgets::Input(b, kTemplateInput, MakeShape({kEmbeddingSize}), -kEmbeddingMax, kEmbeddingMax);
  RequireSameVoice(b, model.decision, spoken.embedding, values);
  const TensorId salt = gadgets::Input(b, kSaltInput, MakeShape({32}), 0, 255);
  RequireCommitment(b, salt, values);
  return {};
}

}  // namespace

Result<Relation> BuildLoginRelation(const LoginModel& model, const LoginShape& shape) {
  Builder b;
  VOIZK_RETURN_IF_ERROR(AddLogin(b, model, shape));
  return std::move(b).Finish();
}

Result<CertifiedRelation> CertifyLoginRelation(const LoginModel& model, const LoginShape& shape) {
  Builder b;
  VOIZK_RETURN_IF_ERROR(AddLogin(b, model, shape));
  return std::move(b).FinishCertified();
}

Result<PublicInputValues> LoginPublicInputs(const DecisionConfig& decision,
                                            const Digest& bundle_digest, const LoginPublic& login) {
  VOIZK_RETURN_IF_ERROR(CheckPhrase(decision, login.phrase));
  return PublicInputValues{{login.phrase.begin(), login.phrase.end()},
                           CommitmentState(login.relying_party, bundle_digest),
                           CommitmentDigest(login.commitment)};
}

Status CheckLoginPublicInputs(const DecisionConfig& decision, const Relation& relation) {
  Builder b;  // the declarations, without what they are for
  bool fits = relation.publics.size() == 3;
  if (fits) {
    const size_t digits = ToSize(relation.publics[0].v.shape.Cells());
    fits = MakePhraseTables(decision, digits).ok();
    if (fits) AddPhraseInput(b, digits);
    AddCommitmentInputs(b);
  }
  for (size_t k = 0; fits && k < 3; ++k) {
    const PublicInput &given = relation.publics[k], &expected = b.relation().publics[k];
    fits = given.v.shape == expected.v.shape && given.lo == expected.lo && given.hi == expected.hi;
  }
  if (fits) return {};
  return {ErrorCode::kInvalidArgument, "the relation is not that of a login with this bundle"};
}

Result<Inputs> LoginInputs(const FrontEndConfig& c, uint32_t frames, std::span<const int16_t> pcm,
                           const VoiceTemplate& values, const TemplateSalt& salt,
                           const PublicInputValues& publics) {
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, SplitPcm(c, frames, pcm));
  const InputsEraser erase(inputs);
  inputs[kTemplateInput].assign(values.begin(), values.end());
  inputs[kSaltInput].assign(salt.begin(), salt.end());
  const std::array names{kPhraseInput, kCommitmentState, kCommitmentDigest};
  if (publics.size() != names.size()) {
    return {ErrorCode::kInvalidArgument, "these are not the public inputs of a login"};
  }
  for (size_t k = 0; k < names.size(); ++k) inputs[names[k]] = publics[k];
  return inputs;
}

Result<Relation> BuildEnrolRelation(const LoginModel& model, uint32_t frames) {
  VOIZK_RETURN_IF_ERROR(CheckModel(model, frames));
  Builder b;
  const FrontEnd front = AddFrontEnd(b, model.front_end, frames);
  const TensorId mask = gadgets::Materialise(
      b, "enrol.mask", ViewOf(b, front.activity.voiced, MakeShape({frames / 2}), {From(0, 2)}));
  VOIZK_ASSIGN_OR_RETURN(const TensorId embedding, AddEmbedding(b, model, frames, front, mask));
  VOIZK_ASSIGN_OR_RETURN(const View flat, FlatEmbedding(b, embedding));
  gadgets::Materialise(b, kEnrolEmbedding, flat);
  return std::move(b).Finish();
}

Result<Relation> BuildSpokenPhraseRelation(const LoginModel& model, const LoginShape& shape) {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const SpokenPhrase spoken, AddSpokenPhrase(b, model, shape));
  VOIZK_ASSIGN_OR_RETURN(const View flat, FlatEmbedding(b, spoken.embedding));
  gadgets::Materialise(b, kEnrolEmbedding, flat);
  gadgets::Materialise(b, kSpokenMask, b.Identity(spoken.mask));
  return std::move(b).Finish();
}

uint32_t FramesFor(const FrontEndConfig& c, size_t samples) {
  uint32_t frames = 2;
  while (c.Samples(frames) < samples) frames += 2;
  return frames;
}

Result<Relation> BuildFrontEndRelation(const FrontEndConfig& c, uint32_t frames, bool with_mfcc) {
  VOIZK_RETURN_IF_ERROR(CheckFrontEnd(c));
  Builder b;
  const FrontEnd front = AddFrontEnd(b, c, frames);
  if (with_mfcc) AddMfcc(b, c, front.log);
  return std::move(b).Finish();
}

}  // namespace voizk
