#include "login/relying_party/enrolment_instance.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "login/bundle/login_model.h"
#include "voizk/enrolment.h"

namespace voizk {
namespace {

void AddCount(std::string_view label, uint64_t value, PublicValues* public_values) {
  std::array<uint8_t, 8> bytes{};
  StoreU64(value, bytes.data());
  public_values->Add(label, bytes);
}

}  // namespace

Result<PublicValues> EnrolmentPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                           const Challenge& challenge,
                                           const EnrolmentShape& shape) {
  VOIZK_ASSIGN_OR_RETURN(const Digest digest, ChallengeDigest(challenge));
  VOIZK_ASSIGN_OR_RETURN(auto phrases, EnrolmentPhrases(challenge, shape.phrases));
  PublicValues values;
  values.AddText("suite", kEnrolmentSuite);
  values.Add("bundle", bundle.digest());
  values.Add("challenge", digest);
  values.AddText("relying party", challenge.relying_party);
  values.Add("nonce", challenge.nonce);
  for (const auto& phrase : phrases) values.Add("phrase", phrase);
  AddCount("expires", static_cast<uint64_t>(challenge.expires_unix_s), &values);
  values.Add("commitment", credential.commitment);
  AddCount("frames", shape.frames, &values);
  AddCount("threshold", static_cast<uint64_t>(bundle.data().decision.theta_q12), &values);
  VOIZK_ASSIGN_OR_RETURN(
      PublicInputValues inputs,
      EnrolmentPublicInputs(bundle.data().decision, bundle.digest(),
                            {challenge.relying_party, std::move(phrases), credential.commitment}));
  values.SetInputs(std::move(inputs));
  return values;
}

Result<Instance> MakeEnrolmentInstance(const Bundle& bundle, const EnrolmentShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckBucket(bundle.data(), shape.frames));
  VOIZK_ASSIGN_OR_RETURN(const CertifiedRelation relation,
                         CertifyEnrolmentRelation(MakeLoginModel(bundle.shared_data()), shape));
  return Instance::Make(relation);
}

}  // namespace voizk
