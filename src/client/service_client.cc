#include "client/service_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "login/store/text.h"

namespace voizk {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxAccountBytes = 128;
constexpr size_t kMaxShownBytes = 300;
constexpr size_t kMaxCredentials = 100;   // the service has 20 an account
constexpr uint64_t kMaxRecordings = 255;  // all that a proof's file can say (docs/formats.md)
constexpr std::string_view kProblem = "urn:voizk:problem:";

Error NotTheApi(const std::string& what) {
  return {ErrorCode::kMalformed, "the server's answer is not the API's: " + what};
}

/// Empty: no JSON object.
std::optional<Json> Parse(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_object()) return json;
  return std::nullopt;
}

/// A member that is a text; empty where there is none.
std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Digest> DigestOf(const Json& json, const char* name) {
  return FromHex32(TextOf(json, name));
}

std::string Shown(const std::string& text) {
  if (text.size() > kMaxShownBytes || !IsVisibleUtf8(text)) return "(a text that cannot be shown)";
  return text;
}

bool IsCredentialId(const std::string& id) {
  return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

ErrorCode CodeOf(int status) {
  if (status >= 500) return ErrorCode::kIo;
  switch (status) {
    case 401:
      return ErrorCode::kInvalidArgument;
    case 404:
      return ErrorCode::kNotFound;
    case 403:
    case 429:
      return ErrorCode::kLimitExceeded;
    default:
      return ErrorCode::kUnsupported;
  }
}

/// What an answer that is no success says, by RFC 9457 where it is that.
struct Problem {
  std::string type;
  Error error;
};

Problem ProblemOf(const HttpAnswer& answer) {
  Problem problem{.type = {}, .error = {CodeOf(answer.status), {}}};
  std::string& text = problem.error.message;
  text = "the server says " + std::to_string(answer.status);
  const auto json = Parse(answer.body);
  if (!json) return problem;
  const std::string type = TextOf(*json, "type");
  if (type.starts_with(kProblem)) problem.type = Shown(type.substr(kProblem.size()));
  if (!problem.type.empty()) text += " " + problem.type;
  std::string detail = TextOf(*json, "detail");
  if (detail.empty()) detail = TextOf(*json, "title");
  if (!detail.empty()) text += ": " + Shown(detail);
  const auto wait = json->find("retry_after_s");
  if (wait != json->end() && wait->is_number_unsigned()) {
    text += " (in " + std::to_string(wait->get<uint64_t>()) + " s)";
  }
  return problem;
}

/// The object of an answer with this status.
Result<Json> Expect(const Posted& posted, int status) {
  VOIZK_RETURN_IF_ERROR(posted.status);
  if (posted.answer.status >= 400) return ProblemOf(posted.answer).error;
  if (posted.answer.status != status) {
    return NotTheApi("status " + std::to_string(posted.answer.status));
  }
  auto json = Parse(posted.answer.body);
  if (!json) return NotTheApi("no JSON object");
  return std::move(*json);
}

Result<std::string> AccountPath(const std::string& account, const char* end) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("._~-").find(c) != std::string_view::npos;
  };
  // A back end in between may take these for steps in its tree.
  const bool steps = account == "." || account == "..";
  if (account.empty() || account.size() > kMaxAccountBytes || steps ||
      !std::ranges::all_of(account, allowed)) {
    return {ErrorCode::kInvalidArgument, "--account: 1 to 128 of A-Z a-z 0-9 . _ ~ -"};
  }
  return "/v1/accounts/" + account + end;
}

Result<Challenge> ChallengeOf(const Json& json) {
  const auto challenge = json.find("challenge");
  if (challenge == json.end() || !challenge->is_object()) return NotTheApi("no challenge");
  const std::string text = challenge->dump(-1, ' ', false, Json::error_handler_t::replace);
  auto parsed = ParseChallenge(AsBytes(text));
  if (!parsed.ok()) return NotTheApi(parsed.error().message);
  return parsed;
}

/// What the options ask an enrolment's proof to be.
Status ReadEnrolment(const Json& enrolment, RegistrationBegun* begun) {
  if (!enrolment.is_object()) return NotTheApi("an enrolment that is none");
  VOIZK_ASSIGN_OR_RETURN(begun->challenge, ChallengeOf(enrolment));
  if (begun->challenge->nonce != begun->id ||
      begun->challenge->relying_party != begun->relying_party) {
    return NotTheApi("the enrolment's challenge is not the registration's");
  }
  const auto recordings = enrolment.find("recordings");
  if (recordings == enrolment.end() || !recordings->is_number_unsigned() ||
      recordings->get<uint64_t>() > kMaxRecordings) {
    return NotTheApi("no number of recordings");
  }
  begun->recordings = recordings->get<size_t>();
  return {};
}

/// `done`: the answer, of the status for success, says what it has to.
template <typename Done>
Finished Conclude(const Posted& posted, int success, const Done& done) {
  if (!posted.status.ok()) {
    if (posted.reached) return {Finished::Kind::kUnknown, {}, posted.status};
    return {Finished::Kind::kRefused, {}, posted.status};
  }
  const HttpAnswer& answer = posted.answer;
  if (answer.status >= 400) {
    Problem problem = ProblemOf(answer);
    // What stands in between (a proxy) may say 5xx of what has been done behind it.
    const auto kind = answer.status >= 500 ? Finished::Kind::kUnknown : Finished::Kind::kRefused;
    return {kind, std::move(problem.type), problem.error};
  }
  const auto json = Parse(answer.body);
  if (answer.status == success && json && done(*json)) return {Finished::Kind::kDone, {}, {}};
  return {Finished::Kind::kUnknown, {}, NotTheApi("it does not say what was done")};
}

}  // namespace

Result<RegistrationBegun> ServiceClient::BeginRegistration(const std::string& account,
                                                           const std::string& replaces) const {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, AccountPath(account, "/registrations"));
  const Json body = replaces.empty() ? Json::object() : Json({{"replaces", replaces}});
  VOIZK_ASSIGN_OR_RETURN(const Json json,
                         Expect(PostJson(server_, options_, path, body.dump()), 201));
  const auto id = DigestOf(json, "registration");
  const auto options = json.find("options");
  if (!id || options == json.end() || !options->is_object()) {
    return NotTheApi("no registration or no options");
  }
  const auto bundle = DigestOf(*options, "bundle_digest");
  if (!bundle) return NotTheApi("no bundle_digest");
  RegistrationBegun begun{
      .id = *id, .relying_party = TextOf(*options, "relying_party"), .bundle_digest = *bundle};
  if (!CheckRelyingParty(begun.relying_party).ok()) return NotTheApi("no relying_party");
  const auto key = options->find("device_key");
  if (key == options->end() || !key->is_object()) return NotTheApi("no device_key");
  const auto algorithms = key->find("algorithms");
  if (algorithms == key->end() || !algorithms->is_array()) return NotTheApi("no algorithms");
  begun.ed25519 = std::ranges::find(*algorithms, Json("ed25519")) != algorithms->end();
  const auto enrolment = options->find("enrolment");
  if (enrolment != options->end() && !enrolment->is_null()) {
    VOIZK_RETURN_IF_ERROR(ReadEnrolment(*enrolment, &begun));
  }
  return begun;
}

Result<LoginBegun> ServiceClient::BeginLogin(const std::string& account) const {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, AccountPath(account, "/logins"));
  VOIZK_ASSIGN_OR_RETURN(const Json json, Expect(PostJson(server_, options_, path, "{}"), 201));
  VOIZK_ASSIGN_OR_RETURN(Challenge challenge, ChallengeOf(json));
  LoginBegun begun{.challenge = std::move(challenge), .bundle_digest = {}, .credentials = {}};
  if (DigestOf(json, "login") != begun.challenge.nonce) {
    return NotTheApi("the login's name is not its challenge's");
  }
  const auto bundle = DigestOf(json, "bundle_digest");
  if (!bundle) return NotTheApi("no bundle_digest");
  begun.bundle_digest = *bundle;
  const auto credentials = json.find("credentials");
  if (credentials == json.end() || !credentials->is_array() ||
      credentials->size() > kMaxCredentials) {
    return NotTheApi("no list of credentials");
  }
  for (const Json& id : *credentials) {
    if (!id.is_string() || !IsCredentialId(id.get<std::string>())) {
      return NotTheApi("a credential's name that is none");
    }
    begun.credentials.push_back(id.get<std::string>());
  }
  return begun;
}

Finished ServiceClient::FinishRegistration(const std::array<uint8_t, 32>& id,
                                           const std::string& body,
                                           const std::string& credential) const {
  const Posted posted = PostJson(server_, options_, "/v1/registrations/" + ToHex(id), body);
  return Conclude(posted, 201, [&](const Json& json) {
    return TextOf(json, "credential") == credential && DigestOf(json, "registration") == id;
  });
}

Finished ServiceClient::FinishLogin(const Challenge& challenge, const std::string& body,
                                    const std::string& credential) const {
  const Posted posted = PostJson(server_, options_, "/v1/logins/" + ToHex(challenge.nonce), body);
  return Conclude(posted, 200, [&](const Json& json) {
    const auto accepted = json.find("accepted");
    return accepted != json.end() && *accepted == Json(true) &&
           TextOf(json, "credential") == credential && DigestOf(json, "login") == challenge.nonce;
  });
}

}  // namespace voizk
