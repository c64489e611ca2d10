// The authorization endpoint: what a client asks for is checked, and the browser is sent to the
// interaction (OpenID Connect Core 3.1.2, RFC 6749 4.1, RFC 7636).
#include <algorithm>
#include <array>

#include "service/api/answers.h"
#include "service/oidc/provider.h"

namespace voizk {
namespace {

/// Three bytes each once escaped, and request and answer have 16 kB for their heads.
constexpr size_t kMostState = 512;
constexpr size_t kMostHint = 128;
constexpr size_t kChallengeLength = 43;  // SHA-256 in base64url
/// The cookie outlives the interaction by as long as its row does, so that the page can still tell
/// that it has expired, and can go back to the client.
constexpr int64_t kCookieBeyondSeconds = 3600;

/// Is `word` one of the words of `list`, between spaces?
bool HasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view next = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), next.size() + 1));
    if (next == word) return true;
  }
  return false;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

struct Complaint {
  const char* error = nullptr;  // nullptr: none
  const char* description = "";
};

Complaint CheckPkce(const Form& form) {
  const std::string challenge = ValueOf(form, "code_challenge");
  if (challenge.empty()) return {"invalid_request", "PKCE is required: code_challenge is missing"};
  if (ValueOf(form, "code_challenge_method") != "S256") {
    return {"invalid_request", "code_challenge_method is S256"};
  }
  if (challenge.size() != kChallengeLength || !IsBase64Url(challenge)) {
    return {"invalid_request", "code_challenge is no SHA-256 in base64url"};
  }
  return {};
}

Complaint CheckParameters(const Form& form) {
  constexpr std::array<std::array<const char*, 2>, 3> kUnsupported = {
      {{"request", "request_not_supported"},
       {"request_uri", "request_uri_not_supported"},
       {"registration", "registration_not_supported"}}};
  for (const auto& [name, error] : kUnsupported) {
    if (form.contains(name)) return {error, "not supported here"};
  }
  const std::string type = ValueOf(form, "response_type");
  if (type.empty()) return {"invalid_request", "response_type is missing"};
  if (type != "code") return {"unsupported_response_type", "response_type is code"};
  const std::string mode = ValueOf(form, "response_mode");
  if (!mode.empty() && mode != "query") return {"invalid_request", "response_mode is query"};
  if (!HasWord(ValueOf(form, "scope"), "openid")) return {"invalid_scope", "scope has openid"};
  if (const Complaint pkce = CheckPkce(form); pkce.error != nullptr) return pkce;
  for (const char* const name : {"state", "nonce"}) {
    const std::string value = ValueOf(form, name);
    if (value.size() > kMostState) return {"invalid_request", "state or nonce is too long"};
    if (!IsPrintable(value)) return {"invalid_request", "state or nonce is no printable ASCII"};
  }
  if (form.contains("max_age") && !IsNumber(ValueOf(form, "max_age"))) {
    return {"invalid_request", "max_age is no number"};
  }
  const std::string prompt = ValueOf(form, "prompt");
  if (prompt == "none") return {"login_required", "every authorization is a login"};
  if (HasWord(prompt, "none")) return {"invalid_request", "prompt none stands alone"};
  return {};
}

}  // namespace

HttpResponse OidcProvider::RedirectError(Call* call, const AuthorizationRequest& request,
                                         const char* error, const char* description) const {
  call->note = error;
  // One that is too long is not given back: the answer would be too long.
  const bool fits = request.state.size() <= kMostState;
  return {.status = 303,
          .content_type = {},
          .body = {},
          .headers = {
              {"Location", WithQuery(request.redirect_uri, {{"error", error},
                                                            {"error_description", description},
                                                            {"state", fits ? request.state : ""},
                                                            {"iss", options_.issuer}})},
              {"Referrer-Policy", "no-referrer"}}};
}

std::optional<HttpResponse> OidcProvider::RefuseClient(Call* call, const std::string& client,
                                                       const std::string& redirect_uri) const {
  const auto found = options_.clients.find(client);
  if (found == options_.clients.end()) {
    call->note = "client-unknown";
    return ProblemResponse({400, "client-unknown", "this client is not registered here", 0});
  }
  call->client = client;
  if (MayRedirect(found->second, redirect_uri)) return std::nullopt;
  call->note = "redirect-uri-unknown";
  return ProblemResponse(
      {400, "redirect-uri-unknown", "this client has registered no such redirect_uri", 0});
}

HttpResponse OidcProvider::Authorize(Call* call) {
  const bool post = call->request.method == "POST";
  if (post && !call->request.query.empty()) {
    return ProblemResponse(BadRequest("parameters are in the query or in the body, not in both"));
  }
  const auto form = post ? ParseForm(call->request.body) : DecodeForm(call->request.query);
  if (!form.ok()) return ProblemResponse(BadRequest(form.error().message));
  // Until client and address are known to belong together nobody is redirected anywhere.
  AuthorizationRequest request{.client = ValueOf(*form, "client_id"),
                               .redirect_uri = ValueOf(*form, "redirect_uri"),
                               .state = ValueOf(*form, "state"),
                               .nonce = ValueOf(*form, "nonce"),
                               .login_hint = ValueOf(*form, "login_hint").substr(0, kMostHint),
                               .code_challenge = ValueOf(*form, "code_challenge")};
  if (auto refused = RefuseClient(call, request.client, request.redirect_uri)) {
    return *std::move(refused);
  }
  if (!IsPrintable(request.login_hint)) request.login_hint.clear();  // a hint, of use or not
  const Complaint complaint = CheckParameters(*form);
  if (complaint.error != nullptr) {
    return RedirectError(call, request, complaint.error, complaint.description);
  }
  return BeginInteraction(call, request);
}

HttpResponse OidcProvider::BeginInteraction(Call* call, const AuthorizationRequest& request) {
  std::string browser = BrowserSecret(call->request);
  if (browser.empty()) browser = RandomSecret();
  const auto begun = storage_->BeginInteraction(request, BrowserHash(browser), call->rate_key,
                                                options_.interaction_s);
  if (const auto* refused = std::get_if<Refused>(&begun)) {
    const bool many = refused->why == Denial::kTooMany;
    HttpResponse response =
        RedirectError(call, request, "temporarily_unavailable",
                      many ? "this address has begun too many" : "try again in a moment");
    if (!many) call->note += ": " + refused->error.message;
    return response;
  }
  const std::string& id = std::get<std::string>(begun);
  const std::string page = options_.interaction_url.empty()
                               ? options_.issuer + "/oidc/interactions/" + id
                               : WithQuery(options_.interaction_url, {{"interaction", id}});
  const std::string cookie = CookieName() + "=" + browser +
                             "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                             std::to_string(options_.interaction_s + kCookieBeyondSeconds) +
                             (options_.tls() ? "; Secure" : "");
  return {
      .status = 303,
      .content_type = {},
      .body = {},
      .headers = {{"Location", page}, {"Set-Cookie", cookie}, {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace voizk
