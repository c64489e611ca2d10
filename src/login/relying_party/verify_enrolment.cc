#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/exceptions.h"
#include "login/bundle/login_model.h"
#include "login/relying_party/enrolment_file.h"
#include "login/relying_party/enrolment_instance.h"
#include "login/relying_party/inspection.h"
#include "login/relying_party/login_instance.h"
#include "proof/protocol/container.h"
#include "proof/verifier/verifier.h"
#include "voizk/enrolment.h"

namespace voizk {
namespace {

Status CheckPolicy(const EnrolmentPolicy& policy) {
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(policy.bundle, policy.credential, policy.challenge));
  VOIZK_RETURN_IF_ERROR(CheckAllowedBuckets(policy.bundle, policy.allowed_buckets));
  if (LeastEnrolPhrases(policy.bundle) > kMaxEnrolPhrases) {
    return {ErrorCode::kUnsupported, "the bundle wants more phrases than an enrolment can have"};
  }
  if (policy.least_phrases <= kMaxEnrolPhrases) return {};
  return {ErrorCode::kInvalidArgument,
          "an enrolment has at most " + std::to_string(kMaxEnrolPhrases) + " phrases"};
}

/// Bucket and number of phrases are the prover's choice, within the bundle's and the policy's.
Status CheckChoice(const EnrolmentPolicy& policy, const EnrolmentShape& shape) {
  if (!IsAllowedBucket(policy.bundle, policy.allowed_buckets, shape.frames)) {
    return Error{ErrorCode::kProofRejected, "enrolment proof: its length bucket is not allowed",
                 Rejection{.check = Check::kBucket, .actual = shape.frames}};
  }
  const size_t least = std::max(policy.least_phrases, LeastEnrolPhrases(policy.bundle));
  if (shape.phrases < least || shape.phrases > kMaxEnrolPhrases) {
    return Error{ErrorCode::kProofRejected, "enrolment proof: too few phrases, or too many",
                 Rejection{.check = Check::kPhrases, .expected = least, .actual = shape.phrases}};
  }
  if (CanHoldEnough(policy.bundle.data().decision, shape)) return {};
  return Error{ErrorCode::kProofRejected,
               "enrolment proof: so many of its length bucket hold too little speech",
               Rejection{.check = Check::kBucket, .actual = shape.frames}};
}

/// What the file claims, and the statement and the relation that follow for the policy's values.
struct Stated {
  EnrolmentFile file;  // into the proof's bytes
  PublicValues values;
  Instance instance;
};

Result<Stated> ReadStatement(const EnrolmentPolicy& policy, std::span<const uint8_t> proof) {
  VOIZK_ASSIGN_OR_RETURN(const EnrolmentFile file, ParseEnrolmentFile(proof));
  const EnrolmentShape shape{file.frames, file.phrases, policy.challenge.digits.size()};
  VOIZK_RETURN_IF_ERROR(CheckChoice(policy, shape));
  // Before a relation is made for it: whatever is no proof at all costs nothing.
  VOIZK_RETURN_IF_ERROR(CheckProofHeader(file.proof));
  VOIZK_ASSIGN_OR_RETURN(
      PublicValues values,
      EnrolmentPublicValues(policy.bundle, policy.credential, policy.challenge, shape));
  VOIZK_ASSIGN_OR_RETURN(Instance instance, MakeEnrolmentInstance(policy.bundle, shape));
  return Stated{file, std::move(values), std::move(instance)};
}

}  // namespace

size_t LeastEnrolPhrases(const Bundle& bundle) { return EnrolPhrasesMin(bundle.data().decision); }

bool IsEnrolmentProof(std::span<const uint8_t> proof) {
  const ByteSpan magic = AsBytes(kEnrolmentMagic);
  return proof.size() >= magic.size() && std::equal(magic.begin(), magic.end(), proof.begin());
}

Result<EnrolmentChoice> ReadEnrolmentChoice(std::span<const uint8_t> proof) try {
  VOIZK_ASSIGN_OR_RETURN(const EnrolmentFile file, ParseEnrolmentFile(proof));
  return EnrolmentChoice{file.frames, file.phrases};
} catch (...) {
  return ErrorOfException();
}

Status VerifyEnrolment(const EnrolmentPolicy& policy, std::span<const uint8_t> proof) try {
  VOIZK_RETURN_IF_ERROR(CheckPolicy(policy));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(policy.challenge, policy.clock()));
  VOIZK_ASSIGN_OR_RETURN(const Stated stated, ReadStatement(policy, proof));
  VOIZK_RETURN_IF_ERROR(Verify(stated.instance, stated.values, stated.file.proof));
  // Again: the challenge may have expired meanwhile.
  return CheckChallengeTime(policy.challenge, policy.clock());
} catch (...) {
  return ErrorOfException();
}

Result<Inspection> InspectEnrolment(const EnrolmentPolicy& policy,
                                    std::span<const uint8_t> proof) try {
  VOIZK_RETURN_IF_ERROR(CheckPolicy(policy));
  VOIZK_ASSIGN_OR_RETURN(const Stated stated, ReadStatement(policy, proof));
  const EnrolmentFile& file = stated.file;
  VOIZK_ASSIGN_OR_RETURN(const auto asked, EnrolmentPhrases(policy.challenge, file.phrases));
  std::vector<std::string> phrases;
  Challenge one = policy.challenge;
  for (const auto& digits : asked) {
    one.digits = digits;
    phrases.push_back(PhraseText(one));
  }
  return InspectProof(stated.instance, stated.values,
                      {policy.bundle, policy.credential, policy.challenge, {}, policy.clock},
                      phrases, {file.proof, kEnrolmentHeaderBytes, file.frames});
} catch (...) {
  return ErrorOfException();
}

Status VerifyEnrolmentOnce(const EnrolmentPolicy& policy, std::span<const uint8_t> proof,
                           const std::string& state_folder) try {
  VOIZK_RETURN_IF_ERROR(CheckState(state_folder, policy.clock));
  VOIZK_RETURN_IF_ERROR(VerifyEnrolment(policy, proof));
  VOIZK_RETURN_IF_ERROR(MarkNonceUsed(state_folder, policy.challenge, policy.clock));
  // A folder that cannot be tidied up is no reason to turn an accepted enrolment away.
  (void)PruneUsedNonces(state_folder, policy.clock);
  return {};
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
