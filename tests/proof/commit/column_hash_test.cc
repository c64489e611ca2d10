// Leaves that are hashed tile by tile are those of whole columns, for every number of rows in the
// last tile.
#include "proof/commit/column_hash.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

TEST(ColumnHasher, AnyNumberOfRowsGivesTheLeavesOfTheColumns) {
  SecureRng rng = SecureRng::ForTest(1);
  ThreadPool pool(2);
  for (const size_t columns : {size_t{1}, size_t{2}, size_t{7}, size_t{1030}}) {
    for (size_t rows = 1; rows <= 33; ++rows) {
      if (columns > 7 && rows % 16 > 1 && rows % 16 < 13) continue;
      std::vector<uint8_t> salts(columns * kSaltBytes);
      rng.Fill(std::span<uint8_t>(salts));
      std::vector<std::vector<uint8_t>> whole;
      for (size_t x = 0; x < columns; ++x) {
        whole.emplace_back(salts.begin() + static_cast<ptrdiff_t>(x * kSaltBytes),
                           salts.begin() + static_cast<ptrdiff_t>((x + 1) * kSaltBytes));
      }
      ColumnHasher hasher(columns, salts, &pool);
      for (size_t first = 0; first < rows; first += 16) {
        const size_t count = std::min<size_t>(16, rows - first);
        std::vector<uint32_t> tile(16 * columns);
        for (size_t x = 0; x < columns; ++x) {
          for (size_t r = 0; r < 16; ++r) {
            const uint32_t cell = tile[16 * x + r] = rng.NextFp().ToU32();
            for (int b = 0; b < 4 && r < count; ++b) {
              whole[x].push_back(static_cast<uint8_t>(cell >> (8 * b)));
            }
          }
        }
        hasher.Absorb(tile, count);
      }
      const std::vector<Digest> leaves = hasher.Finish();
      for (size_t x = 0; x < columns; ++x) {
        ASSERT_EQ(leaves[x], LeafDigest(static_cast<uint32_t>(x), whole[x])) << rows << " " << x;
      }
    }
  }
}

}  // namespace
}  // namespace voizk
