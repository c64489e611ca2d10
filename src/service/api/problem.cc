#include "service/api/problem.h"

#include <nlohmann/json.hpp>

namespace voizk {
namespace {

std::string_view Title(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length required";
    case 413:
      return "Content too large";
    case 415:
      return "Unsupported media type";
    case 421:
      return "Misdirected request";
    case 422:
      return "Unprocessable content";
    case 429:
      return "Too many requests";
    case 503:
      return "Service unavailable";
    default:
      return "Internal error";
  }
}

Problem OfTheDatabase(const Error& error) {
  if (error.code == ErrorCode::kInvalidArgument) {
    return {503, "clock-behind", "the service's clock is behind its database's time", 0};
  }
  if (error.code == ErrorCode::kOutOfMemory) return {503, "busy", "out of memory", 1};
  return {503, "storage-unavailable", "the service cannot reach its database", 1};
}

}  // namespace

HttpResponse ProblemResponse(const Problem& problem) {
  nlohmann::ordered_json json = {{"type", "urn:voizk:problem:" + std::string(problem.type)},
                                 {"title", Title(problem.status)},
                                 {"status", problem.status},
                                 {"detail", problem.detail}};
  HttpResponse response{.status = problem.status,
                        .content_type = "application/problem+json",
                        .body = {},
                        .headers = {}};
  if (problem.retry_after_s > 0) {
    json["retry_after_s"] = problem.retry_after_s;
    response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
  }
  if (problem.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return response;
}

Problem ProblemOf(const Refused& refused) {
  switch (refused.why) {
    case Denial::kNoAccount:
      return {404, "account-unknown", "nothing is registered for this account", 0};
    case Denial::kNoCredential:
      return {404, "credential-unknown", "this account has no such credential, or it is revoked",
              0};
    case Denial::kNoRegistration:
      return {404, "registration-unknown", "no registration of this name was begun", 0};
    case Denial::kNoLogin:
      return {404, "login-unknown", "no login of this name was begun", 0};
    case Denial::kNoInteraction:
      return {404, "interaction-unknown", "this browser has begun no interaction of this name", 0};
    case Denial::kPending:
      return {409, "pending", "its login was not accepted yet", 0};
    case Denial::kExpired:
      return {410, "expired", "it has expired; begin again", 0};
    case Denial::kUsed:
      return {409, "used", "it was used before; begin again", 0};
    case Denial::kSpent:
      return {409, "spent", "too many answers to this challenge have failed; begin again", 0};
    case Denial::kUnproven:
      return {422, "enrolment-missing", "a proof of the enrolment is wanted here", 0};
    case Denial::kUnasked:
      return {422, "enrolment-unasked", "this registration asks for no proof; begin again", 0};
    case Denial::kExists:
      return {409, "credential-exists", "this commitment is registered already", 0};
    case Denial::kTooMany:
      return {refused.retry_after_s > 0 ? 429 : 409, "too-many",
              "the account has as many of these as it may have", refused.retry_after_s};
    case Denial::kWait:
      return {429, "wait", "too many failures in a row; wait", refused.retry_after_s};
    case Denial::kLocked:
      return {403, "locked",
              "too many failures in a row; recognise the person by other means, then reset", 0};
    case Denial::kAddress:
      return {429, "address-wait", "too many failures from this address; wait",
              refused.retry_after_s};
    case Denial::kOther:
      break;
  }
  return OfTheDatabase(refused.error);
}

Verdict VerdictOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kProofMalformed:
      return {{422, "proof-malformed", error.message, 0}, false};
    case ErrorCode::kProofRejected:
      return {{422, "proof-rejected", error.message, 0}, false};
    case ErrorCode::kChallengeExpired:
      return {ProblemOf({.why = Denial::kExpired}), true};
    case ErrorCode::kOutOfMemory:
      return {{503, "busy", "out of memory", 1}, true};
    default:
      return {{500, "internal", "the service failed; nothing was accepted", 0}, true};
  }
}

}  // namespace voizk
