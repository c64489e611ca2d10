// What an OpenID provider is told: docs/oidc.md, Configuration.
#ifndef VOIZK_SERVICE_OIDC_OIDC_OPTIONS_H_
#define VOIZK_SERVICE_OIDC_OIDC_OPTIONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/hash/digest.h"

namespace voizk {

enum class ClientAuth : uint8_t { kNone, kBasic, kPost };

struct OidcClient {
  std::string name = {};
  ClientAuth auth = ClientAuth::kNone;
  Digest secret_digest = {};  // SHA-256; not of kNone
  std::vector<std::string> redirect_uris = {};
};

struct OidcOptions {
  std::string issuer = {};  // scheme and host, without a slash behind
  std::string key_file = {};
  std::string interaction_url = {};  // empty: none
  std::string device_key_amr = "swk";
  int64_t code_s = 60;
  int64_t token_s = 300;
  int64_t interaction_s = 600;
  std::map<std::string, OidcClient> clients = {};  // by client_id

  bool tls() const { return issuer.starts_with("https://"); }
};

/// Of the configuration file's text.  kMalformed: which name is wrong.
Result<OidcOptions> ParseOidcOptions(std::string_view json);

/// Is it one of the client's, byte for byte?  For a client without a secret the port of one at
/// http://127.0.0.1 or http://[::1] is whatever its program was given (RFC 8252, 7.3).
bool MayRedirect(const OidcClient& client, std::string_view uri);

/// scheme://host[:port] of a URI that ParseOidcOptions let pass, as browsers write it: lower case,
/// without the scheme's own port.  Empty for other schemes.
std::string OriginOf(std::string_view uri);

}  // namespace voizk

#endif  // VOIZK_SERVICE_OIDC_OIDC_OPTIONS_H_
