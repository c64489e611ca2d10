// Who calls: API keys, and the address that failures are counted for.
#ifndef VOIZK_SERVICE_API_CALLER_H_
#define VOIZK_SERVICE_API_CALLER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/hash/digest.h"
#include "service/http/http.h"
#include "voizk/secure.h"

namespace voizk {

inline constexpr size_t kMinApiKeyBytes = 32;

/// Keys of the relying party's back end; several, so that one can follow another.
class ApiKeys {
 public:
  /// Keeps their digests only.  kInvalidArgument: none, or one of fewer than kMinApiKeyBytes
  /// visible ASCII characters.
  static Result<ApiKeys> Make(const std::vector<SecureVector<char>>& keys);
  /// `authorization` is "Bearer KEY" with one of them.  Takes as long whatever it is: digests are
  /// compared, all of them, each in constant time.
  bool Admit(std::string_view authorization) const;

 private:
  std::vector<Digest> digests_;
};

/// The one text of an address by numbers, as HttpRequest::peer has it: an IPv4 address that is
/// mapped into IPv6 (::ffff:192.0.2.1) is that IPv4 address.  Empty: `text` is no address.
std::optional<std::string> NormalAddress(const std::string& text);

/// The client's address: the peer's, or, where the peer is the `proxy` (a NormalAddress) that is
/// trusted, the last one of X-Forwarded-For, which is the one that the proxy itself has seen.
std::string ClientAddress(const HttpRequest& request, const std::string& proxy);

/// Addresses that one client can choose among count as one: an IPv6 address by its first 64 bits.
std::string RateKey(const std::string& address);

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_CALLER_H_
