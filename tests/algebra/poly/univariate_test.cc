// Univariate polynomials by coefficients and by values: Horner's rule and Lagrange's basis against
// their definitions.
#include "algebra/poly/univariate.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <typename F>
std::vector<F> Random(SecureRng& rng, size_t n) {
  std::vector<F> v(n);
  for (F& x : v) {
    if constexpr (std::is_same_v<F, Fp>) {
      x = rng.NextFp();
    } else {
      x = rng.NextExt<F::kDegree>();
    }
  }
  return v;
}

TEST(Univariate, HornerFollowsTheDefinition) {
  // 7 + 5x + 3x^2 at 10
  const std::vector<Fp> f = {Fp::FromU32(7), Fp::FromU32(5), Fp::FromU32(3)};
  EXPECT_EQ(EvaluatePolynomial<Fp>(f, Fp::FromU32(10)), Fp::FromU32(357));
  EXPECT_EQ(EvaluatePolynomial<Fp>(f, Ext<4>::FromI64(10)), Ext<4>::FromI64(357));
  EXPECT_EQ(EvaluatePolynomial<Fp>(std::vector<Fp>{}, Fp::kOne), Fp::kZero);
}

template <typename F>
class LagrangeTest : public testing::Test {};
using Fields = testing::Types<Fp, Ext<4>, Ext<5>>;
TYPED_TEST_SUITE(LagrangeTest, Fields);

TYPED_TEST(LagrangeTest, InterpolationInvertsEvaluation) {
  using F = TypeParam;
  SecureRng rng = SecureRng::ForTest(13);
  for (const size_t n : {1u, 2u, 3u, 17u, 410u}) {
    const std::vector<F> f = Random<F>(rng, n);
    const LagrangeNodes nodes(Random<Fp>(rng, n));
    std::vector<F> values;
    for (const Fp x : nodes.nodes()) values.push_back(EvaluatePolynomial<F>(f, x));
    EXPECT_EQ(nodes.Interpolate<F>(values), f) << n;
    const F x = Random<F>(rng, 1)[0];
    EXPECT_EQ((nodes.Evaluate<F, F>(values, x)), (EvaluatePolynomial<F, F>(f, x)));
  }
}

TYPED_TEST(LagrangeTest, EvaluationAtANodeGivesItsValue) {
  using F = TypeParam;
  SecureRng rng = SecureRng::ForTest(14);
  const LagrangeNodes nodes = LagrangeNodes::UpTo(5);
  const std::vector<F> values = Random<F>(rng, 6);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ((nodes.Evaluate<F, Fp>(values, Fp::FromU64(i))), values[i]);
  }
}

TYPED_TEST(LagrangeTest, BasisSumsToOne) {
  using F = TypeParam;
  SecureRng rng = SecureRng::ForTest(15);
  const LagrangeNodes nodes = LagrangeNodes::UpTo(9);
  F sum;
  for (const F& basis : nodes.BasisAt(Random<F>(rng, 1)[0])) sum += basis;
  EXPECT_EQ(sum, F::kOne);
}

}  // namespace
}  // namespace voizk
