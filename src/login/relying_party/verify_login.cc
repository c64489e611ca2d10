#include <algorithm>
#include <utility>

#include "base/exceptions.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "proof/verifier/verifier.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

Status CheckPolicy(const LoginPolicy& policy) {
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(policy.bundle, policy.credential, policy.challenge));
  const auto& legal = policy.bundle.buckets();
  for (const uint32_t bucket : policy.allowed_buckets) {
    if (std::ranges::find(legal, bucket) == legal.end()) {
      return {ErrorCode::kInvalidArgument, "an allowed bucket is none of the bundle's"};
    }
  }
  return {};
}

/// The proof may choose among the caller's buckets, and nothing else.
Status CheckAllowed(const LoginPolicy& policy, uint32_t frames) {
  const auto& allowed =
      policy.allowed_buckets.empty() ? policy.bundle.buckets() : policy.allowed_buckets;
  if (std::ranges::find(allowed, frames) == allowed.end()) {
    return Error{ErrorCode::kProofRejected, "login proof: its length bucket is not allowed",
                 Rejection{.check = Check::kBucket, .actual = frames}};
  }
  return {};
}

}  // namespace

Status VerifyLogin(const LoginPolicy& policy, std::span<const uint8_t> proof) try {
  VOIZK_RETURN_IF_ERROR(CheckPolicy(policy));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(policy.challenge, policy.clock()));
  VOIZK_ASSIGN_OR_RETURN(const LoginFile file, ParseLoginFile(proof));
  VOIZK_RETURN_IF_ERROR(CheckAllowed(policy, file.frames));
  VOIZK_ASSIGN_OR_RETURN(
      const LoginInstance login,
      MakeLoginInstance(policy.bundle, policy.credential, policy.challenge, file.frames));
  VOIZK_RETURN_IF_ERROR(Verify(login.instance, login.public_values, file.proof));
  // Again: the challenge may have expired meanwhile.
  return CheckChallengeTime(policy.challenge, policy.clock());
} catch (...) {
  return ErrorOfException();
}

Status VerifyLoginOnce(const LoginPolicy& policy, std::span<const uint8_t> proof,
                       const std::string& state_folder) try {
  VOIZK_RETURN_IF_ERROR(CheckState(state_folder, policy.clock));
  VOIZK_RETURN_IF_ERROR(VerifyLogin(policy, proof));
  VOIZK_RETURN_IF_ERROR(MarkNonceUsed(state_folder, policy.challenge, policy.clock));
  // A folder that cannot be tidied up is no reason to turn an accepted login away.
  (void)PruneUsedNonces(state_folder, policy.clock);
  return {};
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
