#include "service/demo/demo.h"

#include <algorithm>
#include <array>

#include "base/exceptions.h"
#include "service/api/answers.h"
#include "service/api/body.h"
#include "service/demo/browser.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr std::string_view kRoot = "/rp/";
constexpr size_t kMaxBody = 1 << 10;
constexpr std::string_view kCookie = "voizk_rp=";
constexpr size_t kMostAccount = 64;

/// The names of the service's accounts, so that nothing else becomes part of a path.
bool IsAccount(std::string_view text) {
  return !text.empty() && text.size() <= kMostAccount && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '~' || c == '-';
         });
}

/// Of "a=b; voizk_rp=<64 digits>"; empty where there is none.
std::string TokenOf(std::string_view cookies) {
  while (!cookies.empty()) {
    std::string_view cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), cookie.size() + 1));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(kCookie)) return std::string(cookie.substr(kCookie.size()));
  }
  return {};
}

bool IsJson(std::string_view type) { return type.substr(0, type.find(';')) == "application/json"; }

Problem NotLoggedIn() { return {401, "not-logged-in", "nobody is logged in here", 0}; }
Problem NothingBegun() { return {409, "nothing-begun", "this browser has begun nothing", 0}; }

nlohmann::json Parsed(const HttpResponse& response) {
  return nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
}

std::string TextIn(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The account of the body.
Result<std::string> AccountOf(const nlohmann::json& body) {
  VOIZK_ASSIGN_OR_RETURN(std::string account, TextOf(body, "account", true));
  if (!IsAccount(account)) {
    return {ErrorCode::kMalformed, "an account has 1 to 64 of A-Z a-z 0-9 . _ ~ -"};
  }
  return account;
}

}  // namespace

const Demo::Action* Demo::Find(const HttpRequest& request, bool* path_known) {
  static constexpr std::array<Action, 8> kActions = {{
      {"GET", "/rp/session", &Demo::GetSession},
      {"POST", "/rp/registrations", &Demo::BeginRegistration},
      {"POST", "/rp/registrations/finish", &Demo::FinishRegistration},
      {"POST", "/rp/logins", &Demo::BeginLogin},
      {"POST", "/rp/logins/finish", &Demo::FinishLogin},
      {"POST", "/rp/recovery", &Demo::Recover},
      {"POST", "/rp/credentials/revoke", &Demo::Revoke},
      {"POST", "/rp/logout", &Demo::Logout},
  }};
  *path_known = false;
  for (const Action& action : kActions) {
    if (action.path != request.path) continue;
    *path_known = true;
    if (action.method == request.method) return &action;
  }
  return nullptr;
}

std::optional<HttpResponse> Demo::Admit(const HttpRequest& head, size_t* max_body) {
  // What answers without a key answers this machine's own browser and programs, and no page that
  // has pointed its name here.
  if (!IsThisMachine(head.host, head.port, options_.tls)) {
    return ProblemResponse({421, "foreign-host", "this is asked for by a loopback address", 0});
  }
  if (head.method == "POST" && !IsOwnOrigin(head, options_.tls)) {
    return ProblemResponse({403, "foreign-origin", "another page asks for this", 0});
  }
  if (!head.path.starts_with(kRoot)) return service_->Admit(head, max_body);
  bool known = false;
  const Action* const action = Find(head, &known);
  if (action == nullptr) {
    return ProblemResponse(known ? Problem{405, "method-not-allowed", "not in this way", 0}
                                 : Problem{404, "not-found", "there is nothing of this name", 0});
  }
  const bool post = action->method == "POST";
  // A form of another page cannot send this type, and a script of one would have to ask first.
  if (post && !IsJson(head.content_type)) {
    return ProblemResponse({415, "unsupported-media-type", "the body is application/json", 0});
  }
  *max_body = post ? kMaxBody : 0;
  return std::nullopt;
}

HttpResponse Demo::Handle(const HttpRequest& request) try {
  bool known = false;
  const Action* const action = Find(request, &known);
  if (action == nullptr) return service_->Handle(request);
  constexpr std::array<std::string_view, 3> kNames = {"account", "code", "credential"};
  auto body = ParseBody(request.body, kNames);
  if (!body.ok()) return ProblemResponse(BadRequest(body.error().message));
  Call call{.request = request,
            .body = std::move(*body),
            .token = TokenOf(request.cookie),
            .session = {},
            .now = SystemUnixSeconds()};
  call.session = sessions_.Find(call.token, call.now);
  const Answer answer = (this->*action->run)(&call);
  if (const auto* problem = std::get_if<Problem>(&answer)) return ProblemResponse(*problem);
  return std::get<HttpResponse>(answer);
} catch (...) {
  return ProblemResponse({500, "internal", ErrorOfException().message, 0});
}

HttpResponse Demo::Ask(const Call& call, const std::string& method, const std::string& path) const {
  return service_->Handle({.method = method,
                           .path = path,
                           .authorization = "Bearer " + options_.api_key,
                           .content_type = "application/json",
                           .peer = call.request.peer});
}

void Demo::Keep(Call* call, HttpResponse* response) {
  const std::string token = sessions_.Put(call->token, call->session, call->now);
  sessions_.MoveClaim(call->token, token);
  response->headers.emplace_back(
      "Set-Cookie",
      std::string(kCookie) + token + "; Path=/rp; HttpOnly; SameSite=Strict; Max-Age=" +
          std::to_string(DemoSessions::kSessionSeconds) + (options_.tls ? "; Secure" : ""));
  call->token = token;
}

Demo::Answer Demo::GetSession(Call* call) {
  Json json = {{"relying_party", options_.relying_party},
               {"account", nullptr},
               {"credentials", Json::array()}};
  if (!call->session.account.empty()) {
    const HttpResponse listed =
        Ask(*call, "GET", "/v1/accounts/" + call->session.account + "/credentials");
    if (listed.status != 200) return listed;
    json["account"] = call->session.account;
    json["credentials"] = Parsed(listed)["credentials"];
  }
  return JsonAnswer(200, json);
}

Demo::Answer Demo::BeginRegistration(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  if (call->session.account != *account) {
    const HttpResponse listed = Ask(*call, "GET", "/v1/accounts/" + *account + "/credentials");
    if (listed.status != 200 && listed.status != 404) return listed;
    const nlohmann::json json = Parsed(listed);
    const bool taken = listed.status == 200 &&
                       std::ranges::any_of(json["credentials"],
                                           [](auto& c) { return c["revoked_unix_s"].is_null(); });
    // A browser that has no session yet gets one before its claim, under which the claim is kept.
    if (call->token.empty()) call->token = RandomToken();
    if (taken || !sessions_.Claim(*account, call->token, call->now)) {
      return Problem{409, "account-taken",
                     "this account has a voice, or somebody is about to give it one: log in to add "
                     "another",
                     0};
    }
  }
  HttpResponse begun = Ask(*call, "POST", "/v1/accounts/" + *account + "/registrations");
  if (begun.status == 201) {
    call->session.registration = TextIn(Parsed(begun), "registration");
    call->session.begun_for = *account;
  }
  Keep(call, &begun);  // with the claim, in any case
  return begun;
}

Demo::Answer Demo::FinishRegistration(Call* call) {
  if (call->session.registration.empty()) return NothingBegun();
  const HttpResponse found = Ask(*call, "GET", "/v1/registrations/" + call->session.registration);
  if (found.status != 200) return found;
  const nlohmann::json json = Parsed(found);
  if (TextIn(json, "status") != "registered" ||
      TextIn(json, "account") != call->session.begun_for) {
    return Problem{409, "pending", "the registration is not finished", 0};
  }
  call->session = {.account = call->session.begun_for};
  HttpResponse response =
      JsonAnswer(200, {{"account", call->session.account},
                       {"credential", TextIn(json, "credential")},
                       {"recovery_code", sessions_.NewRecoveryCode(call->session.account)}});
  Keep(call, &response);
  return response;
}

Demo::Answer Demo::BeginLogin(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  HttpResponse begun = Ask(*call, "POST", "/v1/accounts/" + *account + "/logins");
  if (begun.status != 201) return begun;
  call->session.login = TextIn(Parsed(begun), "login");
  call->session.begun_for = *account;
  Keep(call, &begun);
  return begun;
}

Demo::Answer Demo::FinishLogin(Call* call) {
  if (call->session.login.empty()) return NothingBegun();
  const HttpResponse found = Ask(*call, "GET", "/v1/logins/" + call->session.login);
  if (found.status != 200) return found;
  const nlohmann::json json = Parsed(found);
  // The browser's word is worth nothing: the service is asked, for the id that this session holds.
  if (TextIn(json, "status") != "accepted" || TextIn(json, "account") != call->session.begun_for) {
    return Problem{409, "pending", "the login is not accepted", 0};
  }
  call->session = {.account = call->session.begun_for};
  HttpResponse response = JsonAnswer(200, {{"account", call->session.account}});
  Keep(call, &response);
  return response;
}

Demo::Answer Demo::Recover(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  const auto code = TextOf(call->body, "code", true);
  if (!code.ok()) return BadRequest(code.error().message);
  if (!sessions_.UseRecoveryCode(*account, *code)) {
    return Problem{403, "code-wrong", "this is not the account's recovery code", 0};
  }
  call->session = {.account = *account};
  HttpResponse response = JsonAnswer(
      200, {{"account", *account}, {"recovery_code", sessions_.NewRecoveryCode(*account)}});
  Keep(call, &response);
  return response;
}

Demo::Answer Demo::Revoke(Call* call) {
  if (call->session.account.empty()) return NotLoggedIn();
  const auto credential = TextOf(call->body, "credential", true);
  if (!credential.ok()) return BadRequest(credential.error().message);
  if (!IsCredentialId(*credential)) return BadRequest("credential: not 16 hexadecimal digits");
  return Ask(*call, "DELETE",
             "/v1/accounts/" + call->session.account + "/credentials/" + *credential);
}

Demo::Answer Demo::Logout(Call* call) {
  sessions_.Remove(call->token);
  HttpResponse response = JsonAnswer(200, Json::object());
  response.headers.emplace_back("Set-Cookie", std::string(kCookie) + "; Path=/rp; Max-Age=0");
  return response;
}

}  // namespace voizk
