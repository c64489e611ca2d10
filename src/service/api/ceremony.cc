#include "service/api/ceremony.h"

#include <algorithm>
#include <string_view>

#include "base/base64url.h"
#include "service/api/body.h"
#include "voizk/device.h"

namespace voizk {
namespace {

/// The account's key; empty algorithm where the request has none.
Result<DevicePublicKey> ReadDeviceKey(const nlohmann::json& json) {
  VOIZK_ASSIGN_OR_RETURN(const std::string algorithm, TextOf(json, "algorithm", true));
  VOIZK_ASSIGN_OR_RETURN(const std::string key, TextOf(json, "public_key", true));
  DevicePublicKey read;
  VOIZK_ASSIGN_OR_RETURN(read.algorithm, ParseDeviceAlgorithm(algorithm));
  VOIZK_ASSIGN_OR_RETURN(read.bytes, FromBase64Url(key));
  VOIZK_RETURN_IF_ERROR(CheckDevicePublicKey(read));
  return read;
}

}  // namespace

Result<Ceremony> ReadCeremony(const std::string& body,
                              const std::array<uint8_t, 32>& registration) {
  constexpr std::array<std::string_view, 3> kNames = {"credential", "device_key", "proof"};
  VOIZK_ASSIGN_OR_RETURN(const nlohmann::json json, ParseBody(body, kNames));
  const auto credential = json.find("credential");
  if (credential == json.end() || !credential->is_object()) {
    return {ErrorCode::kMalformed, "\"credential\" is no object"};
  }
  Ceremony ceremony;
  VOIZK_ASSIGN_OR_RETURN(ceremony.credential, ParsePublicCredential(AsBytes(credential->dump())));
  if (json.contains("proof")) {
    VOIZK_ASSIGN_OR_RETURN(const std::string text, TextOf(json, "proof", true));
    VOIZK_ASSIGN_OR_RETURN(ceremony.proof, FromBase64Url(text));
  }
  const auto device = json.find("device_key");
  if (device == json.end()) return ceremony;
  constexpr std::array<std::string_view, 3> kKeyNames = {"algorithm", "public_key", "signature"};
  if (!device->is_object()) return {ErrorCode::kMalformed, "\"device_key\" is no object"};
  for (const auto& [name, value] : device->items()) {
    if (std::ranges::find(kKeyNames, name) == kKeyNames.end()) {
      return {ErrorCode::kMalformed, "\"device_key\" has a name that is not known here"};
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const DevicePublicKey key, ReadDeviceKey(*device));
  VOIZK_ASSIGN_OR_RETURN(const std::string text, TextOf(*device, "signature", true));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> signature, FromBase64Url(text));
  VOIZK_RETURN_IF_ERROR(VerifyDeviceSignature(
      key, DeviceRegistrationMessage(registration, ceremony.credential), signature));
  ceremony.device = {std::string(Name(key.algorithm)), ToBase64Url(key.bytes)};
  return ceremony;
}

}  // namespace voizk
