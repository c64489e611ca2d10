#include "service/oidc/provider.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/base64url.h"
#include "base/bytes.h"
#include "base/exceptions.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "service/api/answers.h"
#include "service/api/caller.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr std::string_view kDiscoveryPath = "/.well-known/openid-configuration";
constexpr std::string_view kRoot = "/oidc/";
constexpr size_t kMaxBody = 8 << 10;
constexpr size_t kIdDigits = 64;

bool IsOurs(std::string_view path) { return path == kDiscoveryPath || path.starts_with(kRoot); }

/// Does `path` fit `pattern`, which may have one {id}?
bool Fits(std::string_view pattern, std::string_view path, std::string* id) {
  constexpr std::string_view kId = "{id}";
  const size_t at = pattern.find(kId);
  if (at == std::string_view::npos) return pattern == path;
  const std::string_view behind = pattern.substr(at + kId.size());
  if (path.size() != at + kIdDigits + behind.size() || !path.ends_with(behind) ||
      path.substr(0, at) != pattern.substr(0, at)) {
    return false;
  }
  const std::string_view digits = path.substr(at, kIdDigits);
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
  *id = digits;
  return true;
}

bool HasType(const HttpRequest& head, std::string_view wanted) {
  std::string_view type = head.content_type;
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type == wanted;
}

}  // namespace

std::string RandomSecret() {
  std::array<uint8_t, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return ToBase64Url(bytes);
}

bool IsBase64Url(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string SecretHash(std::string_view secret) { return ToHex(Sha256Of(AsBytes(secret))); }

HttpResponse OauthError(int status, const char* error, const char* description) {
  HttpResponse response =
      JsonAnswer(status, {{"error", error}, {"error_description", description}});
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

OidcProvider::OidcProvider(OidcOptions options, SigningKeys keys, OidcSurroundings around,
                           Storage* storage, HttpHandler* service, WriteLog log)
    : options_(std::move(options)),
      keys_(std::move(keys)),
      around_(std::move(around)),
      storage_(storage),
      service_(service),
      log_(std::move(log)) {
  around_.proxy = NormalAddress(around_.proxy).value_or("");
  for (const auto& [id, client] : options_.clients) {
    if (client.auth != ClientAuth::kNone) continue;
    for (const std::string& uri : client.redirect_uris) client_origins_.insert(OriginOf(uri));
  }
  client_origins_.erase("");  // of programs of their own scheme
}

const OidcProvider::Action* OidcProvider::Find(const HttpRequest& request, std::string* id,
                                               bool* path_known) {
  using P = OidcProvider;
  static constexpr std::array<Action, 11> kActions = {{
      {"discovery", "GET", kDiscoveryPath, Body::kNone, &P::Discovery},
      {"jwks", "GET", "/oidc/jwks", Body::kNone, &P::Keys},
      {"authorize", "GET", "/oidc/authorize", Body::kNone, &P::Authorize},
      {"authorize", "POST", "/oidc/authorize", Body::kForm, &P::Authorize},
      {"token", "POST", "/oidc/token", Body::kForm, &P::Token},
      {"userinfo", "GET", "/oidc/userinfo", Body::kNone, &P::UserInfo},
      {"userinfo", "POST", "/oidc/userinfo", Body::kNone, &P::UserInfo},
      {"interaction", "GET", "/oidc/interactions/{id}", Body::kNone, &P::GetInteraction},
      {"login", "POST", "/oidc/interactions/{id}/logins", Body::kJson, &P::BeginLogin},
      {"finish", "POST", "/oidc/interactions/{id}/finish", Body::kJson, &P::Finish},
      {"cancel", "POST", "/oidc/interactions/{id}/cancel", Body::kJson, &P::Cancel},
  }};
  *path_known = false;
  for (const Action& action : kActions) {
    if (!Fits(action.path, request.path, id)) continue;
    *path_known = true;
    if (action.method == request.method) return &action;
  }
  return nullptr;
}

void OidcProvider::AllowOrigin(const HttpRequest& request, HttpResponse* response) const {
  const auto allow = [&](const std::string& origin) {
    response->headers.emplace_back("Access-Control-Allow-Origin", origin);
    response->headers.emplace_back("Vary", "Origin");
  };
  if (request.path == kDiscoveryPath || request.path == "/oidc/jwks") return allow("*");
  const bool for_programs = request.path == "/oidc/token" || request.path == "/oidc/userinfo";
  if (!for_programs || request.origin.empty()) return;
  if (client_origins_.contains(request.origin)) allow(request.origin);
}

std::optional<HttpResponse> OidcProvider::Admit(const HttpRequest& head, size_t* max_body) {
  if (!IsOurs(head.path)) return service_->Admit(head, max_body);
  const auto answer = [&](HttpResponse response) {
    AllowOrigin(head, &response);
    return response;
  };
  std::string id;
  bool known = false;
  const Action* const action = Find(head, &id, &known);
  if (action == nullptr && known && head.method == "OPTIONS") {
    HttpResponse response = answer({.status = 204, .content_type = {}, .body = {}, .headers = {}});
    if (!response.headers.empty()) {
      response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
      response.headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type");
    }
    return response;
  }
  if (action == nullptr) {
    return answer(
        ProblemResponse(known ? Problem{405, "method-not-allowed", "this cannot be done here", 0}
                              : Problem{404, "not-found", "there is nothing of this name", 0}));
  }
  *max_body = action->body == Body::kNone ? 0 : kMaxBody;
  if (action->body == Body::kForm && !HasType(head, "application/x-www-form-urlencoded")) {
    return answer(
        OauthError(400, "invalid_request", "the body is application/x-www-form-urlencoded"));
  }
  if (action->name == "token" && !head.origin.empty() && !client_origins_.contains(head.origin)) {
    return answer(OauthError(403, "invalid_request", "no client's page is at this origin"));
  }
  if (action->body != Body::kJson) return std::nullopt;
  if (!HasType(head, "application/json")) {
    return ProblemResponse({415, "unsupported-media-type", "the body is application/json", 0});
  }
  if (!head.origin.empty() && head.origin != options_.issuer) {
    return ProblemResponse({403, "other-origin", "pages of other origins may not do this", 0});
  }
  return std::nullopt;
}

HttpResponse OidcProvider::Handle(const HttpRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  Call call{.request = request,
            .id = {},
            .address = ClientAddress(request, around_.proxy),
            .rate_key = {},
            .client = {},
            .note = {}};
  call.rate_key = RateKey(call.address);
  bool known = false;
  const Action* const action = IsOurs(request.path) ? Find(request, &call.id, &known) : nullptr;
  if (action == nullptr) return service_->Handle(request);
  HttpResponse response;
  try {
    response = (this->*action->run)(&call);
  } catch (...) {
    call.note = ErrorOfException().message;
    response = OauthError(500, "server_error", "the provider failed");
  }
  AllowOrigin(request, &response);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  Log(call, action->name, response.status, seconds.count());
  return response;
}

HttpResponse OidcProvider::Denied(Call* call, const Refused& refused) const {
  const Problem problem = ProblemOf(refused);
  call->note = std::string(problem.type);
  if (refused.why == Denial::kOther) call->note += ": " + refused.error.message;
  return ProblemResponse(problem);
}

std::string OidcProvider::CookieName() const {
  // The prefix keeps other hosts of the domain, and plain HTTP, from setting it (RFC 6265bis).
  return options_.tls() ? "__Host-voizk-oidc" : "voizk-oidc";
}

std::string OidcProvider::BrowserSecret(const HttpRequest& request) const {
  const std::string wanted = CookieName() + "=";
  std::string_view cookies = request.cookie;
  while (!cookies.empty()) {
    std::string_view cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), cookie.size() + 1));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (!cookie.starts_with(wanted)) continue;
    cookie.remove_prefix(wanted.size());
    return cookie.size() == kSecretLength && IsBase64Url(cookie) ? std::string(cookie) : "";
  }
  return {};
}

std::string OidcProvider::BrowserHash(const std::string& secret) const {
  if (secret.empty()) return {};  // no interaction's
  return SecretHash(around_.party.relying_party + "\n" + secret);
}

HttpResponse OidcProvider::Discovery(Call*) {
  const std::string& issuer = options_.issuer;
  const auto list = [](std::initializer_list<const char*> texts) {
    Json array = Json::array();
    for (const char* const text : texts) array.push_back(text);
    return array;
  };
  Json json;
  json["issuer"] = issuer;
  json["authorization_endpoint"] = issuer + "/oidc/authorize";
  json["token_endpoint"] = issuer + "/oidc/token";
  json["userinfo_endpoint"] = issuer + "/oidc/userinfo";
  json["jwks_uri"] = issuer + "/oidc/jwks";
  json["scopes_supported"] = list({"openid"});
  json["response_types_supported"] = list({"code"});
  json["response_modes_supported"] = list({"query"});
  json["grant_types_supported"] = list({"authorization_code"});
  json["subject_types_supported"] = list({"public"});
  json["id_token_signing_alg_values_supported"] = list({"ES256"});
  json["token_endpoint_auth_methods_supported"] =
      list({"client_secret_basic", "client_secret_post", "none"});
  json["code_challenge_methods_supported"] = list({"S256"});
  json["acr_values_supported"] = list({"urn:voizk:acr:voice", "urn:voizk:acr:voice-device-key"});
  json["claims_supported"] =
      list({"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash"});
  json["authorization_response_iss_parameter_supported"] = true;
  json["claims_parameter_supported"] = false;
  json["request_parameter_supported"] = false;
  json["request_uri_parameter_supported"] = false;
  HttpResponse response = JsonAnswer(200, json);
  response.headers.emplace_back("Cache-Control", "public, max-age=300");
  return response;
}

HttpResponse OidcProvider::Keys(Call*) {
  return {.status = 200,
          .content_type = "application/jwk-set+json",
          .body = keys_.public_set(),
          .headers = {{"Cache-Control", "public, max-age=300"}}};
}

void OidcProvider::Log(const Call& call, std::string_view operation, int status,
                       double seconds) const {
  // No query, id, code or token: they are keys to what was begun.
  Json line = {{"unix_s", SystemUnixSeconds()},
               {"event", "oidc"},
               {"operation", operation},
               {"status", status},
               {"ms", static_cast<int64_t>(seconds * 1e3)},
               {"address", call.address}};
  if (!call.client.empty()) line["client"] = call.client;
  if (!call.note.empty()) line["note"] = call.note;
  log_(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace voizk
