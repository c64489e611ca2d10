// Sums of a tensor over some of its dimensions, against the definition, for every set of
// dimensions.
#include "proof/functionals/sum_dims.h"

#include <gtest/gtest.h>

#include <random>

namespace voizk {
namespace {

template <int D>
void Compare(const Shape& shape, uint32_t summed, ThreadPool& pool) {
  std::mt19937 rng(shape.dims[0] + summed);
  std::vector<int32_t> values(shape.Cells());
  for (int32_t& v : values) v = static_cast<int32_t>(rng() % 4001) - 2000;
  std::array<ExtVec<D>, Shape::kMaxRank> weights;
  std::array<uint32_t, Shape::kMaxRank> kept = shape.dims;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if ((summed >> d & 1) == 0) continue;
    weights[d] = ExtVec<D>(shape.dims[d]);
    for (size_t i = 0; i < shape.dims[d]; ++i) {
      weights[d].set(i, Ext<D>::FromI64(static_cast<int64_t>(rng() % 1000)) +
                            Ext<D>::Basis(D - 1) * Fp::FromU32(static_cast<uint32_t>(rng() % 9)));
    }
    kept[d] = 1;
  }
  std::vector<Ext<D>> expected(size_t{kept[0]} * kept[1] * kept[2] * kept[3]);
  for (size_t i = 0; i < values.size(); ++i) {
    size_t rest = i, out = 0, stride = 1;
    Ext<D> term = Ext<D>::FromI64(values[i]);
    for (size_t d = Shape::kMaxRank; d-- > 0;) {
      const size_t index = rest % shape.dims[d];
      rest /= shape.dims[d];
      if (summed >> d & 1) {
        term *= weights[d].get(index);
      } else {
        out += index * stride;
      }
      stride *= kept[d];
    }
    expected[out] += term;
  }
  EXPECT_EQ(SumDims<D>(shape, values, weights, pool).ToVector(), expected) << summed;
}

TEST(SumDims, AgreesWithTheDefinition) {
  ThreadPool pool(2);
  for (const Shape& shape : {MakeShape({3, 4, 5, 7}), MakeShape({1, 6, 1, 2}), MakeShape({9})}) {
    for (uint32_t summed = 0; summed < 16; ++summed) {
      Compare<4>(shape, summed, pool);
      Compare<5>(shape, summed, pool);
    }
  }
  Compare<4>(MakeShape({3, 5000, 3}), 0b001, pool);  // several pieces of the inner dimension
  Compare<4>(MakeShape({2, 40, 300}), 0b010, pool);
}

}  // namespace
}  // namespace voizk
