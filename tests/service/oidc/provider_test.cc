// Guards the provider as browsers and clients meet it, with an https issuer: how many logins one
// interaction may begin, before any is there; that no page locks its visitors' address out, and
// which may ask and read at all; that the cookie is as a browser keeps it from others, and one for
// all interactions; that a client which was taken away gets nothing; how parameters are read; and
// what the ID token says of a login.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/api/body.h"
#include "service/oidc/provider_fixture.h"

namespace voizk::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST_F(ProviderTest, OfLoginsThatAreTooManyNoneIsBegun) {
  Register("ann", 1);
  Register("bob", 2);
  const Begun begun = Begin();
  const auto begin = [&](const char* account) {
    return Post(begun.path + "/logins", {{"account", account}}, begun.cookie);
  };
  EXPECT_EQ(begin("nobody").status, 404) << "costs no login, but counts for the address";
  EXPECT_EQ(begin("ann").status, 201);
  for (int64_t i = 1; i < kLoginsPerInteraction; ++i) EXPECT_EQ(begin("bob").status, 201);
  const size_t asked = service().requests.size();
  for (int i = 0; i < 5; ++i) {
    const HttpResponse many = begin("bob");
    EXPECT_EQ(many.status, 409);
    EXPECT_EQ(ProblemOfBody(many), "too-many");
  }
  EXPECT_EQ(service().requests.size(), asked);
  EXPECT_EQ(LoginRows("bob"), static_cast<size_t>(kLoginsPerInteraction - 1));
  EXPECT_EQ(service().Handle({.method = "POST", .path = "/v1/accounts/bob/logins"}).status, 201)
      << "the owner's own way in";
}

TEST_F(ProviderTest, WhoeverBeginsManyLoginsWaits) {
  throttle.address_failures = 4;
  throttle.open_logins = 100;
  Make();
  Register("ann", 1);
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i) {
    const Begun begun = Begin();
    statuses.push_back(
        Post(begun.path + "/logins", {{"account", i == 0 ? "nobody" : "ann"}}, begun.cookie)
            .status);
  }
  EXPECT_EQ(statuses, (std::vector<int>{404, 201, 201, 201, 429, 429}));
  EXPECT_EQ(LoginRows("ann"), 3u);
}

TEST_F(ProviderTest, WrongSecretsCountAgainstNoAddress) {
  throttle.address_failures = 1;
  Make();
  Register("ann", 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(PostForm("/oidc/token", "client_id=x").status, 401);
    EXPECT_EQ(Redeem("code", "&client_id=shop&client_secret=wrong").status, 401);
  }
  EXPECT_EQ(Redeem(Code("ann", 1)).status, 200);
}

TEST_F(ProviderTest, OtherPagesMayNotAskForTokens) {
  for (const char* origin : {"https://evil.example", "null", "https://shop.example", kIssuer}) {
    EXPECT_EQ(PostForm("/oidc/token", "client_id=app", origin).status, 403) << origin;
  }
  EXPECT_EQ(PostForm("/oidc/token", "client_id=app", kBrowserApp).status, 400) << "no grant_type";
  EXPECT_EQ(PostForm("/oidc/token", "client_id=app").status, 400);
}

TEST_F(ProviderTest, ABrowserHasOneCookieThatOthersCannotSetOrRead) {
  const HttpResponse first = Authorize(Request());
  const std::string set = Header(first, "Set-Cookie");
  EXPECT_THAT(set, MatchesRegex("__Host-voizk-oidc=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; "
                                "SameSite=Lax; Max-Age=4200; Secure"));
  EXPECT_EQ(Header(first, "Referrer-Policy"), "no-referrer");
  const Begun one = Begin();
  const Begun two = Begin(Request(), "other=1; " + one.cookie + "; more=2");
  EXPECT_EQ(two.cookie, one.cookie);
  EXPECT_NE(two.path, one.path);
  const auto status = [&](const Begun& begun, const std::string& cookie) {
    return Send({.method = "GET", .path = begun.path, .cookie = cookie}).status;
  };
  EXPECT_EQ(status(one, one.cookie), 200);
  EXPECT_EQ(status(two, one.cookie), 200);
  for (const std::string& wrong :
       {std::string(), std::string("__Host-voizk-oidc="), "voizk-oidc=" + one.cookie.substr(18),
        one.cookie + "x", Begin().cookie}) {
    EXPECT_EQ(status(one, wrong), 404) << wrong;
  }
  EXPECT_NE(Begin(Request(), "__Host-voizk-oidc=chosen").cookie, "__Host-voizk-oidc=chosen");
  options.issuer = "http://localhost:8080";
  Make();
  const std::string plain = Header(Authorize(Request()), "Set-Cookie");
  EXPECT_TRUE(plain.starts_with("voizk-oidc=")) << "a browser refuses __Host- without https";
  EXPECT_THAT(plain, Not(HasSubstr("Secure")));
}

TEST_F(ProviderTest, AnInteractionIsOfOneParty) {
  const Begun begun = Begin();
  party.relying_party = "other.example";
  Make();
  EXPECT_EQ(Send({.method = "GET", .path = begun.path, .cookie = begun.cookie}).status, 404);
}

TEST_F(ProviderTest, AClientOrRedirectThatIsRegisteredNoMoreGetsNothing) {
  Register("ann", 1);
  const std::string answer = Redeem(Code("ann", 1)).body;
  const std::string bearer = "Bearer " + Json::parse(answer)["access_token"].get<std::string>();
  const auto user_info = [&] {
    return Send({.method = "GET", .path = "/oidc/userinfo", .authorization = bearer}).status;
  };
  const Begun begun = Begin();
  const HttpResponse login = Post(begun.path + "/logins", {{"account", "ann"}}, begun.cookie);
  Prove(Json::parse(login.body)["login"], 1);
  const size_t asked = LoginRows("ann");
  const auto refused = [&](const char* why) {
    for (const char* step : {"/finish", "/cancel"}) {
      EXPECT_EQ(ProblemOfBody(Post(begun.path + step, Json::object(), begun.cookie)), why) << step;
    }
    const HttpResponse more = Post(begun.path + "/logins", {{"account", "ann"}}, begun.cookie);
    EXPECT_EQ(ProblemOfBody(more), why);
  };
  EXPECT_EQ(user_info(), 200);
  const OidcOptions before = options;
  options.clients["app"].redirect_uris.erase(options.clients["app"].redirect_uris.begin());
  Make();
  refused("redirect-uri-unknown");
  EXPECT_EQ(user_info(), 200);
  options.clients.erase("app");
  Make();
  refused("client-unknown");
  EXPECT_EQ(user_info(), 401);
  EXPECT_EQ(LoginRows("ann"), asked);
  options = before;
  Make();
  EXPECT_EQ(Post(begun.path + "/finish", Json::object(), begun.cookie).status, 200);
}

TEST_F(ProviderTest, OfAnExpiredInteractionTheBrowserLearnsAndGoesBack) {
  Register("ann", 1);
  const Begun begun = Begin();
  now += 600;
  const HttpResponse shown = Send({.method = "GET", .path = begun.path, .cookie = begun.cookie});
  EXPECT_EQ(Json::parse(shown.body)["status"], "expired");
  for (const char* step : {"/logins", "/finish"}) {
    const Json body = step == std::string("/logins") ? Json{{"account", "ann"}} : Json::object();
    EXPECT_EQ(ProblemOfBody(Post(begun.path + step, body, begun.cookie)), "expired") << step;
  }
  const HttpResponse cancelled = Post(begun.path + "/cancel", Json::object(), begun.cookie);
  const std::string to = Json::parse(cancelled.body)["redirect_to"];
  EXPECT_THAT(to, HasSubstr("error=access_denied"));
  EXPECT_THAT(to, HasSubstr("state=s"));
}

TEST_F(ProviderTest, ParametersAreReadAsOAuthHasThem) {
  const auto with = [](const Query& more) {
    Query query = Request();
    for (const auto& [name, value] : more) query[name] = value;
    return query;
  };
  const auto told = [&](const Query& query) { return Header(Authorize(query), "Location"); };
  // What has no value is not there; what is not used may be anything.
  EXPECT_THAT(
      told(with({{"request", ""}, {"max_age", ""}, {"prompt", ""}, {"ui_locales", "%C3%A9"}})),
      HasSubstr("/oidc/interactions/"));
  EXPECT_THAT(told(with({{"scope", ""}})), HasSubstr("error=invalid_scope"));
  EXPECT_THAT(told(with({{"login_hint", "%C3%A9"}})), HasSubstr("/oidc/interactions/"));
  EXPECT_THAT(told(with({{"state", "%C3%A9"}})), HasSubstr("error=invalid_request"));
  EXPECT_THAT(told(with({{"nonce", "%00"}})), HasSubstr("error=invalid_request"));
  EXPECT_EQ(Authorize(with({{"redirect_uri", "%C3%A9"}, {"x", "%C3"}})).status, 400);
  std::string longest;
  for (int i = 0; i < 512; ++i) longest += "%20";
  EXPECT_THAT(told(with({{"state", longest}, {"nonce", longest}})),
              HasSubstr("/oidc/interactions/"));
  const std::string too_long = told(with({{"state", longest + "a"}}));
  EXPECT_THAT(too_long, HasSubstr("error=invalid_request"));
  EXPECT_THAT(too_long, Not(HasSubstr("state=")));
}

TEST_F(ProviderTest, SchemesOfAuthorizationHaveNoCase) {
  // shop:secret, shop:wrong
  for (const char* scheme : {"Basic ", "basic ", "BASIC  "}) {
    const auto status = [&](const char* text) {
      return PostForm("/oidc/token", "grant_type=x", "", std::string(scheme) + text).status;
    };
    EXPECT_EQ(status("c2hvcDpzZWNyZXQ="), 400) << "let in, and asked for another grant";
    EXPECT_EQ(status("c2hvcDp3cm9uZw=="), 401);
  }
  EXPECT_EQ(PostForm("/oidc/token", "grant_type=x", "", "Basicc2hvcDpzZWNyZXQ=").status, 401);
  Register("ann", 1);
  const std::string token = Json::parse(Redeem(Code("ann", 1)).body)["access_token"];
  for (const char* method : {"GET", "POST"}) {
    for (const char* scheme : {"Bearer ", "bearer "}) {
      const HttpResponse user =
          Send({.method = method, .path = "/oidc/userinfo", .authorization = scheme + token});
      EXPECT_EQ(user.status, 200);
      EXPECT_EQ(Json::parse(user.body), (Json{{"sub", "ann"}}));
    }
  }
  EXPECT_EQ(Send({.method = "GET", .path = "/oidc/userinfo", .authorization = "Bearer "}).status,
            401);
}

TEST_F(ProviderTest, PagesOfPublicClientsMayReadAndOthersNot) {
  const auto preflight = [&](const char* path, const char* origin) {
    return Send({.method = "OPTIONS", .path = path, .origin = origin});
  };
  for (const char* path : {"/oidc/token", "/oidc/userinfo"}) {
    const HttpResponse good = preflight(path, kBrowserApp);
    EXPECT_EQ(good.status, 204);
    EXPECT_EQ(Header(good, "Access-Control-Allow-Origin"), kBrowserApp);
    EXPECT_EQ(Header(good, "Vary"), "Origin");
    EXPECT_EQ(Header(good, "Access-Control-Allow-Headers"), "authorization, content-type");
    for (const char* origin : {"https://shop.example", "https://evil.example", "null", ""}) {
      EXPECT_TRUE(preflight(path, origin).headers.empty()) << origin;
    }
  }
  const std::string step = Begin().path + "/finish";
  for (const char* path : {step.c_str(), "/oidc/authorize"}) {
    EXPECT_TRUE(preflight(path, kBrowserApp).headers.empty()) << path;
  }
  for (const char* path : {"/.well-known/openid-configuration", "/oidc/jwks"}) {
    const HttpResponse open =
        Send({.method = "GET", .path = path, .origin = "https://evil.example"});
    EXPECT_EQ(open.status, 200);
    EXPECT_EQ(Header(open, "Access-Control-Allow-Origin"), "*");
  }
  EXPECT_EQ(
      Header(PostForm("/oidc/token", "client_id=app", kBrowserApp), "Access-Control-Allow-Origin"),
      kBrowserApp);
}

TEST_F(ProviderTest, OnlyTheIssuersPagesDriveAnInteraction) {
  const Begun begun = Begin();
  HttpRequest request{.method = "POST",
                      .path = begun.path + "/cancel",
                      .content_type = "application/json",
                      .origin = kBrowserApp,
                      .cookie = begun.cookie,
                      .body = "{}"};
  for (const char* origin : {kBrowserApp, "null", "https://login.example:8443"}) {
    request.origin = origin;
    EXPECT_EQ(ProblemOfBody(Send(request)), "other-origin") << origin;
  }
  request.origin = kIssuer;
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded"}) {
    request.content_type = type;
    EXPECT_EQ(Send(request).status, 415) << type;
  }
  request.content_type = "application/json; charset=utf-8";
  request.origin.clear();
  EXPECT_EQ(Send(request).status, 200);
}

TEST_F(ProviderTest, TheIdTokenTellsHowTheUserLoggedIn) {
  Register("ann", 1);
  Register("bob", 2, /*device_key=*/true);
  const auto claims = [&](const char* account, uint8_t seed) {
    const Json answer = Json::parse(Redeem(Code(account, seed)).body);
    const std::string token = answer["id_token"];
    const size_t dot = token.find('.');
    const auto bytes = FromBase64Url(token.substr(dot + 1, token.rfind('.') - dot - 1));
    return Json::parse(bytes->begin(), bytes->end());
  };
  const Json voice = claims("ann", 1);
  EXPECT_EQ(voice["iss"], kIssuer);
  EXPECT_EQ(voice["sub"], "ann");
  EXPECT_EQ(voice["amr"], Json({"vbm"}));
  EXPECT_EQ(voice["acr"], "urn:voizk:acr:voice");
  EXPECT_EQ(claims("bob", 2)["amr"], Json({"vbm", "swk"}));
  options.device_key_amr = "hwk";
  Make();
  EXPECT_EQ(claims("bob", 2)["amr"], Json({"vbm", "hwk"}));
  EXPECT_EQ(claims("bob", 2)["acr"], "urn:voizk:acr:voice-device-key");
  EXPECT_EQ(claims("ann", 1)["amr"], Json({"vbm"}));
}

}  // namespace
}  // namespace voizk::testing
