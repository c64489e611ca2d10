// Secret randomness: ChaCha20's known answer, no byte given out twice, streams that differ, field
// elements without bias.
#include "crypto/hash/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace voizk {
namespace {

TEST(SecureRng, TestStreamIsChaCha20) {
  // Key 0, nonce 0: draft-agl-tls-chacha20poly1305-04, section 7, first vector.
  SecureRng rng = SecureRng::ForTest(0);
  std::array<uint8_t, 8> bytes;
  rng.Fill(std::span<uint8_t>(bytes));
  EXPECT_EQ(bytes, (std::array<uint8_t, 8>{0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90}));
}

TEST(SecureRng, FillInAnyPiecesGivesNoByteTwice) {
  // 16-byte windows of one stream repeat only if a block were given out twice.
  SecureRng rng = SecureRng::ForTest(1);
  std::vector<uint8_t> all;
  for (const size_t n : {3u, 64u, 1024u, 1u, 5000u, 0u, 63u, 1025u, 700u}) {
    std::vector<uint8_t> piece(n);
    rng.Fill(std::span<uint8_t>(piece));
    all.insert(all.end(), piece.begin(), piece.end());
  }
  std::set<std::string> windows;
  for (size_t i = 0; i + 16 <= all.size(); ++i) {
    EXPECT_TRUE(
        windows.emplace(all.begin() + static_cast<long>(i), all.begin() + static_cast<long>(i + 16))
            .second);
  }
}

TEST(SecureRng, FreshGeneratorsDiffer) {
  SecureRng a, b;
  EXPECT_NE(a.NextExt<4>(), b.NextExt<4>());
}

TEST(SecureRng, SplitStreamsDifferFromEachOtherAndTheParent) {
  SecureRng parent = SecureRng::ForTest(2);
  SecureRng a = parent.Split(), b = parent.Split();
  const auto x = a.NextExt<5>(), y = b.NextExt<5>(), z = parent.NextExt<5>();
  EXPECT_NE(x, y);
  EXPECT_NE(x, z);
  EXPECT_NE(y, z);
}

TEST(SecureRng, ElementsAreBelowPAndSpread) {
  SecureRng rng = SecureRng::ForTest(3);
  std::vector<Fp> xs(64 * 1000 + 13);
  rng.Fill(std::span<Fp>(xs));
  // 64 equal intervals of [0, p): each holds 1000 +- 6 standard deviations (31.4).
  std::vector<int> histogram(64);
  for (const Fp x : xs) {
    ASSERT_LT(x.raw(), Fp::kModulus);
    ++histogram[static_cast<size_t>(uint64_t{x.ToU32()} * 64 / Fp::kModulus)];
  }
  for (const int count : histogram) EXPECT_NEAR(count, 1000, 190);
  std::sort(xs.begin(), xs.end(), [](Fp a, Fp b) { return a.raw() < b.raw(); });
  const auto repeats = xs.end() - std::unique(xs.begin(), xs.end());
  EXPECT_LT(repeats, 12) << "about one pair collides by chance";
}

}  // namespace
}  // namespace voizk
