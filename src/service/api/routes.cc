#include "service/api/routes.h"

#include <algorithm>

namespace voizk {
namespace {

constexpr size_t kNoBody = 0;
constexpr size_t kSmallBody = 4 << 10;
constexpr size_t kCredentialBody = 8 << 10;
constexpr size_t kMaxAccount = 128;
constexpr size_t kMaxId = 64;

constexpr std::array<Route, 15> kRoutes = {{
    {ServiceCall::kBeginRegistration, "beginRegistration", "POST",
     "/v1/accounts/{account}/registrations", Caller::kBackEnd, kSmallBody},
    {ServiceCall::kFinishRegistration, "finishRegistration", "POST", "/v1/registrations/{id}",
     Caller::kAnybody, kCredentialBody},
    {ServiceCall::kGetRegistration, "getRegistration", "GET", "/v1/registrations/{id}",
     Caller::kBackEnd, kNoBody},
    {ServiceCall::kBeginLogin, "beginLogin", "POST", "/v1/accounts/{account}/logins",
     Caller::kBackEnd, kSmallBody},
    {ServiceCall::kFinishLogin, "finishLogin", "POST", "/v1/logins/{id}", Caller::kAnybody,
     kProofBody},
    {ServiceCall::kGetLogin, "getLogin", "GET", "/v1/logins/{id}", Caller::kBackEnd, kNoBody},
    {ServiceCall::kListCredentials, "listCredentials", "GET", "/v1/accounts/{account}/credentials",
     Caller::kBackEnd, kNoBody},
    {ServiceCall::kRevokeCredential, "revokeCredential", "DELETE",
     "/v1/accounts/{account}/credentials/{id}", Caller::kBackEnd, kNoBody},
    {ServiceCall::kAccountAudit, "accountAudit", "GET", "/v1/accounts/{account}/audit",
     Caller::kBackEnd, kNoBody},
    {ServiceCall::kAudit, "audit", "GET", "/v1/audit", Caller::kBackEnd, kNoBody},
    {ServiceCall::kResetFailures, "resetFailures", "DELETE", "/v1/accounts/{account}/failures",
     Caller::kBackEnd, kNoBody},
    {ServiceCall::kEraseAccount, "eraseAccount", "DELETE", "/v1/accounts/{account}",
     Caller::kBackEnd, kNoBody},
    {ServiceCall::kHealth, "health", "GET", "/health", Caller::kAnybody, kNoBody},
    {ServiceCall::kMetrics, "metrics", "GET", "/metrics", Caller::kBackEnd, kNoBody},
    {ServiceCall::kOpenApi, "openApi", "GET", "/openapi.json", Caller::kAnybody, kNoBody},
}};

bool IsAccount(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAccount && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '~' || c == '-';
         });
}

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

/// Takes the first part off.
std::string_view NextPart(std::string_view* path) {
  const size_t slash = path->find('/');
  const std::string_view part = path->substr(0, slash);
  path->remove_prefix(slash == std::string_view::npos ? path->size() : slash + 1);
  return part;
}

bool Fits(std::string_view pattern, std::string_view path, PathParts* parts) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = NextPart(&pattern);
    const std::string_view part = NextPart(&path);
    if (wanted == "{account}") {
      if (!IsAccount(part)) return false;
      parts->account = part;
    } else if (wanted == "{id}") {
      if (!IsId(part)) return false;
      parts->id = part;
    } else if (wanted != part) {
      return false;
    }
  }
  return true;
}

}  // namespace

Match FindRoute(std::string_view method, std::string_view path, const Route** route,
                PathParts* parts) {
  bool known = false;
  for (const Route& candidate : kRoutes) {
    PathParts found;
    if (!Fits(candidate.pattern, path, &found)) continue;
    known = true;
    if (candidate.method != method) continue;
    *route = &candidate;
    *parts = std::move(found);
    return Match::kFound;
  }
  return known ? Match::kOtherMethod : Match::kNone;
}

bool IsForBrowsers(std::string_view path) {
  return std::ranges::any_of(kRoutes, [path](const Route& route) {
    PathParts unused;
    return route.caller == Caller::kAnybody && Fits(route.pattern, path, &unused);
  });
}

}  // namespace voizk
