#include "login/relying_party/login_instance.h"

#include <array>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "login/bundle/login_model.h"
#include "relation/core/digest.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

void AddNumber(std::string_view label, uint64_t value, PublicValues* public_values) {
  std::array<uint8_t, 8> bytes{};
  StoreU64(value, bytes.data());
  public_values->Add(label, bytes);
}

}  // namespace

Status CheckBelongTogether(const Bundle& bundle, const PublicCredential& credential,
                           const Challenge& challenge) {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  if (credential.relying_party != challenge.relying_party) {
    return {ErrorCode::kInvalidArgument,
            "the challenge is of another relying party than the credential"};
  }
  if (credential.bundle_digest != bundle.digest()) {
    return {ErrorCode::kInvalidArgument,
            "the credential was enrolled with another bundle: enrol again"};
  }
  const DecisionConfig& decision = bundle.data().decision;
  const auto digits = static_cast<int32_t>(challenge.digits.size());
  if (digits < decision.phrase_digits_min || digits > decision.phrase_digits_max) {
    return {ErrorCode::kInvalidArgument, "the bundle does not take phrases of this length"};
  }
  return {};
}

Result<PublicValues> LoginPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                       const Challenge& challenge, uint32_t frames) {
  VOIZK_ASSIGN_OR_RETURN(const Digest digest, ChallengeDigest(challenge));
  PublicValues public_values;
  public_values.AddText("suite", kLoginSuite);
  public_values.Add("bundle", bundle.digest());
  public_values.Add("challenge", digest);
  public_values.AddText("relying party", challenge.relying_party);
  public_values.Add("nonce", challenge.nonce);
  public_values.Add("phrase", challenge.digits);
  AddNumber("expires", static_cast<uint64_t>(challenge.expires_unix_s), &public_values);
  public_values.Add("commitment", credential.commitment);
  AddNumber("frames", frames, &public_values);
  AddNumber("threshold", static_cast<uint64_t>(bundle.data().decision.theta_q12), &public_values);
  VOIZK_ASSIGN_OR_RETURN(
      PublicInputValues inputs,
      LoginPublicInputs(bundle.data().decision, bundle.digest(),
                        {challenge.relying_party, challenge.digits, credential.commitment}));
  public_values.SetInputs(std::move(inputs));
  return public_values;
}

LoginShape ShapeOf(const Challenge& challenge, uint32_t frames) {
  return {frames, challenge.digits.size()};
}

Result<Instance> MakeLoginInstance(const Bundle& bundle, const LoginShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckBucket(bundle.data(), shape.frames));
  VOIZK_ASSIGN_OR_RETURN(const CertifiedRelation relation,
                         CertifyLoginRelation(MakeLoginModel(bundle.shared_data()), shape));
  return Instance::Make(relation);
}

Result<Instance> ReadLoginInstance(const Bundle& bundle, ByteSpan relation) {
  VOIZK_ASSIGN_OR_RETURN(Relation parsed, ParseRelation(relation));
  VOIZK_RETURN_IF_ERROR(CheckLoginPublicInputs(bundle.data().decision, parsed));
  return Instance::Make(std::make_shared<const Relation>(std::move(parsed)));
}

Result<LoginInstance> MakeLoginInstance(const Bundle& bundle, const PublicCredential& credential,
                                        const Challenge& challenge, uint32_t frames) {
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(bundle, credential, challenge));
  VOIZK_ASSIGN_OR_RETURN(PublicValues public_values,
                         LoginPublicValues(bundle, credential, challenge, frames));
  VOIZK_ASSIGN_OR_RETURN(Instance instance, MakeLoginInstance(bundle, ShapeOf(challenge, frames)));
  return LoginInstance{std::move(instance), std::move(public_values)};
}

}  // namespace voizk
