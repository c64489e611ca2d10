// Looking back, forgetting, tidying up.
#include <algorithm>

#include "service/storage/storage.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

constexpr int64_t kDaySeconds = 86'400;

}  // namespace

Outcome<std::vector<AuditRow>> Storage::Audit(const std::string& account, int64_t after,
                                              int64_t limit) {
  using Rows = std::vector<AuditRow>;
  const int64_t most = std::clamp<int64_t>(limit, 1, kMaxAuditRows);
  return Run<Rows>(Access::kRead, [&](Transaction& transaction) -> Outcome<Rows> {
    constexpr std::string_view kAll =
        "SELECT number, unix_s, event, account, credential, login, address, detail FROM audit"
        " WHERE number > $1 ORDER BY number LIMIT $2";
    constexpr std::string_view kOne =
        "SELECT number, unix_s, event, account, credential, login, address, detail FROM audit"
        " WHERE number > $1 AND account = $3 ORDER BY number LIMIT $2";
    VOIZK_DATABASE(const SqlRows rows, account.empty()
                                           ? transaction.Do(kAll, after, most)
                                           : transaction.Do(kOne, after, most, account));
    Rows audit;
    audit.reserve(rows.size());
    for (const SqlRow& row : rows) {
      audit.push_back({.number = Whole(row[0]),
                       .unix_s = Whole(row[1]),
                       .event = Text(row[2]),
                       .account = Text(row[3]),
                       .credential = Text(row[4]),
                       .login = Text(row[5]),
                       .address = Text(row[6]),
                       .detail = Text(row[7])});
    }
    return audit;
  });
}

Outcome<Done> Storage::Erase(const std::string& account) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const Transaction::Failures failures, transaction.LockAccount(account, false));
    if (!failures.known) return Refused{.why = Denial::kNoAccount};
    constexpr std::string_view kForget =
        "UPDATE audit SET account = '', credential = '', address = '', detail = ''"
        " WHERE account = $1";
    for (const std::string_view statement :
         {std::string_view("DELETE FROM credentials WHERE account = $1"),
          std::string_view("DELETE FROM registrations WHERE account = $1"),
          std::string_view("DELETE FROM logins WHERE account = $1"),
          std::string_view("DELETE FROM oidc_interactions WHERE account = $1"),
          std::string_view("UPDATE oidc_interactions SET login_hint = '' WHERE login_hint = $1"),
          std::string_view("DELETE FROM oidc_codes WHERE account = $1"),
          std::string_view("DELETE FROM oidc_tokens WHERE account = $1"),
          std::string_view("DELETE FROM accounts WHERE account = $1"), kForget}) {
      VOIZK_DATABASE_DO(transaction.Do(statement, account).status());
    }
    VOIZK_DATABASE_DO(transaction.WriteAudit({.unix_s = now, .event = "account_erased"}));
    return Done{};
  });
}

Outcome<Done> Storage::Prune(int64_t audit_days) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    const int64_t horizon = now - kNonceKeepSeconds;
    // A challenge and its mark go together, so that none is left that could be answered again; one
    // that is gone is unknown, and is not accepted.
    for (const std::string_view statement : {"DELETE FROM logins WHERE expires_unix_s < $1",
                                             "DELETE FROM used_nonces WHERE expires_unix_s < $1",
                                             "DELETE FROM registrations WHERE expires_unix_s < $1",
                                             "DELETE FROM oidc_interactions"
                                             " WHERE expires_unix_s < $1",
                                             "DELETE FROM oidc_codes WHERE expires_unix_s < $1",
                                             "DELETE FROM oidc_used_codes"
                                             " WHERE expires_unix_s < $1",
                                             "DELETE FROM oidc_tokens WHERE expires_unix_s < $1",
                                             "DELETE FROM addresses WHERE window_unix_s < $1"}) {
      VOIZK_DATABASE_DO(transaction.Do(statement, horizon).status());
    }
    if (audit_days > 0) {
      VOIZK_DATABASE_DO(
          transaction.Do("DELETE FROM audit WHERE unix_s < $1", now - audit_days * kDaySeconds)
              .status());
    }
    return Done{};
  });
}

Outcome<Done> Storage::Ping() {
  return Run<Done>(Access::kRead, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE_DO(transaction.Now().status());
    return Done{};
  });
}

}  // namespace voizk
