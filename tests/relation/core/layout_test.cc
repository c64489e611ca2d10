// Addresses: inner dimensions padded to powers of two, what each of the four spaces lists, and
// which dimensions of a product have addresses.
#include "relation/core/layout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <variant>

#include "relation/core/product_dims.h"
#include "relation/support/random_views.h"

namespace voizk {
namespace {

TEST(Shape, AddressesPadInnerDimensionsOnly) {
  const Shape s = MakeShape({5, 3, 4, 6});
  EXPECT_EQ(s.Cells(), 360u);
  EXPECT_EQ(s.DimBits(1), 2);
  EXPECT_EQ(s.DimBits(2), 2);
  EXPECT_EQ(s.DimBits(3), 3);
  EXPECT_EQ(s.InnerBits(), 7);
  EXPECT_EQ(s.AddressCount(), 5u << 7);
  EXPECT_EQ(MakeShape({7}).AddressCount(), 7u);
}

RC_GTEST_PROP(Layout, PlacementsAreAlignedDisjointAndWithoutGaps, (uint64_t seed)) {
  RandomViews random(seed);
  Relation r;
  for (int64_t n = random.Between(0, 20); n > 0; --n) {
    r.tensors.push_back({"", random.AnyShape(9), 0, 0});
  }
  const Space space = MakeLayout(r).cells;
  RC_ASSERT(space.items.size() == r.tensors.size());
  std::vector<std::pair<uint64_t, uint64_t>> used;
  uint64_t total = 0;
  for (size_t i = 0; i < space.items.size(); ++i) {
    const Placement& p = space.items[i];
    RC_ASSERT(p.shape == r.tensors[i].shape);
    RC_ASSERT(p.base % (uint64_t{1} << p.shape.InnerBits()) == 0u);
    used.emplace_back(p.base, p.base + p.shape.AddressCount());
    total += p.shape.AddressCount();
  }
  std::sort(used.begin(), used.end());
  for (size_t i = 0; i + 1 < used.size(); ++i) RC_ASSERT(used[i].second == used[i + 1].first);
  RC_ASSERT(space.size == total);
  RC_ASSERT(space.bits >= 1);
  RC_ASSERT(space.size <= uint64_t{1} << space.bits);
  RC_ASSERT(space.bits == 1 || space.size > uint64_t{1} << (space.bits - 1));
}

TEST(Layout, SpacesListWhatTheyShould) {
  Relation r;
  r.tensors.push_back({"", MakeShape({2, 3}), 0, 1});
  r.tables.push_back({"", {0, 1, 2}, {0, 0, 0}});
  r.lookups.push_back({View{MakeShape({6}), {}, {}}, 0, false, {}, 0});
  const View varies{MakeShape({2, 3}), {}, {{0b11, {1, 2, 3, 4, 5, 6}}}};
  r.products.push_back({varies, varies, View{MakeShape({2}), {}, {}}});
  r.equalities.push_back({View{MakeShape({4, 4}), {}, {}}});
  const Layout l = MakeLayout(r);
  ASSERT_EQ(l.lookups.items.size(), 2u);
  EXPECT_EQ(l.lookups.items[1].base, 6u);
  EXPECT_EQ(l.lookups.size, 9u);
  EXPECT_EQ(l.lookups.bits, 4);
  ASSERT_EQ(l.products.items.size(), 1u);
  EXPECT_EQ(l.products.size, 8u);
  ASSERT_EQ(l.outputs.items.size(), 2u);
  EXPECT_EQ(l.outputs.items[1].base, 0u) << "the larger inner block comes first";
  EXPECT_EQ(l.outputs.items[0].base, 16u);
  EXPECT_EQ(l.outputs.size, 18u);
}

DimSource Affine(uint32_t out_dim) { return {DimSource::Kind::kAffine, out_dim, 1, 0, {}}; }

TEST(ProductDims, AreReadOffTheViews) {
  const Shape shape = MakeShape({4, 3, 1, 2});
  const auto by = [&](std::vector<uint32_t> dims) {
    View v{shape, {}, {}};
    for (const uint32_t d : dims) v.terms.push_back({0, 1, IndexMap{{Affine(d)}, {}, {}}});
    return v;
  };
  EXPECT_EQ(DependsOn(by({})), 0u);
  EXPECT_EQ(DependsOn(by({0, 3})), 0b1001u);
  // matrix product: a without dimension 1, b without 0; 2 has length 1; both have 3.
  Product p{by({0, 3}), by({1, 3}), View{MakeShape({4, 3, 1}), {}, {}}};
  EXPECT_EQ(DimsOf(p), (ProductDims{ProductDim::kSumInA, ProductDim::kSumInB, ProductDim::kKept,
                                    ProductDim::kKept}));
  EXPECT_EQ(KeptShape(p), MakeShape({1, 1, 1, 2}));
  EXPECT_EQ(AtIndexZero(p.a, DimsOf(p), ProductDim::kSumInB).shape, MakeShape({4, 1, 1, 2}));
  EXPECT_EQ(AtIndexZero(p.b, DimsOf(p), ProductDim::kSumInA).shape, MakeShape({1, 3, 1, 2}));
  // A window that is all of a dimension, by 0 or by its length, does not cut it.
  auto& map = std::get<IndexMap>(p.a.terms[0].op);
  map.out_end = {4, 3, 0, 0};
  EXPECT_EQ(DependsOn(p.a), 0b1001u);
  EXPECT_EQ(
      std::get<IndexMap>(AtIndexZero(p.a, DimsOf(p), ProductDim::kSumInB).terms[0].op).out_end[1],
      0u);
  map.out_end[1] = 2;
  EXPECT_EQ(DependsOn(p.a), 0b1011u);
  EXPECT_EQ(DimsOf(p)[1], ProductDim::kKept);
  // A constant along a dimension, a convolution.
  View constant = by({});
  constant.constants.push_back({0b0010, {1, 2, 3}});
  EXPECT_EQ(DependsOn(constant), 0b0010u);
  constant.terms.push_back({0, 1, Conv{}});
  EXPECT_EQ(DependsOn(constant), 0b1111u);
}

}  // namespace
}  // namespace voizk
