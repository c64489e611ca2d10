// SQLite: one file.  In WAL mode with synchronous=FULL a commit is on the disk when it returns; a
// process killed in the middle of one leaves the transaction before it.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "service/storage/database.h"

namespace voizk {
namespace {

constexpr int kBusyMilliseconds = 10'000;  // how long a writer waits for another process's

struct CloseConnection {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// A statement that is reset, and forgets its parameters, when the call that ran it ends.
class Running {
 public:
  explicit Running(sqlite3_stmt* statement) : statement_(statement) {}
  ~Running() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  sqlite3_stmt* get() const { return statement_; }

 private:
  sqlite3_stmt* statement_;
};

bool Bind(sqlite3_stmt* statement, size_t number, const SqlValue& value) {
  // SQLite takes $1 for a name; one that a statement does not use has no place.
  std::string name("$");
  name += std::to_string(number);
  const int place = sqlite3_bind_parameter_index(statement, name.c_str());
  if (place == 0) return false;
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, place, *whole) == SQLITE_OK;
  }
  const std::string& text = std::get<std::string>(value);
  return sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8) == SQLITE_OK;
}

SqlRow ReadRow(sqlite3_stmt* statement) {
  SqlRow row;
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    if (sqlite3_column_type(statement, i) == SQLITE_INTEGER) {
      row.emplace_back(int64_t{sqlite3_column_int64(statement, i)});
      continue;
    }
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
    const auto bytes = static_cast<size_t>(sqlite3_column_bytes(statement, i));
    row.emplace_back(text == nullptr ? std::string() : std::string(text, bytes));
  }
  return row;
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(sqlite3* db) : db_(db) {}

  Result<SqlRows> Execute(std::string_view sql, std::span<const SqlValue> parameters) override {
    VOIZK_ASSIGN_OR_RETURN(sqlite3_stmt * prepared, Prepare(sql));
    const Running statement(prepared);
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (!Bind(prepared, i + 1, parameters[i])) return Complaint();
    }
    SqlRows rows;
    for (;;) {
      const int step = sqlite3_step(prepared);
      if (step == SQLITE_DONE) return rows;
      if (step != SQLITE_ROW) return Complaint();
      rows.push_back(ReadRow(prepared));
    }
  }

  /// IMMEDIATE: the write lock is taken before anything is read, so that what a decision stands on
  /// cannot change under it, and no transaction has to be given up half-way.
  Status Begin(Access access) override {
    return Execute(access == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN", {}).status();
  }
  Status Commit() override { return Execute("COMMIT", {}).status(); }
  void Rollback() override {
    if (sqlite3_get_autocommit(db_.get()) == 0) (void)Execute("ROLLBACK", {});
  }
  bool broken() const override { return false; }
  bool in_the_way() const override { return busy_; }
  std::string_view for_update() const override { return ""; }
  std::string_view serial() const override { return "INTEGER PRIMARY KEY AUTOINCREMENT"; }

 private:
  Error Complaint() {
    // Without what an extended code says more: SQLITE_BUSY_SNAPSHOT is another's write in the way.
    const int code = sqlite3_errcode(db_.get()) & 0xff;
    busy_ = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    if (code == SQLITE_NOMEM) return {ErrorCode::kOutOfMemory, "out of memory"};
    return {ErrorCode::kIo, std::string("SQLite: ") + sqlite3_errmsg(db_.get())};
  }

  Result<sqlite3_stmt*> Prepare(std::string_view sql) {
    busy_ = false;
    if (const auto found = prepared_.find(sql); found != prepared_.end()) {
      return found->second.get();
    }
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) !=
            SQLITE_OK ||
        raw == nullptr) {
      return Complaint();
    }
    // As many as there are statements in our text: none is made of input.
    return prepared_.emplace(std::string(sql), Statement(raw)).first->second.get();
  }

  std::unique_ptr<sqlite3, CloseConnection> db_;
  std::map<std::string, Statement, std::less<>> prepared_;  // ends before db_
  bool busy_ = false;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path) {
  // Made here and not by SQLite, so that nobody else can read it: it holds who logged in and when.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
  close(fd);
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (raw == nullptr) return {ErrorCode::kOutOfMemory, "out of memory"};
  auto database = std::make_unique<SqliteDatabase>(raw);
  if (opened != SQLITE_OK) return {ErrorCode::kIo, path + ": " + sqlite3_errmsg(raw)};
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  for (const std::string_view pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                                        "PRAGMA secure_delete=ON", "PRAGMA trusted_schema=OFF"}) {
    const auto set = database->Execute(pragma, {});
    if (!set.ok()) return {set.error().code, path + ": " + set.error().message};
  }
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace voizk
