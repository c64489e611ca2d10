// Registration: options, ceremony, result; and what an account has.
#include <algorithm>
#include <array>

#include "login/store/text.h"
#include "service/api/answers.h"
#include "service/api/body.h"
#include "service/api/ceremony.h"
#include "service/api/service.h"
#include "voizk/credential.h"
#include "voizk/enrolment.h"

namespace voizk {
namespace {

using Json = nlohmann::ordered_json;

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
  std::optional<Storage::ProofWanted> proof;
  if (options_.enrolment != 0) proof = {options_.relying_party, options_.digits};
  const auto begun =
      storage_->BeginRegistration(call->parts.account, *replaces, options_.registration_s, proof);
  if (const auto* refused = std::get_if<Refused>(&begun)) return Denied(call, *refused);
  const auto& [id, expires_unix_s, challenge] = std::get<Storage::BegunRegistration>(begun);
  Json enrolment;
  if (challenge) {
    const auto text = ChallengeToJson(*challenge);
    if (!text.ok()) return Denied(call, {.error = text.error()});
    enrolment = {{"challenge", Json::parse(*text)},
                 {"recordings", std::max(options_.enrolment, LeastEnrolPhrases(bundle_))}};
  }
  return JsonAnswer(
      201, {{"registration", id},
            {"expires_unix_s", expires_unix_s},
            {"options",
             {{"relying_party", options_.relying_party},
              {"bundle_digest", ToHex(bundle_.digest())},
              {"device_key",
               {{"required", options_.require_device_key}, {"algorithms", {"ed25519", "p256"}}}},
              {"enrolment", enrolment}}},
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
  if (ceremony->proof) return ProveRegistration(call, *ceremony);
  if (options_.enrolment != 0) return ProblemOf({.why = Denial::kUnproven});
  return Registered(call, *ceremony,
                    storage_->FinishRegistration(call->parts.id, ceremony->credential,
                                                 ceremony->device, call->address));
}

Service::Answer Service::Registered(Call* call, const Ceremony& ceremony,
                                    const Outcome<RegistrationRecord>& finished) {
  if (const auto* refused = std::get_if<Refused>(&finished)) return Denied(call, *refused);
  return JsonAnswer(201, {{"registration", call->parts.id},
                          {"credential", std::get<RegistrationRecord>(finished).credential},
                          {"device_key", DeviceJson(ceremony.device)},
                          {"enrolment_proven", ceremony.proof.has_value()}});
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
                          {"enrolment_proven", done && registration.challenge.has_value()}});
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
                    {"enrolment_proven", record.proven}});
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
