#include "service/storage/transaction.h"

#include <sodium.h>

#include <algorithm>

#include "login/store/text.h"

namespace voizk {

Result<std::unique_ptr<Database>> ConnectionPool::Take() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return left_ > 0; });
  --left_;
  if (!idle_.empty()) {
    auto database = std::move(idle_.back());
    idle_.pop_back();
    return database;
  }
  lock.unlock();
  auto opened = OpenDatabase(where_);
  if (!opened.ok()) {
    lock.lock();
    ++left_;
    freed_.notify_one();
  }
  return opened;
}

void ConnectionPool::GiveBack(std::unique_ptr<Database> database) {
  const std::scoped_lock lock(mutex_);
  ++left_;
  if (!database->broken()) {
    idle_.push_back(std::move(database));
  } else {
    idle_.clear();  // the server went away, and with it the others
  }
  freed_.notify_one();
}

Result<int64_t> Transaction::Now() {
  if (now_ >= 0) return now_;
  VOIZK_ASSIGN_OR_RETURN(const SqlRows rows, Do("SELECT high_water FROM service WHERE one = 1"));
  if (rows.size() != 1) return {ErrorCode::kIo, "the database has lost its time"};
  const int64_t high_water = Whole(rows[0][0]);
  const int64_t clock = clock_();
  if (clock < high_water - kClockBackSeconds) {
    return {ErrorCode::kInvalidArgument,
            "the clock is more than a minute behind what the database has seen"};
  }
  now_ = std::max(clock, high_water);
  // Once a second at most, so that the row is no queue for all logins.
  if (now_ > high_water && access_ == Access::kWrite) {
    VOIZK_RETURN_IF_ERROR(
        Do("UPDATE service SET high_water = $1 WHERE one = 1 AND high_water < $1", now_).status());
  }
  return now_;
}

Result<Transaction::Failures> Transaction::LockAccount(const std::string& account, bool make) {
  if (make) {
    VOIZK_RETURN_IF_ERROR(Do("INSERT INTO accounts (account, failures, retry_unix_s)"
                             " VALUES ($1, 0, 0) ON CONFLICT (account) DO NOTHING",
                             account)
                              .status());
  }
  VOIZK_ASSIGN_OR_RETURN(
      const SqlRows rows,
      DoLocked("SELECT failures, retry_unix_s FROM accounts WHERE account = $1", account));
  if (rows.empty()) return Failures{};
  return Failures{true, Whole(rows[0][0]), Whole(rows[0][1])};
}

std::optional<Refused> Transaction::CheckThrottle(const Failures& failures, int64_t now) const {
  if (failures.failures >= throttle_.most_failures) return Refused{.why = Denial::kLocked};
  if (now < failures.retry_unix_s) {
    return Refused{.why = Denial::kWait, .retry_after_s = failures.retry_unix_s - now};
  }
  return std::nullopt;
}

std::optional<Refused> Transaction::CountAddress(const std::string& address, int64_t now) {
  if (address.empty()) return std::nullopt;
  VOIZK_DATABASE(const SqlRows rows,
                 Do("INSERT INTO addresses (address, window_unix_s, failures) VALUES ($1, $2, 1)"
                    " ON CONFLICT (address) DO UPDATE SET"
                    " failures = CASE WHEN addresses.window_unix_s <= $3 THEN 1"
                    " ELSE addresses.failures + 1 END,"
                    " window_unix_s = CASE WHEN addresses.window_unix_s <= $3 THEN $2"
                    " ELSE addresses.window_unix_s END"
                    " RETURNING failures, window_unix_s",
                    address, now, now - kAddressWindowSeconds));
  if (Whole(rows.at(0).at(0)) <= throttle_.address_failures) return std::nullopt;
  return Refused{.why = Denial::kAddress,
                 .retry_after_s = Whole(rows[0].at(1)) + kAddressWindowSeconds - now};
}

Status Transaction::TakeBackAddress(const std::string& address) {
  if (address.empty()) return {};
  return Do("UPDATE addresses SET failures = failures - 1 WHERE address = $1 AND failures > 0",
            address)
      .status();
}

Status Transaction::WriteAudit(const AuditRow& row) {
  return Do("INSERT INTO audit (unix_s, event, account, credential, login, address, detail)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            row.unix_s, row.event, row.account, row.credential, row.login, row.address, row.detail)
      .status();
}

Result<std::string> RandomId() {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  std::array<uint8_t, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return ToHex(bytes);
}

Outcome<CredentialRecord> ActiveCredential(Transaction* transaction, const std::string& account,
                                           const std::string& id) {
  VOIZK_DATABASE(
      const SqlRows rows,
      transaction->DoLocked("SELECT commitment, relying_party, bundle_digest, device_algorithm,"
                            " device_key, created_unix_s FROM credentials"
                            " WHERE id = $1 AND account = $2 AND revoked_unix_s = 0",
                            id, account));
  if (rows.empty()) return Refused{.why = Denial::kNoCredential};
  const auto commitment = FromHex32(Text(rows[0][0]));
  const auto bundle = FromHex32(Text(rows[0][2]));
  if (!commitment || !bundle) {
    return Refused{.error = {ErrorCode::kIo, "the database holds a damaged credential"}};
  }
  return CredentialRecord{.credential = {.relying_party = Text(rows[0][1]),
                                         .bundle_digest = *bundle,
                                         .commitment = *commitment},
                          .device = {Text(rows[0][3]), Text(rows[0][4])},
                          .created_unix_s = Whole(rows[0][5])};
}

Outcome<Done> MarkRevoked(Transaction* transaction, const std::string& account,
                          const std::string& id, const std::string& address,
                          const std::string& detail, int64_t now) {
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE credentials SET revoked_unix_s = $1 WHERE id = $2", now, id)
          .status());
  VOIZK_DATABASE_DO(transaction->WriteAudit({.unix_s = now,
                                             .event = "credential_revoked",
                                             .account = account,
                                             .credential = id,
                                             .address = address,
                                             .detail = detail}));
  return Done{};
}

}  // namespace voizk
