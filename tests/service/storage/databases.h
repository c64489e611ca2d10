// The databases that the storage's tests run on: SQLite in a folder of its own, and PostgreSQL,
// started once for the program on a unix socket in a temporary folder.
#ifndef VOIZK_TESTS_SERVICE_STORAGE_DATABASES_H_
#define VOIZK_TESTS_SERVICE_STORAGE_DATABASES_H_

#include <optional>
#include <string>

namespace voizk::testing {

enum class Kind { kSqlite, kPostgres };

/// Where an empty database of that kind is, for OpenDatabase; none where PostgreSQL is not
/// installed.  A server that is installed and does not start fails the test.
std::optional<std::string> EmptyDatabase(Kind kind);

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_SERVICE_STORAGE_DATABASES_H_
