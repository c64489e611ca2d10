// Guards: boxes cut along each other make regions of which each index lies in exactly one, and each
// lies inside or outside of every box; bounds and evidence are taken region by region.
#include "relation/certificate/subdivision.h"

#include <gtest/gtest.h>

#include <random>

namespace voizk {
namespace {

using Index = std::array<uint32_t, Shape::kMaxRank>;

bool Holds(const Box& box, const Index& at) {
  for (size_t d = 0; d < at.size(); ++d) {
    if (at[d] < box.begin[d] || at[d] >= box.end[d]) return false;
  }
  return true;
}

TEST(Subdivision, RegionsPartTheIndicesAndKeepToBoxes) {
  std::mt19937 rng(4);
  const auto in = [&rng](uint32_t lo, uint32_t hi) {
    return static_cast<uint32_t>(lo + rng() % (hi - lo + 1));
  };
  for (int round = 0; round < 300; ++round) {
    const Shape shape = MakeShape({in(1, 5), in(1, 4), in(1, 3), in(1, 2)});
    std::vector<Box> boxes(in(0, 4));
    for (Box& box : boxes) {
      for (size_t d = 0; d < Shape::kMaxRank; ++d) {
        box.begin[d] = in(0, shape.dims[d] - 1);
        box.end[d] = in(box.begin[d] + 1, shape.dims[d]);
      }
    }
    const auto cut = Subdivision::Make(shape, boxes, 1 << 16);
    ASSERT_TRUE(cut.has_value());
    for (uint64_t n = 0; n < shape.Cells(); ++n) {
      Index at{};
      uint64_t rest = n;
      for (size_t d = 0; d < at.size(); ++d) {
        at[d] = static_cast<uint32_t>(rest % shape.dims[d]);
        rest /= shape.dims[d];
      }
      int found = 0;
      for (uint64_t k = 0; k < cut->size(); ++k) {
        const Box region = cut->region(k);
        if (!Holds(region, at)) continue;
        ++found;
        for (const Box& box : boxes) ASSERT_EQ(Contains(box, region), Holds(box, at));
      }
      ASSERT_EQ(found, 1);
    }
  }
}

TEST(Subdivision, WorkIsBounded) {
  // Two cuts per box and dimension: 5 * 5 regions times 2 boxes.
  std::vector<Box> boxes(2, FullBox(MakeShape({9, 9})));
  for (uint32_t k = 0; k < 2; ++k) {
    boxes[k].begin = {1 + k, 1 + k, 0, 0};
    boxes[k].end = {5 + k, 5 + k, 1, 1};
  }
  EXPECT_TRUE(Subdivision::Make(MakeShape({9, 9}), boxes, 50).has_value());
  EXPECT_FALSE(Subdivision::Make(MakeShape({9, 9}), boxes, 49).has_value());
}

}  // namespace
}  // namespace voizk
