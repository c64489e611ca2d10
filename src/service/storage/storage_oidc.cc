// An OpenID provider's interactions, codes and access tokens.  Rows are locked as everywhere: the
// account first, the address last.
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

/// A code as it was stored.
struct StoredCode {
  AuthorizationGrant grant;
  std::string credential;
  std::string redirect_uri;
  std::string code_challenge;
  int64_t expires_unix_s = 0;
};

/// kNoLogin: there is none, or it is another party's.  Of which bundle the credential is does not
/// matter here: its proof was verified.
Outcome<StoredCode> FindCode(Transaction* transaction, const Party& party,
                             const std::string& code_hash) {
  VOIZK_DATABASE(const SqlRows rows,
                 transaction->Do("SELECT client, account, nonce, device_key, auth_unix_s,"
                                 " credential, redirect_uri, code_challenge, expires_unix_s"
                                 " FROM oidc_codes WHERE code = $1 AND EXISTS (SELECT id"
                                 " FROM credentials WHERE credentials.id = oidc_codes.credential"
                                 " AND credentials.relying_party = $2)",
                                 code_hash, party.relying_party));
  if (rows.empty()) return Refused{.why = Denial::kNoLogin};
  const SqlRow& row = rows[0];
  return StoredCode{.grant = {.client = Text(row[0]),
                              .account = Text(row[1]),
                              .nonce = Text(row[2]),
                              .device_key = Whole(row[3]) != 0,
                              .auth_unix_s = Whole(row[4])},
                    .credential = Text(row[5]),
                    .redirect_uri = Text(row[6]),
                    .code_challenge = Text(row[7]),
                    .expires_unix_s = Whole(row[8])};
}

/// Is it presented by whom it was made for?  Whoever is not has seen the code and no more: it costs
/// the code nothing.
Redemption CheckPresenter(const StoredCode& code, const CodePresented& presented) {
  if (code.grant.client != presented.client) return Redemption::kOtherClient;
  if (code.code_challenge != presented.code_challenge) return Redemption::kWrongVerifier;
  return Redemption::kGranted;
}

/// Then it is spent, whatever this says.
Redemption CheckCode(const StoredCode& code, const CodePresented& presented, bool active,
                     int64_t now) {
  if (now >= code.expires_unix_s) return Redemption::kExpired;
  if (code.redirect_uri != presented.redirect_uri) return Redemption::kOtherRedirect;
  return active ? Redemption::kGranted : Redemption::kRevoked;
}

std::string_view NameOf(Redemption result) {
  switch (result) {
    case Redemption::kGranted:
      return "granted";
    case Redemption::kUnknown:
      return "unknown";
    case Redemption::kReused:
      return "used before; its token is revoked";
    case Redemption::kExpired:
      return "expired";
    case Redemption::kOtherClient:
      return "another client's";
    case Redemption::kOtherRedirect:
      return "another redirect URI";
    case Redemption::kWrongVerifier:
      return "wrong verifier";
    case Redemption::kRevoked:
      return "credential revoked";
  }
  return "";
}

Status StoreToken(Transaction* transaction, const StoredCode& code, const CodePresented& presented,
                  int64_t now) {
  return transaction
      ->Do(
          "INSERT INTO oidc_tokens (token, code, client, account, credential, device_key,"
          " auth_unix_s, expires_unix_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
          presented.token_hash, presented.code_hash, code.grant.client, code.grant.account,
          code.credential, int64_t{code.grant.device_key ? 1 : 0}, code.grant.auth_unix_s,
          now + presented.token_s)
      .status();
}

/// Of the refusals of a code the first one of each kind, so that no one writes rows without end.
Status AuditRedemption(Transaction* transaction, const StoredCode& code,
                       const CodePresented& presented, Redemption result, int64_t now) {
  const bool granted = result == Redemption::kGranted;
  if (!granted) {
    const int64_t bit = int64_t{1} << static_cast<int>(result);
    VOIZK_ASSIGN_OR_RETURN(
        const SqlRows first,
        transaction->Do("UPDATE oidc_codes SET refusals = refusals + $2"
                        " WHERE code = $1 AND refusals / $2 % 2 = 0 RETURNING code",
                        presented.code_hash, bit));
    if (first.empty()) return {};
  }
  return transaction->WriteAudit({.unix_s = now,
                                  .event = granted ? "code_redeemed" : "code_refused",
                                  .account = code.grant.account,
                                  .credential = code.credential,
                                  .detail = "client " + presented.client +
                                            (granted ? "" : ": " + std::string(NameOf(result)))});
}

/// Marks it as used, and says how it went.
Outcome<Redemption> Spend(Transaction* transaction, const StoredCode& code,
                          const CodePresented& presented, int64_t now) {
  const auto active = ActiveCredential(transaction, code.grant.account, code.credential);
  const auto* inactive = std::get_if<Refused>(&active);
  if (inactive != nullptr && inactive->why != Denial::kNoCredential) return *inactive;
  VOIZK_DATABASE(const SqlRows marked,
                 transaction->Do("INSERT INTO oidc_used_codes (code, expires_unix_s)"
                                 " VALUES ($1, $2) ON CONFLICT (code) DO NOTHING RETURNING code",
                                 presented.code_hash, code.expires_unix_s));
  if (!marked.empty()) return CheckCode(code, presented, inactive == nullptr, now);
  VOIZK_DATABASE_DO(
      transaction->Do("DELETE FROM oidc_tokens WHERE code = $1", presented.code_hash).status());
  return Redemption::kReused;
}

Outcome<RedeemedCode> Redeem(Transaction* transaction, const Party& party,
                             const CodePresented& presented) {
  VOIZK_DATABASE(const int64_t now, transaction->Now());
  RedeemedCode redeemed{.now_unix_s = now};
  const auto found = FindCode(transaction, party, presented.code_hash);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    if (refused->why == Denial::kNoLogin) return redeemed;
    return *refused;
  }
  const StoredCode& code = std::get<StoredCode>(found);
  VOIZK_DATABASE(const Transaction::Failures account,
                 transaction->LockAccount(code.grant.account, false));
  if (!account.known) return redeemed;  // erased while its row was waited for
  redeemed.result = CheckPresenter(code, presented);
  if (redeemed.result == Redemption::kGranted) {
    const auto spent = Spend(transaction, code, presented, now);
    if (const auto* refused = std::get_if<Refused>(&spent)) return *refused;
    redeemed.result = std::get<Redemption>(spent);
  }
  if (redeemed.result == Redemption::kGranted) {
    VOIZK_DATABASE_DO(StoreToken(transaction, code, presented, now));
    redeemed.grant = code.grant;
  }
  VOIZK_DATABASE_DO(AuditRedemption(transaction, code, presented, redeemed.result, now));
  return redeemed;
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
                                  auto open = FindOpen(&transaction, id, browser_hash);
                                  if (const auto* refused = std::get_if<Refused>(&open))
                                    return *refused;
                                  VOIZK_DATABASE_DO(MarkDone(&transaction, id));
                                  return std::move(std::get<StoredInteraction>(open).record);
                                });
}

Outcome<RedeemedCode> Storage::RedeemCode(const Party& party, const CodePresented& presented) {
  return Run<RedeemedCode>(Access::kWrite, [&](Transaction& transaction) {
    return Redeem(&transaction, party, presented);
  });
}

Outcome<AuthorizationGrant> Storage::FindToken(const Party& party, const std::string& token_hash) {
  using Grant = AuthorizationGrant;
  return Run<Grant>(Access::kRead, [&](Transaction& transaction) -> Outcome<Grant> {
    VOIZK_DATABASE(const int64_t now, transaction.Now());
    VOIZK_DATABASE(const SqlRows rows,
                   transaction.Do("SELECT client, account, device_key, auth_unix_s"
                                  " FROM oidc_tokens WHERE token = $1 AND expires_unix_s > $2"
                                  " AND EXISTS (SELECT id FROM credentials"
                                  " WHERE credentials.id = oidc_tokens.credential"
                                  " AND credentials.revoked_unix_s = 0"
                                  " AND credentials.relying_party = $3)",
                                  token_hash, now, party.relying_party));
    if (rows.empty()) return Refused{.why = Denial::kNoLogin};
    return Grant{.client = Text(rows[0][0]),
                 .account = Text(rows[0][1]),
                 .device_key = Whole(rows[0][2]) != 0,
                 .auth_unix_s = Whole(rows[0][3])};
  });
}

}  // namespace voizk
