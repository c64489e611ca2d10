#include "service/api/service.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/exceptions.h"
#include "login/store/text.h"
#include "service/api/answers.h"
#include "voizk/challenge.h"

extern "C" {
extern const char voizk_openapi[];
extern const char voizk_openapi_end[];
}

namespace voizk {
namespace {

constexpr std::string_view kPreflightMethod = "OPTIONS";

Problem NotThere() { return {404, "not-found", "there is nothing of this name", 0}; }

/// "application/json", with or without parameters.
bool IsJson(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type == "application/json";
}

/// What was begun may have been done: a commit whose answer was lost.
std::string FailureDetail(ServiceCall operation) {
  if (operation == ServiceCall::kFinishLogin) {
    return "the service failed; GET /v1/logins/{id} says whether the login was accepted";
  }
  return "the service failed; what was asked for may have been done";
}

Status CheckOptions(const ServiceOptions& options, const Bundle& bundle) {
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(options.relying_party));
  if (options.digits < kMinPhraseDigits || options.digits > kMaxPhraseDigits ||
      options.challenge_s < 10 || options.challenge_s > kMaxChallengeSeconds ||
      options.registration_s < 10 || options.registration_s > kMaxChallengeSeconds) {
    return {ErrorCode::kInvalidArgument, "digits or lifetimes are out of range"};
  }
  const auto [fewest, most] = bundle.phrase_digits();
  if (options.digits < fewest || options.digits > most) {
    return {ErrorCode::kInvalidArgument, "the bundle accepts phrases of " + std::to_string(fewest) +
                                             " to " + std::to_string(most) + " digits"};
  }
  if (options.enrolment != 0 && (options.enrolment < 2 || options.enrolment > kMaxEnrolPhrases)) {
    return {ErrorCode::kInvalidArgument, "a proven enrolment has 2 to 8 recordings"};
  }
  if (options.enrolment != 0 && LeastEnrolPhrases(bundle) > kMaxEnrolPhrases) {
    return {ErrorCode::kUnsupported, "the bundle has no proven enrolment"};
  }
  for (const std::string& origin : options.origins) {
    if (!origin.starts_with("https://") && !origin.starts_with("http://")) {
      return {ErrorCode::kInvalidArgument, origin + ": an origin is such as https://bank.example"};
    }
  }
  return {};
}

}  // namespace

Service::Service(ServiceOptions options, Bundle bundle, ApiKeys keys, CheckProof check,
                 Storage* storage, WriteLog log)
    : options_(std::move(options)),
      bundle_(std::move(bundle)),
      keys_(std::move(keys)),
      check_(std::move(check)),
      storage_(storage),
      log_(std::move(log)) {}

Result<std::unique_ptr<Service>> Service::Make(ServiceOptions options, Bundle bundle,
                                               CheckProof check, Storage* storage, WriteLog log) {
  VOIZK_RETURN_IF_ERROR(CheckOptions(options, bundle));
  if (!options.proxy.empty()) {
    auto proxy = NormalAddress(options.proxy);
    if (!proxy) {
      return {ErrorCode::kInvalidArgument, options.proxy + ": the proxy is no address by numbers"};
    }
    options.proxy = std::move(*proxy);
  }
  VOIZK_ASSIGN_OR_RETURN(ApiKeys keys, ApiKeys::Make(options.api_keys));
  options.api_keys.clear();  // zeroed
  return std::unique_ptr<Service>(new Service(std::move(options), std::move(bundle),
                                              std::move(keys), std::move(check), storage,
                                              std::move(log)));
}

HttpResponse Service::Refusal(int status, const std::string& detail) {
  metrics_.CountRequest("none", status);
  return ProblemResponse(
      {status, status == 503 ? "busy" : "bad-request", detail, status == 503 ? 1 : 0});
}

void Service::AllowOrigin(const HttpRequest& request, HttpResponse* response) const {
  if (std::ranges::find(options_.origins, request.origin) == options_.origins.end()) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", request.origin);
  response->headers.emplace_back("Vary", "Origin");
}

std::optional<HttpResponse> Service::Admit(const HttpRequest& head, size_t* max_body) {
  const auto refuse = [&](const Problem& problem) {
    metrics_.CountRequest("none", problem.status);
    HttpResponse response = ProblemResponse(problem);
    if (IsForBrowsers(head.path)) AllowOrigin(head, &response);
    return response;
  };
  if (head.method == kPreflightMethod && IsForBrowsers(head.path)) {
    HttpResponse response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
    AllowOrigin(head, &response);
    if (!response.headers.empty()) {
      response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
      response.headers.emplace_back("Access-Control-Allow-Headers", "content-type");
    }
    return response;
  }
  const Route* route = nullptr;
  PathParts parts;
  switch (FindRoute(head.method, head.path, &route, &parts)) {
    case Match::kNone:
      return refuse(NotThere());
    case Match::kOtherMethod:
      return refuse({405, "method-not-allowed", "this cannot be done here", 0});
    case Match::kFound:
      break;
  }
  const bool back_end = keys_.Admit(head.authorization);
  if (!back_end && (route->caller == Caller::kBackEnd || !head.authorization.empty())) {
    return refuse({401, "unauthorized", "this wants an API key: Authorization: Bearer KEY", 0});
  }
  if (route->max_body > 0 && !IsJson(head.content_type)) {
    return refuse({415, "unsupported-media-type", "the body is application/json", 0});
  }
  *max_body = route->max_body;
  if (route->operation == ServiceCall::kFinishRegistration && options_.enrolment != 0) {
    *max_body = kProofBody;
  }
  return std::nullopt;
}

HttpResponse Service::Handle(const HttpRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const Route* route = nullptr;
  PathParts parts;
  if (FindRoute(request.method, request.path, &route, &parts) != Match::kFound) {
    return ProblemResponse(NotThere());
  }
  Call call{.request = request,
            .route = *route,
            .parts = std::move(parts),
            .back_end = keys_.Admit(request.authorization),
            .address = ClientAddress(request, options_.proxy),
            .rate_key = {},
            .note = {}};
  // Admit has asked this before; a route that wants a key is not to hang on the order of two calls.
  const bool allowed = call.back_end || call.route.caller == Caller::kAnybody;
  if (!call.back_end) call.rate_key = RateKey(call.address);
  HttpResponse response;
  const Answer answer =
      allowed ? Do(&call) : Answer(Problem{401, "unauthorized", "this wants an API key", 0});
  if (const auto* problem = std::get_if<Problem>(&answer)) {
    response = ProblemResponse(*problem);
    if (call.note.empty()) call.note = problem->type;
  } else {
    response = std::get<HttpResponse>(answer);
  }
  if (route->caller == Caller::kAnybody) AllowOrigin(request, &response);
  metrics_.CountRequest(route->name, response.status);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  Log(call, response.status, seconds.count());
  return response;
}

Service::Answer Service::Do(Call* call) try {
  switch (call->route.operation) {
    case ServiceCall::kBeginRegistration:
      return BeginRegistration(call);
    case ServiceCall::kFinishRegistration:
      return FinishRegistration(call);
    case ServiceCall::kGetRegistration:
      return GetRegistration(call);
    case ServiceCall::kBeginLogin:
      return BeginLogin(call);
    case ServiceCall::kFinishLogin:
      return FinishLogin(call);
    case ServiceCall::kGetLogin:
      return GetLogin(call);
    case ServiceCall::kListCredentials:
      return ListCredentials(call);
    case ServiceCall::kRevokeCredential:
      return RevokeCredential(call);
    case ServiceCall::kAccountAudit:
    case ServiceCall::kAudit:
      return GetAudit(call);
    case ServiceCall::kResetFailures:
      return ResetFailures(call);
    case ServiceCall::kEraseAccount:
      return EraseAccount(call);
    case ServiceCall::kHealth:
      return Health(call);
    case ServiceCall::kMetrics:
      return HttpResponse{
          .status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_.Text(gauges_ ? gauges_() : std::map<std::string, double>()),
          .headers = {}};
    case ServiceCall::kOpenApi:
      return HttpResponse{.status = 200,
                          .content_type = "application/json",
                          .body = std::string(voizk_openapi, voizk_openapi_end),
                          .headers = {}};
  }
  return NotThere();
} catch (...) {
  call->note = ErrorOfException().message;
  return Problem{500, "internal", FailureDetail(call->route.operation), 0};
}

Problem Service::Denied(Call* call, const Refused& refused) const {
  Problem problem = ProblemOf(refused);
  call->note = std::string(problem.type);
  if (refused.why == Denial::kOther) call->note += ": " + refused.error.message;
  return problem;
}

Service::Answer Service::Health(Call* call) {
  const auto outcome = storage_->Ping();
  if (const auto* refused = std::get_if<Refused>(&outcome)) return Denied(call, *refused);
  return JsonAnswer(200, {{"status", "ok"},
                          {"relying_party", options_.relying_party},
                          {"bundle_digest", ToHex(bundle_.digest())},
                          {"enrolment_proven", options_.enrolment != 0}});
}

void Service::Log(const Call& call, int status, double seconds) const {
  // The route and not the path: ids in paths are keys to what was begun.
  nlohmann::ordered_json line = {{"unix_s", SystemUnixSeconds()},
                                 {"event", "request"},
                                 {"operation", call.route.name},
                                 {"status", status},
                                 {"ms", static_cast<int64_t>(seconds * 1e3)},
                                 {"address", call.address}};
  if (!call.parts.account.empty()) line["account"] = call.parts.account;
  if (!call.note.empty()) line["note"] = call.note;
  log_(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace voizk
