// What the service remembers: accounts, credentials, challenges, used nonces, failures, the audit
// log.  Each function is one transaction: it happened, durably, or it did not.  Any number of
// processes may share one database; nothing that decides is kept in memory.
//
// Time: a transaction asks the clock once the database has let it begin.  The latest time at which
// any of them decided is kept (the high-water mark, as login/store does): `now` is never before it,
// and a clock that is kClockBackSeconds behind it is an error.
#ifndef VOIZK_SERVICE_STORAGE_STORAGE_H_
#define VOIZK_SERVICE_STORAGE_STORAGE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "service/storage/oidc_records.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {

/// NIST SP 800-63B-4 for a biometric without detection of presentation attacks: after 5 failures in
/// a row at least 30 s to the next try, and at most 50 in a row; its bound for every kind is 100.
struct Throttle {
  int64_t free_failures = 5;   // 1 .. 5: the one that begins the delays
  int64_t first_delay_s = 30;  // at least 30; doubled by each further failure
  int64_t longest_delay_s = 3600;
  int64_t most_failures = 50;      // 1 .. 50; then only ResetFailures helps
  int64_t address_failures = 100;  // within an hour, of all accounts together
  int64_t open_logins = 5;         // challenges of one account that wait for an answer
};
inline constexpr int64_t kAddressWindowSeconds = 3600;
/// A challenge is good for so many answers that fail.
inline constexpr int64_t kTriesPerLogin = 3;
/// So is a registration, for enrolments' proofs that fail.
inline constexpr int64_t kTriesPerRegistration = 3;
inline constexpr int64_t kMaxCredentials = 20;  // of one account that are not revoked
inline constexpr int64_t kMaxOpenRegistrations = 10;
inline constexpr int64_t kMaxAuditRows = 1000;  // told at once

struct DeviceKeyRecord {
  std::string algorithm = {};   // empty: the credential has none
  std::string public_key = {};  // base64url
};

struct CredentialRecord {
  PublicCredential credential = {};
  DeviceKeyRecord device = {};
  int64_t created_unix_s = 0;
  int64_t revoked_unix_s = 0;  // 0: it is not
  bool proven = false;         // its registration took an enrolment's proof
};

struct RegistrationRecord {
  std::string account = {};
  std::string replaces = {};  // id of the credential that makes way, or empty
  int64_t expires_unix_s = 0;
  std::string credential = {};  // its id once it was made, else empty
  // An enrolment's proof has to answer it (docs/decision.md, 10); its nonce is the id.
  std::optional<Challenge> challenge = {};
};

/// A try to prove an enrolment, let through and counted.
struct EnrolmentTry {
  std::string account = {};
  Challenge challenge = {};
  std::string address = {};  // for which it was counted
};

/// Whose credentials may answer: a database may hold those of another party's service, or of the
/// bundle before this one, and a proof of these cannot be verified here.
struct Party {
  std::string relying_party = {};
  std::array<uint8_t, 32> bundle_digest = {};
};

/// Where a login stands.
struct LoginRecord {
  std::string account = {};
  Challenge challenge = {};
  int64_t tries = 0;
  std::string credential = {};  // accepted by this one, else empty
  int64_t accepted_unix_s = 0;
  bool expired = false;
};

/// A try that was let through and counted; what it is to be held against.
struct LoginTry {
  std::string account = {};
  Challenge challenge = {};
  CredentialRecord credential = {};
};

struct AuditRow {
  int64_t number = 0;  // grows, with gaps
  int64_t unix_s = 0;
  std::string event = {};  // one of the kinds in docs/operating.md
  std::string account = {};
  std::string credential = {};
  std::string login = {};  // the first 16 digits of the nonce: names it, and does not answer it
  std::string address = {};
  std::string detail = {};
};

/// Why a transaction was not made.  kOther: `error`.
enum class Denial : uint8_t {
  kOther,
  kNoAccount,       // nothing is known under that name
  kNoCredential,    // none of that id, or revoked, or another account's
  kNoRegistration,  // none of that id
  kNoLogin,
  kNoInteraction,  // none of that id, or another browser's
  kPending,        // its login was not accepted yet
  kExpired,
  kUsed,      // the challenge, or the registration, was used before
  kSpent,     // kTriesPerLogin answers to this challenge have failed
  kUnproven,  // the registration wants an enrolment's proof
  kUnasked,   // the registration wants none
  kExists,    // that commitment is registered already
  kTooMany,   // credentials, open registrations or open logins
  kWait,      // for retry_after_s
  kLocked,    // Throttle::most_failures reached
  kAddress,   // too many failures from this address: wait for retry_after_s
};
struct Refused {
  Denial why = Denial::kOther;
  int64_t retry_after_s = 0;
  Error error{ErrorCode::kInternal, {}};
};

/// A value or why there is none.
template <typename T>
using Outcome = std::variant<T, Refused>;
struct Done {};

enum class Access : uint8_t;
class ConnectionPool;
class Transaction;

/// Thread-safe.
class Storage {
 public:
  /// Opens `where` (database.h) and brings its tables to this version; `connections` transactions
  /// may run at a time.  kIo; kUnsupported: a newer version has made its tables.
  static Result<std::unique_ptr<Storage>> Open(const std::string& where, size_t connections,
                                               const Throttle& throttle, UnixClock clock);
  ~Storage();

  // ---- Registration ----
  struct BegunRegistration {
    std::string id = {};  // fresh, 64 hexadecimal digits, not to be guessed
    int64_t expires_unix_s = 0;
    std::optional<Challenge> challenge = {};
  };
  /// Of a registration that is finished with an enrolment's proof only.
  struct ProofWanted {
    std::string relying_party = {};
    size_t digits = 0;
  };
  /// It is good once, for lifetime_s.
  Outcome<BegunRegistration> BeginRegistration(const std::string& account,
                                               const std::string& replaces, int64_t lifetime_s,
                                               const std::optional<ProofWanted>& proof = {});
  Outcome<RegistrationRecord> FindRegistration(const std::string& id);
  /// Stores the credential; revokes the one that it replaces, in the same transaction.  kUnproven:
  /// it wants a proof.
  Outcome<RegistrationRecord> FinishRegistration(const std::string& id,
                                                 const PublicCredential& credential,
                                                 const DeviceKeyRecord& device,
                                                 const std::string& address);
  /// As BeginTry, of an enrolment's proof: counts a failure of the registration and the address
  /// (not of the account, which has no voice yet).  kUnasked; a challenge of another relying party
  /// is kNoRegistration.
  Outcome<EnrolmentTry> BeginEnrolment(const Party& party, const std::string& id,
                                       const std::string& address);
  /// After the proof was found to be right: FinishRegistration, with the failure taken back.  Of
  /// all that try one succeeds: the row is locked, and marked as used in the same transaction.
  Outcome<RegistrationRecord> AcceptEnrolment(const std::string& id, const EnrolmentTry& attempt,
                                              const PublicCredential& credential,
                                              const DeviceKeyRecord& device,
                                              const std::string& address,
                                              const std::string& detail);
  /// As Reject.
  Outcome<Done> RejectEnrolment(const std::string& id, const EnrolmentTry& attempt,
                                const PublicCredential& credential, const std::string& address,
                                const std::string& detail, bool blameless);
  Outcome<std::vector<CredentialRecord>> ListCredentials(const std::string& account);
  Outcome<Done> Revoke(const std::string& account, const std::string& id,
                       const std::string& address);

  // ---- Login ----
  struct BegunLogin {
    Challenge challenge;
    std::vector<std::string> credentials;  // ids that may answer
  };
  /// Makes a challenge for an account that has a credential of `party` and need not wait.
  Outcome<BegunLogin> BeginLogin(const Party& party, const std::string& account, size_t digits,
                                 int64_t lifetime_s);
  Outcome<LoginRecord> FindLogin(const std::string& nonce);
  /// To be called before a proof is looked at, once it was read.  Counts a failure of the account,
  /// the challenge and the address beforehand, so that tries made at the same time are bounded as
  /// those made one after another; Accept takes it back.  A challenge of another relying party is
  /// kNoLogin, a credential that is not `party`'s kNoCredential.
  Outcome<LoginTry> BeginTry(const Party& party, const std::string& nonce,
                             const std::string& credential, const std::string& address);
  /// After the proof was found to be right: looks at the clock and the credential again, marks the
  /// nonce used (a unique key of the table: of all that try, one succeeds) and writes the audit
  /// row, in one transaction.  Say yes after kOk and never without.
  Outcome<Done> Accept(const std::string& nonce, const LoginTry& attempt,
                       const std::string& address, const std::string& detail);
  /// Writes the audit row of a try that failed.  `blameless`: the failure was ours; it is taken
  /// back.  kNoAccount: it was erased meanwhile; nothing is written.
  Outcome<Done> Reject(const std::string& nonce, const LoginTry& attempt,
                       const std::string& address, const std::string& detail, bool blameless);
  /// After the person was recognised by other means.
  Outcome<Done> ResetFailures(const std::string& account, const std::string& address);

  // ---- OpenID Connect: storage_oidc.cc, storage_codes.cc ----
  /// `browser_hash` is of the cookie by which alone the interaction is found again.  kTooMany:
  /// kInteractionsPerAddress of `address` have not expired.
  Outcome<std::string> BeginInteraction(const AuthorizationRequest& request,
                                        const std::string& browser_hash, const std::string& address,
                                        int64_t lifetime_s);
  Outcome<InteractionRecord> FindInteraction(const std::string& id,
                                             const std::string& browser_hash);
  /// To be called before a login is begun in it: takes one of its logins (kLoginsPerInteraction,
  /// and fewer than open_logins) and counts a failure of the interaction's address, which
  /// FinishInteraction takes back.  kUsed, kExpired, kTooMany, kAddress.
  Outcome<InteractionRecord> ReserveLogin(const std::string& id, const std::string& browser_hash);
  /// None was begun: the login is given back; `blameless`: and the failure is.
  Outcome<Done> ReturnLogin(const std::string& id, const std::string& browser_hash, bool blameless);
  /// A login was begun after ReserveLogin, and is now the one that counts.  kUsed, kExpired.
  Outcome<Done> NoteLogin(const std::string& id, const std::string& browser_hash,
                          const std::string& account, const std::string& nonce);
  /// Its login was accepted: stores a code of `party`'s login for it and ends it, in one
  /// transaction.  kPending, kUsed, kExpired, kNoCredential (revoked meanwhile).
  Outcome<InteractionRecord> FinishInteraction(const Party& party, const std::string& id,
                                               const std::string& browser_hash,
                                               const std::string& code_hash, int64_t code_s);
  /// The user said no, or was too late.  kUsed.
  Outcome<InteractionRecord> CancelInteraction(const std::string& id,
                                               const std::string& browser_hash);
  /// Spends the code (a unique key) and stores the access token, in one transaction.  Another
  /// party's is kUnknown.
  Outcome<RedeemedCode> RedeemCode(const Party& party, const CodePresented& presented);
  /// kNoLogin: unknown, expired, revoked, or its credential is; or another party's.
  Outcome<AuthorizationGrant> FindToken(const Party& party, const std::string& token_hash);

  // ---- Looking back, tidying up ----
  /// Rows with numbers above `after`, oldest first; of all accounts if `account` is empty.
  Outcome<std::vector<AuditRow>> Audit(const std::string& account, int64_t after, int64_t limit);
  /// Forgets an account: its credentials, challenges and failures go, and its name and addresses
  /// leave the audit log.
  Outcome<Done> Erase(const std::string& account);
  /// Removes what expired an hour ago, and audit rows older than audit_days (0: none).
  Outcome<Done> Prune(int64_t audit_days);
  /// The database answers, and its time and the clock go together.
  Outcome<Done> Ping();

 private:
  Storage(std::unique_ptr<ConnectionPool> pool, const Throttle& throttle, UnixClock clock);
  /// Runs `body` as one transaction, again if another was in the way.
  template <typename T>
  Outcome<T> Run(Access access, const std::function<Outcome<T>(Transaction&)>& body);

  std::unique_ptr<ConnectionPool> pool_;
  Throttle throttle_;
  UnixClock clock_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_STORAGE_STORAGE_H_
