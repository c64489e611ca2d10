// Enrolment with a proof: that a commitment hides the template of several recordings, each of one
// voice saying a phrase that the relying party chose (docs/decision.md, 10).  Without one a relying
// party knows nothing of the template but what every login shows, its norm.  Verifying needs
// nothing but this library; ProveEnrolment is the user's (voizk/login.h).
#ifndef VOIZK_ENROLMENT_H_
#define VOIZK_ENROLMENT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"

namespace voizk {

inline constexpr std::string_view kEnrolmentSuite = "voizk enrolment v1";
inline constexpr size_t kMaxEnrolPhrases = 8;

/// What to say at an enrolment that answers this challenge, count >= 1 phrases: the challenge's
/// own, then others of as many digits that follow from its nonce (docs/formats.md).  Neighbours
/// within a phrase differ, and so do the phrases.  kInvalidArgument: CheckChallenge's, or more than
/// kMaxEnrolPhrases.
Result<std::vector<std::vector<uint8_t>>> EnrolmentPhrases(const Challenge& challenge,
                                                           size_t count);

struct EnrolmentPolicy {
  Bundle bundle;
  PublicCredential credential;            // what the user wants stored
  Challenge challenge;                    // as issued
  size_t least_phrases = 0;               // beside what the bundle wants
  std::vector<uint32_t> allowed_buckets;  // empty: all of the bundle's
  UnixClock clock = SystemUnixSeconds;
};

/// Phrases that the bundle wants at least.  Where they are more than kMaxEnrolPhrases it has no
/// proven enrolment: kUnsupported.
size_t LeastEnrolPhrases(const Bundle& bundle);

/// What the prover chose, as the proof's file says and its verification binds.
struct EnrolmentChoice {
  uint32_t bucket = 0;  // frames
  size_t phrases = 0;
};
/// kProofMalformed.
Result<EnrolmentChoice> ReadEnrolmentChoice(std::span<const uint8_t> proof);

/// As VerifyLogin (voizk/verify.h).  The relation is built and certified each time: an enrolment is
/// rare.  Errors: kProofMalformed, kProofRejected, kChallengeExpired, kInvalidArgument (policy
/// inconsistent), kUnsupported (LeastEnrolPhrases).  Any bytes are safe.
Status VerifyEnrolment(const EnrolmentPolicy& policy, std::span<const uint8_t> proof);

/// As VerifyLoginOnce: a challenge serves one enrolment or one login.
Status VerifyEnrolmentOnce(const EnrolmentPolicy& policy, std::span<const uint8_t> proof,
                           const std::string& state_folder);

}  // namespace voizk

#endif  // VOIZK_ENROLMENT_H_
