// PostgreSQL through libpq.  Texts and whole numbers travel as text; parameters never become part
// of a statement.
#include <libpq-fe.h>

#include <charconv>
#include <cstring>
#include <map>

#include "service/storage/database.h"

namespace voizk {
namespace {

constexpr Oid kInt8 = 20;  // pg_type: bigint, and what sums and counts of ours are cast to

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(PGconn* connection) : connection_(connection) {}

  Result<SqlRows> Execute(std::string_view sql, std::span<const SqlValue> parameters) override {
    in_the_way_ = false;
    const std::string statement(sql);
    // Prepared once for each connection, under its own text.
    VOIZK_ASSIGN_OR_RETURN(const std::string name, Prepare(statement, parameters));
    std::vector<std::string> texts;
    texts.reserve(parameters.size());  // their addresses are kept
    std::vector<const char*> values;
    for (const SqlValue& parameter : parameters) {
      const auto* const whole = std::get_if<int64_t>(&parameter);
      if (const auto* text = std::get_if<std::string>(&parameter);
          text != nullptr && text->find('\0') != std::string::npos) {
        // It would be read up to there, and mean another row than the one that was asked for.
        return {ErrorCode::kIo, "PostgreSQL: a text has a zero in it"};
      }
      texts.push_back(whole != nullptr ? std::to_string(*whole) : std::get<std::string>(parameter));
      values.push_back(texts.back().c_str());
    }
    const Answer answer(PQexecPrepared(connection_.get(), name.c_str(),
                                       static_cast<int>(values.size()), values.data(), nullptr,
                                       nullptr, 0));
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return Complaint(answer.get());
    return Rows(answer.get());
  }

  Status Begin(Access access) override {
    return Execute(access == Access::kWrite ? "BEGIN" : "BEGIN READ ONLY", {}).status();
  }
  /// A transaction that failed is rolled back by COMMIT, without an error: then it was not ours to
  /// commit, and it is said.
  Status Commit() override {
    const bool sound = PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS;
    VOIZK_RETURN_IF_ERROR(Execute("COMMIT", {}).status());
    if (sound) return {};
    return {ErrorCode::kIo, "PostgreSQL: the transaction had failed before its end"};
  }
  void Rollback() override {
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) (void)Execute("ROLLBACK", {});
  }
  bool broken() const override { return PQstatus(connection_.get()) != CONNECTION_OK; }
  bool in_the_way() const override { return in_the_way_; }
  std::string_view for_update() const override { return " FOR UPDATE"; }
  std::string_view serial() const override {
    return "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  }

 private:
  Error Complaint(const PGresult* result) {
    const char* const state =
        result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* const text =
        result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    // Class 40: serialisation failure, deadlock.
    in_the_way_ = state != nullptr && std::strncmp(state, "40", 2) == 0;
    std::string message = text != nullptr ? text : PQerrorMessage(connection_.get());
    while (!message.empty() && message.back() == '\n') message.pop_back();
    return {ErrorCode::kIo, "PostgreSQL: " + message};
  }

  Result<std::string> Prepare(const std::string& statement, std::span<const SqlValue> parameters) {
    if (prepared_.contains(statement)) return NameOf(statement);
    std::string name("s");
    name += std::to_string(prepared_.size());
    std::vector<Oid> types;
    for (const SqlValue& parameter : parameters) {
      types.push_back(std::holds_alternative<int64_t>(parameter) ? kInt8 : Oid{25});  // text
    }
    const Answer answer(PQprepare(connection_.get(), name.c_str(), statement.c_str(),
                                  static_cast<int>(types.size()), types.data()));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return Complaint(answer.get());
    prepared_.emplace(statement, name);
    return name;
  }
  std::string NameOf(const std::string& statement) const { return prepared_.at(statement); }

  static Result<SqlRows> Rows(const PGresult* answer) {
    SqlRows rows(static_cast<size_t>(PQntuples(answer)));
    const int columns = PQnfields(answer);
    for (size_t i = 0; i < rows.size(); ++i) {
      for (int column = 0; column < columns; ++column) {
        const char* const begin = PQgetvalue(answer, static_cast<int>(i), column);
        const auto size = static_cast<size_t>(PQgetlength(answer, static_cast<int>(i), column));
        if (PQftype(answer, column) != kInt8) {
          rows[i].emplace_back(std::string(begin, size));
          continue;
        }
        int64_t whole = 0;
        if (std::from_chars(begin, begin + size, whole).ptr != begin + size || size == 0) {
          return {ErrorCode::kIo, "PostgreSQL: a number is missing"};
        }
        rows[i].emplace_back(whole);
      }
    }
    return rows;
  }

  std::unique_ptr<PGconn, FinishConnection> connection_;
  std::map<std::string, std::string> prepared_;
  bool in_the_way_ = false;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const std::string& connection) {
  PGconn* const raw = PQconnectdb(connection.c_str());
  if (raw == nullptr) return {ErrorCode::kOutOfMemory, "out of memory"};
  auto database = std::make_unique<PostgresDatabase>(raw);
  if (PQstatus(raw) != CONNECTION_OK) {
    std::string message = PQerrorMessage(raw);  // names host and user, not the password
    while (!message.empty() && message.back() == '\n') message.pop_back();
    return {ErrorCode::kIo, "PostgreSQL: " + message};
  }
  // A commit is on the disk when it is told, whatever the server's default; a service whose client
  // hangs in the middle of a transaction must not hold its locks for ever.
  for (const std::string_view setting :
       {"SET synchronous_commit TO on", "SET default_transaction_isolation TO 'read committed'",
        "SET statement_timeout TO '10s'", "SET idle_in_transaction_session_timeout TO '30s'",
        "SET client_min_messages TO warning"}) {
    VOIZK_RETURN_IF_ERROR(database->Execute(setting, {}).status());
  }
  return std::unique_ptr<Database>(std::move(database));
}

bool IsPostgres(const std::string& where) {
  if (where.starts_with("postgresql://") || where.starts_with("postgres://")) return true;
  const size_t equals = where.find('=');
  return equals != std::string::npos && where.find('/') > equals && !where.starts_with("sqlite:");
}

Result<std::unique_ptr<Database>> OpenDatabase(const std::string& where) {
  if (IsPostgres(where)) return OpenPostgres(where);
  constexpr std::string_view kScheme = "sqlite:";
  return OpenSqlite(where.starts_with(kScheme) ? where.substr(kScheme.size()) : where);
}

}  // namespace voizk
