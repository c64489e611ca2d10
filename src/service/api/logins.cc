// Login: challenge, proof, verdict; and the audit log.
#include <array>
#include <charconv>
#include <chrono>

#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "service/api/answers.h"
#include "service/api/body.h"
#include "service/api/service.h"
#include "voizk/device.h"

namespace voizk {
namespace {

using Json = nlohmann::ordered_json;

/// The device's signature of this login; kProofRejected with what is wrong.
Status CheckDevice(const LoginTry& attempt, std::span<const uint8_t> proof,
                   const std::string& signature) {
  const DeviceKeyRecord& device = attempt.credential.device;
  if (device.algorithm.empty()) return {};
  DevicePublicKey key;
  VOIZK_ASSIGN_OR_RETURN(key.algorithm, ParseDeviceAlgorithm(device.algorithm));
  VOIZK_ASSIGN_OR_RETURN(key.bytes, FromBase64Url(device.public_key));
  const auto bytes = FromBase64Url(signature);
  VOIZK_ASSIGN_OR_RETURN(const auto message, DeviceLoginMessage(attempt.challenge, proof,
                                                                attempt.credential.credential));
  return VerifyDeviceSignature(
      key, message, bytes.ok() ? std::span<const uint8_t>(*bytes) : std::span<const uint8_t>());
}

/// A whole number of the query; `fallback` where it is absent.
Result<int64_t> NumberOf(const HttpRequest& request, const std::string& name, int64_t fallback) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return fallback;
  const std::string& text = found->second;
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 0) {
    return {ErrorCode::kMalformed, std::string(name).append(" is no whole number")};
  }
  return value;
}

}  // namespace

Service::Answer Service::BeginLogin(Call* call) {
  const auto body = ParseBody(call->request.body, {});
  if (!body.ok()) return BadRequest(body.error().message);
  const auto begun =
      storage_->BeginLogin(OwnParty(), call->parts.account, options_.digits, options_.challenge_s);
  if (const auto* refused = std::get_if<Refused>(&begun)) return Denied(call, *refused);
  const auto& login = std::get<Storage::BegunLogin>(begun);
  const auto text = ChallengeToJson(login.challenge);
  if (!text.ok()) return Denied(call, {.error = text.error()});
  const std::string nonce = ToHex(login.challenge.nonce);
  return JsonAnswer(201, {{"login", nonce},
                          {"challenge", Json::parse(*text)},
                          {"bundle_digest", ToHex(bundle_.digest())},
                          {"credentials", login.credentials},
                          {"finish", "/v1/logins/" + nonce}});
}

Service::Answer Service::FinishLogin(Call* call) {
  constexpr std::array<std::string_view, 3> kNames = {"credential", "proof", "device_signature"};
  const auto body = ParseBody(call->request.body, kNames);
  if (!body.ok()) return BadRequest(body.error().message);
  const auto credential = TextOf(*body, "credential", true);
  if (!credential.ok()) return BadRequest(credential.error().message);
  if (!IsCredentialId(*credential)) return BadRequest("credential: not 16 hexadecimal digits");
  const auto text = TextOf(*body, "proof", true);
  if (!text.ok()) return BadRequest(text.error().message);
  const auto signature = TextOf(*body, "device_signature", false);
  if (!signature.ok()) return BadRequest(signature.error().message);
  const auto proof = FromBase64Url(*text);
  if (!proof.ok()) return BadRequest("proof: " + proof.error().message);

  const auto begun = storage_->BeginTry(OwnParty(), call->parts.id, *credential, call->rate_key);
  if (const auto* refused = std::get_if<Refused>(&begun)) {
    Problem problem = Denied(call, *refused);
    metrics_.CountLogin(problem.type);
    return problem;
  }
  Answer answer = Judge(call, std::get<LoginTry>(begun), *proof, *signature);
  const auto* problem = std::get_if<Problem>(&answer);
  metrics_.CountLogin(problem == nullptr ? "accepted" : problem->type);
  return answer;
}

Service::Answer Service::Judge(Call* call, const LoginTry& attempt, std::span<const uint8_t> proof,
                               const std::string& signature) {
  const std::string& nonce = call->parts.id;
  // The signature first: it costs a hundredth of the proof, and whoever lacks the key stops here.
  Status status = CheckDevice(attempt, proof, signature);
  const bool device = !status.ok();
  if (status.ok()) {
    const auto begin = std::chrono::steady_clock::now();
    status = check_({.bundle = bundle_,
                     .credential = attempt.credential.credential,
                     .challenge = attempt.challenge,
                     .allowed_buckets = {},
                     .clock = SystemUnixSeconds},
                    proof);
    metrics_.CountVerification(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  if (!status.ok()) {
    Verdict verdict = VerdictOf(status.error());
    if (device && !verdict.blameless) {
      verdict.problem = {422, "device-signature-wrong", "the device key did not sign this login",
                         0};
    }
    call->note = std::string(verdict.problem.type) + ": " + status.error().message;
    // If the row cannot be written, the failure stays counted, and the answer is no in any case.
    (void)storage_->Reject(nonce, attempt, call->rate_key, std::string(verdict.problem.type),
                           verdict.blameless);
    return verdict.problem;
  }
  const std::string detail = "proof " + ToHex(Sha256Of(proof)) +
                             (attempt.credential.device.algorithm.empty() ? "" : ", device key");
  const auto accepted = storage_->Accept(nonce, attempt, call->rate_key, detail);
  if (const auto* refused = std::get_if<Refused>(&accepted)) {
    Problem problem = Denied(call, *refused);
    // The answer to a commit can be lost when the commit is not.
    if (problem.status >= 500) {
      problem.detail += "; GET /v1/logins/{id} says whether the login was accepted";
    }
    return problem;
  }
  call->note = "accepted";
  const DeviceKeyRecord& key = attempt.credential.device;
  return JsonAnswer(200,
                    {{"login", nonce},
                     {"accepted", true},
                     {"credential", attempt.credential.credential.Id()},
                     {"device_key", key.algorithm.empty() ? Json(nullptr) : Json(key.algorithm)}});
}

Service::Answer Service::GetLogin(Call* call) {
  const auto found = storage_->FindLogin(call->parts.id);
  if (const auto* refused = std::get_if<Refused>(&found)) return Denied(call, *refused);
  const auto& login = std::get<LoginRecord>(found);
  const bool accepted = login.accepted_unix_s != 0;
  const char* const status = accepted                        ? "accepted"
                             : login.tries >= kTriesPerLogin ? "spent"
                             : login.expired                 ? "expired"
                                                             : "pending";
  return JsonAnswer(200,
                    {{"login", call->parts.id},
                     {"account", login.account},
                     {"status", status},
                     {"credential", accepted ? Json(login.credential) : Json(nullptr)},
                     {"accepted_unix_s", accepted ? Json(login.accepted_unix_s) : Json(nullptr)},
                     {"expires_unix_s", login.challenge.expires_unix_s},
                     {"tries", login.tries}});
}

Service::Answer Service::GetAudit(Call* call) {
  const auto after = NumberOf(call->request, "after", 0);
  if (!after.ok()) return BadRequest(after.error().message);
  const auto limit = NumberOf(call->request, "limit", 100);
  if (!limit.ok()) return BadRequest(limit.error().message);
  const auto rows = storage_->Audit(call->parts.account, *after, *limit);
  if (const auto* refused = std::get_if<Refused>(&rows)) return Denied(call, *refused);
  Json list = Json::array();
  for (const AuditRow& row : std::get<std::vector<AuditRow>>(rows)) {
    list.push_back({{"number", row.number},
                    {"unix_s", row.unix_s},
                    {"event", row.event},
                    {"account", row.account},
                    {"credential", row.credential},
                    {"login", row.login},
                    {"address", row.address},
                    {"detail", row.detail}});
  }
  return JsonAnswer(200, {{"events", list}});
}

}  // namespace voizk
