// Sums of products by values are those of the schoolbook, up to the last coefficient that the
// group has room for.
#include "proof/commit/product_sum.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <int D>
void Compare(int log_n, size_t a_size, size_t b_size, SecureRng& rng) {
  const NttPlan plan(log_n, Fp::kOne);
  const auto random = [&rng](size_t n) {
    ExtVec<D> f(n);
    for (size_t i = 0; i < n; ++i) f.set(i, rng.NextExt<D>());
    return f;
  };
  std::vector<Ext<D>> expected(a_size + b_size - 1);
  ProductSum<D> sum(&plan);
  ExtVec<D> result = random(expected.size());
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = result.get(i);
  for (int k = 0; k < 3; ++k) {
    const ExtVec<D> a = random(a_size), b = random(b_size);
    sum.Add(ValuesOf<D>(plan, a.span()), ValuesOf<D>(plan, b.span()));
    for (size_t i = 0; i < a_size; ++i) {
      for (size_t j = 0; j < b_size; ++j) expected[i + j] += a.get(i) * b.get(j);
    }
  }
  sum.AddTo(result.span());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(result.get(i), expected[i]) << i;
}

TEST(ProductSum, IsThatOfTheSchoolbook) {
  SecureRng rng = SecureRng::ForTest(31);
  Compare<4>(0, 1, 1, rng);
  Compare<4>(5, 16, 17, rng);
  Compare<4>(6, 5, 31, rng);
  Compare<5>(7, 64, 65, rng);
}

}  // namespace
}  // namespace voizk
