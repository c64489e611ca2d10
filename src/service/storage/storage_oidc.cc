// An OpenID provider's interactions, to the code that one ends in.  Rows are locked as everywhere:
// the account first, the address last.
#include <algorithm>

#include "service/storage/storage.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

struct StoredInteraction {
  InteractionRecord record;
  int64_t logins = 0;
  std::string address;
};

Outcome<StoredInteraction> Find(Transaction* transaction, const std::string& id,
                                const std::string& browser_hash, bool lock) {
  constexpr std::string_view kSelect =
      "SELECT client, redirect_uri, state, nonce, login_hint, code_challenge, account, login, done,"
      " expires_unix_s, logins, address FROM oidc_interactions WHERE id = $1 AND browser = $2";
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  VOIZK_DATABASE(const SqlRows rows, lock ? transaction->DoLocked(kSelect, id, browser_hash)
                                          : transaction->Do(kSelect, id, browser_hash));
  if (rows.empty()) return Refused{.why = Denial::kNoInteraction};
  const SqlRow& row = rows[0];
  return StoredInteraction{.record = {.request = {.client = Text(row[0]),
                                                  .redirect_uri = Text(row[1]),
                                                  .state = Text(row[2]),
                                                  .nonce = Text(row[3]),
                                                  .login_hint = Text(row[4]),
                                                  .code_challenge = Text(row[5])},
                                      .account = Text(row[6]),
                                      .login = Text(row[7]),
                                      .done = Whole(row[8]) != 0,
                                      .expired = now >= Whole(row[9])},
                           .logins = Whole(row[10]),
                           .address = Text(row[11])};
}

/// Locked, and may still go on.
Outcome<StoredInteraction> FindOpen(Transaction* transaction, const std::string& id,
                                    const std::string& browser_hash) {
  auto found = Find(transaction, id, browser_hash, true);
  if (const auto* stored = std::get_if<StoredInteraction>(&found)) {
    if (stored->record.done) return Refused{.why = Denial::kUsed};
    if (stored->record.expired) return Refused{.why = Denial::kExpired};
  }
  return found;
}

Status MarkDone(Transaction* transaction, const std::string& id) {
  return transaction->Do("UPDATE oidc_interactions SET done = 1 WHERE id = $1", id).status();
}

/// The code, and that it was issued.
Outcome<Done> StoreCode(Transaction* transaction, const InteractionRecord& record,
                        const CredentialRecord& credential, int64_t accepted_unix_s,
                        const std::string& code_hash, int64_t code_s) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  const std::string id = credential.credential.Id();
  VOIZK_DATABASE_DO(transaction
                        ->Do("INSERT INTO oidc_codes (code, client, redirect_uri, code_challenge,"
                             " nonce, account, credential, device_key, auth_unix_s,"
                             " expires_unix_s, refusals)"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
                             code_hash, record.request.client, record.request.redirect_uri,
                             record.request.code_challenge, record.request.nonce, record.account,
                             id, int64_t{credential.device.algorithm.empty() ? 0 : 1},
                             accepted_unix_s, now + code_s)
                        .status());
  VOIZK_DATABASE_DO(transaction->WriteAudit({.unix_s = now,
                                             .event = "code_issued",
                                             .account = record.account,
                                             .credential = id,
                                             .login = ShortName(record.login),
                                             .detail = "client " + record.request.client}));
  return Done{};
}

Outcome<InteractionRecord> Finish(Transaction* transaction, const Party& party,
                                  const std::string& id, const std::string& browser_hash,
                                  const std::string& code_hash, int64_t code_s) {
  const auto seen = Find(transaction, id, browser_hash, false);
  if (const auto* refused = std::get_if<Refused>(&seen)) return *refused;
  const std::string account = std::get<StoredInteraction>(seen).record.account;
  VOIZK_DATABASE_DO(transaction->LockAccount(account, false).status());
  auto open = FindOpen(transaction, id, browser_hash);
  if (const auto* refused = std::get_if<Refused>(&open)) return *refused;
  auto& [record, logins, address] = std::get<StoredInteraction>(open);
  // Another login may have been begun before the account was locked.
  if (record.login.empty() || record.account != account) return Refused{.why = Denial::kPending};
  VOIZK_DATABASE(const SqlRows used,
                 transaction->Do("SELECT credential, accepted_unix_s FROM used_nonces"
                                 " WHERE nonce = $1",
                                 record.login));
  if (used.empty()) return Refused{.why = Denial::kPending};
  const auto active = ActiveCredential(transaction, account, Text(used[0][0]));
  if (const auto* refused = std::get_if<Refused>(&active)) return *refused;
  const auto& credential = std::get<CredentialRecord>(active);
  if (credential.credential.relying_party != party.relying_party ||
      credential.credential.bundle_digest != party.bundle_digest) {
    return Refused{.why = Denial::kNoCredential};
  }
  const auto stored =
      StoreCode(transaction, record, credential, Whole(used[0][1]), code_hash, code_s);
  if (const auto* refused = std::get_if<Refused>(&stored)) return *refused;
  VOIZK_DATABASE_DO(MarkDone(transaction, id));
  VOIZK_DATABASE_DO(transaction->TakeBackAddress(address));
  return std::move(record);
}

Outcome<InteractionRecord> Reserve(Transaction* transaction, const std::string& id,
                                   const std::string& browser_hash) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  auto open = FindOpen(transaction, id, browser_hash);
  if (const auto* refused = std::get_if<Refused>(&open)) return *refused;
  StoredInteraction& interaction = std::get<StoredInteraction>(open);
  // One stays for the account's owner, unless there is only one at all.
  const int64_t most =
      std::clamp<int64_t>(transaction->throttle().open_logins - 1, 1, kLoginsPerInteraction);
  if (interaction.logins >= most) return Refused{.why = Denial::kTooMany};
  VOIZK_DATABASE_DO(
      transaction->Do("UPDATE oidc_interactions SET logins = logins + 1 WHERE id = $1", id)
          .status());
  if (const auto full = transaction->CountAddress(interaction.address, now)) return *full;
  return std::move(interaction.record);
}

}  // namespace

Outcome<std::string> Storage::BeginInteraction(const AuthorizationRequest& request,
                                               const std::string& browser_hash,
                                               const std::string& address, int64_t lifetime_s) {
  return Run<std::string>(Access::kWrite, [&](Transaction& transaction) -> Outcome<std::string> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const SqlRows open,
                   transaction.Do("SELECT COUNT(*), COALESCE(MIN(expires_unix_s), 0)"
                                  " FROM oidc_interactions WHERE address = $1"
                                  " AND expires_unix_s > $2",
                                  address, now));
    if (Whole(open.at(0).at(0)) >= kInteractionsPerAddress) {
      return Refused{.why = Denial::kTooMany, .retry_after_s = Whole(open[0].at(1)) - now};
    }
    VOIZK_DATABASE(std::string id, RandomId());
    VOIZK_DATABASE_DO(transaction
                          .Do("INSERT INTO oidc_interactions (id, browser, address, client,"
                              " redirect_uri, state, nonce, login_hint, code_challenge,"
                              " expires_unix_s, account, login, logins, done) VALUES ($1, $2, $3,"
                              " $4, $5, $6, $7, $8, $9, $10, '', '', 0, 0)",
                              id, browser_hash, address, request.client, request.redirect_uri,
                              request.state, request.nonce, request.login_hint,
                              request.code_challenge, now + lifetime_s)
                          .status());
    return id;
  });
}

Outcome<InteractionRecord> Storage::FindInteraction(const std::string& id,
                                                    const std::string& browser_hash) {
  return Run<InteractionRecord>(Access::kRead,
                                [&](Transaction& transaction) -> Outcome<InteractionRecord> {
                                  auto found = Find(&transaction, id, browser_hash, false);
                                  if (const auto* refused = std::get_if<Refused>(&found))
                                    return *refused;
                                  return std::move(std::get<StoredInteraction>(found).record);
                                });
}

Outcome<InteractionRecord> Storage::ReserveLogin(const std::string& id,
                                                 const std::string& browser_hash) {
  return Run<InteractionRecord>(Access::kWrite, [&](Transaction& transaction) {
    return Reserve(&transaction, id, browser_hash);
  });
}

Outcome<Done> Storage::ReturnLogin(const std::string& id, const std::string& browser_hash,
                                   bool blameless) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    const auto found = Find(&transaction, id, browser_hash, true);
    if (const auto* refused = std::get_if<Refused>(&found)) return *refused;
    VOIZK_DATABASE_DO(transaction
                          .Do("UPDATE oidc_interactions SET logins = logins - 1 WHERE id = $1"
                              " AND logins > 0",
                              id)
                          .status());
    if (blameless) {
      VOIZK_DATABASE_DO(transaction.TakeBackAddress(std::get<StoredInteraction>(found).address));
    }
    return Done{};
  });
}

Outcome<Done> Storage::NoteLogin(const std::string& id, const std::string& browser_hash,
                                 const std::string& account, const std::string& nonce) {
  return Run<Done>(Access::kWrite, [&](Transaction& transaction) -> Outcome<Done> {
    const auto open = FindOpen(&transaction, id, browser_hash);
    if (const auto* refused = std::get_if<Refused>(&open)) return *refused;
    VOIZK_DATABASE_DO(transaction
                          .Do("UPDATE oidc_interactions SET account = $1, login = $2 WHERE id = $3",
                              account, nonce, id)
                          .status());
    return Done{};
  });
}

Outcome<InteractionRecord> Storage::FinishInteraction(const Party& party, const std::string& id,
                                                      const std::string& browser_hash,
                                                      const std::string& code_hash,
                                                      int64_t code_s) {
  return Run<InteractionRecord>(Access::kWrite, [&](Transaction& transaction) {
    return Finish(&transaction, party, id, browser_hash, code_hash, code_s);
  });
}

Outcome<InteractionRecord> Storage::CancelInteraction(const std::string& id,
                                                      const std::string& browser_hash) {
  return Run<InteractionRecord>(Access::kWrite,
                                [&](Transaction& transaction) -> Outcome<InteractionRecord> {
                                  auto found = Find(&transaction, id, browser_hash, true);
                                  if (const auto* refused = std::get_if<Refused>(&found))
                                    return *refused;
                                  auto& record = std::get<StoredInteraction>(found).record;
                                  if (record.done) return Refused{.why = Denial::kUsed};
                                  VOIZK_DATABASE_DO(MarkDone(&transaction, id));
                                  return std::move(record);
                                });
}

}  // namespace voizk
