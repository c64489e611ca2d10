#include "login/relying_party/login_instance.h"

#include <algorithm>
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

Status CheckAllowedBuckets(const Bundle& bundle, std::span<const uint32_t> allowed) {
  for (const uint32_t bucket : allowed) {
    if (!IsAllowedBucket(bundle, {}, bucket)) {
      return {ErrorCode::kInvalidArgument, "an allowed bucket is none of the bundle's"};
    }
  }
  return {};
}

bool IsAllowedBucket(const Bundle& bundle, std::span<const uint32_t> allowed, uint32_t frames) {
  if (allowed.empty()) allowed = bundle.buckets();
  return std::find(allowed.begin(), allowed.end(), frames) != allowed.end();
}

Result<PublicValues> BeginPublicValues(std::string_view suite, const Bundle& bundle,
                                       const Challenge& challenge) {
  VOIZK_ASSIGN_OR_RETURN(const Digest digest, ChallengeDigest(challenge));
  PublicValues values;
  values.AddText("suite", suite);
  values.Add("bundle", bundle.digest());
  values.Add("challenge", digest);
  values.AddText("relying party", challenge.relying_party);
  values.Add("nonce", challenge.nonce);
  return values;
}

void EndPublicValues(const Bundle& bundle, const PublicCredential& credential,
                     const Challenge& challenge, uint32_t frames, PublicValues* values) {
  AddNumber("expires", static_cast<uint64_t>(challenge.expires_unix_s), values);
  values->Add("commitment", credential.commitment);
  AddNumber("frames", frames, values);
  AddNumber("threshold", static_cast<uint64_t>(bundle.data().decision.theta_q12), values);
}

Result<PublicValues> LoginPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                       const Challenge& challenge, uint32_t frames) {
  VOIZK_ASSIGN_OR_RETURN(PublicValues public_values,
                         BeginPublicValues(kLoginSuite, bundle, challenge));
  public_values.Add("phrase", challenge.digits);
  EndPublicValues(bundle, credential, challenge, frames, &public_values);
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
