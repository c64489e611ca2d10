// An OpenID provider in front of the service: docs/oidc.md.  It answers what lies under /oidc/ and
// discovery, and hands everything else on.  Logins themselves are the service's: it begins them
// there with an API key of its own, as a back end does, and gives codes for those that the storage
// says were accepted.
#ifndef VOIZK_SERVICE_OIDC_PROVIDER_H_
#define VOIZK_SERVICE_OIDC_PROVIDER_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "service/api/service.h"
#include "service/http/http.h"
#include "service/oidc/form.h"
#include "service/oidc/oidc_options.h"
#include "service/oidc/signing_keys.h"
#include "service/storage/storage.h"

namespace voizk {

/// What it shares with the service in front of which it stands.
struct OidcSurroundings {
  Party party = {};
  std::string api_key = {};  // one of the service's
  std::string proxy = {};    // as ServiceOptions::proxy
};

/// Thread-safe.  What it is given lives longer.
class OidcProvider final : public HttpHandler {
 public:
  OidcProvider(OidcOptions options, SigningKeys keys, OidcSurroundings around, Storage* storage,
               HttpHandler* service, WriteLog log);

  std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) override;
  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refusal(int status, const std::string& detail) override {
    return service_->Refusal(status, detail);
  }

 private:
  using Json = nlohmann::ordered_json;
  /// One request, understood.
  struct Call {
    const HttpRequest& request;
    std::string id;        // of the interaction
    std::string address;   // for the log
    std::string rate_key;  // failures are counted for it
    std::string client;    // for the log: who it is about
    std::string note;      // for the log: why
  };
  enum class Body : uint8_t { kNone, kForm, kJson };
  struct Action {
    std::string_view name;
    std::string_view method;
    std::string_view path;  // {id} stands for an interaction's
    Body body;
    HttpResponse (OidcProvider::*run)(Call*);
  };
  static const Action* Find(const HttpRequest& request, std::string* id, bool* path_known);

  // provider.cc
  HttpResponse Discovery(Call* call);
  HttpResponse Keys(Call* call);
  // authorize.cc
  HttpResponse Authorize(Call* call);
  HttpResponse BeginInteraction(Call* call, const AuthorizationRequest& request);
  /// The answer where the client is not registered, or not with this redirect: nobody is sent
  /// there.
  std::optional<HttpResponse> RefuseClient(Call* call, const std::string& client,
                                           const std::string& redirect_uri) const;
  /// To the client, which is told of an error.
  HttpResponse RedirectError(Call* call, const AuthorizationRequest& request, const char* error,
                             const char* description) const;
  // interactions.cc
  HttpResponse GetInteraction(Call* call);
  HttpResponse BeginLogin(Call* call);
  HttpResponse Finish(Call* call);
  HttpResponse Cancel(Call* call);
  /// The answer where there is no such interaction, or its client or redirect is registered no
  /// more.
  std::optional<HttpResponse> RefuseInteraction(Call* call, const std::string& browser);
  // token.cc
  HttpResponse Token(Call* call);
  HttpResponse UserInfo(Call* call);
  /// Who presents the code; or the answer that it is not let in.
  std::variant<std::string, HttpResponse> Authenticate(Call* call, const Form& form);
  static HttpResponse InvalidClient(Call* call, const char* note);
  HttpResponse Granted(const RedeemedCode& redeemed, const std::string& access_token) const;

  HttpResponse Denied(Call* call, const Refused& refused) const;
  std::string CookieName() const;
  /// The browser's cookie, one for all its interactions; empty where it has none of the right form.
  std::string BrowserSecret(const HttpRequest& request) const;
  /// What the storage knows of one: a SHA-256 with the relying party's name, since the database may
  /// hold interactions of another's provider.
  std::string BrowserHash(const std::string& secret) const;
  void AllowOrigin(const HttpRequest& request, HttpResponse* response) const;
  void Log(const Call& call, std::string_view operation, int status, double seconds) const;

  OidcOptions options_;
  /// Of pages that are clients which keep no secret: programs that run in a browser come from where
  /// they are redirected to.
  std::set<std::string> client_origins_;
  SigningKeys keys_;
  OidcSurroundings around_;
  Storage* storage_;
  HttpHandler* service_;
  WriteLog log_;
};

/// 32 random bytes in base64url: codes, access tokens, cookies.
std::string RandomSecret();
inline constexpr size_t kSecretLength = 43;
bool IsBase64Url(std::string_view text);
/// What the storage knows of one: its SHA-256, hexadecimal.
std::string SecretHash(std::string_view secret);

/// An error as OAuth tells them to programs (RFC 6749, 5.2).
HttpResponse OauthError(int status, const char* error, const char* description);

}  // namespace voizk

#endif  // VOIZK_SERVICE_OIDC_PROVIDER_H_
