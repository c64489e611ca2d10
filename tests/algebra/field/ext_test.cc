// The extensions of degree 4 and 5: the field laws, multiplication against schoolbook polynomials
// modulo the documented (irreducible) polynomial, canonical bytes.
#include "algebra/field/ext.h"

#include <gtest/gtest.h>

#include "algebra/field/bytes.h"
#include "algebra/field/ext_array.h"
#include "field_laws.h"

namespace voizk {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Degree4, FieldLaws, Ext<4>);
INSTANTIATE_TYPED_TEST_SUITE_P(Degree5, FieldLaws, Ext<5>);

template <typename K>
class ExtTest : public testing::Test {};
using Degrees = testing::Types<Ext<4>, Ext<5>>;
TYPED_TEST_SUITE(ExtTest, Degrees);

// x^D in terms of lower powers, as in the header: 3 for D = 4, 1 - x^2 for D = 5.
template <int D>
Ext<D> TopPower() {
  Ext<D> t;
  if constexpr (D == 4) {
    t[0] = Fp::FromU32(3);
  } else {
    t[0] = Fp::kOne;
    t[2] = -Fp::kOne;
  }
  return t;
}

TYPED_TEST(ExtTest, MultiplicationIsPolynomialMultiplicationModuloTheDocumentedPolynomial) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  std::mt19937_64 rng(5);
  for (int round = 0; round < 2000; ++round) {
    const K a = RandomElement<K>(rng), b = RandomElement<K>(rng);
    std::array<Fp, 2 * D - 1> c{};
    for (int i = 0; i < D; ++i) {
      for (int j = 0; j < D; ++j) c[static_cast<size_t>(i + j)] += a[i] * b[j];
    }
    const K top = TopPower<D>();
    for (int k = 2 * D - 2; k >= D; --k) {
      for (int i = 0; i < D; ++i)
        c[static_cast<size_t>(k - D + i)] += c[static_cast<size_t>(k)] * top[i];
    }
    K expected;
    for (int i = 0; i < D; ++i) expected[i] = c[static_cast<size_t>(i)];
    ASSERT_EQ(a * b, expected);
  }
}

// Rabin: f of degree D is irreducible iff x^(p^D) = x mod f and x^(p^(D/q)) - x is a unit mod f
// for every prime q dividing D.  (D = 4: q = 2; D = 5: q = 5.)  These are computations in the ring
// Fp[x]/f, which the test above checks; a product equal to one proves a unit.
TYPED_TEST(ExtTest, TheModulusIsIrreducible) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const K x = K::Basis(1);
  std::array<K, D + 1> conjugate;
  conjugate[0] = x;
  for (size_t i = 1; i <= D; ++i) conjugate[i] = conjugate[i - 1].Pow(Fp::kModulus);
  EXPECT_EQ(conjugate[D], x);
  const K difference = conjugate[D == 4 ? 2 : 1] - x;
  EXPECT_EQ(difference * difference.Inverse(), K::kOne);
}

TYPED_TEST(ExtTest, FrobeniusIsThePthPower) {
  using K = TypeParam;
  std::mt19937_64 rng(6);
  const K a = RandomElement<K>(rng);
  EXPECT_EQ(a.Frobenius(), a.Pow(Fp::kModulus));
}

TYPED_TEST(ExtTest, BaseFieldIsEmbedded) {
  using K = TypeParam;
  std::mt19937_64 rng(7);
  for (int i = 0; i < 200; ++i) {
    const K a = RandomElement<K>(rng);
    const Fp s = RandomElement<Fp>(rng), t = RandomElement<Fp>(rng);
    EXPECT_EQ(a * s, a * K::FromBase(s));
    EXPECT_EQ(s * a, a * s);
    EXPECT_EQ(a + s, a + K::FromBase(s));
    EXPECT_EQ(a - s, a - K::FromBase(s));
    EXPECT_EQ(K::FromBase(s * t), K::FromBase(s) * K::FromBase(t));
  }
}

TYPED_TEST(ExtTest, BytesRoundTripAndAreCanonical) {
  using K = TypeParam;
  std::mt19937_64 rng(8);
  const K a = RandomElement<K>(rng);
  std::array<uint8_t, K::kBytes> bytes;
  StoreCanonical(a, bytes.data());
  EXPECT_EQ(LoadU32(bytes.data() + 4), a[1].ToU32());
  K b;
  ASSERT_TRUE(ParseCanonical(bytes.data(), &b));
  EXPECT_EQ(a, b);
  for (int i = 0; i < K::kDegree; ++i) {
    auto bad = bytes;
    StoreU32(Fp::kModulus, bad.data() + 4 * i);
    EXPECT_FALSE(ParseCanonical(bad.data(), &b)) << "coefficient " << i << " = p";
  }
}

TYPED_TEST(ExtTest, ReadFieldsChecksSizeAndCanonicity) {
  using K = TypeParam;
  std::mt19937_64 rng(9);
  const std::vector<K> xs = {RandomElement<K>(rng), RandomElement<K>(rng)};
  ByteWriter w;
  WriteFields<K>(w, xs);
  ByteReader good(w.bytes(), ErrorCode::kProofMalformed, "proof");
  EXPECT_EQ(ReadFields<K>(good, 2).value(), xs);
  ByteReader too_few(w.bytes(), ErrorCode::kProofMalformed, "proof");
  EXPECT_FALSE(ReadFields<K>(too_few, 3).ok());
  ByteReader huge(w.bytes(), ErrorCode::kProofMalformed, "proof");
  EXPECT_FALSE(ReadFields<K>(huge, ~size_t{0}).ok());
  std::vector<uint8_t> bytes = w.bytes();
  StoreU32(~0u, bytes.data() + bytes.size() - 4);
  ByteReader bad(bytes, ErrorCode::kProofMalformed, "proof");
  const auto r = ReadFields<K>(bad, 2);
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().code, ErrorCode::kProofMalformed);
}

TYPED_TEST(ExtTest, ExtVecStoresPlanes) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  std::mt19937_64 rng(10);
  for (const size_t n : {size_t{0}, size_t{1}, size_t{17}, size_t{2000}}) {
    std::vector<K> xs(n);
    for (K& x : xs) x = RandomElement<K>(rng);
    ExtVec<D> v = ExtVec<D>::From(xs);
    EXPECT_EQ(v.ToVector(), xs);
    EXPECT_EQ(v.Clone().ToVector(), xs);
    EXPECT_EQ(ExtVec<D>(n).ToVector(), std::vector<K>(n));
    if (n < 3) continue;
    v.subspan(1, n - 1).set(1, K::kOne);
    EXPECT_EQ(v.get(2), K::kOne);
    EXPECT_EQ(v.limb(0)[2], Fp::kOne);
    const ExtConstSpan<D> view = v.span();
    EXPECT_EQ(view.get(2), K::kOne);
    v.Truncate(2);
    EXPECT_EQ(v.size(), 2u);
  }
}

}  // namespace
}  // namespace voizk
