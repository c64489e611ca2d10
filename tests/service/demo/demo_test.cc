// Guards that the demonstration's back end takes nobody's word: who is logged in is what the
// service says of the id that this browser's session holds; an account with a voice, or one that
// another browser is about to register, is not given away; a recovery code is good once; no page
// but its own gets anything.  The service is a stand-in here that remembers what it was asked;
// tests/web has the real one.
#include "service/demo/demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voizk {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StandIn : public HttpHandler {
 public:
  std::optional<HttpResponse> Admit(const HttpRequest&, size_t*) override {
    return HttpResponse{.status = 418};
  }
  HttpResponse Handle(const HttpRequest& request) override {
    EXPECT_EQ(request.authorization, "Bearer key");
    asked.push_back(request.method + " " + request.path);
    const auto found = answers.find(asked.back());
    if (found == answers.end()) return {.status = 404, .body = "{}"};
    return {.status = request.method == "POST" ? 201 : 200, .body = found->second.dump()};
  }
  HttpResponse Refusal(int status, const std::string&) override { return {.status = status}; }

  std::vector<std::string> asked;
  std::map<std::string, Json> answers;
};

class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service.answers["POST /v1/accounts/ann/registrations"] = {{"registration", "aa"}};
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

  StandIn service;
  Demo demo{{.relying_party = "bank.example", .api_key = "key"}, &service};
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
