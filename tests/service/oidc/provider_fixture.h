// An OidcProvider of an https issuer as browsers and clients meet it, without sockets: the storage
// is real, the service behind it begins logins and does nothing else.
#ifndef VOIZK_TESTS_SERVICE_OIDC_PROVIDER_FIXTURE_H_
#define VOIZK_TESTS_SERVICE_OIDC_PROVIDER_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "service/oidc/provider.h"

namespace voizk::testing {

/// POST /v1/accounts/{account}/logins of the service, and the requests that came.
class LoginService final : public HttpHandler {
 public:
  LoginService(Party party, Storage* storage) : party_(std::move(party)), storage_(storage) {}
  std::optional<HttpResponse> Admit(const HttpRequest&, size_t*) override { return std::nullopt; }
  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refusal(int status, const std::string&) override {
    return {.status = status, .content_type = {}, .body = {}, .headers = {}};
  }

  std::vector<HttpRequest> requests;

 private:
  Party party_;
  Storage* storage_;
};

class ProviderTest : public ::testing::Test {
 protected:
  using Json = nlohmann::json;
  using Query = std::map<std::string, std::string>;
  static constexpr const char* kIssuer = "https://login.example";
  static constexpr const char* kBrowserApp = "https://app.example";  // origin of a client's page

  void SetUp() override;
  /// Again, on the same database.
  void Make();
  OidcProvider& provider() { return *provider_; }
  Storage& storage() { return *storage_; }
  LoginService& service() { return *service_; }

  /// An account with a voice.
  void Register(const std::string& account, uint8_t seed, bool device_key = false);
  /// The person proves.
  void Prove(const std::string& login, uint8_t seed);
  /// How many challenges of the account there are.
  size_t LoginRows(const std::string& account);
  size_t AuditRows(const std::string& account, const std::string& event);

  /// Through Admit, as the server does.
  HttpResponse Send(const HttpRequest& request);
  HttpResponse Post(const std::string& path, const Json& body, const std::string& cookie = {});
  HttpResponse PostForm(const std::string& path, const std::string& body,
                        const std::string& origin = {}, const std::string& authorization = {});
  static std::string Header(const HttpResponse& response, const std::string& name);
  static std::string ProblemOfBody(const HttpResponse& response);

  /// What "app" asks for; its verifier is kVerifier.
  static Query Request();
  HttpResponse Authorize(const Query& query, const std::string& cookie = {});
  struct Begun {
    std::string path;    // of the interaction
    std::string cookie;  // as the browser sends it
  };
  Begun Begin(const Query& query = Request(), const std::string& cookie = {});
  /// The whole way to a code: of an interaction in which the account logged in.
  std::string Code(const std::string& account, uint8_t seed);
  /// The token endpoint's answer to "app", with changed or added fields ("&name=value").
  HttpResponse Redeem(const std::string& code, const std::string& more = {});

  static constexpr const char* kVerifier = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";
  OidcOptions options;
  Party party;
  Throttle throttle;
  std::atomic<int64_t> now = 1'000'000;
  std::vector<std::string> log;

 private:
  std::string folder_;
  std::string pem_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<LoginService> service_;
  std::unique_ptr<OidcProvider> provider_;
};

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_SERVICE_OIDC_PROVIDER_FIXTURE_H_
