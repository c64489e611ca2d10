// Leaves that are hashed line by line are those of whole columns, for every number of cells in the
// last line and columns in any order.
#include "proof/commit/column_hash.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

TEST(ColumnHasher, AnyNumberOfCellsGivesTheLeavesOfTheColumns) {
  SecureRng rng = SecureRng::ForTest(1);
  ThreadPool pool(2);
  for (const size_t columns : {size_t{1}, size_t{2}, size_t{7}, size_t{1030}}) {
    for (size_t cells = 1; cells <= 33; ++cells) {
      if (columns > 7 && cells % 16 > 1 && cells % 16 < 13) continue;
      std::vector<uint8_t> salts(columns * kSaltBytes);
      rng.Fill(std::span<uint8_t>(salts));
      std::vector<std::vector<uint8_t>> whole;
      for (size_t x = 0; x < columns; ++x) {
        whole.emplace_back(salts.begin() + static_cast<ptrdiff_t>(x * kSaltBytes),
                           salts.begin() + static_cast<ptrdiff_t>((x + 1) * kSaltBytes));
      }
      ColumnHasher hasher(columns, cells, salts, &pool);
      for (size_t top = 0; top < cells; top += 16) {
        std::vector<uint32_t> lines(16 * columns);
        for (size_t x = 0; x < columns; ++x) {
          for (size_t r = 0; r < 16; ++r) {
            const uint32_t cell = lines[16 * x + r] = rng.NextFp().ToU32();  // junk below the last
            for (int b = 0; b < 4 && top + r < cells; ++b) {
              whole[x].push_back(static_cast<uint8_t>(cell >> (8 * b)));
            }
          }
        }
        const size_t cut = 16 * (columns / 3);
        const auto absorb = [&](size_t first, std::span<uint32_t> part) {
          top + 16 < cells ? hasher.Absorb(first, part) : hasher.AbsorbLast(first, part);
        };
        absorb(columns / 3, std::span(lines).subspan(cut));
        absorb(0, std::span(lines).first(cut));
      }
      const std::vector<Digest> leaves = hasher.TakeLeaves();
      for (size_t x = 0; x < columns; ++x) {
        ASSERT_EQ(leaves[x], LeafDigest(static_cast<uint32_t>(x), whole[x])) << cells << " " << x;
      }
    }
  }
}

}  // namespace
}  // namespace voizk
