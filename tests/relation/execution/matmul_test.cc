// Integer matrix and dot products on vectors against the plain ones.
#include "relation/execution/matmul.h"

#include <gtest/gtest.h>

#include <random>

namespace voizk {
namespace {

struct Case {
  size_t rows, outputs, segments, length;
};

// Extreme values on purpose: sums must wrap alike in both kernels.
template <typename T>
std::vector<T> Random(size_t n, std::mt19937& rng, int64_t lo, int64_t hi) {
  std::uniform_int_distribution<int64_t> any(lo, hi);
  std::vector<T> v(n);
  for (T& x : v) x = static_cast<T>(rng() % 8 == 0 ? (rng() % 2 ? lo : hi) : any(rng));
  return v;
}

template <typename T>
class MatMulTest : public testing::Test {};
using Widths = testing::Types<int16_t, int32_t>;
TYPED_TEST_SUITE(MatMulTest, Widths);

TYPED_TEST(MatMulTest, MatchesScalar) {
  using T = TypeParam;
  std::mt19937 rng(1);
  constexpr int64_t kLo = std::numeric_limits<T>::min(), kHi = std::numeric_limits<T>::max();
  for (const Case& c : {Case{1, 1, 1, 1}, Case{7, 16, 1, 201}, Case{13, 17, 3, 5},
                        Case{24, 33, 2, 64}, Case{5, 3, 9, 1}, Case{9, 48, 1, 2}}) {
    const size_t window = c.segments * (c.length + 3);
    const auto in = Random<T>(c.rows * 2 + window + 1, rng, kLo, kHi);
    const auto weights = Random<int32_t>(c.outputs * c.segments * c.length, rng, kLo, kHi);
    std::vector<size_t> rows, segments;
    for (size_t m = 0; m < c.rows; ++m) rows.push_back(2 * m);
    for (size_t s = 0; s < c.segments; ++s) segments.push_back(s * (c.length + 3));
    const Gather gather{rows, segments, c.length};
    const auto packed =
        PackWeights<T>(weights, c.outputs, c.segments * c.length, c.segments, c.length);
    std::vector<int32_t> fast(c.rows * c.outputs, 7), slow(c.rows * c.outputs, 9);
    MatMul(in.data(), gather, packed, 0, c.rows, fast.data(), c.outputs);
    plain::MatMul(in.data(), gather, packed, 0, c.rows, slow.data(), c.outputs);
    EXPECT_EQ(fast, slow);
    // The definition, in 64 bits where nothing wraps before the end.
    for (size_t m = 0; m < c.rows; ++m) {
      for (size_t o = 0; o < c.outputs; ++o) {
        uint64_t sum = 0;
        for (size_t s = 0; s < c.segments; ++s) {
          for (size_t j = 0; j < c.length; ++j) {
            sum += static_cast<uint64_t>(int64_t{weights[(o * c.segments + s) * c.length + j]} *
                                         in[rows[m] + segments[s] + j]);
          }
        }
        ASSERT_EQ(static_cast<uint32_t>(fast[m * c.outputs + o]), static_cast<uint32_t>(sum));
      }
    }
  }
}

TEST(DotRowsTest, MatchesScalar) {
  std::mt19937 rng(2);
  for (const Case& c : {Case{1, 5, 1, 1}, Case{4, 3, 2, 37}, Case{2, 9, 1, 64}, Case{3, 1, 3, 7}}) {
    const size_t window = c.segments * (c.length + 1);
    const auto in = Random<int32_t>(c.rows * 3 + window, rng, INT32_MIN, INT32_MAX);
    const auto weights =
        Random<int32_t>(c.outputs * c.segments * c.length, rng, INT32_MIN, INT32_MAX);
    std::vector<size_t> rows, segments;
    for (size_t m = 0; m < c.rows; ++m) rows.push_back(3 * m);
    for (size_t s = 0; s < c.segments; ++s) segments.push_back(s * (c.length + 1));
    const Gather gather{rows, segments, c.length};
    std::vector<int32_t> fast(c.rows * c.outputs, 7), slow(c.rows * c.outputs, 9);
    const size_t stride = c.segments * c.length;
    DotRows(in.data(), gather, weights.data(), stride, 0, c.outputs, fast.data(), c.outputs);
    plain::DotRows(in.data(), gather, weights.data(), stride, 0, c.outputs, slow.data(), c.outputs);
    EXPECT_EQ(fast, slow);
    const auto packed = PackWeights<int32_t>(weights, c.outputs, stride, c.segments, c.length);
    plain::MatMul(in.data(), gather, packed, 0, c.rows, slow.data(), c.outputs);
    EXPECT_EQ(fast, slow);
  }
}

}  // namespace
}  // namespace voizk
