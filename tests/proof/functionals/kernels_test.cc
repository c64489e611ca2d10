// The kernels that place weights, on vectors, against the plain ones.
#include "proof/functionals/kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "algebra/field/koala_bear.h"

namespace voizk {
namespace {

template <int D>
void Matches(bool extreme) {
  std::mt19937 rng(1);
  for (const size_t count : {1u, 3u, 16u, 37u, 64u}) {
    for (const size_t outputs : {1u, 2u, 5u}) {
      const size_t stride =
          count + outputs - 1;  // rows apart, from the second number of outputs on
      std::vector<int32_t> w(stride * outputs);
      for (auto& x : w)
        x = extreme ? (rng() % 2 ? INT32_MIN : INT32_MAX) : static_cast<int>(rng() % 255) - 127;
      std::vector<uint32_t> u(outputs * D);
      for (auto& x : u)
        x = extreme ? Fp::kModulus - 1 : static_cast<uint32_t>(rng() % Fp::kModulus);
      if (extreme && outputs > 1) continue;  // the caller's bound
      std::vector<std::vector<int64_t>> fast(D, std::vector<int64_t>(count, 5)), plain_sums = fast;
      std::vector<int64_t*> fast_rows, plain_rows;
      for (size_t l = 0; l < D; ++l) {
        fast_rows.push_back(fast[l].data());
        plain_rows.push_back(plain_sums[l].data());
      }
      AccumulateWeights<D>(w.data(), stride, outputs, count, u.data(), fast_rows.data());
      plain::AccumulateWeights<D>(w.data(), stride, outputs, count, u.data(), plain_rows.data());
      EXPECT_EQ(fast, plain_sums) << count << " " << outputs;
    }
  }
}

TEST(FunctionalKernels, AccumulateWeightsMatchesScalar) {
  Matches<4>(false);
  Matches<5>(false);
  Matches<4>(true);
  Matches<5>(true);
}

}  // namespace
}  // namespace voizk
