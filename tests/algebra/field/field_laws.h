// The laws of a field as a typed suite: INSTANTIATE_TYPED_TEST_SUITE_P(Name, FieldLaws, F) checks
// one field.  F has kZero, kOne, operators, Inverse, Pow; RandomElement<F>(rng) draws one.
#ifndef VOIZK_TESTS_ALGEBRA_FIELD_FIELD_LAWS_H_
#define VOIZK_TESTS_ALGEBRA_FIELD_FIELD_LAWS_H_

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "algebra/field/ext.h"

namespace voizk {

template <typename F>
F RandomElement(std::mt19937_64& rng) {
  // Small values and values near p are where carries and reductions go wrong.
  const auto coefficient = [&rng]() {
    switch (rng() % 8) {
      case 0:
        return Fp::FromU32(static_cast<uint32_t>(rng() % 4));
      case 1:
        return Fp::FromRaw(Fp::kModulus - 1 - static_cast<uint32_t>(rng() % 4));
      default:
        return Fp::FromU64(rng());
    }
  };
  if constexpr (std::is_same_v<F, Fp>) {
    return coefficient();
  } else {
    F x;
    for (int i = 0; i < F::kDegree; ++i) x[i] = coefficient();
    return x;
  }
}

template <typename F>
class FieldLaws : public testing::Test {
 protected:
  static constexpr int kRounds = 2000;
  F Draw() { return RandomElement<F>(rng_); }
  std::mt19937_64 rng_{20240607};
};

TYPED_TEST_SUITE_P(FieldLaws);

TYPED_TEST_P(FieldLaws, AdditionIsAnAbelianGroup) {
  using F = TypeParam;
  for (int i = 0; i < this->kRounds; ++i) {
    const F a = this->Draw(), b = this->Draw(), c = this->Draw();
    ASSERT_EQ((a + b) + c, a + (b + c));
    ASSERT_EQ(a + b, b + a);
    ASSERT_EQ(a + F::kZero, a);
    ASSERT_EQ(a + (-a), F::kZero);
    ASSERT_EQ(a - b, a + (-b));
  }
}

TYPED_TEST_P(FieldLaws, MultiplicationIsACommutativeMonoid) {
  using F = TypeParam;
  for (int i = 0; i < this->kRounds; ++i) {
    const F a = this->Draw(), b = this->Draw(), c = this->Draw();
    ASSERT_EQ((a * b) * c, a * (b * c));
    ASSERT_EQ(a * b, b * a);
    ASSERT_EQ(a * F::kOne, a);
    ASSERT_EQ(a.Square(), a * a);
  }
}

TYPED_TEST_P(FieldLaws, MultiplicationDistributes) {
  using F = TypeParam;
  for (int i = 0; i < this->kRounds; ++i) {
    const F a = this->Draw(), b = this->Draw(), c = this->Draw();
    ASSERT_EQ(a * (b + c), a * b + a * c);
    ASSERT_EQ(a * (b - c), a * b - a * c);
  }
}

TYPED_TEST_P(FieldLaws, NonzeroElementsHaveInverses) {
  using F = TypeParam;
  for (int i = 0; i < 200; ++i) {
    const F a = this->Draw();
    if (a.IsZero()) continue;
    ASSERT_EQ(a * a.Inverse(), F::kOne);
  }
  EXPECT_EQ(F::kZero.Inverse(), F::kZero);
}

TYPED_TEST_P(FieldLaws, PowersAreRepeatedProducts) {
  using F = TypeParam;
  const F a = this->Draw();
  F product = F::kOne;
  for (uint64_t e = 0; e < 40; ++e, product *= a) ASSERT_EQ(a.Pow(e), product);
}

TYPED_TEST_P(FieldLaws, CompoundAssignmentAgrees) {
  using F = TypeParam;
  const F a = this->Draw(), b = this->Draw();
  F x = a;
  EXPECT_EQ(x += b, a + b);
  x = a;
  EXPECT_EQ(x -= b, a - b);
  x = a;
  EXPECT_EQ(x *= b, a * b);
}

TYPED_TEST_P(FieldLaws, BatchInvertSkipsZeros) {
  using F = TypeParam;
  std::vector<F> xs;
  for (int i = 0; i < 37; ++i) xs.push_back(i % 5 == 3 ? F::kZero : this->Draw());
  std::vector<F> inverses = xs;
  BatchInvert(std::span(inverses));
  for (size_t i = 0; i < xs.size(); ++i) ASSERT_EQ(inverses[i], xs[i].Inverse()) << i;
}

REGISTER_TYPED_TEST_SUITE_P(FieldLaws, AdditionIsAnAbelianGroup, MultiplicationIsACommutativeMonoid,
                            MultiplicationDistributes, NonzeroElementsHaveInverses,
                            PowersAreRepeatedProducts, CompoundAssignmentAgrees,
                            BatchInvertSkipsZeros);

}  // namespace voizk

#endif  // VOIZK_TESTS_ALGEBRA_FIELD_FIELD_LAWS_H_
