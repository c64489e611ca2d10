// Guards the service's decisions without sockets: who may do what, what each failure is told as, in
// which order challenge, device key, proof and database decide, and that whatever comes in is
// answered by a typed problem that changes nothing.  Proofs are judged by a stand-in here, since
// their verification has its own tests; tests/cli/serve.sh runs real ones through the program.
#include "service/api/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/base64url.h"
#include "login/store/text.h"
#include "service/api/body.h"
#include "service/api/caller.h"
#include "service/api/service_fixture.h"
#include "source_dir.h"
#include "voizk/device.h"

namespace voizk {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
TEST_F(ServiceTest, ALoginFromOptionsToVerdict) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  EXPECT_EQ(login["credentials"], Json::array({CredentialOf(1).Id()}));
  EXPECT_EQ(Json::parse(Get(login["finish"]).body)["status"], "pending");
  const HttpResponse done = Finish(login, 1);
  EXPECT_EQ(done.status, 200) << done.body;
  ASSERT_TRUE(last_policy.has_value());
  EXPECT_EQ(ToHex(last_policy->challenge.nonce), login["login"]) << "our own challenge decides";
  EXPECT_EQ(PhraseText(last_policy->challenge), login["challenge"]["phrase"]);
  EXPECT_EQ(last_policy->credential, CredentialOf(1));
  const Json after = Json::parse(Get(login["finish"]).body);
  EXPECT_EQ(after["status"], "accepted");
  EXPECT_EQ(after["account"], "ann");
  EXPECT_EQ(after["credential"], CredentialOf(1).Id());
  EXPECT_EQ(TypeOf(Finish(login, 1)), "used");
  EXPECT_EQ(checks, 1) << "a used challenge costs no verification";
}

TEST_F(ServiceTest, EveryRouteOfTheBackEndWantsTheKey) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  const std::vector<std::pair<std::string, std::string>> routes = {
      {"POST", "/v1/accounts/ann/registrations"},
      {"GET", "/v1/registrations/00"},
      {"POST", "/v1/accounts/ann/logins"},
      {"GET", login["finish"]},
      {"GET", "/v1/accounts/ann/credentials"},
      {"DELETE", "/v1/accounts/ann/credentials/" + CredentialOf(1).Id()},
      {"GET", "/v1/accounts/ann/audit"},
      {"GET", "/v1/audit"},
      {"DELETE", "/v1/accounts/ann/failures"},
      {"DELETE", "/v1/accounts/ann"},
      {"GET", "/metrics"}};
  for (const auto& [method, path] : routes) {
    for (const std::string& authorization :
         {std::string(), std::string("Bearer "), "Bearer " + kKey.substr(1), "Bearer " + kKey + "k",
          "bearer " + kKey, "Basic " + kKey, kKey, "Bearer  " + kKey}) {
      HttpRequest request = Request(method, path, method == "POST" ? "{}" : "", false);
      request.authorization = authorization;
      EXPECT_EQ(TypeOf(Send(request)), "unauthorized") << method << path << authorization;
      EXPECT_EQ(TypeOf(service_->Handle(request)), "unauthorized") << "without Admit before it";
    }
  }
  EXPECT_EQ(Json::parse(Get("/v1/accounts/ann/credentials").body)["credentials"].size(), 1u);
  HttpRequest other = Request("GET", "/v1/audit");
  other.authorization = "Bearer " + std::string(64, 'o');
  EXPECT_EQ(Send(other).status, 200) << "each of several keys";
}

TEST_F(ServiceTest, ProofsThatFailAreCountedAndFaultsOfOursAreNot) {
  Register("ann", 1);
  verdict = [](auto) {
    return Error{ErrorCode::kProofRejected, "no", Rejection{.check = Check::kMerklePath}};
  };
  const Json login = BeginLogin("ann");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(TypeOf(Finish(login, 1)), "proof-rejected");
  EXPECT_EQ(TypeOf(Finish(login, 1)), "spent");
  EXPECT_EQ(Json::parse(Get(login["finish"]).body)["status"], "spent");
  verdict = [](auto) { return Error{ErrorCode::kProofMalformed, "no"}; };
  const Json second = BeginLogin("ann");
  EXPECT_EQ(TypeOf(Finish(second, 1)), "proof-malformed");
  verdict = [](auto) { return Error{ErrorCode::kOutOfMemory, "no"}; };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(TypeOf(Finish(second, 1)), "busy");
  verdict = [](auto) { return Error{ErrorCode::kInternal, "secret detail"}; };
  const HttpResponse internal = Finish(second, 1);
  EXPECT_EQ(TypeOf(internal), "internal");
  EXPECT_THAT(internal.body, Not(HasSubstr("secret")));
  verdict = [](auto) -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(TypeOf(Finish(second, 1)), "internal");
  verdict = nullptr;
  EXPECT_EQ(TypeOf(Finish(second, 1)), "wait") << "four failures, and the exception counts as one";
}

TEST_F(ServiceTest, FiveFailuresDelayAndTheBackEndResets) {
  Register("ann", 1);
  verdict = [](auto) { return Error{ErrorCode::kProofRejected, "no"}; };
  Json login;
  for (int i = 0; i < 5; ++i) {
    if (i % 3 == 0) login = BeginLogin("ann");
    EXPECT_EQ(TypeOf(Finish(login, 1)), "proof-rejected");
  }
  verdict = nullptr;
  const HttpResponse waiting = Finish(login, 1);
  EXPECT_EQ(TypeOf(waiting), "wait");
  EXPECT_EQ(waiting.status, 429);
  const int64_t seconds = Json::parse(waiting.body)["retry_after_s"];
  EXPECT_GE(seconds, 25);
  EXPECT_LE(seconds, 30);
  EXPECT_THAT(waiting.headers,
              ::testing::Contains(std::pair(std::string("Retry-After"), std::to_string(seconds))));
  EXPECT_EQ(TypeOf(Post("/v1/accounts/ann/logins", Json::object())), "wait");
  EXPECT_EQ(Send(Request("DELETE", "/v1/accounts/ann/failures")).status, 204);
  EXPECT_EQ(Finish(login, 1).status, 200);
}

TEST_F(ServiceTest, AnAddressFailsOverManyAccountsAndTheBackEndDoesNot) {
  verdict = [](auto) { return Error{ErrorCode::kProofRejected, "no"}; };
  Register("ann", 1);
  int rejected = 0;
  for (int i = 0; i < 110; ++i) {
    const Json login = BeginLogin("ann");
    const std::string type = TypeOf(Finish(login, 1));
    rejected += type == "proof-rejected";
    EXPECT_EQ(type, i < 100 ? "proof-rejected" : "address-wait");
    // The back end's own request is not the address's; it makes room for the next.
    ASSERT_EQ(Send(Request("DELETE", "/v1/accounts/ann/failures")).status, 204);
    verdict = nullptr;
    HttpRequest own = Request("POST", login["finish"],
                              Json{{"credential", CredentialOf(1).Id()}, {"proof", ""}}.dump());
    ASSERT_EQ(Send(own).status, 200);
    verdict = [](auto) { return Error{ErrorCode::kProofRejected, "no"}; };
  }
  EXPECT_EQ(rejected, 100);
}

TEST_F(ServiceTest, ACredentialWithADeviceKeyAnswersWithItOnly) {
  const auto key = DeviceKey::Make();
  const auto stranger = DeviceKey::Make();
  ASSERT_TRUE(key.ok() && stranger.ok());
  Register("ann", 1, *key);
  const Json login = BeginLogin("ann");
  const auto challenge = ParseChallenge(AsBytes(login["challenge"].dump()));
  ASSERT_TRUE(challenge.ok());
  const auto message = DeviceLoginMessage(*challenge, AsBytes("proof"), CredentialOf(1));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(TypeOf(Finish(login, 1)), "device-signature-wrong") << "none";
  EXPECT_EQ(TypeOf(Finish(login, 1, ToBase64Url(*stranger->Sign(*message)))),
            "device-signature-wrong");
  EXPECT_EQ(checks, 0) << "the proof is not looked at";
  const HttpResponse done = Finish(login, 1, ToBase64Url(*key->Sign(*message)));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(Json::parse(done.body)["device_key"], "ed25519");
  // A signature of one challenge is none of another.
  const Json next = BeginLogin("ann");
  EXPECT_EQ(TypeOf(Finish(next, 1, ToBase64Url(*key->Sign(*message)))), "device-signature-wrong");
}

TEST_F(ServiceTest, RegistrationChecksWhatItStores) {
  options.require_device_key = true;
  Remake();
  const std::string id = BeginRegistration("ann");
  const auto send = [&](const Json& body) {
    return TypeOf(FromBrowser("/v1/registrations/" + id, body.dump()));
  };
  Json credential = JsonOf(CredentialOf(1));
  EXPECT_EQ(send({{"credential", credential}}), "device-key-missing");
  PublicCredential foreign = CredentialOf(1);
  foreign.relying_party = "evil.example";
  EXPECT_EQ(send({{"credential", JsonOf(foreign)}}), "other-relying-party");
  foreign = CredentialOf(1);
  foreign.bundle_digest[0] ^= 1;
  EXPECT_EQ(send({{"credential", JsonOf(foreign)}}), "other-bundle");
  credential["id"] = "0000000000000000";
  EXPECT_EQ(send({{"credential", credential}}), "bad-request") << "an id that is not its own";
  EXPECT_EQ(send({{"credential", "x"}}), "bad-request");
  const auto key = DeviceKey::Make();
  ASSERT_TRUE(key.ok());
  const auto of_other = key->Sign(DeviceRegistrationMessage({9}, CredentialOf(1)));
  EXPECT_EQ(send({{"credential", JsonOf(CredentialOf(1))},
                  {"device_key",
                   {{"algorithm", "ed25519"},
                    {"public_key", ToBase64Url(key->Public().bytes)},
                    {"signature", ToBase64Url(*of_other)}}}}),
            "device-signature-wrong");
  EXPECT_EQ(Json::parse(Get("/v1/registrations/" + id).body)["status"], "pending");
}

TEST_F(ServiceTest, BodiesAreReadStrictly) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  const std::string path = login["finish"];
  const std::string deep(100'000, '[');
  std::string objects;
  for (int i = 0; i < 50'000; ++i) objects += "{\"a\":";
  for (const std::string& body :
       {std::string("x"), std::string("[]"), std::string("null"), std::string("{}"),
        std::string(R"({"credential":1,"proof":""})"),
        std::string(R"({"credential":"a","credential":"b","proof":""})"),
        std::string(R"({"credential":"a","proof":"","more":1})"),
        std::string(R"({"credential":"0000000000000000\u0000","proof":""})"),
        std::string(R"({"credential":"00000000000000AA","proof":""})"),
        std::string(R"({"credential":"a","proof":"*"})"),
        std::string(R"({"credential":"a","proof":"QQ=="})"),
        std::string(R"({"credential":"a","proof":"QR"})"),
        std::string(R"({"credential":"a","proof":["\ud800"]})"),
        std::string("{\"credential\":\"\xff\",\"proof\":\"\"}"),
        std::string(R"({"credential":{"a":{"b":{"c":{"d":1}}}},"proof":""})"), deep, objects,
        std::string("{\"credential\":" + deep)}) {
    EXPECT_EQ(TypeOf(FromBrowser(path, body)), "bad-request") << body.substr(0, 60);
  }
  HttpRequest form = Request("POST", path, "a=b", false);
  form.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(TypeOf(Send(form)), "unsupported-media-type");
  EXPECT_EQ(Json::parse(Get(path).body)["tries"], 0) << "nothing changed";
  for (const char* number : {"-1", "1e3", "99999999999999999999", "", " 1", "0x1", "1;"}) {
    HttpRequest request = Request("GET", "/v1/audit");
    request.query["after"] = number;
    EXPECT_EQ(TypeOf(Send(request)), "bad-request") << number;
  }
}

TEST_F(ServiceTest, PathsAreMatchedWhole) {
  for (const char* path :
       {"/", "", "//health", "/health/", "/v1/accounts//logins", "/v1/accounts/a%2Fb/credentials",
        "/v1/accounts/../credentials", "/v1/accounts/./credentials", "/v1/accounts/a b/credentials",
        "/../etc/passwd", "/v1/logins/ABCD", "/v1/logins/..", "/v1/logins/0/0"}) {
    EXPECT_EQ(TypeOf(Get(path)), "not-found") << path;
  }
  EXPECT_EQ(TypeOf(Get("/v1/accounts/" + std::string(129, 'a') + "/credentials")), "not-found");
  EXPECT_EQ(Get("/v1/accounts/" + std::string(128, 'a') + "/credentials").status, 200);
  EXPECT_EQ(TypeOf(Send(Request("PUT", "/health"))), "method-not-allowed");
  EXPECT_EQ(TypeOf(Send(Request("DELETE", "/v1/audit"))), "method-not-allowed");
  EXPECT_EQ(TypeOf(FromBrowser("/v1/logins/" + std::string(64, '0'),
                               R"({"credential":"0000000000000000","proof":""})")),
            "login-unknown");
}

TEST_F(ServiceTest, PagesOfTheNamedOriginsMayCallTheirRoutesOnly) {
  const auto allowed = [this](const std::string& method, const std::string& path,
                              const std::string& origin) {
    HttpRequest request = Request(method, path, "{}", false);
    request.origin = origin;
    const HttpResponse response = Send(request);
    for (const auto& [name, value] : response.headers) {
      if (name == "Access-Control-Allow-Origin") return value;
    }
    return std::string();
  };
  const std::string login = "/v1/logins/" + std::string(64, '0');
  EXPECT_EQ(allowed("OPTIONS", login, "https://bank.example"), "https://bank.example");
  EXPECT_EQ(allowed("POST", login, "https://bank.example"), "https://bank.example");
  EXPECT_EQ(allowed("OPTIONS", login, "https://evil.example"), "");
  EXPECT_EQ(allowed("POST", login, "https://evil.example"), "");
  EXPECT_EQ(allowed("OPTIONS", "/v1/audit", "https://bank.example"), "");
  EXPECT_EQ(allowed("GET", "/v1/audit", "https://bank.example"), "");
}

TEST_F(ServiceTest, TheProxyIsAnAddressHoweverItIsWritten) {
  for (const char* bad : {"proxy.example", "10.0.0.1:80", "10.0.0", "10.0.0.0/8", "[::1]"}) {
    options.proxy = bad;
    EXPECT_EQ(MakeError().code, ErrorCode::kInvalidArgument) << bad;
  }
  options.proxy = "::ffff:10.0.0.1";
  Remake();
  HttpRequest request = Request("GET", "/health", "", false);
  request.peer = "10.0.0.1";
  request.forwarded_for = "203.0.113.7";
  EXPECT_EQ(Send(request).status, 200);
  EXPECT_THAT(log, HasSubstr("\"address\":\"203.0.113.7\""));
}

TEST_F(ServiceTest, PhrasesAreOfALengthThatTheBundleAccepts) {
  // The bundle built in accepts all that a challenge may have; this one does not.
  const std::filesystem::path from =
      std::filesystem::path(VOIZK_SOURCE_DIR) / "tests/vectors/random_bundle";
  auto json = Json::parse(std::ifstream(from / "bundle.json"));
  json["decision"]["phrase_digits"] = {5, 6};
  std::filesystem::copy_file(from / "weights.bin", folder() / "weights.bin");
  std::ofstream(folder() / "bundle.json") << json.dump();
  const auto bundle = Bundle::Load(folder().string());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  for (const size_t digits : {5, 6, 7}) {
    options.digits = digits;
    const auto made = Service::Make(
        options, *bundle, [](const LoginPolicy&, auto) { return Status(); }, storage_.get(),
        [](const std::string&) {});
    EXPECT_EQ(made.ok(), digits <= 6) << digits;
  }
}

TEST_F(ServiceTest, AnAcceptanceThatCannotBeToldIsAskedFor) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  verdict = [](auto) -> Status { throw std::bad_alloc(); };
  const HttpResponse failed = Finish(login, 1);
  EXPECT_EQ(TypeOf(failed), "internal");
  EXPECT_THAT(failed.body, HasSubstr("GET /v1/logins/{id}"));
  EXPECT_THAT(failed.body, Not(HasSubstr("nothing was")));
}

TEST_F(ServiceTest, LogsAndMetricsTellNoSecret) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  Finish(login, 1);
  Get(login["finish"]);
  const std::string metrics = Get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("voizk_logins_total{result=\"accepted\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("voizk_verification_seconds_count 1"));
  EXPECT_THAT(log, HasSubstr("\"operation\":\"finishLogin\""));
  for (const std::string& secret :
       {kKey, std::string(login["login"]), std::string(login["challenge"]["phrase"]),
        ToBase64Url(AsBytes("proof"))}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
    EXPECT_THAT(metrics, Not(HasSubstr(secret)));
  }
  for (size_t at = 0; at < log.size(); at = log.find('\n', at) + 1) {
    EXPECT_TRUE(Json::parse(log.substr(at, log.find('\n', at) - at), nullptr, false).is_object());
  }
}

TEST_F(ServiceTest, TheSameProofAtOnceIsAcceptedOnce) {
  Register("ann", 1);
  const Json login = BeginLogin("ann");
  std::atomic<int> accepted = 0;
  verdict = [](auto) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return Status();
  };
  std::vector<std::thread> threads;
  const std::string body = Json{{"credential", CredentialOf(1).Id()}, {"proof", "QQ"}}.dump();
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      HttpRequest request{.method = "POST", .path = login["finish"]};
      request.body = body;
      accepted += service_->Handle(request).status == 200;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
}

TEST(Caller, AddressesComeFromTheProxyThatIsTrustedOnly) {
  HttpRequest request{.peer = "10.0.0.1"};
  request.forwarded_for = "1.1.1.1, 203.0.113.7 ";
  EXPECT_EQ(ClientAddress(request, ""), "10.0.0.1");
  EXPECT_EQ(ClientAddress(request, "10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(ClientAddress(request, "10.0.0.1"), "203.0.113.7") << "the last is the proxy's word";
  for (const char* mapped : {"::ffff:203.0.113.7", "::FFFF:cb00:7107"}) {
    request.forwarded_for = mapped;
    EXPECT_EQ(ClientAddress(request, "10.0.0.1"), "203.0.113.7")
        << "an address of its own, and not one of ::/64";
  }
  request.forwarded_for = "2001:DB8:0::1";
  EXPECT_EQ(ClientAddress(request, "10.0.0.1"), "2001:db8::1");
  request.forwarded_for = "203.0.113.7, \"; DROP";
  EXPECT_EQ(ClientAddress(request, "10.0.0.1"), "10.0.0.1");
  request.forwarded_for = "";
  EXPECT_EQ(ClientAddress(request, "10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(RateKey("2001:db8:1:2:3:4:5:6"), RateKey("2001:db8:1:2::9"));
  EXPECT_NE(RateKey("2001:db8:1:2::"), RateKey("2001:db8:1:3::"));
  EXPECT_EQ(RateKey("192.0.2.7"), "192.0.2.7");
}

// RFC 4648, section 10, without its padding; libsodium is the other reader.
TEST(Body, Base64UrlIsThatOfTheRfcAndOfOneForm) {
  for (const auto& [text, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"Zg", "f"},
                                                        {"Zm8", "fo"},
                                                        {"Zm9v", "foo"},
                                                        {"Zm9vYg", "foob"},
                                                        {"Zm9vYmE", "fooba"},
                                                        {"Zm9vYmFy", "foobar"}}) {
    const auto read = FromBase64Url(text);
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(std::string(read->begin(), read->end()), bytes);
    EXPECT_EQ(ToBase64Url(AsBytes(bytes)), text);
  }
  for (const char* bad : {"Z", "Zh", "Zm9", "Zg==", "Zm9vY", "Zm+v", "Zm/v", "Zm 9", "Zm9v\n"}) {
    EXPECT_FALSE(FromBase64Url(bad).ok()) << bad;
  }
  std::vector<uint8_t> all(256);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i * 7);
  EXPECT_EQ(*FromBase64Url(ToBase64Url(all)), all);
}

TEST(Caller, KeysThatCouldBeGuessedAreRefused) {
  EXPECT_FALSE(ApiKeys::Make({}).ok());
  EXPECT_FALSE(ApiKeys::Make({Secret("short")}).ok());
  EXPECT_FALSE(ApiKeys::Make({Secret(std::string(31, 'x'))}).ok());
  EXPECT_FALSE(ApiKeys::Make({Secret(std::string(32, ' '))}).ok());
  EXPECT_TRUE(ApiKeys::Make({Secret(std::string(32, 'x'))}).ok());
}

}  // namespace
}  // namespace voizk
