// The calls of the relying party's service (src/service/api/openapi.json) that a user's device
// makes, at the service itself or at a back end that offers the same paths.
#ifndef VOIZK_CLIENT_SERVICE_CLIENT_H_
#define VOIZK_CLIENT_SERVICE_CLIENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/http_client.h"
#include "client/server_url.h"
#include "voizk/challenge.h"

namespace voizk {

/// What the server wants of a new credential.
struct RegistrationBegun {
  std::array<uint8_t, 32> id{};
  std::string relying_party;  // its form is checked, its truth is not (CheckPartyAtServer)
  std::array<uint8_t, 32> bundle_digest{};
  bool ed25519 = false;  // that kind of device key is taken
  // An enrolment's proof is wanted: its phrases follow from this, whose nonce and party are those
  // above.
  std::optional<Challenge> challenge = {};
  size_t recordings = 0;  // of it, at least
};

struct LoginBegun {
  Challenge challenge;  // its nonce names the login
  std::array<uint8_t, 32> bundle_digest{};
  std::vector<std::string> credentials;  // ids; any of these may answer
};

/// What became of what was sent.
struct Finished {
  enum class Kind : uint8_t {
    kDone,
    kRefused,  // the server says no, by a problem of RFC 9457
    kUnknown,  // sent, and no answer that can be understood came: it may have been done
  };
  Kind kind = Kind::kUnknown;
  std::string
      type;    // kRefused: the last word of the problem's type, "proof-rejected"; may be empty
  Status why;  // unless kDone
};

/// What servers say is shown only as far as every character of it shows, and 300 bytes of it.
class ServiceClient {
 public:
  ServiceClient(ServerUrl server, HttpClientOptions options)
      : server_(std::move(server)), options_(std::move(options)) {}
  const ServerUrl& server() const { return server_; }

  /// `replaces`: the id of the credential that the new one takes the place of; or empty.
  /// kInvalidArgument: the account is none (1 .. 128 of A-Z a-z 0-9 . _ ~ -), the token is not
  /// taken; kNotFound: no such account or credential; kLimitExceeded: too many tries; kIo: the
  /// server's fault; kMalformed: the answer is not what the API says; errors of PostJson.
  Result<RegistrationBegun> BeginRegistration(const std::string& account,
                                              const std::string& replaces) const;
  Result<LoginBegun> BeginLogin(const std::string& account) const;

  /// `credential`: whose id the server has to name as the one registered, or accepted.
  Finished FinishRegistration(const std::array<uint8_t, 32>& id, const std::string& body,
                              const std::string& credential) const;
  Finished FinishLogin(const Challenge& challenge, const std::string& body,
                       const std::string& credential) const;

 private:
  ServerUrl server_;
  HttpClientOptions options_;
};

}  // namespace voizk

#endif  // VOIZK_CLIENT_SERVICE_CLIENT_H_
