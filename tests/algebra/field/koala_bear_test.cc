// The base field: the documented prime, generator and roots of unity, the field laws, arithmetic
// against 64-bit integers, and the sum of products that reduces without overflow.
#include "algebra/field/koala_bear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "field_laws.h"

namespace voizk {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Base, FieldLaws, Fp);

TEST(KoalaBear, ModulusIsTheDocumentedPrime) {
  EXPECT_EQ(Fp::kModulus, (1u << 31) - (1u << 24) + 1);
  for (uint32_t d = 2; uint64_t{d} * d <= Fp::kModulus; ++d) ASSERT_NE(Fp::kModulus % d, 0u) << d;
  EXPECT_NEAR(Fp::kBits, std::log2(double{Fp::kModulus}), 1e-9);
}

TEST(KoalaBear, ThreeGeneratesTheMultiplicativeGroup) {
  ASSERT_EQ(Fp::kModulus - 1, 127u << 24);
  const Fp g = Fp::FromU32(Fp::kGenerator);
  EXPECT_NE(g.Pow((Fp::kModulus - 1) / 2), Fp::kOne);
  EXPECT_NE(g.Pow((Fp::kModulus - 1) / 127), Fp::kOne);
}

TEST(KoalaBear, ArithmeticAgreesWith64BitIntegers) {
  std::mt19937_64 rng(1);
  const uint64_t p = Fp::kModulus;
  for (int i = 0; i < 100000; ++i) {
    const uint64_t a = i < 16 ? static_cast<uint64_t>(i & 3) * (p - 1) / 3 : rng() % p;
    const uint64_t b = i < 16 ? static_cast<uint64_t>(i >> 2) * (p - 1) / 3 : rng() % p;
    const Fp x = Fp::FromU64(a), y = Fp::FromU64(b);
    ASSERT_EQ((x + y).ToU32(), (a + b) % p);
    ASSERT_EQ((x - y).ToU32(), (a + p - b) % p);
    ASSERT_EQ((x * y).ToU32(), a * b % p);
    ASSERT_EQ((-x).ToU32(), (p - a) % p);
  }
}

TEST(KoalaBear, ConversionsCoverTheirWholeRange) {
  EXPECT_EQ(Fp::FromU32(0).ToU32(), 0u);
  EXPECT_EQ(Fp::FromU32(Fp::kModulus).ToU32(), 0u);
  EXPECT_EQ(Fp::FromU32(~0u).ToU32(), ~0u - 2 * Fp::kModulus);
  for (const int64_t v : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{(Fp::kModulus - 1) / 2},
                          -int64_t{(Fp::kModulus - 1) / 2}, int64_t{-32768}}) {
    EXPECT_EQ(Fp::FromI64(v).ToCentered(), v);
  }
  const int64_t low = std::numeric_limits<int64_t>::min();
  const int64_t p = Fp::kModulus;
  EXPECT_EQ(int64_t{Fp::FromI64(low).ToU32()}, (low % p + p) % p);
}

TEST(KoalaBear, RootsOfUnityHaveExactOrder) {
  for (int k = 1; k <= Fp::kTwoAdicity; ++k) {
    const Fp w = Fp::RootOfUnity(k);
    EXPECT_EQ(w.Pow(uint64_t{1} << (k - 1)), -Fp::kOne) << k;
    EXPECT_EQ(w * w, Fp::RootOfUnity(k - 1)) << k;
  }
}

TEST(KoalaBear, FourLargestProductsReduceWithoutOverflow) {
  const uint64_t top = uint64_t{Fp::kModulus - 1} * (Fp::kModulus - 1);
  ASSERT_LT(4 * static_cast<long double>(top), 18446744073709551616.0L);
  const Fp x = Fp::FromRaw(Fp::kModulus - 1);
  EXPECT_EQ(Fp::FromRaw(Fp::Reduce64(4 * top)), x * x + x * x + x * x + x * x);
}

}  // namespace
}  // namespace voizk
