// What the service is told: by flags, by the configuration file, by the environment, in this order.
#ifndef VOIZK_SERVE_SETTINGS_H_
#define VOIZK_SERVE_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/api/service.h"
#include "service/http/server.h"
#include "service/oidc/oidc_options.h"
#include "service/storage/storage.h"

namespace voizk::serve {

struct Settings {
  ServiceOptions service;
  HttpOptions http;
  Throttle throttle;
  std::string database = "voizk.db";
  std::string bundle_folder;  // empty: the one built in
  std::string page_folder;    // empty: no page
  bool demo = false;          // a relying party's back end for the page, loopback only
  std::optional<OidcOptions> oidc;
  SecureVector<char> oidc_keys_pem;
  int64_t audit_days = 365;
  int64_t stop_s = 30;
  int64_t cache_mb = 96;
  bool log_requests = true;
};

/// Settings from all three, files read.  An exit code if there is nothing to serve (--help, a
/// mistake, which is printed).
std::variant<Settings, int> ReadSettings(int argc, const char* const* argv);

}  // namespace voizk::serve

#endif  // VOIZK_SERVE_SETTINGS_H_
