#include "service_bodies.h"

#include <nlohmann/json.hpp>

#include "base/base64url.h"
#include "login/store/text.h"
#include "voizk/device.h"

namespace voizk::cli {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Result<std::array<uint8_t, 32>> ParseRegistration(const std::string& id) {
  if (const auto bytes = FromHex32(id)) return *bytes;
  return Error{ErrorCode::kInvalidArgument, "--registration: 64 hexadecimal digits"};
}

Result<std::string> RegistrationBody(const std::string& folder, const SecretCredential& credential,
                                     const std::string& registration,
                                     std::span<const uint8_t> proof) {
  VOIZK_ASSIGN_OR_RETURN(const auto id, ParseRegistration(registration));
  const PublicCredential pub = credential.Public();
  VOIZK_ASSIGN_OR_RETURN(const std::string json, PublicCredentialToJson(pub));
  VOIZK_ASSIGN_OR_RETURN(const DeviceKey key, DeviceKey::Make());
  VOIZK_ASSIGN_OR_RETURN(const auto signature, key.Sign(DeviceRegistrationMessage(id, pub)));
  VOIZK_RETURN_IF_ERROR(StoreDeviceKey(folder, credential, key));
  Json body = {{"credential", Json::parse(json)},
               {"device_key",
                {{"algorithm", Name(key.Public().algorithm)},
                 {"public_key", ToBase64Url(key.Public().bytes)},
                 {"signature", ToBase64Url(signature)}}}};
  if (!proof.empty()) body["proof"] = ToBase64Url(proof);
  return body.dump(2) + "\n";
}

Result<std::string> AnswerBody(const std::string& folder, const SecretCredential& credential,
                               const Challenge& challenge, std::span<const uint8_t> proof) {
  const PublicCredential pub = credential.Public();
  Json body = {{"credential", pub.Id()}, {"proof", ToBase64Url(proof)}};
  const auto key = LoadDeviceKey(folder, credential);
  if (!key.ok() && key.error().code != ErrorCode::kNotFound) return key.status();
  if (key.ok()) {
    VOIZK_ASSIGN_OR_RETURN(const auto message, DeviceLoginMessage(challenge, proof, pub));
    VOIZK_ASSIGN_OR_RETURN(const auto signature, key->Sign(message));
    body["device_signature"] = ToBase64Url(signature);
  }
  return body.dump() + "\n";
}

}  // namespace voizk::cli
