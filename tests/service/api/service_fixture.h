// A Service without sockets, on a database of its own, whose judge of logins the test is.
#ifndef VOIZK_TESTS_SERVICE_API_SERVICE_FIXTURE_H_
#define VOIZK_TESTS_SERVICE_API_SERVICE_FIXTURE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>

#include "base/base64url.h"
#include "login/store/text.h"
#include "service/api/service.h"
#include "voizk/device.h"

namespace voizk {

using Json = nlohmann::json;

inline const std::string kKey(64, 'k');

inline SecureVector<char> Secret(std::string_view text) { return {text.begin(), text.end()}; }

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bundle = Bundle::Default();
    ASSERT_TRUE(bundle.ok());
    digest_ = bundle->digest();
    const std::string name =
        "voizk-api-" + std::to_string(getpid()) + "-" + std::to_string(std::random_device{}());
    const std::filesystem::path memory = "/dev/shm";
    folder_ =
        (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) / name;
    std::filesystem::create_directory(folder_);
    auto storage = Storage::Open((folder_ / "db").string(), 4, Throttle{}, SystemUnixSeconds);
    ASSERT_TRUE(storage.ok());
    storage_ = std::move(*storage);
    options.relying_party = "bank.example";
    options.api_keys = {Secret(std::string(64, 'o')), Secret(kKey)};
    options.origins = {"https://bank.example"};
    Remake();
  }
  void TearDown() override {
    service_ = nullptr;
    storage_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  const std::filesystem::path& folder() const { return folder_; }
  /// Of options that are to be refused.
  Error MakeError() {
    const auto made = Service::Make(
        options, *Bundle::Default(), [](const LoginPolicy&, auto) { return Status(); },
        storage_.get(), [](const std::string&) {});
    EXPECT_FALSE(made.ok());
    return made.ok() ? Error{ErrorCode::kInternal, {}} : made.error();
  }

  void Remake() {
    auto bundle = Bundle::Default();
    ASSERT_TRUE(bundle.ok());
    auto made = Service::Make(
        options, *bundle,
        [this](const LoginPolicy& policy, std::span<const uint8_t> proof) {
          ++checks;
          const std::scoped_lock lock(mutex);
          last_policy.emplace(policy);
          return verdict ? verdict(proof) : Status();
        },
        storage_.get(),
        [this](const std::string& line) {
          const std::scoped_lock lock(mutex);
          log += line + "\n";
        });
    ASSERT_TRUE(made.ok()) << made.error().message;
    service_ = std::move(*made);
    if (check_enrolment) service_->set_check_enrolment(check_enrolment);
  }

  /// As the server does: first the head, then the whole.
  HttpResponse Send(HttpRequest request) {
    size_t most = 0;
    if (request.peer.empty()) request.peer = "192.0.2.1";
    if (auto answer = service_->Admit(request, &most)) return *answer;
    EXPECT_LE(request.body.size(), most);
    return service_->Handle(request);
  }
  HttpRequest Request(const std::string& method, const std::string& path,
                      const std::string& body = "", bool key = true) {
    HttpRequest request{.method = method, .path = path};
    request.body = body;
    if (method == "POST") request.content_type = "application/json";
    if (key) request.authorization = "Bearer " + kKey;
    return request;
  }
  HttpResponse Get(const std::string& path) { return Send(Request("GET", path)); }
  HttpResponse Post(const std::string& path, const Json& body) {
    return Send(Request("POST", path, body.dump()));
  }
  HttpResponse FromBrowser(const std::string& path, const std::string& body) {
    return Send(Request("POST", path, body, false));
  }

  PublicCredential CredentialOf(uint8_t seed) const {
    PublicCredential credential{.relying_party = "bank.example", .bundle_digest = digest_};
    credential.commitment.fill(seed);
    return credential;
  }
  static Json JsonOf(const PublicCredential& credential) {
    const auto text = PublicCredentialToJson(credential);
    EXPECT_TRUE(text.ok());
    return Json::parse(*text);
  }
  std::string BeginRegistration(const std::string& account) {
    const HttpResponse begun = Post("/v1/accounts/" + account + "/registrations", Json::object());
    EXPECT_EQ(begun.status, 201) << begun.body;
    return Json::parse(begun.body).value("registration", "");
  }
  void Register(const std::string& account, uint8_t seed) {
    const Json body = {{"credential", JsonOf(CredentialOf(seed))}};
    const HttpResponse made =
        FromBrowser("/v1/registrations/" + BeginRegistration(account), body.dump());
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(Json::parse(made.body)["enrolment_proven"], false);
  }
  /// With a device key.
  void Register(const std::string& account, uint8_t seed, const DeviceKey& key) {
    const std::string id = BeginRegistration(account);
    const auto signature = key.Sign(DeviceRegistrationMessage(*FromHex32(id), CredentialOf(seed)));
    const Json body = {{"credential", JsonOf(CredentialOf(seed))},
                       {"device_key",
                        {{"algorithm", "ed25519"},
                         {"public_key", ToBase64Url(key.Public().bytes)},
                         {"signature", ToBase64Url(*signature)}}}};
    const HttpResponse made = FromBrowser("/v1/registrations/" + id, body.dump());
    EXPECT_EQ(made.status, 201) << made.body;
  }
  Json BeginLogin(const std::string& account) {
    const HttpResponse begun = Post("/v1/accounts/" + account + "/logins", Json::object());
    EXPECT_EQ(begun.status, 201) << begun.body;
    return Json::parse(begun.body);
  }
  HttpResponse Finish(const Json& login, uint8_t seed, const std::string& signature = "") {
    Json body = {{"credential", CredentialOf(seed).Id()}, {"proof", ToBase64Url(AsBytes("proof"))}};
    if (!signature.empty()) body["device_signature"] = signature;
    return FromBrowser(login["finish"], body.dump());
  }
  static std::string TypeOf(const HttpResponse& response) {
    EXPECT_EQ(response.content_type, "application/problem+json") << response.body;
    const Json problem = Json::parse(response.body);
    EXPECT_EQ(problem["status"], response.status);
    return std::string(problem["type"]).substr(std::string("urn:voizk:problem:").size());
  }

  ServiceOptions options;
  std::function<Status(std::span<const uint8_t>)> verdict;  // none: every proof is right
  CheckEnrolment check_enrolment;                           // none: VerifyEnrolment
  std::atomic<int> checks = 0;
  std::mutex mutex;  // of the two that the service's threads write
  std::optional<LoginPolicy> last_policy;
  std::string log;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Service> service_;

 private:
  std::array<uint8_t, 32> digest_{};
  std::filesystem::path folder_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_SERVICE_API_SERVICE_FIXTURE_H_
