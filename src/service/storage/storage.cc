#include "service/storage/storage.h"

#include "login/store/text.h"
#include "service/storage/migrations.h"
#include "service/storage/transaction.h"

namespace voizk {
Storage::Storage(std::unique_ptr<ConnectionPool> pool, const Throttle& throttle, UnixClock clock)
    : pool_(std::move(pool)), throttle_(throttle), clock_(std::move(clock)) {}
Storage::~Storage() = default;

Result<std::unique_ptr<Storage>> Storage::Open(const std::string& where, size_t connections,
                                               const Throttle& throttle, UnixClock clock) {
  auto pool = std::make_unique<ConnectionPool>(where, connections);
  VOIZK_ASSIGN_OR_RETURN(auto first, pool->Take());
  const PooledDatabase database(pool.get(), std::move(first));
  VOIZK_RETURN_IF_ERROR(Migrate(database.get()));
  return std::unique_ptr<Storage>(new Storage(std::move(pool), throttle, std::move(clock)));
}

Outcome<std::vector<CredentialRecord>> Storage::ListCredentials(const std::string& account) {
  using Records = std::vector<CredentialRecord>;
  return Run<Records>(Access::kRead, [&](Transaction& transaction) -> Outcome<Records> {
    VOIZK_DATABASE(const SqlRows rows,
                   transaction.Do("SELECT commitment, relying_party, bundle_digest,"
                                  " device_algorithm, device_key, created_unix_s, revoked_unix_s,"
                                  " proven FROM credentials WHERE account = $1"
                                  " ORDER BY created_unix_s, id",
                                  account));
    Records records;
    for (const SqlRow& row : rows) {
      const auto commitment = FromHex32(Text(row[0]));
      const auto bundle = FromHex32(Text(row[2]));
      if (!commitment || !bundle) {
        return Refused{.error = {ErrorCode::kIo, "the database holds a damaged credential"}};
      }
      records.push_back({.credential = {Text(row[1]), *bundle, *commitment},
                         .device = {Text(row[3]), Text(row[4])},
                         .created_unix_s = Whole(row[5]),
                         .revoked_unix_s = Whole(row[6]),
                         .proven = Whole(row[7]) != 0});
    }
    return records;
  });
}

Outcome<Done> Storage::Revoke(const std::string& account, const std::string& id,
                              const std::string& address) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE_DO(transaction.LockAccount(account, false).status());
    const auto old = ActiveCredential(&transaction, account, id);
    if (const auto* refused = std::get_if<Refused>(&old)) return *refused;
    return MarkRevoked(&transaction, account, id, address, "", now);
  });
}

}  // namespace voizk
