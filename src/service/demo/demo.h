// A relying party's back end for trying the page out: sessions by a cookie, and an API key of its
// own, with which it asks the service as any back end does.  The service knows nothing of it.
//
// It recognises nobody: an account without a credential belongs to whoever registers first.  So it
// is for one machine: `voizk serve` starts it on a loopback address only, and it answers, for
// itself and for what it hands on, only requests for such an address.
#ifndef VOIZK_SERVICE_DEMO_DEMO_H_
#define VOIZK_SERVICE_DEMO_DEMO_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "service/api/problem.h"
#include "service/demo/sessions.h"
#include "service/http/http.h"
#include "voizk/challenge.h"

namespace voizk {

struct DemoOptions {
  std::string relying_party;
  std::string api_key;  // one of the service's
  bool tls = false;     // cookies are sent over TLS only
  UnixClock clock = SystemUnixSeconds;
};

/// Thread-safe.  Its routes are all of /rp/ (docs/browser.md); everything else is handed on.
class Demo final : public HttpHandler {
 public:
  /// `service` lives longer.
  Demo(DemoOptions options, HttpHandler* service)
      : options_(std::move(options)), service_(service) {}

  std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) override;
  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refusal(int status, const std::string& detail) override {
    return service_->Refusal(status, detail);
  }

 private:
  using Json = nlohmann::ordered_json;
  using Answer = std::variant<HttpResponse, Problem>;
  struct Call {
    const HttpRequest& request;
    nlohmann::json body;
    std::string token;  // of the cookie; empty: it has no session
    DemoSession session;
    int64_t now = 0;
  };
  struct Action {
    std::string_view method;
    std::string_view path;
    Answer (Demo::*run)(Call*);
  };
  static const Action* Find(const HttpRequest& request, bool* path_known);

  Answer GetSession(Call* call);
  Answer BeginRegistration(Call* call);
  Answer FinishRegistration(Call* call);
  Answer BeginLogin(Call* call);
  Answer FinishLogin(Call* call);
  Answer Recover(Call* call);
  Answer Revoke(Call* call);
  Answer Logout(Call* call);

  /// The service's answer to this back end.
  HttpResponse Ask(const Call& call, const std::string& method, const std::string& path) const;
  /// Whether the account has, or ever had, another credential than this one.
  std::variant<bool, HttpResponse> OthersAt(const Call& call, const std::string& account,
                                            const std::string& credential) const;
  /// Empty token: the browser forgets it.
  void SetCookie(const Call& call, const std::string& token, HttpResponse* response) const;
  /// Keeps the call's session under a new token, whose cookie goes with the response.
  Answer Kept(const Call& call, HttpResponse response);
  /// The same for one that has become the account's.
  Answer Enter(const Call& call, const std::string& account, Json json,
               const std::variant<DemoEntry, DemoDenial>& entered) const;

  DemoOptions options_;
  HttpHandler* service_;
  DemoSessions sessions_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_DEMO_DEMO_H_
