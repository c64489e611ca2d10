#include <optional>

#include "base/exceptions.h"
#include "login/bundle/login_model.h"
#include "login/relying_party/inspection.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "voizk/verify.h"

namespace voizk {

Result<Inspection> InspectLogin(const LoginPolicy& policy, std::span<const uint8_t> proof,
                                std::optional<std::span<const uint8_t>> relation) try {
  VOIZK_ASSIGN_OR_RETURN(const LoginFile file, ParseLoginFile(proof));
  if (!CheckBucket(policy.bundle.data(), file.frames).ok()) {
    return Error{ErrorCode::kProofRejected,
                 "login proof: its length bucket is none of the bundle's",
                 Rejection{.check = Check::kBucket, .actual = file.frames}};
  }
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(policy.bundle, policy.credential, policy.challenge));
  VOIZK_ASSIGN_OR_RETURN(
      const Instance instance,
      relation ? ReadLoginInstance(policy.bundle, *relation)
               : MakeLoginInstance(policy.bundle, ShapeOf(policy.challenge, file.frames)));
  VOIZK_ASSIGN_OR_RETURN(
      const PublicValues values,
      LoginPublicValues(policy.bundle, policy.credential, policy.challenge, file.frames));
  return InspectProof(instance, values, policy, {PhraseText(policy.challenge)},
                      {file.proof, kLoginHeaderBytes, file.frames});
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
