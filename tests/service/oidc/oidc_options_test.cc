// Guards that a configuration by which codes could reach somebody else, or that means something
// other than it says, is refused: redirects in the clear, fragments, credentials, names twice.
#include "service/oidc/oidc_options.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace voizk {
namespace {

using Json = nlohmann::json;

Json Good() {
  return {{"issuer", "https://login.example"},
          {"key_file", "keys.pem"},
          {"clients",
           {{{"client_id", "shop"},
             {"name", "The shop"},
             {"auth", "client_secret_basic"},
             {"secret_sha256", std::string(64, 'a')},
             {"redirect_uris", {"https://shop.example/cb", "http://127.0.0.1:3000/cb"}}},
            {{"client_id", "app"},
             {"name", "The app"},
             {"auth", "none"},
             {"redirect_uris", {"com.example.app:/cb", "http://localhost/"}}}}}};
}

bool Parses(const Json& json) { return ParseOidcOptions(json.dump()).ok(); }

TEST(OidcOptionsTest, AConfigurationIsRead) {
  Json json = Good();
  const auto options = ParseOidcOptions(json.dump());
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->clients.at("shop").auth, ClientAuth::kBasic);
  EXPECT_EQ(options->clients.at("shop").secret_digest[31], 0xaa);
  EXPECT_EQ(options->clients.at("app").redirect_uris.size(), 2u);
  EXPECT_EQ(options->code_s, 60);
  EXPECT_EQ(options->device_key_amr, "swk");
  json["interaction_url"] = "https://login.example/page?x=1";
  json["device_key_amr"] = "hwk";
  json["code_s"] = 600;
  EXPECT_TRUE(Parses(json));
}

TEST(OidcOptionsTest, RedirectsThatOthersCouldReadAreRefused) {
  for (const char* uri :
       {"", "http://shop.example/", "https://", "https:///x", "https://shop.example/#f",
        "https://u:p@shop.example/", "https://shop.example\\@evil.example", "javascript:alert(1)",
        "data:text/html,x", "app:/cb", "//shop.example/", "/cb", "https://shop.example/ x",
        "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "ftp://a.example/",
        "https://sh\xc3\xb6p.example/"}) {
    Json json = Good();
    json["clients"][0]["redirect_uris"] = {uri};
    EXPECT_FALSE(Parses(json)) << uri;
  }
}

TEST(OidcOptionsTest, WhatIsWrongIsRefused) {
  const std::vector<std::function<void(Json*)>> changes = {
      [](Json* j) { (*j)["issuer"] = "https://login.example/"; },
      [](Json* j) { (*j)["issuer"] = "http://login.example"; },
      [](Json* j) { j->erase("issuer"); },
      [](Json* j) { j->erase("key_file"); },
      [](Json* j) { j->erase("clients"); },
      [](Json* j) { (*j)["clients"] = Json::array(); },
      [](Json* j) { (*j)["clients"][1]["client_id"] = "shop"; },
      [](Json* j) { (*j)["clients"][1]["client_id"] = "a:b"; },
      [](Json* j) { (*j)["clients"][1]["secret_sha256"] = std::string(64, 'a'); },
      [](Json* j) { (*j)["clients"][0].erase("secret_sha256"); },
      [](Json* j) { (*j)["clients"][0]["secret_sha256"] = std::string(64, 'A'); },
      [](Json* j) { (*j)["clients"][0]["auth"] = "private_key_jwt"; },
      [](Json* j) { (*j)["clients"][0].erase("auth"); },
      [](Json* j) { (*j)["clients"][0]["redirect_uris"] = Json::array(); },
      [](Json* j) { (*j)["clients"][0]["redirect_uris"] = {1}; },
      [](Json* j) { (*j)["clients"][0]["more"] = 1; },
      [](Json* j) { (*j)["clients"][0].erase("name"); },
      [](Json* j) { (*j)["more"] = 1; },
      [](Json* j) { (*j)["interaction_url"] = "https://other.example/page"; },
      [](Json* j) { (*j)["device_key_amr"] = "mfa"; },
      [](Json* j) { (*j)["code_s"] = 601; },
      [](Json* j) { (*j)["code_s"] = "60"; },
      [](Json* j) { (*j)["token_s"] = 0; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Json json = Good();
    changes[i](&json);
    EXPECT_FALSE(Parses(json)) << i;
  }
  const std::string good = Good().dump();
  EXPECT_FALSE(ParseOidcOptions(good.substr(1)).ok());
  EXPECT_FALSE(ParseOidcOptions("{\"issuer\":\"https://a.example\"," + good.substr(1)).ok())
      << "a name twice";
}

TEST(OidcOptionsTest, OnlyALoopbackPortOfAClientWithoutASecretIsFree) {
  OidcClient client{.redirect_uris = {"http://127.0.0.1/cb", "http://[::1]:80",
                                      "https://a.example/", "http://localhost/cb"}};
  for (const char* uri :
       {"http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "http://[::1]",
        "http://[::1]:8080", "https://a.example/"}) {
    EXPECT_TRUE(MayRedirect(client, uri)) << uri;
  }
  for (const char* uri :
       {"", "http://127.0.0.1", "http://127.0.0.1/cb/", "http://127.0.0.1:/cb",
        "http://127.0.0.1:1x/cb", "http://127.0.0.1:123456/cb", "http://127.0.0.1:1@evil/cb",
        "http://127.0.0.1.evil/cb", "http://127.0.0.1:1:2/cb", "https://127.0.0.1/cb",
        "http://[::1]/cb", "https://a.example:444/", "http://localhost:1/cb", "http://evil/cb"}) {
    EXPECT_FALSE(MayRedirect(client, uri)) << uri;
  }
  client.auth = ClientAuth::kBasic;
  EXPECT_FALSE(MayRedirect(client, "http://127.0.0.1:1/cb"));
  EXPECT_TRUE(MayRedirect(client, "http://127.0.0.1/cb"));
}

TEST(OidcOptionsTest, TheOriginOfAnAddress) {
  EXPECT_EQ(OriginOf("https://a.example:8/b/c?d"), "https://a.example:8");
  EXPECT_EQ(OriginOf("http://localhost"), "http://localhost");
  EXPECT_EQ(OriginOf("com.example.app:/cb"), "");
  EXPECT_EQ(OriginOf("https://A.Example:443/B"), "https://a.example");
  EXPECT_EQ(OriginOf("https://a.example:80/"), "https://a.example:80");
  EXPECT_EQ(OriginOf("http://[::1]:80"), "http://[::1]");
}

TEST(OidcOptionsTest, AnIssuerIsWrittenAsBrowsersWriteOrigins) {
  Json json = Good();
  for (const char* issuer :
       {"https://login.example", "https://login.example:8443", "https://192.0.2.1",
        "https://[2001:db8::1]:8443", "http://127.0.0.1:80801", "http://localhost:8080",
        "https://a-1.example"}) {
    json["issuer"] = issuer;
    EXPECT_EQ(Parses(json), std::string(issuer) != "http://127.0.0.1:80801") << issuer;
  }
  for (const char* issuer :
       {"https://Login.example", "https://login.example:443", "https://login.example:",
        "https://login.example:0444", "https://login.example:70000", "https://login.example:x",
        "http://localhost:80", "https://[2001:DB8::1]", "https://[2001:db8:0::1]", "https://[::1",
        "https://127.1", "https://0x7f.1", "https://login%2eexample", "https://a,b"}) {
    json["issuer"] = issuer;
    EXPECT_FALSE(Parses(json)) << issuer;
  }
}

}  // namespace
}  // namespace voizk
