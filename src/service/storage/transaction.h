// Below Storage: connections, and a transaction's statements and time.
#ifndef VOIZK_SERVICE_STORAGE_TRANSACTION_H_
#define VOIZK_SERVICE_STORAGE_TRANSACTION_H_

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/storage/database.h"
#include "service/storage/storage.h"

namespace voizk {

/// Connections that transactions take in turn.  One that broke is opened anew.
class ConnectionPool {
 public:
  ConnectionPool(std::string where, size_t most) : where_(std::move(where)), left_(most) {}

  /// Waits for a free one.  kIo.
  Result<std::unique_ptr<Database>> Take();
  void GiveBack(std::unique_ptr<Database> database);

 private:
  std::string where_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Database>> idle_;
  size_t left_;  // that may still be taken, idle or to be opened
};

/// A connection on loan.
class PooledDatabase {
 public:
  PooledDatabase(ConnectionPool* pool, std::unique_ptr<Database> database)
      : pool_(pool), database_(std::move(database)) {}
  ~PooledDatabase() { pool_->GiveBack(std::move(database_)); }
  PooledDatabase(const PooledDatabase&) = delete;
  PooledDatabase& operator=(const PooledDatabase&) = delete;
  Database* operator->() const { return database_.get(); }
  Database* get() const { return database_.get(); }

 private:
  ConnectionPool* pool_;
  std::unique_ptr<Database> database_;
};

/// What a Storage function does between Begin and Commit.
class Transaction {
 public:
  Transaction(Database* database, Access access, const Throttle& throttle, const UnixClock& clock)
      : database_(database), access_(access), throttle_(throttle), clock_(clock) {}

  template <typename... Values>
  Result<SqlRows> Do(std::string_view sql, const Values&... values) {
    const std::array<SqlValue, sizeof...(Values)> parameters = {SqlValue(values)...};
    return database_->Execute(sql, parameters);
  }
  /// With the rows locked until the end.
  template <typename... Values>
  Result<SqlRows> DoLocked(std::string_view sql, const Values&... values) {
    return Do(std::string(sql) + std::string(database_->for_update()), values...);
  }

  /// Seconds since the epoch for everything that this transaction decides: asked once, when first
  /// wanted, and made the high-water mark if it may write.  kInvalidArgument: the clock is too far
  /// behind it.
  Result<int64_t> Now();

  /// Of an account; made if `make`.  Its row is locked.
  struct Failures {
    bool known = false;
    int64_t failures = 0;
    int64_t retry_unix_s = 0;
  };
  Result<Failures> LockAccount(const std::string& account, bool make);
  /// kWait, kLocked, or nothing: it may go on.
  std::optional<Refused> CheckThrottle(const Failures& failures, int64_t now) const;

  /// A failure of the address (none if it is empty) was counted; or kAddress.
  std::optional<Refused> CountAddress(const std::string& address, int64_t now);
  /// One that was counted is no failure after all.
  Status TakeBackAddress(const std::string& address);

  Status WriteAudit(const AuditRow& row);

  const Throttle& throttle() const { return throttle_; }

 private:
  Database* database_;
  Access access_;
  const Throttle& throttle_;
  const UnixClock& clock_;
  int64_t now_ = -1;
};

inline int64_t Whole(const SqlValue& value) { return std::get<int64_t>(value); }
inline const std::string& Text(const SqlValue& value) { return std::get<std::string>(value); }

/// Names a login in the audit log without being its key.
inline std::string ShortName(const std::string& nonce) { return nonce.substr(0, 16); }

/// 64 hexadecimal digits of the operating system's randomness.
Result<std::string> RandomId();

/// A revoked, unknown or other account's credential is kNoCredential.
Outcome<CredentialRecord> ActiveCredential(Transaction* transaction, const std::string& account,
                                           const std::string& id);

/// With its audit row.
Outcome<Done> MarkRevoked(Transaction* transaction, const std::string& account,
                          const std::string& id, const std::string& address,
                          const std::string& detail, int64_t now);

/// How often a transaction is tried that others were in the way of, or whose connection turned out
/// to be gone before it began.
inline constexpr int kTransactionTries = 5;

template <typename T>
Outcome<T> Storage::Run(Access access, const std::function<Outcome<T>(Transaction&)>& body) {
  Error error{ErrorCode::kIo, "the database is busy"};
  for (int i = 0; i < kTransactionTries; ++i) {
    auto taken = pool_->Take();
    if (!taken.ok()) return Refused{.error = taken.error()};
    const PooledDatabase database(pool_.get(), std::move(*taken));
    if (const Status begun = database->Begin(access); !begun.ok()) {
      error = begun.error();
      if (database->broken() || database->in_the_way()) continue;
      return Refused{.error = error};
    }
    Transaction transaction(database.get(), access, throttle_, clock_);
    Outcome<T> outcome = body(transaction);
    bool again = database->in_the_way();
    if (!std::holds_alternative<Refused>(outcome)) {
      const Status committed = database->Commit();
      if (committed.ok()) return outcome;
      again = database->in_the_way();
      outcome = Refused{.error = committed.error()};
    }
    database->Rollback();
    if (!again) return outcome;
    error = std::get<Refused>(outcome).error;
  }
  return Refused{.error = error};
}

/// In a function that returns an Outcome: an error of the database ends it.
#define VOIZK_DATABASE(lhs, expr)                                         \
  auto VOIZK_CONCAT(voizk_rows_, __LINE__) = (expr);                      \
  if (!VOIZK_CONCAT(voizk_rows_, __LINE__).ok()) {                        \
    return Refused{.error = VOIZK_CONCAT(voizk_rows_, __LINE__).error()}; \
  }                                                                       \
  lhs = std::move(VOIZK_CONCAT(voizk_rows_, __LINE__)).value()
#define VOIZK_DATABASE_DO(expr)                             \
  do {                                                      \
    if (const auto voizk_done = (expr); !voizk_done.ok()) { \
      return Refused{.error = voizk_done.error()};          \
    }                                                       \
  } while (0)

}  // namespace voizk

#endif  // VOIZK_SERVICE_STORAGE_TRANSACTION_H_
