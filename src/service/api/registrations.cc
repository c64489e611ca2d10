// Registration: options, ceremony, result; and what an account has.
#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "login/store/text.h"
#include "service/api/answers.h"
#include "service/api/body.h"
#include "service/api/service.h"
#include "voizk/credential.h"
#include "voizk/device.h"

namespace voizk {
namespace {

using Json = nlohmann::ordered_json;

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

/// A registration's body.
struct Ceremony {
  PublicCredential credential;
  DeviceKeyRecord device;
};

Result<Ceremony> ReadCeremony(const std::string& body, const Digest& registration) {
  constexpr std::array<std::string_view, 2> kNames = {"credential", "device_key"};
  VOIZK_ASSIGN_OR_RETURN(const nlohmann::json json, ParseBody(body, kNames));
  const auto credential = json.find("credential");
  if (credential == json.end() || !credential->is_object()) {
    return {ErrorCode::kMalformed, "\"credential\" is no object"};
  }
  Ceremony ceremony;
  VOIZK_ASSIGN_OR_RETURN(ceremony.credential, ParsePublicCredential(AsBytes(credential->dump())));
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

Json DeviceJson(const DeviceKeyRecord& device) {
  return device.algorithm.empty() ? Json(nullptr) : Json(device.algorithm);
}

}  // namespace

Service::Answer Service::BeginRegistration(Call* call) {
  constexpr std::array<std::string_view, 1> kNames = {"replaces"};
  const auto body = ParseBody(call->request.body, kNames);
  if (!body.ok()) return BadRequest(body.error().message);
  const auto replaces = TextOf(*body, "replaces", false);
  if (!replaces.ok()) return BadRequest(replaces.error().message);
  if (!replaces->empty() && !IsCredentialId(*replaces)) {
    return BadRequest("replaces: not 16 hexadecimal digits");
  }
  const auto begun =
      storage_->BeginRegistration(call->parts.account, *replaces, options_.registration_s);
  if (const auto* refused = std::get_if<Refused>(&begun)) return Denied(call, *refused);
  const auto& [id, expires_unix_s] = std::get<Storage::BegunRegistration>(begun);
  return JsonAnswer(
      201, {{"registration", id},
            {"expires_unix_s", expires_unix_s},
            {"options",
             {{"relying_party", options_.relying_party},
              {"bundle_digest", ToHex(bundle_.digest())},
              {"device_key",
               {{"required", options_.require_device_key}, {"algorithms", {"ed25519", "p256"}}}}}},
            {"finish", "/v1/registrations/" + id}});
}

Service::Answer Service::FinishRegistration(Call* call) {
  const auto id = FromHex32(call->parts.id);
  if (!id) return ProblemOf({.why = Denial::kNoRegistration});
  const auto ceremony = ReadCeremony(call->request.body, *id);
  if (!ceremony.ok()) {
    if (ceremony.error().code == ErrorCode::kProofRejected) {
      return Problem{422, "device-signature-wrong", "the device key did not sign this registration",
                     0};
    }
    return BadRequest(ceremony.error().message);
  }
  if (ceremony->credential.relying_party != options_.relying_party) {
    return Problem{422, "other-relying-party", "the credential is for another relying party", 0};
  }
  if (ceremony->credential.bundle_digest != bundle_.digest()) {
    return Problem{422, "other-bundle", "the credential is of another bundle", 0};
  }
  if (options_.require_device_key && ceremony->device.algorithm.empty()) {
    return Problem{422, "device-key-missing", "a device key is wanted here", 0};
  }
  const auto finished = storage_->FinishRegistration(call->parts.id, ceremony->credential,
                                                     ceremony->device, call->address);
  if (const auto* refused = std::get_if<Refused>(&finished)) return Denied(call, *refused);
  const auto& registration = std::get<RegistrationRecord>(finished);
  return JsonAnswer(201, {{"registration", call->parts.id},
                          {"credential", registration.credential},
                          {"device_key", DeviceJson(ceremony->device)},
                          {"enrolment_proven", false}});
}

Service::Answer Service::GetRegistration(Call* call) {
  const auto found = storage_->FindRegistration(call->parts.id);
  if (const auto* refused = std::get_if<Refused>(&found)) return Denied(call, *refused);
  const auto& registration = std::get<RegistrationRecord>(found);
  const bool done = !registration.credential.empty();
  return JsonAnswer(200, {{"registration", call->parts.id},
                          {"account", registration.account},
                          {"status", done ? "registered" : "pending"},
                          {"credential", done ? Json(registration.credential) : Json(nullptr)},
                          {"expires_unix_s", registration.expires_unix_s},
                          {"enrolment_proven", false}});
}

Service::Answer Service::ListCredentials(Call* call) {
  const auto listed = storage_->ListCredentials(call->parts.account);
  if (const auto* refused = std::get_if<Refused>(&listed)) return Denied(call, *refused);
  Json list = Json::array();
  for (const CredentialRecord& record : std::get<std::vector<CredentialRecord>>(listed)) {
    const int64_t revoked = record.revoked_unix_s;
    list.push_back({{"credential", record.credential.Id()},
                    {"commitment", ToHex(record.credential.commitment)},
                    {"bundle_digest", ToHex(record.credential.bundle_digest)},
                    {"device_key", DeviceJson(record.device)},
                    {"created_unix_s", record.created_unix_s},
                    {"revoked_unix_s", revoked == 0 ? Json(nullptr) : Json(revoked)},
                    {"enrolment_proven", false}});
  }
  return JsonAnswer(200, {{"credentials", list}});
}

Service::Answer Service::RevokeCredential(Call* call) {
  const auto revoked = storage_->Revoke(call->parts.account, call->parts.id, call->address);
  if (const auto* refused = std::get_if<Refused>(&revoked)) return Denied(call, *refused);
  return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

Service::Answer Service::EraseAccount(Call* call) {
  const auto erased = storage_->Erase(call->parts.account);
  if (const auto* refused = std::get_if<Refused>(&erased)) return Denied(call, *refused);
  return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

Service::Answer Service::ResetFailures(Call* call) {
  const auto reset = storage_->ResetFailures(call->parts.account, call->address);
  if (const auto* refused = std::get_if<Refused>(&reset)) return Denied(call, *refused);
  return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

}  // namespace voizk
