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

TEST(Ntt, TileTransformsEveryRowAndIgnoresWhatFollowsTheCoefficients) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(25);
    for (int log_n = 0; log_n <= 12; ++log_n) {
      const size_t n = size_t{1} << log_n;
      const NttPlan plan(log_n, rng.NextFp());
      for (const size_t k : std::set<size_t>{0, 1, n / 4, n / 4 + 1, (n + 1) / 2, n}) {
        std::vector<std::vector<Fp>> rows;
        std::vector<std::span<const Fp>> views;
        for (size_t r = 0; r < 13; ++r) rows.push_back(Random(rng, k));
        for (const auto& row : rows) views.emplace_back(row);
        std::vector<Fp> tile = Random(rng, n * kRows), expected(n);
        InterleaveRows(views, k, tile);
        plan.ForwardTile(tile, k);
        for (size_t r = 0; r < kRows; ++r) {
          plan.Forward(r < rows.size() ? views[r] : std::span<const Fp>(), expected);
          for (size_t i = 0; i < n; ++i) {
            ASSERT_EQ(tile[i * kRows + r], expected[i]) << n << " " << k << " " << i << " " << r;
          }
        }
      }
    }
  });
}

TEST(Ntt, TileAtPositionsIsTheTileThere) {
  OnEveryTarget([] {
    SecureRng rng = SecureRng::ForTest(28);
    for (int log_n = 0; log_n <= 12; ++log_n) {
      const size_t n = size_t{1} << log_n;
      const NttPlan plan(log_n, rng.NextFp(), NttPlan::Use::kForward);
      for (const size_t k : std::set<size_t>{0, 1, n / 4, n / 4 + 1, n}) {
        for (const size_t count : std::set<size_t>{0, 1, std::min<size_t>(n, 23), n}) {
          std::set<uint32_t> chosen;
          while (chosen.size() < count)
            chosen.insert(rng.NextFp().ToU32() % static_cast<uint32_t>(n));
          const std::vector<uint32_t> positions(chosen.begin(), chosen.end());
          const std::vector<Fp> row = Random(rng, k);
          std::vector<Fp> tile(n * kRows), some(n * kRows);
          for (auto* t : {&tile, &some}) {
            InterleaveRows(std::vector<std::span<const Fp>>(3, row), k, *t);
          }
          plan.ForwardTile(tile, k);
          plan.ForwardTileAt(some, k, positions);
          for (const uint32_t x : positions) {
            for (size_t r = 0; r < 3; ++r) {
              ASSERT_EQ(some[x * kRows + r], tile[x * kRows + r]) << n << " " << k << " " << x;
            }
          }
        }
      }
    }
  });
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

}  // namespace
}  // namespace voizk
