#include "service/storage/migrations.h"

#include <array>
#include <span>

namespace voizk {
namespace {

/// One step is the statements that lead from its version to the next; those of a version that was
/// released are never changed, only followed by others.  %SERIAL% is Database::serial().
struct Step {
  std::span<const std::string_view> statements;
};

constexpr std::array<std::string_view, 16> kVersion1 = {
    "CREATE TABLE service (one BIGINT PRIMARY KEY, high_water BIGINT NOT NULL)",
    "INSERT INTO service (one, high_water) VALUES (1, 0)",
    "CREATE TABLE accounts (account TEXT PRIMARY KEY, failures BIGINT NOT NULL,"
    " retry_unix_s BIGINT NOT NULL)",
    "CREATE TABLE credentials (commitment TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " account TEXT NOT NULL, relying_party TEXT NOT NULL, bundle_digest TEXT NOT NULL,"
    " device_algorithm TEXT NOT NULL, device_key TEXT NOT NULL, created_unix_s BIGINT NOT NULL,"
    " revoked_unix_s BIGINT NOT NULL)",
    "CREATE INDEX credentials_account ON credentials (account)",
    "CREATE TABLE registrations (id TEXT PRIMARY KEY, account TEXT NOT NULL,"
    " replaces TEXT NOT NULL, expires_unix_s BIGINT NOT NULL, credential TEXT NOT NULL)",
    "CREATE INDEX registrations_account ON registrations (account)",
    "CREATE TABLE logins (nonce TEXT PRIMARY KEY, account TEXT NOT NULL,"
    " challenge TEXT NOT NULL, expires_unix_s BIGINT NOT NULL, tries BIGINT NOT NULL)",
    "CREATE INDEX logins_account ON logins (account)",
    "CREATE TABLE used_nonces (nonce TEXT PRIMARY KEY, credential TEXT NOT NULL,"
    " accepted_unix_s BIGINT NOT NULL, expires_unix_s BIGINT NOT NULL)",
    "CREATE INDEX logins_expiry ON logins (expires_unix_s)",
    "CREATE INDEX used_nonces_expiry ON used_nonces (expires_unix_s)",
    "CREATE TABLE addresses (address TEXT PRIMARY KEY, window_unix_s BIGINT NOT NULL,"
    " failures BIGINT NOT NULL)",
    "CREATE TABLE audit (number %SERIAL%, unix_s BIGINT NOT NULL, event TEXT NOT NULL,"
    " account TEXT NOT NULL, credential TEXT NOT NULL, login TEXT NOT NULL,"
    " address TEXT NOT NULL, detail TEXT NOT NULL)",
    "CREATE INDEX audit_account ON audit (account, number)",
    "CREATE INDEX audit_time ON audit (unix_s)",
};

constexpr std::array<std::string_view, 16> kVersion2 = {
    "ALTER TABLE registrations ADD COLUMN challenge TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE registrations ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE credentials ADD COLUMN proven BIGINT NOT NULL DEFAULT 0",
    "CREATE TABLE oidc_interactions (id TEXT PRIMARY KEY, browser TEXT NOT NULL,"
    " address TEXT NOT NULL, client TEXT NOT NULL, redirect_uri TEXT NOT NULL,"
    " state TEXT NOT NULL, nonce TEXT NOT NULL, login_hint TEXT NOT NULL,"
    " code_challenge TEXT NOT NULL, expires_unix_s BIGINT NOT NULL, account TEXT NOT NULL,"
    " login TEXT NOT NULL, logins BIGINT NOT NULL, done BIGINT NOT NULL)",
    "CREATE INDEX oidc_interactions_address ON oidc_interactions (address, expires_unix_s)",
    "CREATE INDEX oidc_interactions_account ON oidc_interactions (account)",
    "CREATE INDEX oidc_interactions_expiry ON oidc_interactions (expires_unix_s)",
    "CREATE TABLE oidc_codes (code TEXT PRIMARY KEY, client TEXT NOT NULL,"
    " redirect_uri TEXT NOT NULL, code_challenge TEXT NOT NULL, nonce TEXT NOT NULL,"
    " account TEXT NOT NULL, credential TEXT NOT NULL, device_key BIGINT NOT NULL,"
    " auth_unix_s BIGINT NOT NULL, expires_unix_s BIGINT NOT NULL, refusals BIGINT NOT NULL)",
    "CREATE INDEX oidc_codes_account ON oidc_codes (account)",
    "CREATE INDEX oidc_codes_expiry ON oidc_codes (expires_unix_s)",
    "CREATE TABLE oidc_used_codes (code TEXT PRIMARY KEY, expires_unix_s BIGINT NOT NULL)",
    "CREATE INDEX oidc_used_codes_expiry ON oidc_used_codes (expires_unix_s)",
    "CREATE TABLE oidc_tokens (token TEXT PRIMARY KEY, code TEXT NOT NULL, client TEXT NOT NULL,"
    " account TEXT NOT NULL, credential TEXT NOT NULL, device_key BIGINT NOT NULL,"
    " auth_unix_s BIGINT NOT NULL, expires_unix_s BIGINT NOT NULL)",
    "CREATE INDEX oidc_tokens_code ON oidc_tokens (code)",
    "CREATE INDEX oidc_tokens_account ON oidc_tokens (account)",
    "CREATE INDEX oidc_tokens_expiry ON oidc_tokens (expires_unix_s)",
};

const std::array<Step, 2> kSteps = {Step{kVersion1}, Step{kVersion2}};

Status Run(Database* database, std::string statement) {
  constexpr std::string_view kSerial = "%SERIAL%";
  if (const size_t at = statement.find(kSerial); at != std::string::npos) {
    statement.replace(at, kSerial.size(), database->serial());
  }
  return database->Execute(statement, {}).status();
}

Status MigrateInside(Database* database) {
  if (!database->for_update().empty()) {
    // PostgreSQL lets two processes create one table at a time and fails one of them; SQLite's
    // transaction keeps others out by itself.  Any constant of ours.
    VOIZK_RETURN_IF_ERROR(
        database->Execute("SELECT pg_advisory_xact_lock(7020112604150013)::text", {}).status());
  }
  VOIZK_RETURN_IF_ERROR(
      Run(database, "CREATE TABLE IF NOT EXISTS voizk_schema (version BIGINT PRIMARY KEY)"));
  VOIZK_ASSIGN_OR_RETURN(
      const SqlRows rows,
      database->Execute("SELECT version FROM voizk_schema ORDER BY version DESC LIMIT 1", {}));
  const int64_t found = rows.empty() ? 0 : std::get<int64_t>(rows[0][0]);
  if (found < 0 || found > SchemaVersion()) {
    return {ErrorCode::kUnsupported, "the database's tables are of version " +
                                         std::to_string(found) + "; this program knows " +
                                         std::to_string(SchemaVersion())};
  }
  for (int64_t version = found; version < SchemaVersion(); ++version) {
    for (const std::string_view statement : kSteps[static_cast<size_t>(version)].statements) {
      VOIZK_RETURN_IF_ERROR(Run(database, std::string(statement)));
    }
    const std::array<SqlValue, 1> next = {version + 1};
    VOIZK_RETURN_IF_ERROR(
        database->Execute("INSERT INTO voizk_schema (version) VALUES ($1)", next).status());
  }
  return {};
}

}  // namespace

int64_t SchemaVersion() { return static_cast<int64_t>(kSteps.size()); }

Status Migrate(Database* database) {
  VOIZK_RETURN_IF_ERROR(database->Begin(Access::kWrite));
  Status status = MigrateInside(database);
  if (status.ok()) return database->Commit();
  database->Rollback();
  return status;
}

}  // namespace voizk
