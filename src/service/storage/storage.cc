#include "service/storage/storage.h"

#include "login/store/text.h"
#include "service/storage/migrations.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

RegistrationRecord ReadRegistration(const SqlRow& row) {
  return {.account = Text(row[0]),
          .replaces = Text(row[1]),
          .expires_unix_s = Whole(row[2]),
          .credential = Text(row[3])};
}

constexpr std::string_view kSelectRegistration =
    "SELECT account, replaces, expires_unix_s, credential FROM registrations WHERE id = $1";

/// kTooMany: `sql` counts `most` or more of the account's.
std::optional<Refused> CheckRoom(Transaction* transaction, std::string_view sql,
                                 const std::string& account, int64_t time, int64_t most) {
  VOIZK_DATABASE(const SqlRows rows, transaction->Do(sql, account, time));
  if (Whole(rows.at(0).at(0)) < most) return std::nullopt;
  return Refused{.why = Denial::kTooMany};
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

/// kExists: somebody has registered it, perhaps this moment.
Outcome<Done> InsertCredential(Transaction* transaction, const std::string& account,
                               const PublicCredential& credential, const DeviceKeyRecord& device,
                               int64_t now) {
  VOIZK_DATABASE(const SqlRows made,
                 transaction->Do("INSERT INTO credentials (commitment, id, account, relying_party,"
                                 " bundle_digest, device_algorithm, device_key, created_unix_s,"
                                 " revoked_unix_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"
                                 " ON CONFLICT DO NOTHING RETURNING id",
                                 ToHex(credential.commitment), credential.Id(), account,
                                 credential.relying_party, ToHex(credential.bundle_digest),
                                 device.algorithm, device.public_key, now));
  if (made.empty()) return Refused{.why = Denial::kExists};
  return Done{};
}

Outcome<RegistrationRecord> Finish(Transaction* transaction, const std::string& id,
                                   const PublicCredential& credential,
                                   const DeviceKeyRecord& device, const std::string& address) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  VOIZK_DATABASE(const SqlRows seen, transaction->Do(kSelectRegistration, id));
  if (seen.empty()) return Refused{.why = Denial::kNoRegistration};
  const std::string account = ReadRegistration(seen[0]).account;
  VOIZK_DATABASE_DO(transaction->LockAccount(account, true).status());
  // Again, now that nobody else finishes one of this account.
  VOIZK_DATABASE(const SqlRows rows, transaction->DoLocked(kSelectRegistration, id));
  if (rows.empty()) return Refused{.why = Denial::kNoRegistration};
  RegistrationRecord registration = ReadRegistration(rows[0]);
  if (!registration.credential.empty()) return Refused{.why = Denial::kUsed};
  if (now >= registration.expires_unix_s) return Refused{.why = Denial::kExpired};
  if (!registration.replaces.empty()) {
    const auto old = ActiveCredential(transaction, account, registration.replaces);
    if (const auto* refused = std::get_if<Refused>(&old)) return *refused;
    const auto revoked = MarkRevoked(transaction, account, registration.replaces, address,
                                     "replaced by " + credential.Id(), now);
    if (const auto* refused = std::get_if<Refused>(&revoked)) return *refused;
  }
  constexpr std::string_view kCountActive =
      "SELECT COUNT(*) FROM credentials WHERE account = $1 AND revoked_unix_s = $2";
  if (const auto full = CheckRoom(transaction, kCountActive, account, 0, kMaxCredentials)) {
    return *full;
  }
  const auto stored = InsertCredential(transaction, account, credential, device, now);
  if (const auto* refused = std::get_if<Refused>(&stored)) return *refused;
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE registrations SET credential = $1 WHERE id = $2", credential.Id(), id)
          .status());
  VOIZK_DATABASE_DO(transaction->WriteAudit(
      {.unix_s = now,
       .event = "credential_registered",
       .account = account,
       .credential = credential.Id(),
       .address = address,
       .detail = device.algorithm.empty() ? "without device key" : device.algorithm}));
  registration.credential = credential.Id();
  return registration;
}

}  // namespace

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

Outcome<Storage::BegunRegistration> Storage::BeginRegistration(const std::string& account,
                                                               const std::string& replaces,
                                                               int64_t lifetime_s) {
  return Run<BegunRegistration>(
      Access::kWrite, [&](Transaction& transaction) -> Outcome<BegunRegistration> {
        VOIZK_DATABASE(const int64_t now, transaction.Now());
        VOIZK_DATABASE_DO(transaction.LockAccount(account, true).status());
        if (!replaces.empty()) {
          const auto old = ActiveCredential(&transaction, account, replaces);
          if (const auto* refused = std::get_if<Refused>(&old)) return *refused;
        }
        constexpr std::string_view kCountOpen =
            "SELECT COUNT(*) FROM registrations WHERE account = $1 AND expires_unix_s > $2"
            " AND credential = ''";
        if (const auto full =
                CheckRoom(&transaction, kCountOpen, account, now, kMaxOpenRegistrations)) {
          return *full;
        }
        VOIZK_DATABASE(std::string id, RandomId());
        VOIZK_DATABASE_DO(
            transaction
                .Do("INSERT INTO registrations (id, account, replaces, expires_unix_s, credential)"
                    " VALUES ($1, $2, $3, $4, '')",
                    id, account, replaces, now + lifetime_s)
                .status());
        return BegunRegistration{std::move(id), now + lifetime_s};
      });
}

Outcome<RegistrationRecord> Storage::FindRegistration(const std::string& id) {
  return Run<RegistrationRecord>(
      Access::kRead, [&](Transaction& transaction) -> Outcome<RegistrationRecord> {
        VOIZK_DATABASE(const SqlRows rows, transaction.Do(kSelectRegistration, id));
        if (rows.empty()) return Refused{.why = Denial::kNoRegistration};
        return ReadRegistration(rows[0]);
      });
}

Outcome<RegistrationRecord> Storage::FinishRegistration(const std::string& id,
                                                        const PublicCredential& credential,
                                                        const DeviceKeyRecord& device,
                                                        const std::string& address) {
  return Run<RegistrationRecord>(Access::kWrite, [&](Transaction& transaction) {
    return Finish(&transaction, id, credential, device, address);
  });
}

Outcome<std::vector<CredentialRecord>> Storage::ListCredentials(const std::string& account) {
  using Records = std::vector<CredentialRecord>;
  return Run<Records>(Access::kRead, [&](Transaction& transaction) -> Outcome<Records> {
    VOIZK_DATABASE(const SqlRows rows,
                   transaction.Do("SELECT commitment, relying_party, bundle_digest,"
                                  " device_algorithm, device_key, created_unix_s, revoked_unix_s"
                                  " FROM credentials WHERE account = $1"
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
                         .revoked_unix_s = Whole(row[6])});
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
