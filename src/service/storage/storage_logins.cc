// Logins: a challenge is made, tried, and used once.
#include <algorithm>

#include "base/bytes.h"
#include "login/store/text.h"
#include "service/storage/storage.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

struct StoredLogin {
  std::string account;
  Challenge challenge;
  int64_t tries = 0;
};

Outcome<StoredLogin> FindStored(Transaction* transaction, const std::string& nonce, bool lock) {
  constexpr std::string_view kSelect =
      "SELECT account, challenge, tries FROM logins WHERE nonce = $1";
  VOIZK_DATABASE(const SqlRows rows,
                 lock ? transaction->DoLocked(kSelect, nonce) : transaction->Do(kSelect, nonce));
  if (rows.empty()) return Refused{.why = Denial::kNoLogin};
  VOIZK_DATABASE(Challenge challenge, ParseChallenge(AsBytes(Text(rows[0][1]))));
  return StoredLogin{Text(rows[0][0]), std::move(challenge), Whole(rows[0][2])};
}

int64_t DelayAfter(const Throttle& throttle, int64_t failures) {
  if (failures < throttle.free_failures) return 0;
  // 2^20 times the first delay is beyond any longest one.
  const int64_t doublings = std::min<int64_t>(failures - throttle.free_failures, 20);
  return std::min(throttle.first_delay_s << doublings, throttle.longest_delay_s);
}

Status CountFailure(Transaction* transaction, const std::string& account,
                    const Transaction::Failures& before, int64_t now) {
  const int64_t failures = before.failures + 1;
  const int64_t delay = DelayAfter(transaction->throttle(), failures);
  return transaction
      ->Do("UPDATE accounts SET failures = $1, retry_unix_s = $2 WHERE account = $3", failures,
           delay == 0 ? int64_t{0} : now + delay, account)
      .status();
}

Outcome<bool> IsUsed(Transaction* transaction, const std::string& nonce) {
  VOIZK_DATABASE(const SqlRows rows,
                 transaction->Do("SELECT nonce FROM used_nonces WHERE nonce = $1", nonce));
  return !rows.empty();
}

/// The rows of a login, locked in the order in which all transactions lock: account, login.
Outcome<StoredLogin> LockLogin(Transaction* transaction, const std::string& nonce,
                               Transaction::Failures* failures) {
  auto seen = FindStored(transaction, nonce, false);
  if (const auto* refused = std::get_if<Refused>(&seen)) return *refused;
  VOIZK_DATABASE(*failures, transaction->LockAccount(std::get<StoredLogin>(seen).account, false));
  if (!failures->known) return Refused{.why = Denial::kNoLogin};
  return FindStored(transaction, nonce, true);
}

Outcome<LoginTry> Try(Transaction* transaction, const Party& party, const std::string& nonce,
                      const std::string& credential, const std::string& address) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  Transaction::Failures failures;
  const auto locked = LockLogin(transaction, nonce, &failures);
  if (const auto* refused = std::get_if<Refused>(&locked)) return *refused;
  const StoredLogin& login = std::get<StoredLogin>(locked);
  if (login.challenge.relying_party != party.relying_party) {
    return Refused{.why = Denial::kNoLogin};
  }
  const auto used = IsUsed(transaction, nonce);
  if (const auto* refused = std::get_if<Refused>(&used)) return *refused;
  if (std::get<bool>(used)) return Refused{.why = Denial::kUsed};
  if (!CheckChallengeTime(login.challenge, now).ok()) return Refused{.why = Denial::kExpired};
  if (login.tries >= kTriesPerLogin) return Refused{.why = Denial::kSpent};
  if (const auto wait = transaction->CheckThrottle(failures, now)) return *wait;
  auto active = ActiveCredential(transaction, login.account, credential);
  if (const auto* refused = std::get_if<Refused>(&active)) return *refused;
  const PublicCredential& answering = std::get<CredentialRecord>(active).credential;
  if (answering.relying_party != party.relying_party ||
      answering.bundle_digest != party.bundle_digest) {
    return Refused{.why = Denial::kNoCredential};
  }
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE logins SET tries = tries + 1 WHERE nonce = $1", nonce).status());
  VOIZK_DATABASE_DO(CountFailure(transaction, login.account, failures, now));
  if (const auto full = transaction->CountAddress(address, now)) return *full;
  return LoginTry{login.account, login.challenge, std::move(std::get<CredentialRecord>(active))};
}

Outcome<Done> AcceptInside(Transaction* transaction, const std::string& nonce,
                           const LoginTry& attempt, const std::string& address,
                           const std::string& detail) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  Transaction::Failures failures;
  const auto locked = LockLogin(transaction, nonce, &failures);
  if (const auto* refused = std::get_if<Refused>(&locked)) return *refused;
  const StoredLogin& login = std::get<StoredLogin>(locked);
  if (!(login.challenge == attempt.challenge) || login.account != attempt.account) {
    return Refused{.error = {ErrorCode::kInternal, "the challenge changed under its login"}};
  }
  if (!CheckChallengeTime(login.challenge, now).ok()) return Refused{.why = Denial::kExpired};
  const std::string id = attempt.credential.credential.Id();
  const auto active = ActiveCredential(transaction, login.account, id);
  if (const auto* refused = std::get_if<Refused>(&active)) return *refused;
  VOIZK_DATABASE(const SqlRows marked,
                 transaction->Do("INSERT INTO used_nonces (nonce, credential, accepted_unix_s,"
                                 " expires_unix_s) VALUES ($1, $2, $3, $4)"
                                 " ON CONFLICT (nonce) DO NOTHING RETURNING nonce",
                                 nonce, id, now, login.challenge.expires_unix_s));
  if (marked.empty()) return Refused{.why = Denial::kUsed};
  VOIZK_DATABASE_DO(
      transaction
          ->Do("UPDATE accounts SET failures = 0, retry_unix_s = 0 WHERE account = $1",
               login.account)
          .status());
  VOIZK_DATABASE_DO(transaction->TakeBackAddress(address));
  VOIZK_DATABASE_DO(transaction->WriteAudit({.unix_s = now,
                                             .event = "login_accepted",
                                             .account = login.account,
                                             .credential = id,
                                             .login = ShortName(nonce),
                                             .address = address,
                                             .detail = detail}));
  return Done{};
}

Outcome<Storage::BegunLogin> BeginInside(Transaction* transaction, const Party& party,
                                         const std::string& account, size_t digits,
                                         int64_t lifetime_s) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  VOIZK_DATABASE(const Transaction::Failures failures, transaction->LockAccount(account, false));
  if (!failures.known) return Refused{.why = Denial::kNoAccount};
  if (const auto wait = transaction->CheckThrottle(failures, now)) return *wait;
  VOIZK_DATABASE(const SqlRows credentials,
                 transaction->Do("SELECT id FROM credentials WHERE account = $1"
                                 " AND relying_party = $2 AND bundle_digest = $3"
                                 " AND revoked_unix_s = 0 ORDER BY created_unix_s, id",
                                 account, party.relying_party, ToHex(party.bundle_digest)));
  if (credentials.empty()) return Refused{.why = Denial::kNoCredential};
  VOIZK_DATABASE(const SqlRows open,
                 transaction->Do("SELECT COUNT(*), COALESCE(MIN(expires_unix_s), 0) FROM logins"
                                 " WHERE account = $1 AND expires_unix_s > $2 AND tries < $3"
                                 " AND NOT EXISTS (SELECT nonce FROM used_nonces"
                                 " WHERE used_nonces.nonce = logins.nonce)",
                                 account, now, kTriesPerLogin));
  if (Whole(open[0][0]) >= transaction->throttle().open_logins) {
    return Refused{.why = Denial::kTooMany, .retry_after_s = Whole(open[0][1]) - now};
  }
  VOIZK_DATABASE(Challenge challenge, MakeChallenge(party.relying_party, digits, now, lifetime_s));
  VOIZK_DATABASE(const std::string json, ChallengeToJson(challenge));
  VOIZK_DATABASE_DO(transaction
                        ->Do("INSERT INTO logins (nonce, account, challenge, expires_unix_s, tries)"
                             " VALUES ($1, $2, $3, $4, 0)",
                             ToHex(challenge.nonce), account, json, challenge.expires_unix_s)
                        .status());
  Storage::BegunLogin begun{.challenge = std::move(challenge), .credentials = {}};
  for (const SqlRow& row : credentials) begun.credentials.push_back(Text(row[0]));
  return begun;
}

}  // namespace

Outcome<Storage::BegunLogin> Storage::BeginLogin(const Party& party, const std::string& account,
                                                 size_t digits, int64_t lifetime_s) {
  return Run<BegunLogin>(Access::kWrite, [&](Transaction& transaction) {
    return BeginInside(&transaction, party, account, digits, lifetime_s);
  });
}

Outcome<LoginRecord> Storage::FindLogin(const std::string& nonce) {
  return Run<LoginRecord>(Access::kRead, [&](Transaction& transaction) -> Outcome<LoginRecord> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    auto found = FindStored(&transaction, nonce, false);
    if (const auto* refused = std::get_if<Refused>(&found)) return *refused;
    StoredLogin& login = std::get<StoredLogin>(found);
    VOIZK_DATABASE(const SqlRows used,
                   transaction.Do("SELECT credential, accepted_unix_s FROM used_nonces"
                                  " WHERE nonce = $1",
                                  nonce));
    LoginRecord record{
        .account = login.account, .challenge = std::move(login.challenge), .tries = login.tries};
    if (!used.empty()) {
      record.credential = Text(used[0][0]);
      record.accepted_unix_s = Whole(used[0][1]);
    }
    record.expired = !CheckChallengeTime(record.challenge, now).ok();
    return record;
  });
}

Outcome<LoginTry> Storage::BeginTry(const Party& party, const std::string& nonce,
                                    const std::string& credential, const std::string& address) {
  return Run<LoginTry>(Access::kWrite, [&](Transaction& transaction) {
    return Try(&transaction, party, nonce, credential, address);
  });
}

Outcome<Done> Storage::Accept(const std::string& nonce, const LoginTry& attempt,
                              const std::string& address, const std::string& detail) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) {
    return AcceptInside(&transaction, nonce, attempt, address, detail);
  });
}

Outcome<Done> Storage::Reject(const std::string& nonce, const LoginTry& attempt,
                              const std::string& address, const std::string& detail,
                              bool blameless) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const Transaction::Failures failures,
                   transaction.LockAccount(attempt.account, false));
    // Erased while the proof was looked at: no row brings its name back.
    if (!failures.known) return Refused{.why = Denial::kNoAccount};
    if (blameless) {
      VOIZK_DATABASE_DO(transaction
                            .Do("UPDATE accounts SET failures = failures - 1, retry_unix_s = 0"
                                " WHERE account = $1 AND failures > 0",
                                attempt.account)
                            .status());
      VOIZK_DATABASE_DO(
          transaction
              .Do("UPDATE logins SET tries = tries - 1 WHERE nonce = $1 AND tries > 0", nonce)
              .status());
      VOIZK_DATABASE_DO(transaction.TakeBackAddress(address));
    }
    VOIZK_DATABASE_DO(
        transaction.WriteAudit({.unix_s = now,
                                .event = blameless ? "login_failed_here" : "login_rejected",
                                .account = attempt.account,
                                .credential = attempt.credential.credential.Id(),
                                .login = ShortName(nonce),
                                .address = address,
                                .detail = detail}));
    return Done{};
  });
}

Outcome<Done> Storage::ResetFailures(const std::string& account, const std::string& address) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const Transaction::Failures failures, transaction.LockAccount(account, false));
    if (!failures.known) return Refused{.why = Denial::kNoAccount};
    VOIZK_DATABASE_DO(
        transaction
            .Do("UPDATE accounts SET failures = 0, retry_unix_s = 0 WHERE account = $1", account)
            .status());
    VOIZK_DATABASE_DO(transaction.WriteAudit({.unix_s = now,
                                              .event = "failures_reset",
                                              .account = account,
                                              .address = address,
                                              .detail = std::to_string(failures.failures)}));
    return Done{};
  });
}

}  // namespace voizk
