// The token endpoint and userinfo (RFC 6749 4.1.3 and 5, RFC 7636 4.6, OpenID Connect Core 3.1.3
// and 5.3).
#include <sodium.h>

#include <algorithm>
#include <tuple>

#include "base/base64url.h"
#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "service/api/answers.h"
#include "service/oidc/provider.h"

namespace voizk {
namespace {

constexpr size_t kLeastVerifier = 43;
constexpr size_t kMostVerifier = 128;

bool IsVerifier(std::string_view text) {
  return text.size() >= kLeastVerifier && text.size() <= kMostVerifier &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == '~';
         });
}

/// What is behind `scheme` (in lower case), which is compared without case (RFC 9110, 11.1);
/// nothing behind another.
std::string_view BehindScheme(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') return {};
  for (size_t i = 0; i < scheme.size(); ++i) {
    if ((authorization[i] | 0x20) != scheme[i]) return {};
  }
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

/// Client and secret of "Basic ..", each form-encoded (RFC 6749, 2.3.1).
Result<std::pair<std::string, std::string>> ParseBasic(std::string_view authorization) {
  const Error bad{ErrorCode::kMalformed, "not Basic"};
  const std::string_view text = BehindScheme(authorization, "basic");
  std::string both(text.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(both.data()), both.size(), text.data(),
                        text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return bad;
  }
  both.resize(size);
  const size_t colon = both.find(':');
  if (colon == std::string::npos) return bad;
  VOIZK_ASSIGN_OR_RETURN(std::string id, DecodeFormValue(both.substr(0, colon)));
  VOIZK_ASSIGN_OR_RETURN(std::string secret, DecodeFormValue(both.substr(colon + 1)));
  return std::pair(std::move(id), std::move(secret));
}

/// An access token's hash in the ID token (OpenID Connect Core, 3.1.3.6).
std::string HalfHash(std::string_view token) {
  const Digest digest = Sha256Of(AsBytes(token));
  return ToBase64Url(std::span(digest).first(digest.size() / 2));
}

HttpResponse InvalidToken() {
  HttpResponse response = OauthError(401, "invalid_token", "the access token is worth nothing");
  response.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  return response;
}

}  // namespace

HttpResponse OidcProvider::InvalidClient(Call* call, const char* note) {
  // Counted nowhere: secrets are 256 random bits, and any page can make its visitors' browsers send
  // wrong ones, which must not use up what their address has for logins.
  call->note = std::string("invalid_client: ") + note;
  HttpResponse response = OauthError(401, "invalid_client", "the client did not show who it is");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"voizk\"");
  return response;
}

std::variant<std::string, HttpResponse> OidcProvider::Authenticate(Call* call, const Form& form) {
  ClientAuth method = form.contains("client_secret") ? ClientAuth::kPost : ClientAuth::kNone;
  std::string id = ValueOf(form, "client_id");
  std::string secret = ValueOf(form, "client_secret");
  if (!call->request.authorization.empty()) {
    if (method == ClientAuth::kPost) {
      return OauthError(400, "invalid_request", "one way of client authentication at a time");
    }
    auto basic = ParseBasic(call->request.authorization);
    if (!basic.ok()) return InvalidClient(call, "no Basic authorization");
    if (!id.empty() && id != basic->first) {
      return OauthError(400, "invalid_request", "two client_ids");
    }
    method = ClientAuth::kBasic;
    std::tie(id, secret) = std::move(*basic);
  }
  const auto found = options_.clients.find(id);
  if (found == options_.clients.end()) return InvalidClient(call, "unknown");
  call->client = id;
  if (found->second.auth != method) return InvalidClient(call, "another method is registered");
  if (method != ClientAuth::kNone) {
    const Digest given = Sha256Of(AsBytes(secret));
    if (sodium_memcmp(given.data(), found->second.secret_digest.data(), given.size()) != 0) {
      return InvalidClient(call, "wrong secret");
    }
  }
  return id;
}

HttpResponse OidcProvider::Token(Call* call) {
  const auto form = ParseForm(call->request.body);
  if (!form.ok()) return OauthError(400, "invalid_request", form.error().message.c_str());
  auto client = Authenticate(call, *form);
  if (auto* refused = std::get_if<HttpResponse>(&client)) return std::move(*refused);
  const std::string grant = ValueOf(*form, "grant_type");
  if (grant.empty()) return OauthError(400, "invalid_request", "grant_type is missing");
  if (grant != "authorization_code") {
    return OauthError(400, "unsupported_grant_type", "grant_type is authorization_code");
  }
  const std::string code = ValueOf(*form, "code"), verifier = ValueOf(*form, "code_verifier");
  const std::string redirect_uri = ValueOf(*form, "redirect_uri");
  if (code.empty() || redirect_uri.empty() || !IsVerifier(verifier)) {
    return OauthError(400, "invalid_request",
                      "code, redirect_uri or code_verifier is missing, or no verifier");
  }
  const std::string access_token = RandomSecret();
  const auto redeemed = storage_->RedeemCode(
      around_.party, {.code_hash = SecretHash(code),
                      .client = std::get<std::string>(client),
                      .redirect_uri = redirect_uri,
                      .code_challenge = ToBase64Url(Sha256Of(AsBytes(verifier))),
                      .token_hash = SecretHash(access_token),
                      .token_s = options_.token_s});
  if (const auto* refused = std::get_if<Refused>(&redeemed)) {
    (void)Denied(call, *refused);  // for the log
    return OauthError(503, "temporarily_unavailable", "try again with a new code");
  }
  const auto& result = std::get<RedeemedCode>(redeemed);
  if (result.result == Redemption::kGranted) {
    call->note = "granted";
    return Granted(result, access_token);
  }
  call->note = "invalid_grant";  // the audit log says why
  return OauthError(400, "invalid_grant",
                    "the code is unknown, used, expired, or of another client, redirect_uri or "
                    "code_verifier; or the credential is revoked");
}

HttpResponse OidcProvider::Granted(const RedeemedCode& redeemed,
                                   const std::string& access_token) const {
  const AuthorizationGrant& grant = redeemed.grant;
  Json claims;
  claims["iss"] = options_.issuer;
  claims["sub"] = grant.account;
  claims["aud"] = grant.client;
  claims["exp"] = redeemed.now_unix_s + options_.token_s;
  claims["iat"] = redeemed.now_unix_s;
  claims["auth_time"] = grant.auth_unix_s;
  claims["acr"] = grant.device_key ? "urn:voizk:acr:voice-device-key" : "urn:voizk:acr:voice";
  claims["amr"] = Json::array({"vbm"});
  if (grant.device_key) claims["amr"].push_back(options_.device_key_amr);
  claims["at_hash"] = HalfHash(access_token);
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  const auto id_token = keys_.Sign(claims.dump());
  if (!id_token.ok()) return OauthError(500, "server_error", "the ID token cannot be signed");
  Json json;
  json["access_token"] = access_token;
  json["token_type"] = "Bearer";
  json["expires_in"] = options_.token_s;
  json["scope"] = "openid";
  json["id_token"] = *id_token;
  HttpResponse response = JsonAnswer(200, json);
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

HttpResponse OidcProvider::UserInfo(Call* call) {
  const std::string_view token = BehindScheme(call->request.authorization, "bearer");
  if (token.empty()) {
    HttpResponse response = OauthError(401, "invalid_request", "Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  const auto found = storage_->FindToken(around_.party, SecretHash(token));
  if (const auto* refused = std::get_if<Refused>(&found)) {
    if (refused->why == Denial::kNoLogin) return InvalidToken();
    return Denied(call, *refused);
  }
  const auto& grant = std::get<AuthorizationGrant>(found);
  call->client = grant.client;
  if (!options_.clients.contains(grant.client)) return InvalidToken();
  Json json;
  json["sub"] = grant.account;
  return JsonAnswer(200, json);
}

}  // namespace voizk
