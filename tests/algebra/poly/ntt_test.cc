// The transform behind the code: which points in which order, inverse and linearity, the distance
// of the code, and every vector unit against the plain kernels.
#include "algebra/poly/ntt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "algebra/field/every_target.h"
#include "algebra/poly/ntt_kernels.h"
#include "algebra/poly/univariate.h"
#include "crypto/hash/rng.h"

namespace voizk {
namespace {

constexpr size_t kRows = NttPlan::kTileRows;

std::vector<Fp> Random(SecureRng& rng, size_t n) {
  std::vector<Fp> v(n);
  rng.Fill(std::span<Fp>(v));
  return v;
}

Fp At(const std::vector<Fp>& f, Fp x) { return EvaluatePolynomial<Fp>(f, x); }

TEST(Ntt, DomainIsTheCosetInBitReversedOrder) {
  const Fp shift = Fp::FromU32(3);
  const NttPlan plan(3, shift);
  const Fp w = Fp::RootOfUnity(3);
  const uint64_t reversed[] = {0, 4, 2, 6, 1, 5, 3, 7};
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(plan.DomainPoint(i), shift * w.Pow(reversed[i]));
}

TEST(Ntt, ForwardEvaluatesAtTheDomainPoints) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(21);
    for (int log_n = 0; log_n <= 10; ++log_n) {
      const size_t n = size_t{1} << log_n;
      const NttPlan plan(log_n, rng.NextFp());
      for (const size_t k : std::set<size_t>{0, 1, n / 4, n / 4 + 1, n / 2, n / 2 + 3, n - 1, n}) {
        if (k > n) continue;
        const std::vector<Fp> f = Random(rng, k);
        std::vector<Fp> values(n);
        plan.Forward(f, values);
        for (size_t i = 0; i < n; ++i) {
          ASSERT_EQ(values[i], At(f, plan.DomainPoint(i))) << n << " " << k << " " << i;
        }
      }
    }
  });
}

TEST(Ntt, LargeTransformsAgreeAtSampledPoints) {
  SecureRng rng = SecureRng::ForTest(22);
  for (const int log_n : {15, 18}) {
    const NttPlan plan(log_n, Fp::FromU32(Fp::kGenerator));
    const std::vector<Fp> f = Random(rng, plan.size() / 4 + 154);
    std::vector<Fp> values(plan.size());
    plan.Forward(f, values);
    for (size_t i = 0; i < plan.size(); i += plan.size() / 13) {
      ASSERT_EQ(values[i], At(f, plan.DomainPoint(i)));
    }
  }
}

TEST(Ntt, InverseUndoesForward) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(23);
    for (int log_n = 0; log_n <= 14; ++log_n) {
      const NttPlan plan(log_n, rng.NextFp());
      const std::vector<Fp> f = Random(rng, plan.size());
      std::vector<Fp> values(plan.size());
      plan.Forward(f, values);
      plan.Inverse(values);
      ASSERT_EQ(values, f) << log_n;
    }
  });
}

TEST(Ntt, ForwardIsLinear) {
  SecureRng rng = SecureRng::ForTest(24);
  const NttPlan plan(9, rng.NextFp());
  const size_t k = 200;
  const std::vector<Fp> f = Random(rng, k), g = Random(rng, k);
  const Fp s = rng.NextFp();
  std::vector<Fp> combination(k);
  for (size_t i = 0; i < k; ++i) combination[i] = f[i] + s * g[i];
  std::vector<Fp> vf(plan.size()), vg(plan.size()), vc(plan.size());
  plan.Forward(f, vf), plan.Forward(g, vg), plan.Forward(combination, vc);
  for (size_t i = 0; i < plan.size(); ++i) ASSERT_EQ(vc[i], vf[i] + s * vg[i]);
}

// Coefficients of a tile, `count` of each row.
std::vector<Fp> RandomTile(SecureRng& rng, size_t count) { return Random(rng, count * kRows); }
std::vector<Fp> RowOf(const std::vector<Fp>& tile, size_t r) {
  std::vector<Fp> row;
  for (size_t i = r; i < tile.size(); i += kRows) row.push_back(tile[i]);
  return row;
}
// About 1, n/4 and n coefficients, and some more than the length of a block.
std::set<size_t> Counts(size_t n) {
  std::set<size_t> counts{0, 1, (n + 3) / 4, (n + 1) / 2, n};
  for (const size_t k : {n / 4 + 1, n / 4 + n / 40, n / 4 + n / 9, n / 2 - n / 20, n / 16 + 1}) {
    counts.insert(std::min(k, n));
  }
  return counts;
}

TEST(Ntt, BlocksOfATileAreThoseOfTheRowsAndEveryColumnComesOnce) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(25);
    for (const int log_n : {0, 1, 2, 3, 5, 8, 11, 12}) {
      const size_t n = size_t{1} << log_n;
      const NttPlan plan(log_n, rng.NextFp(), NttPlan::Use::kForward);
      for (const size_t k : Counts(n)) {
        const std::vector<Fp> tile = RandomTile(rng, k);
        std::vector<Fp> expected(n * kRows), values(n);
        for (size_t r = 0; r < kRows; ++r) {
          plan.Forward(RowOf(tile, r), values);
          for (size_t i = 0; i < n; ++i) expected[i * kRows + r] = values[i];
        }
        for (int level = 0; level <= std::min(log_n, 5); ++level) {
          const size_t m = n >> level;
          std::vector<int> seen(n);
          for (size_t b = 0; b < n / m; ++b) {
            std::vector<Fp> columns = Random(rng, m * kRows);
            plan.ForwardTileBlock(tile, level, b, columns, [&](size_t first, std::span<Fp> part) {
              ASSERT_EQ(part.data(), columns.data() + (first - b * m) * kRows);
              ASSERT_LE(part.size(), kRows * NttPlan::kPartColumns);
              for (size_t i = 0; i < part.size(); ++i) {
                ASSERT_EQ(part[i], expected[first * kRows + i]) << n << " " << k << " " << level;
                seen[first + i / kRows] += i % kRows == 0 ? 1 : 0;
              }
              std::fill(part.begin(), part.end(), Fp::kOne);  // as the caller may
            });
          }
          ASSERT_EQ(seen, std::vector<int>(n, 1)) << n << " " << k << " " << level;
        }
      }
    }
  });
}

TEST(Ntt, ColumnsAtPositionsAreThoseOfTheTile) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(28);
    for (const int log_n : {0, 1, 3, 8, 11, 12}) {
      const size_t n = size_t{1} << log_n;
      const NttPlan plan(log_n, rng.NextFp(), NttPlan::Use::kForward);
      for (const size_t k : Counts(n)) {
        const std::vector<Fp> tile = RandomTile(rng, k);
        std::vector<Fp> expected(n * kRows);
        plan.ForwardTileBlock(tile, 0, 0, expected, [](size_t, std::span<Fp>) {});
        for (const size_t count : std::set<size_t>{0, 1, std::min<size_t>(n, 23), n}) {
          std::set<uint32_t> chosen;
          while (chosen.size() < count)
            chosen.insert(rng.NextFp().ToU32() % static_cast<uint32_t>(n));
          const std::vector<uint32_t> positions(chosen.begin(), chosen.end());
          for (int level = 0; level <= std::min(log_n, 4); level += 2) {
            const size_t m = n >> level;
            std::vector<Fp> columns = Random(rng, m * kRows);
            for (size_t b = 0; b < n / m; ++b) {
              plan.ForwardTileBlockAt(tile, level, b, positions, columns);
              for (const uint32_t x : positions) {
                if (x / m != b) continue;
                for (size_t r = 0; r < kRows; ++r) {
                  ASSERT_EQ(columns[(x - b * m) * kRows + r], expected[x * kRows + r])
                      << n << " " << k << " " << level << " " << x;
                }
              }
            }
          }
        }
      }
    }
  });
}

TEST(Ntt, RoomOfATileHoldsItAndIsWhole) {
  for (size_t count = 0; count < 3000; ++count) {
    const size_t room = NttPlan::TileRoom(count);
    EXPECT_GE(room, count);
    EXPECT_EQ(room % kRows, 0u);
    EXPECT_LE(room, std::max<size_t>(kRows, 2 * count));
  }
  EXPECT_EQ(NttPlan::TileRoom(410), 512u);
  EXPECT_EQ(NttPlan::TileRoom((1 << 14) + 154), (1 << 14) + 160u);
}

TEST(Ntt, DistinctPolynomialsDifferInMoreThanNMinusKPlaces) {
  SecureRng rng = SecureRng::ForTest(26);
  const NttPlan plan(8, rng.NextFp());
  std::vector<Fp> f(64);
  f[63] = rng.NextFp();
  std::vector<Fp> values(plan.size());
  plan.Forward(f, values);
  EXPECT_GE(std::count_if(values.begin(), values.end(), [](Fp v) { return !v.IsZero(); }),
            256 - 63);
}

TEST(MatchesScalar, NttKernels) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(27);
    for (int levels = 0; levels <= 11; ++levels) {
      const size_t m = size_t{1} << levels;
      for (const size_t b : {size_t{0}, size_t{1}}) {
        const std::vector<Fp> twiddles = Random(rng, 4 * m), finish = Random(rng, 16 * m);
        std::vector<Fp> fast = Random(rng, m * kNttLanes), slow = fast;
        // Block b of level 1, and some levels left over for odd counts.
        NttBlock(fast.data(), m, twiddles.data(), 1, b, 1 + levels);
        plain::NttBlock(slow.data(), m, twiddles.data(), 1, b, 1 + levels);
        ASSERT_EQ(fast, slow) << levels;
        InverseNttBlock(fast.data(), m, twiddles.data(), 1, b, 1 + levels);
        plain::InverseNttBlock(slow.data(), m, twiddles.data(), 1, b, 1 + levels);
        ASSERT_EQ(fast, slow) << levels;
        std::vector<Fp> fast_out(fast.size()), slow_out(fast.size());
        if (m >= 4) {
          const NttPair pair{twiddles[1], twiddles[2], twiddles[3]};
          NttTwoLevels(fast.data(), fast_out.data(), m, pair);
          plain::NttTwoLevels(slow.data(), slow_out.data(), m, pair);
          ASSERT_EQ(fast_out, slow_out) << levels;
          NttAddUpper(fast.data(), m / 2 + m / 8, m / 2, twiddles[1], fast_out.data());
          plain::NttAddUpper(slow.data(), m / 2 + m / 8, m / 2, twiddles[1], slow_out.data());
          ASSERT_EQ(fast_out, slow_out) << levels;
        }
        for (const size_t part : {m, (m + 1) / 2, (m + 3) / 4, (m + 15) / 16}) {
          for (const size_t count : {m, m - m / 3, part}) {
            if (count < part) continue;
            NttRemainder(fast.data(), count, part, twiddles[0], fast_out.data());
            plain::NttRemainder(slow.data(), count, part, twiddles[0], slow_out.data());
            ASSERT_EQ(fast_out, slow_out) << levels << " " << part << " " << count;
          }
        }
        NttFinishGroups(fast.data(), m, finish.data());
        plain::NttFinishGroups(slow.data(), m, finish.data());
        ASSERT_EQ(fast, slow) << levels;
        if (m == 1) continue;
        for (const size_t nonzero : {size_t{0}, m / 4, m / 2}) {
          NttPartialLevel(fast.data(), m, nonzero, twiddles[0]);
          plain::NttPartialLevel(slow.data(), m, nonzero, twiddles[0]);
          ASSERT_EQ(fast, slow) << levels << " " << nonzero;
        }
      }
    }
  });
}

// Extremes of the sums of products before they are reduced.
TEST(MatchesScalar, NttKernelsOfTheLargestElements) {
  OnEveryTarget([] {
    const Fp most = Fp::FromRaw(Fp::kModulus - 1);
    const std::vector<Fp> tile(32 * kNttLanes, most);
    std::vector<Fp> fast = tile, slow = tile;
    for (const Fp c : {most, Fp::FromRaw(1), Fp::kZero}) {
      for (const Fp c1 : {most, Fp::FromRaw(1), Fp::kZero}) {
        NttTwoLevels(tile.data(), fast.data(), 16, {c, c1, c});
        plain::NttTwoLevels(tile.data(), slow.data(), 16, {c, c1, c});
        ASSERT_EQ(fast, slow);
      }
      NttRemainder(tile.data(), 32, 4, c, fast.data());
      plain::NttRemainder(tile.data(), 32, 4, c, slow.data());
      ASSERT_EQ(fast, slow);
    }
  });
}

TEST(MatchesScalar, InterleavedRows) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(29);
    const std::vector<Fp> values = Random(rng, kRows * kRows);
    const Fp scale = rng.NextFp();
    std::array<const Fp*, kRows> rows;
    for (size_t r = 0; r < kRows; ++r) rows[r] = values.data() + (r * 7 % kRows) * kRows;
    std::vector<Fp> fast(kRows * kRows), slow(kRows * kRows);
    InterleaveRows(rows, scale, fast.data());
    plain::NttInterleave(rows.data(), scale, slow.data());
    ASSERT_EQ(fast, slow);
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t r = 0; r < kRows; ++r) ASSERT_EQ(fast[i * kRows + r], scale * rows[r][i]);
    }
  });
}

}  // namespace
}  // namespace voizk
