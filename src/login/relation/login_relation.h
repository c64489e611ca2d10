// The statement of a login as one relation, from PCM to "yes" (docs/decision.md, docs/features.md):
//   pcm -> front end -> voiced frames
//       -> recogniser -> phrase -> pooling mask
//       -> embedding over the mask -> same voice as the template
//   template, salt -> credential commitment
// It depends on bundle, bucket and number of digits alone; phrase and commitment are its public
// inputs.  Prover and verifier build it; its digest goes into the transcript.
#ifndef VOIZK_LOGIN_RELATION_LOGIN_RELATION_H_
#define VOIZK_LOGIN_RELATION_LOGIN_RELATION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/hash/digest.h"
#include "login/relation/decision_config.h"
#include "network/graph/graph.h"
#include "relation/certificate/certificate.h"
#include "relation/core/relation.h"
#include "speech/features/config.h"
#include "voizk/credential.h"

namespace voizk {

/// What a bundle contributes.
struct LoginModel {
  FrontEndConfig front_end;
  DecisionConfig decision;
  Digest bundle_digest{};
  /// Networks for a buffer of T frames.  embedding: "features" [T][F] or "samples" (FrontEnd::x1),
  /// "mask" [T/2] -> 64 values in [-127, 127]; recogniser: "features" -> [T/2][13].
  std::function<Result<Graph>(uint32_t frames)> embedding;
  std::function<Result<Graph>(uint32_t frames)> recogniser;
};

/// What shapes the relation beside the bundle.
struct LoginShape {
  uint32_t frames = 0;  // the bucket, even
  size_t digits = 0;    // of the phrase
  bool operator==(const LoginShape&) const = default;
};

/// The values of its public inputs.  Nonce, expiry and the rest of the challenge bind the
/// transcript, not the relation.
struct LoginPublic {
  std::string relying_party;
  std::vector<uint8_t> phrase;  // digits
  Digest commitment{};
};

/// Names of the secret inputs beside kPcmLow and kPcmHigh (features/level.h).
inline constexpr char kTemplateInput[] = "template";  // [64]
inline constexpr char kSaltInput[] = "salt";          // [32]

/// Errors: kInvalidArgument (digits, frames), kMalformed or kUnsupported (a model that does not fit
/// or whose certificate fails), kLimitExceeded.
Result<Relation> BuildLoginRelation(const LoginModel& model, const LoginShape& shape);
/// The same for proving and verifying: certified once, never changed.
Result<CertifiedRelation> CertifyLoginRelation(const LoginModel& model, const LoginShape& shape);

/// In the relation's order: the phrase [L], then SHA-256's state after tag and context and the
/// commitment, each [8][2] (docs/decision.md, 9).  kInvalidArgument: CheckPhrase's.
Result<PublicInputValues> LoginPublicInputs(const DecisionConfig& decision,
                                            const Digest& bundle_digest, const LoginPublic& login);
/// Whether a relation from elsewhere has these public inputs: kInvalidArgument.
Status CheckLoginPublicInputs(const DecisionConfig& decision, const Relation& relation);

/// By input name, public ones too; what an executor takes.
/// Errors: kInvalidArgument (pcm longer than the bucket).
Result<Inputs> LoginInputs(const FrontEndConfig& c, uint32_t frames, std::span<const int16_t> pcm,
                           const VoiceTemplate& values, const TemplateSalt& salt,
                           const PublicInputValues& publics);

/// Enrolment, executed for its values and never proven: front end (with its refusals), embedding
/// pooled over all voiced 20 ms frames.  frames even, not limited to buckets.
Result<Relation> BuildEnrolRelation(const LoginModel& model, uint32_t frames);
/// Tensors of it: the embedding [64] and the number of voiced 10 ms frames [1].
inline constexpr char kEnrolEmbedding[] = "enrol.embedding";
inline constexpr char kEnrolVoiced[] = "vad.count";

/// One recording of a proven enrolment by itself, executed for its values and never proven: all of
/// a login's relation but template and commitment.  Errors as BuildLoginRelation's.
Result<Relation> BuildSpokenPhraseRelation(const LoginModel& model, const LoginShape& shape);
/// Tensors of it: kEnrolEmbedding and the voiced 20 ms frames within the phrase [frames/2].
inline constexpr char kSpokenMask[] = "spoken.mask";

/// The smallest even number of frames, at least 2, whose buffer holds that many samples.
uint32_t FramesFor(const FrontEndConfig& c, size_t samples);

/// The front end alone (`bench logmel`), with the MFCC if asked for.
Result<Relation> BuildFrontEndRelation(const FrontEndConfig& c, uint32_t frames, bool with_mfcc);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_LOGIN_RELATION_H_
