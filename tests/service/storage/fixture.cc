#include "service/storage/fixture.h"

#include <array>

#include "service/storage/database.h"

namespace voizk::testing {

void StorageTest::Spend(const Storage::BegunLogin& begun) {
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  const std::array<SqlValue, 1> nonce = {Nonce(begun)};
  ASSERT_TRUE((*database)->Execute("UPDATE logins SET tries = 3 WHERE nonce = $1", nonce).ok());
}

}  // namespace voizk::testing
