// The provider's keys: ES256 (RFC 7518) by libjose, named by their thumbprints (RFC 7638).
#ifndef VOIZK_SERVICE_OIDC_SIGNING_KEYS_H_
#define VOIZK_SERVICE_OIDC_SIGNING_KEYS_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace voizk {

/// Thread-safe.
class SigningKeys {
 public:
  /// EC P-256 private keys in PEM, one after another, at most 16; the first signs.
  /// kInvalidArgument: none, another kind of key, or the same one twice.
  static Result<SigningKeys> Read(std::span<const char> pem);
  ~SigningKeys();
  SigningKeys(SigningKeys&&) noexcept;
  SigningKeys& operator=(SigningKeys&&) noexcept;

  /// JSON text of the set of all public keys (RFC 7517), with kid, use and alg.
  const std::string& public_set() const;
  /// `claims` (JSON text) as a JWT in compact form, with alg ES256 and the first key's kid.
  /// kInternal.
  Result<std::string> Sign(std::string_view claims) const;

 private:
  struct State;
  explicit SigningKeys(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_OIDC_SIGNING_KEYS_H_
