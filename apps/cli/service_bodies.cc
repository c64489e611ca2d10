#include "service_bodies.h"

#include <sodium.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "common.h"
#include "voizk/device.h"

namespace voizk::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Base64Url(std::span<const uint8_t> bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // its zero
  return text;
}

}  // namespace

Result<std::array<uint8_t, 32>> ParseRegistration(const std::string& id) {
  std::array<uint8_t, 32> bytes{};
  size_t read = 0;
  for (; read < bytes.size() && id.size() == 2 * bytes.size(); ++read) {
    const char* const begin = id.data() + 2 * read;
    if (std::from_chars(begin, begin + 2, bytes[read], 16).ptr != begin + 2) break;
  }
  if (read == bytes.size() && Hex(bytes) == id) return bytes;
  return Error{ErrorCode::kInvalidArgument, "--registration: 64 hexadecimal digits"};
}

Result<std::string> RegistrationBody(const std::string& folder, const SecretCredential& credential,
                                     const std::string& registration) {
  VOIZK_ASSIGN_OR_RETURN(const auto id, ParseRegistration(registration));
  const PublicCredential pub = credential.Public();
  VOIZK_ASSIGN_OR_RETURN(const std::string json, PublicCredentialToJson(pub));
  VOIZK_ASSIGN_OR_RETURN(const DeviceKey key, DeviceKey::Make());
  VOIZK_ASSIGN_OR_RETURN(const auto signature, key.Sign(DeviceRegistrationMessage(id, pub)));
  VOIZK_RETURN_IF_ERROR(StoreDeviceKey(folder, credential, key));
  const Json body = {{"credential", Json::parse(json)},
                     {"device_key",
                      {{"algorithm", Name(key.Public().algorithm)},
                       {"public_key", Base64Url(key.Public().bytes)},
                       {"signature", Base64Url(signature)}}}};
  return body.dump(2) + "\n";
}

Result<std::string> AnswerBody(const std::string& folder, const SecretCredential& credential,
                               const Challenge& challenge, std::span<const uint8_t> proof) {
  const PublicCredential pub = credential.Public();
  Json body = {{"credential", pub.Id()}, {"proof", Base64Url(proof)}};
  const auto key = LoadDeviceKey(folder, credential);
  if (!key.ok() && key.error().code != ErrorCode::kNotFound) return key.status();
  if (key.ok()) {
    VOIZK_ASSIGN_OR_RETURN(const auto message, DeviceLoginMessage(challenge, proof, pub));
    VOIZK_ASSIGN_OR_RETURN(const auto signature, key->Sign(message));
    body["device_signature"] = Base64Url(signature);
  }
  return body.dump() + "\n";
}

}  // namespace voizk::cli
