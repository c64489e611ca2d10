// Multilinear extensions: evaluation by definition, zeros beyond the end, and binding one variable
// after another.
#include "algebra/poly/mle.h"

#include <gtest/gtest.h>

#include <vector>

#include "algebra/poly/eq.h"
#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <typename K>
class MleTest : public testing::Test {
 protected:
  std::vector<K> Elements(size_t m) {
    std::vector<K> z(m);
    for (K& x : z) x = rng_.template NextExt<K::kDegree>();
    return z;
  }
  SecureRng rng_ = SecureRng::ForTest(12);
};
using Degrees = testing::Types<Ext<4>, Ext<5>>;
TYPED_TEST_SUITE(MleTest, Degrees);

TYPED_TEST(MleTest, EvaluationFollowsTheDefinitionAndPadsWithZeros) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  ThreadPool pool(2);
  for (const size_t m : {0u, 1u, 5u, 11u, 12u, 13u, 14u}) {
    const size_t full = size_t{1} << m;
    for (const size_t n : {full, full - full / 3, size_t{1}, size_t{0}}) {
      const std::vector<K> z = this->Elements(m);
      std::vector<Fp> base(n);
      std::vector<int8_t> small(n);
      std::vector<int16_t> medium(n);
      this->rng_.Fill(std::span<Fp>(base));
      const std::vector<K> ext = this->Elements(n);
      K base_sum, ext_sum, small_sum, medium_sum;
      for (size_t i = 0; i < n; ++i) {
        small[i] = static_cast<int8_t>(base[i].raw());
        medium[i] = static_cast<int16_t>(base[i].raw());
        const K e = EqAt<D>(z, i);
        base_sum += e * base[i];
        ext_sum += e * ext[i];
        small_sum += e * Fp::FromI64(small[i]);
        medium_sum += e * Fp::FromI64(medium[i]);
      }
      const ExtVec<D> table = ExtVec<D>::From(ext);
      ASSERT_EQ(EvaluateMle<D>(FpSpan(base), z), base_sum) << m << " " << n;
      ASSERT_EQ(EvaluateMle<D>(FpSpan(base), z, &pool), base_sum);
      ASSERT_EQ(EvaluateMle<D>(table.span(), z), ext_sum);
      ASSERT_EQ(EvaluateMle<D>(std::span<const int8_t>(small), z), small_sum);
      ASSERT_EQ(EvaluateMle<D>(std::span<const int16_t>(medium), z), medium_sum);
    }
  }
}

TYPED_TEST(MleTest, BindingAllVariablesFromTheTopEvaluates) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  ThreadPool pool(2);
  const std::vector<K> z = this->Elements(14);
  std::vector<Fp> base(size_t{1} << 14);
  this->rng_.Fill(std::span<Fp>(base));
  ExtVec<D> table = BindTop<D>(FpSpan(base), z[0], &pool);
  for (size_t j = 1; j < z.size(); ++j) BindTop<D>(table, z[j], j % 2 ? &pool : nullptr);
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table.get(0), EvaluateMle<D>(FpSpan(base), z));
}

}  // namespace
}  // namespace voizk
