// The statement of a proven enrolment as one relation (docs/decision.md, 10): several recordings,
// each with its phrase, and the template that is made of them.
//   pcm_i -> front end -> recogniser -> phrase_i -> embedding e_i over its mask, i = 1..n
//   e_i -> u_i -> t from the sum of all u -> commitment
//   e_i like the template of the other u
// It depends on bundle, bucket, number of phrases and their digits alone.
#ifndef VOIZK_LOGIN_RELATION_ENROLMENT_RELATION_H_
#define VOIZK_LOGIN_RELATION_ENROLMENT_RELATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/hash/digest.h"
#include "login/relation/login_relation.h"
#include "relation/certificate/certificate.h"
#include "voizk/credential.h"

namespace voizk {

struct EnrolmentShape {
  uint32_t frames = 0;  // the bucket of every recording
  size_t phrases = 0;   // 2 .. kMaxEnrolPhrases, at least enrol_min_utterances
  size_t digits = 0;    // of each
  bool operator==(const EnrolmentShape&) const = default;
};

/// Phrases that a bundle's decision wants at least: enrol_min_utterances, and 2.
size_t EnrolPhrasesMin(const DecisionConfig& decision);

/// Values of its public inputs.
struct EnrolmentPublic {
  std::string relying_party;
  std::vector<std::vector<uint8_t>> phrases;  // digits
  Digest commitment{};
};

/// Errors: kInvalidArgument (the shape), kUnsupported (the bundle wants more phrases than an
/// enrolment can have, or more speech than so many buckets hold), and as CertifyLoginRelation.
Result<CertifiedRelation> CertifyEnrolmentRelation(const LoginModel& model,
                                                   const EnrolmentShape& shape);

/// In the relation's order: every phrase, then commitment.state and commitment.digest.
/// kInvalidArgument: CheckPhrase's.
Result<PublicInputValues> EnrolmentPublicInputs(const DecisionConfig& decision,
                                                const Digest& bundle_digest,
                                                const EnrolmentPublic& enrolment);

/// By input name, public ones too.  recordings: one per phrase, in order.
/// Errors: kInvalidArgument (a recording longer than the bucket).
Result<Inputs> EnrolmentInputs(const FrontEndConfig& c, uint32_t frames,
                               std::span<const std::span<const int16_t>> recordings,
                               const TemplateSalt& salt, const PublicInputValues& publics);

/// Whether recordings of that shape can hold as much speech as the decision wants of them together.
bool CanHoldEnough(const DecisionConfig& decision, const EnrolmentShape& shape);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_ENROLMENT_RELATION_H_
