// What the service asks of a database: SQL with parameters, in transactions.  SQLite and PostgreSQL
// implement it; the statements themselves are written once (storage.h), in the part of SQL that
// both have.
#ifndef VOIZK_SERVICE_STORAGE_DATABASE_H_
#define VOIZK_SERVICE_STORAGE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace voizk {

/// The two types of our columns: BIGINT and TEXT.  No column is NULL.
using SqlValue = std::variant<int64_t, std::string>;
using SqlRow = std::vector<SqlValue>;
using SqlRows = std::vector<SqlRow>;

enum class Access : uint8_t {
  kRead,  // takes no lock that writers wait for
  kWrite,
};

/// One connection.  One thread at a time.  Its errors: kIo, whose text names the database's
/// complaint and no parameter.
class Database {
 public:
  virtual ~Database() = default;

  /// Runs one statement; $1, $2 .. are the parameters, which never become part of its text.
  virtual Result<SqlRows> Execute(std::string_view sql, std::span<const SqlValue> parameters) = 0;
  /// From Begin to Commit the connection sees and makes one transaction.  SQLite: no other writer
  /// runs while one with kWrite does.  PostgreSQL: READ COMMITTED; what a decision stands on is
  /// locked with for_update().
  virtual Status Begin(Access access) = 0;
  /// kOk: it is on the disk.  After an error it may be or not; nothing was answered to anybody.
  virtual Status Commit() = 0;
  virtual void Rollback() = 0;
  /// The connection is of no more use (the server went away).
  virtual bool broken() const = 0;
  /// Did the last error come of two transactions in each other's way?  Then the same transaction
  /// may be tried again from its beginning.
  virtual bool in_the_way() const = 0;
  /// Behind a SELECT: its rows stay as they are until the transaction ends.
  virtual std::string_view for_update() const = 0;
  /// The type of a column that numbers its rows upwards.
  virtual std::string_view serial() const = 0;
};

/// "sqlite:PATH" or "PATH": the file, made with mode 0600 where absent; WAL, synchronous=FULL.
/// "postgresql://..", "postgres://..": libpq's URI; "host=..": its keywords.  kIo.
Result<std::unique_ptr<Database>> OpenDatabase(const std::string& where);

/// Which of the two: starts with postgresql://, postgres:// or holds '=' before any '/'.
bool IsPostgres(const std::string& where);

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path);
Result<std::unique_ptr<Database>> OpenPostgres(const std::string& connection);

}  // namespace voizk

#endif  // VOIZK_SERVICE_STORAGE_DATABASE_H_
