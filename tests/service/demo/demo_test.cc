// Guards that the demonstration's back end takes nobody's word: who is logged in is what the
// service says of the id that this browser's session holds; an account with a voice, or one that
// another browser is about to register, is not given away; a recovery code is good once; no page
// but its own gets anything.  The service is a stand-in here that remembers what it was asked;
// tests/web has the real one.
#include "service/demo/demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

namespace voizk {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class StandIn : public HttpHandler {
 public:
  std::optional<HttpResponse> Admit(const HttpRequest&, size_t*) override {
    return HttpResponse{.status = 418};
  }
  HttpResponse Handle(const HttpRequest& request) override {
    EXPECT_EQ(request.authorization, "Bearer key");
    asked.push_back(request.method + " " + request.path);
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    const auto found = answers.find(asked.back());
    if (found == answers.end()) return {.status = 404, .body = "{}"};
    const std::map<std::string, int> statuses = {{"POST", 201}, {"GET", 200}, {"DELETE", 204}};
    return {.status = statuses.at(request.method), .body = found->second.dump()};
  }
  HttpResponse Refusal(int status, const std::string&) override { return {.status = status}; }

  std::vector<std::string> asked;
  std::map<std::string, Json> answers;
  std::function<void()> meanwhile;  // done once, while it is asked
};

class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service.answers["POST /v1/accounts/ann/registrations"] = {{"registration", "aa"},
                                                              {"expires_unix_s", now + 86'400}};
    service.answers["POST /v1/accounts/ann/logins"] = {{"login", "bb"}};
  }
  HttpResponse Post(const std::string& path, const Json& body, std::string* cookie) {
    HttpRequest request{.method = "POST", .path = path, .content_type = "application/json"};
    request.cookie = *cookie;
    request.body = body.dump();
    const HttpResponse response = demo.Handle(request);
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie") *cookie = value.substr(0, value.find(';'));
    }
    return response;
  }
  Json Session(const std::string& cookie) {
    return Json::parse(
        demo.Handle({.method = "GET", .path = "/rp/session", .cookie = cookie}).body);
  }
  void Registered(const std::string& account) {
    service.answers["GET /v1/registrations/aa"] = {
        {"status", "registered"}, {"account", account}, {"credential", "00"}};
    service.answers["GET /v1/accounts/ann/credentials"] = {
        {"credentials", {{{"credential", "00"}, {"revoked_unix_s", nullptr}}}}};
  }

  std::string Register() {
    EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201);
    Registered("ann");
    const HttpResponse done = Post("/rp/registrations/finish", Json::object(), &ann);
    EXPECT_EQ(done.status, 200) << done.body;
    return Json::parse(done.body)["recovery_code"];
  }
  void LogIn(std::string* cookie) {
    service.answers["GET /v1/logins/bb"] = {{"status", "accepted"}, {"account", "ann"}};
    EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, cookie).status, 201);
    EXPECT_EQ(Post("/rp/logins/finish", Json::object(), cookie).status, 200);
    EXPECT_EQ(Session(*cookie)["account"], "ann");
  }

  StandIn service;
  int64_t now = 1'800'000'000;
  Demo demo{{.relying_party = "bank.example", .api_key = "key", .clock = [this] { return now; }},
            &service};
  std::string ann, eve;  // cookies
};

TEST_F(DemoTest, WhoRegisteredIsLoggedIn) {
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201);
  EXPECT_THAT(ann, Not(IsEmpty()));
  EXPECT_EQ(Post("/rp/registrations/finish", Json::object(), &ann).status, 404);
  EXPECT_TRUE(Session(ann)["account"].is_null());
  Registered("ann");
  const std::string before = ann;
  const HttpResponse done = Post("/rp/registrations/finish", Json::object(), &ann);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(Session(ann)["account"], "ann");
  EXPECT_TRUE(Session(before)["account"].is_null()) << "the token from before still works";
  EXPECT_TRUE(Session("")["account"].is_null());
}

TEST_F(DemoTest, AnAccountIsNotGivenAway) {
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201);
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 409) << "claimed";
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201) << "her own claim";
  Registered("ann");
  Post("/rp/registrations/finish", Json::object(), &ann);
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 409) << "it has a voice";
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201) << "another voice";
}

TEST_F(DemoTest, AnAccountThatEverWasSomebodysStaysTheirs) {
  const std::string code = Register();
  service.answers["GET /v1/accounts/ann/credentials"] = {
      {"credentials", {{{"credential", "00"}, {"revoked_unix_s", now}}}}};
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 409) << "all revoked";
  service.answers.erase("GET /v1/accounts/ann/credentials");
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 409) << "it has a code";
  EXPECT_EQ(Post("/rp/recovery", {{"account", "ann"}, {"code", code}}, &ann).status, 200);
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201) << "her own";
}

TEST_F(DemoTest, AClaimLastsAsLongAsTheRegistration) {
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201);
  now += 86'300;
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 409);
  now += 200;
  service.answers["POST /v1/accounts/ann/registrations"] = {{"registration", "cc"},
                                                            {"expires_unix_s", now + 10}};
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 201) << "expired";
}

TEST_F(DemoTest, ARegistrationWhoseClaimIsGoneGivesNothing) {
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &ann).status, 201);
  Registered("ann");
  service.answers["GET /v1/accounts/ann/credentials"]["credentials"].push_back(
      {{"credential", "11"}, {"revoked_unix_s", now}});
  EXPECT_EQ(Post("/rp/registrations/finish", Json::object(), &ann).status, 409)
      << "another voice is there";
  Registered("ann");
  for (int i = 0; i < 30; ++i) {  // the session goes on, the claim does not
    now += 3000;
    Session(ann);
  }
  service.answers.erase("GET /v1/accounts/ann/credentials");
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 201);
  Registered("ann");
  EXPECT_EQ(Post("/rp/registrations/finish", Json::object(), &ann).status, 409)
      << "another's claim by then";
  EXPECT_TRUE(Session(ann)["account"].is_null());
}

TEST_F(DemoTest, OneClaimForEachSession) {
  service.answers["POST /v1/accounts/bob/registrations"] = {{"registration", "dd"},
                                                            {"expires_unix_s", now + 600}};
  EXPECT_EQ(Post("/rp/registrations", {{"account", "ann"}}, &eve).status, 201);
  const HttpResponse second = Post("/rp/registrations", {{"account", "bob"}}, &eve);
  EXPECT_EQ(second.status, 409);
  EXPECT_THAT(second.body, HasSubstr("registration-begun"));
  EXPECT_EQ(Post("/rp/registrations", {{"account", "bob"}}, &ann).status, 201) << "bob is free";
  now += 86'600;
  std::string later;
  EXPECT_EQ(Post("/rp/registrations", {{"account", "bob"}}, &later).status, 201);
}

TEST_F(DemoTest, WhoAsksForATakenAccountHasClaimedNothing) {
  Register();
  demo.Handle({.method = "GET", .path = "/rp/session"});
  EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, &eve).status, 201) << "a session";
  service.answers["GET /v1/accounts/bob/credentials"] = {
      {"credentials", {{{"credential", "22"}, {"revoked_unix_s", nullptr}}}}};
  service.answers["POST /v1/accounts/joe/registrations"] = {{"registration", "ee"},
                                                            {"expires_unix_s", now + 600}};
  EXPECT_EQ(Post("/rp/registrations", {{"account", "bob"}}, &eve).status, 409);
  EXPECT_EQ(Post("/rp/registrations", {{"account", "joe"}}, &eve).status, 201);
}

TEST_F(DemoTest, RevokingAndRecoveringEndTheAccountsOtherSessions) {
  const std::string code = Register();
  LogIn(&eve);
  std::string waiting;
  EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, &waiting).status, 201);
  service.answers["DELETE /v1/accounts/ann/credentials/0011223344556677"] = nullptr;
  EXPECT_EQ(Post("/rp/credentials/revoke", {{"credential", "0011223344556677"}}, &ann).status, 204);
  EXPECT_EQ(Session(ann)["account"], "ann");
  EXPECT_TRUE(Session(eve)["account"].is_null());
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &waiting).status, 409) << "by that voice";
  LogIn(&eve);
  std::string elsewhere;
  EXPECT_EQ(Post("/rp/recovery", {{"account", "ann"}, {"code", code}}, &elsewhere).status, 200);
  EXPECT_EQ(Session(elsewhere)["account"], "ann");
  EXPECT_TRUE(Session(ann)["account"].is_null());
  EXPECT_TRUE(Session(eve)["account"].is_null());
}

TEST_F(DemoTest, WhoLogsOutMeanwhileStaysOut) {
  service.answers["GET /v1/accounts/ann/credentials"] = {{"credentials", Json::array()}};
  service.answers["GET /v1/logins/bb"] = {{"status", "accepted"}, {"account", "ann"}};
  EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, &ann).status, 201);
  std::string before = ann, other = ann;
  service.meanwhile = [&] { Post("/rp/logout", Json::object(), &other); };
  const HttpResponse late = Post("/rp/logins/finish", Json::object(), &ann);
  EXPECT_EQ(late.status, 409);
  EXPECT_TRUE(late.headers.empty()) << "a cookie";
  EXPECT_TRUE(Session(before)["account"].is_null());
  // Two answers to one session: one of them counts.
  EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, &ann).status, 201);
  before = other = ann;
  service.meanwhile = [&] {
    EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &other).status, 200);
  };
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &ann).status, 409);
  EXPECT_EQ(Session(other)["account"], "ann");
}

TEST_F(DemoTest, CookiesAreOfThisPort) {
  HttpRequest begin{.method = "POST", .path = "/rp/logins", .port = 8731};
  begin.body = R"({"account":"ann"})";
  const auto cookie = [&](Demo* of, int64_t which) {
    begin.port = static_cast<uint16_t>(which);
    return of->Handle(begin).headers.back().second;
  };
  EXPECT_THAT(cookie(&demo, 8731), StartsWith("voizk_rp_8731="));
  EXPECT_THAT(cookie(&demo, 8731), HasSubstr("; Path=/rp; HttpOnly; SameSite=Strict;"));
  Demo tls{{.relying_party = "bank.example", .api_key = "key", .tls = true}, &service};
  EXPECT_THAT(cookie(&tls, 443), StartsWith("__Host-voizk_rp_443="));
  EXPECT_THAT(cookie(&tls, 443), HasSubstr("; Path=/; Secure; HttpOnly; SameSite=Strict;"));
  const auto status = [&](const std::string& cookies) {
    return demo.Handle({.method = "GET", .path = "/rp/session", .cookie = cookies}).status;
  };
  EXPECT_EQ(status("voizk_rp_0=a; voizk_rp_0=b"), 400);
  EXPECT_EQ(status("voizk_rp_0=a; voizk_rp_1=b; voizk_rp_0x=c; x=voizk_rp_0=d"), 200);
}

TEST(DemoSessions, AFullHouseTurnsNobodyOut) {
  DemoSessions sessions;
  std::string first, claim;
  bool fresh = false;
  std::optional<DemoDenial> denial;
  size_t held = 0;
  for (;; ++held) {
    const std::string account = "a" + std::to_string(held);
    claim.clear();
    if ((denial = sessions.Claim(account, 100, 0, &claim, &fresh))) break;
    const auto token = sessions.Put("", {.claim = claim}, 0);
    const auto entered = sessions.Register(*token, account, 0);
    ASSERT_TRUE(std::holds_alternative<DemoEntry>(entered));
    if (held == 0) first = std::get<DemoEntry>(entered).recovery_code;
  }
  EXPECT_EQ(*denial, DemoDenial::kFull);
  EXPECT_GT(held, 1000u);
  EXPECT_TRUE(std::holds_alternative<DemoEntry>(sessions.Recover("", "a0", first, 0)));
}

TEST_F(DemoTest, ALoginIsWhatTheServiceSays) {
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &eve).status, 409);
  EXPECT_EQ(Post("/rp/logins", {{"account", "ann"}}, &ann).status, 201);
  service.answers["GET /v1/logins/bb"] = {{"status", "pending"}, {"account", "ann"}};
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &ann).status, 409);
  service.answers["GET /v1/logins/bb"] = {{"status", "accepted"}, {"account", "bob"}};
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &ann).status, 409) << "another's login";
  service.answers["GET /v1/logins/bb"] = {{"status", "accepted"}, {"account", "ann"}};
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &eve).status, 409) << "not eve's to hand in";
  service.answers["GET /v1/accounts/ann/credentials"] = {{"credentials", Json::array()}};
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &ann).status, 200);
  EXPECT_EQ(Session(ann)["account"], "ann");
  EXPECT_EQ(Post("/rp/logins/finish", Json::object(), &ann).status, 409) << "used twice";
  EXPECT_EQ(Post("/rp/logout", Json::object(), &ann).status, 200);
  EXPECT_TRUE(Session(ann)["account"].is_null());
}

TEST_F(DemoTest, ARecoveryCodeIsGoodOnce) {
  Post("/rp/registrations", {{"account", "ann"}}, &ann);
  Registered("ann");
  const std::string code =
      Json::parse(Post("/rp/registrations/finish", Json::object(), &ann).body)["recovery_code"];
  EXPECT_EQ(Post("/rp/recovery", {{"account", "ann"}, {"code", "0"}}, &eve).status, 403);
  EXPECT_EQ(Post("/rp/recovery", {{"account", "bob"}, {"code", code}}, &eve).status, 403);
  EXPECT_EQ(Post("/rp/recovery", {{"account", "ann"}, {"code", code}}, &eve).status, 200);
  EXPECT_EQ(Post("/rp/recovery", {{"account", "ann"}, {"code", code}}, &eve).status, 403);
}

TEST_F(DemoTest, NothingIsMadeOfAPath) {
  for (const char* account : {"", ".", "..", "ann/credentials", "ann?x", "a b", "%61nn"}) {
    for (const char* path : {"/rp/registrations", "/rp/logins"}) {
      EXPECT_EQ(Post(path, {{"account", account}}, &eve).status, 400) << account;
    }
  }
  EXPECT_THAT(service.asked, IsEmpty());
  EXPECT_EQ(Post("/rp/credentials/revoke", {{"credential", "0011223344556677"}}, &eve).status, 401);
  EXPECT_THAT(service.asked, IsEmpty());
}

TEST_F(DemoTest, OtherPagesAndOtherPaths) {
  size_t most = 0;
  const auto status = [&](const HttpRequest& head) {
    const auto answer = demo.Admit(head, &most);
    return answer ? answer->status : 0;
  };
  const auto get = [&](const std::string& path) {
    return status({.method = "GET", .path = path, .host = "[::1]:8731", .port = 8731});
  };
  HttpRequest head{.method = "POST",
                   .path = "/rp/logins",
                   .content_type = "application/json",
                   .host = "127.0.0.1:8731",
                   .port = 8731};
  EXPECT_EQ(status(head), 0);
  EXPECT_LE(most, 4096u);
  head.content_type = "text/plain";  // what a form of another page can send
  EXPECT_EQ(status(head), 415);
  EXPECT_EQ(get("/rp/logins"), 405);
  EXPECT_EQ(get("/rp/secrets"), 404);
  EXPECT_EQ(get("/v1/audit"), 418) << "is the service's";
  HttpRequest login{.method = "POST", .path = "/rp/logins"};
  login.body = R"({"account":"ann"})";
  const HttpResponse begun = demo.Handle(login);
  ASSERT_FALSE(begun.headers.empty());
  EXPECT_THAT(begun.headers.back().second, HasSubstr("; HttpOnly; SameSite=Strict;"));
}

TEST_F(DemoTest, ANameThatPointsHereGetsNothing) {
  size_t most = 0;
  const auto status = [&](const std::string& host, const std::string& origin, uint16_t port,
                          Demo* with) {
    HttpRequest head{.method = "POST",
                     .path = "/rp/registrations",
                     .content_type = "application/json",
                     .host = host,
                     .origin = origin,
                     .port = port};
    const auto answer = with->Admit(head, &most);
    head.path = "/v1/registrations/aa";  // what needs no key
    const auto other = with->Admit(head, &most);
    EXPECT_EQ(other ? other->status : 0, answer ? answer->status : 418) << host;
    return answer ? answer->status : 0;
  };
  for (const char* host :
       {"127.0.0.1:8731", "127.1.2.3:8731", "localhost:8731", "LocalHost:8731", "[::1]:8731"}) {
    EXPECT_EQ(status(host, "", 8731, &demo), 0) << host;
    EXPECT_EQ(status(host, "http://" + std::string(host), 8731, &demo), 0) << host;
    EXPECT_EQ(status(host, "http://evil.example:8731", 8731, &demo), 403) << host;
    EXPECT_EQ(status(host, "null", 8731, &demo), 403) << host;
  }
  EXPECT_EQ(status("127.0.0.1:8731", "http://127.0.0.1:8000", 8731, &demo), 403) << "another port";
  for (const char* host :
       {"", "evil.example:8731", "127.evil.example:8731", "127.0.0.1", "127.0.0.1:8000",
        "localhost", "localhost.evil.example:8731", "127.0.0.1:8731:8731", "127.0.0.1.:8731",
        "127.0.0:8731", "[::2]:8731", "::1:8731", "x@127.0.0.1:8731", "128.0.0.1:8731"}) {
    EXPECT_EQ(status(host, "", 8731, &demo), 421) << host;
    EXPECT_EQ(status(host, "http://" + std::string(host), 8731, &demo), 421) << host;
  }
  Demo tls{{.relying_party = "bank.example", .api_key = "key", .tls = true}, &service};
  EXPECT_EQ(status("localhost", "https://localhost", 443, &tls), 0);
  EXPECT_EQ(status("localhost", "http://localhost", 443, &tls), 403);
  EXPECT_EQ(status("localhost", "", 80, &tls), 421);
}

}  // namespace
}  // namespace voizk
