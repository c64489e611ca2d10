// What an OpenID provider remembers (docs/oidc.md): interactions, codes, access tokens.  Codes,
// tokens and cookies are here by their SHA-256 only, 64 lower-case hexadecimal digits.
#ifndef VOIZK_SERVICE_STORAGE_OIDC_RECORDS_H_
#define VOIZK_SERVICE_STORAGE_OIDC_RECORDS_H_

#include <cstdint>
#include <string>

namespace voizk {

inline constexpr int64_t kLoginsPerInteraction = 3;  // and fewer than Throttle::open_logins
/// That have not expired: what a row takes is taken whether it was ended or not.
inline constexpr int64_t kInteractionsPerAddress = 1000;

/// What a client asked for.
struct AuthorizationRequest {
  std::string client = {};
  std::string redirect_uri = {};
  std::string state = {};  // this and the next two: empty where the client sent none
  std::string nonce = {};
  std::string login_hint = {};
  std::string code_challenge = {};  // S256
};

struct InteractionRecord {
  AuthorizationRequest request = {};
  std::string account = {};  // of the last login that was begun; empty: none was
  std::string login = {};    // its nonce
  bool done = false;         // a code was issued, or the user said no
  bool expired = false;
};

/// What a code or an access token stands for.
struct AuthorizationGrant {
  std::string client = {};
  std::string account = {};
  std::string nonce = {};
  bool device_key = false;  // it signed the login
  int64_t auth_unix_s = 0;
};

/// A client that has shown who it is hands in a code.
struct CodePresented {
  std::string code_hash = {};
  std::string client = {};
  std::string redirect_uri = {};
  std::string code_challenge = {};  // of the verifier that came with it
  std::string token_hash = {};      // of the access token that it will be given
  int64_t token_s = 0;
};

/// 1 << each is a bit of oidc_codes.refusals.  Only who is the code's own client and has the right
/// verifier spends it.
enum class Redemption : uint8_t {
  kGranted,
  kUnknown,
  kReused,  // and the token that it was redeemed for is revoked
  kExpired,
  kOtherClient,  // the code is as it was
  kOtherRedirect,
  kWrongVerifier,  // the code is as it was
  kRevoked,        // the credential
};
struct RedeemedCode {
  Redemption result = Redemption::kUnknown;
  AuthorizationGrant grant = {};  // of kGranted
  int64_t now_unix_s = 0;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_STORAGE_OIDC_RECORDS_H_
