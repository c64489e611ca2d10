// An OpenID provider's codes and access tokens, once a code was issued.  Rows are locked as
// everywhere: the account first.
#include "service/storage/storage.h"
#include "service/storage/transaction.h"

namespace voizk {
namespace {

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
