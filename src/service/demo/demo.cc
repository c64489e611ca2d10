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
constexpr size_t kMostAccount = 64;
constexpr int64_t kAskingSeconds = 60;  // a claim's, until the service has said how long; spare

/// The names of the service's accounts, so that nothing else becomes part of a path.
bool IsAccount(std::string_view text) {
  return !text.empty() && text.size() <= kMostAccount && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '~' || c == '-';
         });
}

bool IsJson(std::string_view type) { return type.substr(0, type.find(';')) == "application/json"; }

Problem NotLoggedIn() { return {401, "not-logged-in", "nobody is logged in here", 0}; }
/// Somebody logged out, or did something else, while this was under way.
Problem Ended() { return {409, "session-ended", "this session has ended; begin again", 0}; }
Problem Taken() {
  return {409, "account-taken",
          "this account is somebody's, or somebody is about to give it a voice: log in to add "
          "another",
          0};
}
Problem ProblemOf(DemoDenial denial) {
  switch (denial) {
    case DemoDenial::kEnded:
      return Ended();
    case DemoDenial::kTaken:
      return Taken();
    case DemoDenial::kOther:
      return {409, "registration-begun",
              "this browser has begun to register another account: finish that, or wait until it "
              "has expired",
              0};
    case DemoDenial::kFull:
      return {503, "busy", "there is no room for another account", 0};
    case DemoDenial::kWrongCode:
      return {403, "code-wrong", "this is not the account's recovery code", 0};
  }
  return {500, "internal", "an unknown denial", 0};
}
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
            .token = {},
            .session = {},
            .now = options_.clock()};
  const auto token = CookieIn(request.cookie, CookieName(request.port, options_.tls));
  if (!token) return ProblemResponse(BadRequest("two cookies of one name"));
  if (auto session = sessions_.Find(*token, call.now)) {
    call.token = *token;
    call.session = std::move(*session);
  }
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

void Demo::SetCookie(const Call& call, const std::string& token, HttpResponse* response) const {
  const int64_t seconds = token.empty() ? 0 : DemoSessions::kSessionSeconds;
  response->headers.emplace_back("Set-Cookie",
                                 CookieLine(call.request.port, options_.tls, token, seconds));
}

Demo::Answer Demo::Kept(const Call& call, HttpResponse response) {
  const auto token = sessions_.Put(call.token, call.session, call.now);
  if (!token) return Ended();
  SetCookie(call, *token, &response);
  return response;
}

Demo::Answer Demo::Enter(const Call& call, const std::string& account, Json json,
                         const std::variant<DemoEntry, DemoDenial>& entered) const {
  if (const auto* denial = std::get_if<DemoDenial>(&entered)) return ProblemOf(*denial);
  const auto& [token, code] = std::get<DemoEntry>(entered);
  json["account"] = account;
  json["recovery_code"] = code;
  HttpResponse response = JsonAnswer(200, json);
  SetCookie(call, token, &response);
  return response;
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

std::variant<bool, HttpResponse> Demo::OthersAt(const Call& call, const std::string& account,
                                                const std::string& credential) const {
  HttpResponse listed = Ask(call, "GET", "/v1/accounts/" + account + "/credentials");
  if (listed.status == 404) return false;
  if (listed.status != 200) return listed;
  return std::ranges::any_of(Parsed(listed).at("credentials"),
                             [&credential](const auto& listed_one) {
                               return TextIn(listed_one, "credential") != credential;
                             });
}

Demo::Answer Demo::BeginRegistration(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  DemoSession& session = call->session;
  bool fresh = false;
  const auto release = [&] {
    if (fresh) sessions_.Release(*account, session.claim);
  };
  if (session.account != *account) {
    if (const auto denial = sessions_.Claim(*account, call->now + kAskingSeconds, call->now,
                                            &session.claim, &fresh)) {
      return ProblemOf(*denial);
    }
    // Looked at once it is claimed: nobody else finishes a registration between the two.
    const auto others = OthersAt(*call, *account, "");
    const bool* const taken = std::get_if<bool>(&others);
    if (taken == nullptr || *taken) {
      release();
      return taken == nullptr ? Answer(std::get<HttpResponse>(others)) : Answer(Taken());
    }
  }
  HttpResponse begun = Ask(*call, "POST", "/v1/accounts/" + *account + "/registrations");
  if (begun.status != 201) {
    release();
    return begun;
  }
  const nlohmann::json json = Parsed(begun);
  session.registration = TextIn(json, "registration");
  session.begun_for = *account;
  // Whoever holds the registration's id may use it until then.
  const int64_t until = json.value("expires_unix_s", int64_t{0}) + kAskingSeconds;
  if (session.account != *account && !sessions_.Prolong(*account, session.claim, until)) {
    return Taken();
  }
  return Kept(*call, std::move(begun));
}

Demo::Answer Demo::FinishRegistration(Call* call) {
  const DemoSession& session = call->session;
  if (session.registration.empty()) return NothingBegun();
  const HttpResponse found = Ask(*call, "GET", "/v1/registrations/" + session.registration);
  if (found.status != 200) return found;
  const nlohmann::json json = Parsed(found);
  const std::string account = TextIn(json, "account");
  const std::string credential = TextIn(json, "credential");
  if (TextIn(json, "status") != "registered" || account != session.begun_for) {
    return Problem{409, "pending", "the registration is not finished", 0};
  }
  if (session.account != account) {
    const auto others = OthersAt(*call, account, credential);
    if (const auto* failure = std::get_if<HttpResponse>(&others)) return *failure;
    if (std::get<bool>(others)) return Taken();
  }
  return Enter(*call, account, {{"credential", credential}},
               sessions_.Register(call->token, account, call->now));
}

Demo::Answer Demo::BeginLogin(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  HttpResponse begun = Ask(*call, "POST", "/v1/accounts/" + *account + "/logins");
  if (begun.status != 201) return begun;
  call->session.login = TextIn(Parsed(begun), "login");
  call->session.begun_for = *account;
  return Kept(*call, std::move(begun));
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
  return Kept(*call, JsonAnswer(200, {{"account", call->session.account}}));
}

Demo::Answer Demo::Recover(Call* call) {
  const auto account = AccountOf(call->body);
  if (!account.ok()) return BadRequest(account.error().message);
  const auto code = TextOf(call->body, "code", true);
  if (!code.ok()) return BadRequest(code.error().message);
  return Enter(*call, *account, Json::object(),
               sessions_.Recover(call->token, *account, *code, call->now));
}

Demo::Answer Demo::Revoke(Call* call) {
  if (call->session.account.empty()) return NotLoggedIn();
  const auto credential = TextOf(call->body, "credential", true);
  if (!credential.ok()) return BadRequest(credential.error().message);
  if (!IsCredentialId(*credential)) return BadRequest("credential: not 16 hexadecimal digits");
  HttpResponse revoked =
      Ask(*call, "DELETE", "/v1/accounts/" + call->session.account + "/credentials/" + *credential);
  // Whoever is in by that voice, or is about to be, is not any more.
  if (revoked.status == 204) sessions_.EndOthers(call->session.account, call->token);
  return revoked;
}

Demo::Answer Demo::Logout(Call* call) {
  sessions_.Remove(call->token);
  HttpResponse response = JsonAnswer(200, Json::object());
  SetCookie(*call, "", &response);
  return response;
}

}  // namespace voizk
