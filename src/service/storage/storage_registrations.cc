// Registrations: begun, perhaps with a challenge for an enrolment's proof, and finished once.
#include "base/bytes.h"
#include "login/store/text.h"
#include "service/storage/storage.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

constexpr std::string_view kSelectRegistration =
    "SELECT account, replaces, expires_unix_s, credential, challenge, tries FROM registrations"
    " WHERE id = $1";

/// A row of kSelectRegistration.
struct StoredRegistration {
  RegistrationRecord record;
  int64_t tries = 0;
};

Outcome<StoredRegistration> ReadRegistration(const SqlRows& rows) {
  if (rows.empty()) return Refused{.why = Denial::kNoRegistration};
  const SqlRow& row = rows[0];
  StoredRegistration stored{.record = {.account = Text(row[0]),
                                       .replaces = Text(row[1]),
                                       .expires_unix_s = Whole(row[2]),
                                       .credential = Text(row[3])},
                            .tries = Whole(row[5])};
  if (const std::string& json = Text(row[4]); !json.empty()) {
    VOIZK_DATABASE(stored.record.challenge, ParseChallenge(AsBytes(json)));
  }
  return stored;
}

/// With its account, locked in the order in which all transactions lock.
Outcome<StoredRegistration> LockRegistration(Transaction* transaction, const std::string& id) {
  VOIZK_DATABASE(const SqlRows seen, transaction->Do(kSelectRegistration, id));
  const auto first = ReadRegistration(seen);
  if (const auto* refused = std::get_if<Refused>(&first)) return *refused;
  VOIZK_DATABASE_DO(
      transaction->LockAccount(std::get<StoredRegistration>(first).record.account, true).status());
  // Again, now that nobody else finishes one of this account.
  VOIZK_DATABASE(const SqlRows rows, transaction->DoLocked(kSelectRegistration, id));
  return ReadRegistration(rows);
}

/// kTooMany: `sql` counts `most` or more of the account's.
std::optional<Refused> CheckRoom(Transaction* transaction, std::string_view sql,
                                 const std::string& account, int64_t time, int64_t most) {
  VOIZK_DATABASE(const SqlRows rows, transaction->Do(sql, account, time));
  if (Whole(rows.at(0).at(0)) < most) return std::nullopt;
  return Refused{.why = Denial::kTooMany};
}

/// kUsed, kExpired, or nothing.
std::optional<Refused> CheckRegistrationOpen(const RegistrationRecord& registration, int64_t now) {
  if (!registration.credential.empty()) return Refused{.why = Denial::kUsed};
  if (now >= registration.expires_unix_s) return Refused{.why = Denial::kExpired};
  if (registration.challenge && !CheckChallengeTime(*registration.challenge, now).ok()) {
    return Refused{.why = Denial::kExpired};
  }
  return std::nullopt;
}

/// What FinishRegistration and AcceptEnrolment store.
struct NewCredential {
  const PublicCredential& credential;
  const DeviceKeyRecord& device;
  const std::string& address;
  const EnrolmentTry* proven = nullptr;  // by a proof that answers this
  std::string detail = {};               // of the proof, for the audit log
};

/// kExists: somebody has registered it, perhaps this moment.
Outcome<Done> InsertCredential(Transaction* transaction, const std::string& account,
                               const NewCredential& made, int64_t now) {
  const PublicCredential& credential = made.credential;
  VOIZK_DATABASE(
      const SqlRows rows,
      transaction->Do("INSERT INTO credentials (commitment, id, account, relying_party,"
                      " bundle_digest, device_algorithm, device_key, created_unix_s,"
                      " revoked_unix_s, proven) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)"
                      " ON CONFLICT DO NOTHING RETURNING id",
                      ToHex(credential.commitment), credential.Id(), account,
                      credential.relying_party, ToHex(credential.bundle_digest),
                      made.device.algorithm, made.device.public_key, now,
                      int64_t{made.proven != nullptr}));
  if (rows.empty()) return Refused{.why = Denial::kExists};
  return Done{};
}

/// Whether a proof belongs to it, and is there.
std::optional<Refused> CheckProven(const RegistrationRecord& registration,
                                   const EnrolmentTry* proven) {
  if (proven == nullptr) {
    if (registration.challenge) return Refused{.why = Denial::kUnproven};
    return std::nullopt;
  }
  if (registration.challenge == proven->challenge && registration.account == proven->account) {
    return std::nullopt;
  }
  return Refused{.error = {ErrorCode::kInternal, "the challenge changed under its registration"}};
}

Outcome<RegistrationRecord> FinishRegistrationInside(Transaction* transaction,
                                                     const std::string& id,
                                                     const NewCredential& made) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  auto locked = LockRegistration(transaction, id);
  if (const auto* refused = std::get_if<Refused>(&locked)) return *refused;
  RegistrationRecord& registration = std::get<StoredRegistration>(locked).record;
  const std::string& account = registration.account;
  if (const auto refused = CheckRegistrationOpen(registration, now)) return *refused;
  if (const auto refused = CheckProven(registration, made.proven)) return *refused;
  const std::string credential = made.credential.Id();
  if (!registration.replaces.empty()) {
    const auto old = ActiveCredential(transaction, account, registration.replaces);
    if (const auto* refused = std::get_if<Refused>(&old)) return *refused;
    const auto revoked = MarkRevoked(transaction, account, registration.replaces, made.address,
                                     "replaced by " + credential, now);
    if (const auto* refused = std::get_if<Refused>(&revoked)) return *refused;
  }
  constexpr std::string_view kCountActive =
      "SELECT COUNT(*) FROM credentials WHERE account = $1 AND revoked_unix_s = $2";
  if (const auto full = CheckRoom(transaction, kCountActive, account, 0, kMaxCredentials)) {
    return *full;
  }
  const auto stored = InsertCredential(transaction, account, made, now);
  if (const auto* refused = std::get_if<Refused>(&stored)) return *refused;
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE registrations SET credential = $1 WHERE id = $2", credential, id)
          .status());
  if (made.proven != nullptr) {
    VOIZK_DATABASE_DO(transaction->TakeBackAddress(made.proven->address));
  }
  const std::string& algorithm = made.device.algorithm;
  VOIZK_DATABASE_DO(transaction->WriteAudit(
      {.unix_s = now,
       .event = "credential_registered",
       .account = account,
       .credential = credential,
       .address = made.address,
       .detail = (algorithm.empty() ? "without device key" : algorithm) + made.detail}));
  registration.credential = credential;
  return std::move(registration);
}

Outcome<Storage::BegunRegistration> BeginRegistrationInside(
    Transaction* transaction, const std::string& account, const std::string& replaces,
    int64_t lifetime_s, const std::optional<Storage::ProofWanted>& proof) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  VOIZK_DATABASE_DO(transaction->LockAccount(account, true).status());
  if (!replaces.empty()) {
    const auto old = ActiveCredential(transaction, account, replaces);
    if (const auto* refused = std::get_if<Refused>(&old)) return *refused;
  }
  constexpr std::string_view kCountOpen =
      "SELECT COUNT(*) FROM registrations WHERE account = $1 AND expires_unix_s > $2"
      " AND credential = ''";
  if (const auto full = CheckRoom(transaction, kCountOpen, account, now, kMaxOpenRegistrations)) {
    return *full;
  }
  Storage::BegunRegistration begun{.expires_unix_s = now + lifetime_s};
  std::string json;
  if (proof) {
    VOIZK_DATABASE(begun.challenge,
                   MakeChallenge(proof->relying_party, proof->digits, now, lifetime_s));
    VOIZK_DATABASE(json, ChallengeToJson(*begun.challenge));
    begun.id = ToHex(begun.challenge->nonce);
  } else {
    VOIZK_DATABASE(begun.id, RandomId());
  }
  VOIZK_DATABASE_DO(transaction
                        ->Do("INSERT INTO registrations (id, account, replaces, expires_unix_s,"
                             " credential, challenge, tries) VALUES ($1, $2, $3, $4, '', $5, 0)",
                             begun.id, account, replaces, begun.expires_unix_s, json)
                        .status());
  return begun;
}

Outcome<EnrolmentTry> TryEnrolment(Transaction* transaction, const Party& party,
                                   const std::string& id, const std::string& address) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  const auto locked = LockRegistration(transaction, id);
  if (const auto* refused = std::get_if<Refused>(&locked)) return *refused;
  const auto& [registration, tries] = std::get<StoredRegistration>(locked);
  if (!registration.challenge) return Refused{.why = Denial::kUnasked};
  if (registration.challenge->relying_party != party.relying_party) {
    return Refused{.why = Denial::kNoRegistration};
  }
  if (const auto refused = CheckRegistrationOpen(registration, now)) return *refused;
  if (tries >= kTriesPerRegistration) return Refused{.why = Denial::kSpent};
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE registrations SET tries = tries + 1 WHERE id = $1", id).status());
  if (const auto full = transaction->CountAddress(address, now)) return *full;
  return EnrolmentTry{registration.account, *registration.challenge, address};
}

}  // namespace

Outcome<Storage::BegunRegistration> Storage::BeginRegistration(
    const std::string& account, const std::string& replaces, int64_t lifetime_s,
    const std::optional<ProofWanted>& proof) {
  return Run<BegunRegistration>(Access::kWrite, [&](Transaction& transaction) {
    return BeginRegistrationInside(&transaction, account, replaces, lifetime_s, proof);
  });
}

Outcome<RegistrationRecord> Storage::FindRegistration(const std::string& id) {
  return Run<RegistrationRecord>(
      Access::kRead, [&](Transaction& transaction) -> Outcome<RegistrationRecord> {
        VOIZK_DATABASE(const SqlRows rows, transaction.Do(kSelectRegistration, id));
        auto found = ReadRegistration(rows);
        if (const auto* refused = std::get_if<Refused>(&found)) return *refused;
        return std::move(std::get<StoredRegistration>(found).record);
      });
}

Outcome<RegistrationRecord> Storage::FinishRegistration(const std::string& id,
                                                        const PublicCredential& credential,
                                                        const DeviceKeyRecord& device,
                                                        const std::string& address) {
  return Run<RegistrationRecord>(Access::kWrite, [&](Transaction& transaction) {
    return FinishRegistrationInside(&transaction, id, {credential, device, address});
  });
}

Outcome<EnrolmentTry> Storage::BeginEnrolment(const Party& party, const std::string& id,
                                              const std::string& address) {
  return Run<EnrolmentTry>(Access::kWrite, [&](Transaction& transaction) {
    return TryEnrolment(&transaction, party, id, address);
  });
}

Outcome<RegistrationRecord> Storage::AcceptEnrolment(
    const std::string& id, const EnrolmentTry& attempt, const PublicCredential& credential,
    const DeviceKeyRecord& device, const std::string& address, const std::string& detail) {
  return Run<RegistrationRecord>(Access::kWrite, [&](Transaction& transaction) {
    return FinishRegistrationInside(&transaction, id,
                                    {credential, device, address, &attempt, ", " + detail});
  });
}

Outcome<Done> Storage::RejectEnrolment(const std::string& id, const EnrolmentTry& attempt,
                                       const PublicCredential& credential,
                                       const std::string& address, const std::string& detail,
                                       bool blameless) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const Transaction::Failures account,
                   transaction.LockAccount(attempt.account, false));
    // Erased while the proof was looked at: no row brings its name back.
    if (!account.known) return Refused{.why = Denial::kNoAccount};
    if (blameless) {
      VOIZK_DATABASE_DO(
          transaction
              .Do("UPDATE registrations SET tries = tries - 1 WHERE id = $1 AND tries > 0", id)
              .status());
      VOIZK_DATABASE_DO(transaction.TakeBackAddress(attempt.address));
    }
    VOIZK_DATABASE_DO(
        transaction.WriteAudit({.unix_s = now,
                                .event = blameless ? "enrolment_failed_here" : "enrolment_rejected",
                                .account = attempt.account,
                                .credential = credential.Id(),
                                .login = ShortName(id),
                                .address = address,
                                .detail = detail}));
    return Done{};
  });
}

}  // namespace voizk
