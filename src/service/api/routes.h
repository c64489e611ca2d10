// What can be asked for: docs/relying-party.md, openapi.json.
#ifndef VOIZK_SERVICE_API_ROUTES_H_
#define VOIZK_SERVICE_API_ROUTES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace voizk {

enum class ServiceCall : uint8_t {
  kBeginRegistration,
  kFinishRegistration,
  kGetRegistration,
  kBeginLogin,
  kFinishLogin,
  kGetLogin,
  kListCredentials,
  kRevokeCredential,
  kAccountAudit,
  kAudit,
  kResetFailures,
  kEraseAccount,
  kHealth,
  kMetrics,
  kOpenApi,
};

enum class Caller : uint8_t {
  kBackEnd,  // has an API key
  kAnybody,  // a browser; knows an id that cannot be guessed, or asks for what is public
};

/// Of a body with a proof: a login's has 200 to 250 kB, a third more in base64.
inline constexpr size_t kProofBody = 1 << 20;

struct Route {
  ServiceCall operation;
  std::string_view name;  // openapi.json's operationId
  std::string_view method;
  std::string_view pattern;  // {account}, {id} stand for one part each
  Caller caller;
  size_t max_body;
};

/// What stood for {account} and {id}.
struct PathParts {
  std::string account;
  std::string id;
};

enum class Match : uint8_t { kFound, kOtherMethod, kNone };

/// {account} is 1 .. 128 of A-Z a-z 0-9 . _ ~ -; {id} is 1 .. 64 lower-case hexadecimal digits.
Match FindRoute(std::string_view method, std::string_view path, const Route** route,
                PathParts* parts);

/// Is there a route of this path for browsers?
bool IsForBrowsers(std::string_view path);

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_ROUTES_H_
