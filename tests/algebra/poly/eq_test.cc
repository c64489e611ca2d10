// Tables of eq(r, x): the definition, the order of variables (0 is the top bit), windows that build
// a table piecemeal, threads that change nothing.
#include "algebra/poly/eq.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <typename K>
class EqTest : public testing::Test {
 protected:
  std::vector<K> Point(size_t m) {
    std::vector<K> z(m);
    for (K& x : z) x = rng_.template NextExt<K::kDegree>();
    return z;
  }
  SecureRng rng_ = SecureRng::ForTest(11);
};
using Degrees = testing::Types<Ext<4>, Ext<5>>;
TYPED_TEST_SUITE(EqTest, Degrees);

template <typename K>
using PointView = std::span<const K>;

TYPED_TEST(EqTest, TableFollowsTheDefinitionWithVariable0OnTop) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  for (size_t m = 0; m <= 7; ++m) {
    const std::vector<K> z = this->Point(m);
    const ExtVec<D> table = EqTable<D>(z);
    ASSERT_EQ(table.size(), size_t{1} << m);
    for (size_t i = 0; i < table.size(); ++i) {
      K product = K::kOne;
      std::vector<K> x(m);
      for (size_t j = 0; j < m; ++j) {
        const bool bit = i >> (m - 1 - j) & 1;
        x[j] = K::FromI64(bit);
        product *= bit ? z[j] : K::kOne - z[j];
      }
      ASSERT_EQ(table.get(i), product) << m << " " << i;
      ASSERT_EQ(EqEval<D>(z, x), product);
      ASSERT_EQ(EqAt<D>(z, i), product);
    }
  }
}

TYPED_TEST(EqTest, ScaleAndThreads) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  ThreadPool pool(3);
  const std::vector<K> z = this->Point(15);
  const K s = this->Point(1)[0];
  const ExtVec<D> table = EqTable<D>(z), scaled = EqTable<D>(z, s, &pool);
  for (size_t i = 0; i < table.size(); i += 97) ASSERT_EQ(scaled.get(i), table.get(i) * s);
}

TYPED_TEST(EqTest, TableSumsToOne) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const std::vector<K> z = this->Point(9);
  K sum;
  for (const K& e : EqTable<D>(z).ToVector()) sum += e;
  EXPECT_EQ(sum, K::kOne);
}

TYPED_TEST(EqTest, EqIsSymmetricAndReproducing) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const std::vector<K> a = this->Point(6), b = this->Point(6);
  EXPECT_EQ(EqEval<D>(a, b), EqEval<D>(b, a));
  // sum_x eq(a, x) eq(x, b) = eq(a, b)
  K sum;
  const ExtVec<D> ta = EqTable<D>(a), tb = EqTable<D>(b);
  for (size_t i = 0; i < ta.size(); ++i) sum += ta.get(i) * tb.get(i);
  EXPECT_EQ(sum, EqEval<D>(a, b));
}

TYPED_TEST(EqTest, EveryWindowOfSixVariablesMatchesTheTable) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const std::vector<K> z = this->Point(6);
  const std::vector<K> table = EqTable<D>(z).ToVector();
  for (uint64_t start = 0; start <= 64; ++start) {
    K sum;
    for (uint64_t count = 0; start + count <= 64; ++count) {
      if (count > 0) sum += table[start + count - 1];
      const std::vector<K> window = EqWindow<D>(z, start, count).ToVector();
      ASSERT_TRUE(
          std::equal(window.begin(), window.end(), table.begin() + static_cast<long>(start)))
          << start << " " << count;
      ASSERT_EQ(EqWindowSum<D>(z, start, count), sum) << start << " " << count;
    }
  }
}

TYPED_TEST(EqTest, WindowScale) {
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const std::vector<K> z = this->Point(10);
  const K s = this->Point(1)[0];
  ExtVec<D> out(300);
  EqWindow<D>(z, 77, s, out.span());
  for (uint64_t k = 0; k < 300; ++k) ASSERT_EQ(out.get(k), s * EqAt<D>(z, 77 + k));
}

RC_GTEST_PROP(EqWindowProperty, WindowsInLargeCubesAgreeWithSingleValues, ()) {
  const auto m = *rc::gen::inRange<size_t>(1, 40);
  const auto start = *rc::gen::inRange<uint64_t>(0, uint64_t{1} << m);
  const auto limit = std::min<uint64_t>((uint64_t{1} << m) - start, 50);
  const auto count = *rc::gen::inRange<uint64_t>(0, limit + 1);
  SecureRng rng = SecureRng::ForTest(start);
  std::vector<Ext<4>> z(m);
  for (auto& x : z) x = rng.NextExt<4>();
  const ExtVec<4> window = EqWindow<4>(z, start, count);
  Ext<4> sum;
  for (uint64_t k = 0; k < count; ++k) {
    RC_ASSERT(window.get(k) == EqAt<4>(z, start + k));
    sum += window.get(k);
  }
  RC_ASSERT(EqWindowSum<4>(z, start, count) == sum);
}

}  // namespace
}  // namespace voizk
