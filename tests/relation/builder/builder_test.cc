// Views that the builder makes, and that its errors are recorded, never fatal.
#include "relation/builder/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/execution/checker.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// x[i][j] = 10 i + j, 3 by 4.
struct Grid {
  Builder b;
  TensorId x = gadgets::Input(b, "x", MakeShape({3, 4}), 0, 99);
  Witness w = std::vector<std::vector<int32_t>>(
      10, std::vector<int32_t>{0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});

  std::vector<int64_t> Values(const View& v) const { return EvaluateView(b.relation(), v, w); }
};

TEST(Builder, Slices) {
  Grid g;
  EXPECT_THAT(g.Values(views::Slice(g.b, g.x, 0, 1, 1)), ElementsAre(10, 11, 12, 13));
  EXPECT_THAT(g.Values(views::Slice(g.b, g.x, 1, 1, 2, 2)), ElementsAre(1, 3, 11, 13, 21, 23));
  EXPECT_FALSE(g.b.failed());
}

TEST(Builder, SumsAndBroadcasts) {
  Grid g;
  const View sums = views::SumOver(g.b, g.x, 0);
  EXPECT_EQ(sums.shape, MakeShape({4}));
  EXPECT_THAT(g.Values(sums), ElementsAre(30, 33, 36, 39));
  EXPECT_THAT(g.Values(views::SumOver(g.b, g.x, 1, {1, -1, 0, 2})), ElementsAre(5, 25, 45));
  EXPECT_THAT(g.Values(views::Broadcast(g.b, g.x, MakeShape({4, 2, 3}), {2, 0})),
              ElementsAre(0, 10, 20, 0, 10, 20, 1, 11, 21, 1, 11, 21, 2, 12, 22, 2, 12, 22, 3, 13,
                          23, 3, 13, 23));
  EXPECT_FALSE(g.b.failed());
}

TEST(Builder, SelectsFromViewsWithWindowsAndConstants) {
  Grid g;
  IndexMap map;
  map.sources.push_back({DimSource::Kind::kAffine, 1, 1, -1, {}});
  map.sources.push_back({DimSource::Kind::kAffine, 0, 2, 0, {}});
  map.out_end[1] = 3;
  View v = views::Map(g.b, g.x, MakeShape({2, 5}), map);  // v[a][c] = x[c - 1][2 a], c < 3
  v = views::Add(v, views::Constants(MakeShape({2, 5}), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const std::vector<int64_t> all = g.Values(v);
  for (uint32_t c = 0; c < 5; ++c) {
    EXPECT_THAT(g.Values(views::Select(g.b, v, 1, c)), ElementsAre(all[c], all[5 + c])) << c;
  }
  EXPECT_THAT(g.Values(views::Select(g.b, v, 0, 1)),
              ElementsAre(all[5], all[6], all[7], all[8], all[9]));
  EXPECT_THAT(g.Values(views::Select(g.b, views::Select(g.b, v, 0, 1), 0, 2)), ElementsAre(all[7]));
  EXPECT_FALSE(g.b.failed());
}

TEST(Builder, DenseCoversTheTensor) {
  Grid g;
  std::vector<int32_t> weights(24, 0);
  weights[0] = weights[11] = 1;
  weights[12 + 5] = 2;
  const std::vector<int32_t> bias{100, 200};
  const View v = views::Dense(g.b, g.x, 2, weights, bias);
  EXPECT_EQ(v.shape, MakeShape({1, 2}));
  EXPECT_THAT(g.Values(v), ElementsAre(123, 222));
  EXPECT_FALSE(g.b.failed());
}

TEST(Builder, ArithmeticOfViews) {
  Grid g;
  const View a = views::Slice(g.b, g.x, 0, 0, 1), c = views::Slice(g.b, g.x, 0, 2, 1);
  EXPECT_THAT(g.Values(views::Add(a, c)), ElementsAre(20, 22, 24, 26));
  EXPECT_THAT(g.Values(views::Sub(a, c)), ElementsAre(-20, -20, -20, -20));
  EXPECT_THAT(g.Values(views::Offset(views::Scale(a, -3), 7)), ElementsAre(7, 4, 1, -2));
  EXPECT_TRUE(views::Sub(a, a).terms.empty());
}

TEST(Builder, EqualTablesAreOne) {
  Builder b;
  EXPECT_EQ(b.RangeTable(0, 9), b.RangeTable(0, 9));
  EXPECT_NE(b.RangeTable(0, 9), b.RangeTable(0, 8));
  EXPECT_EQ(b.AddTable("a", {1}, {2}), b.AddTable("b", {1}, {2}));
}

TEST(Builder, BoundSeesBiasAndCancellation) {
  Grid g;
  const View v = g.b.Identity(g.x);
  EXPECT_EQ(g.b.Bound(views::Offset(v, -50)).lo, -50);
  EXPECT_EQ(g.b.Bound(views::Sub(views::Scale(v, 3), v)).hi, 198);
}

using Misuse = void (*)(Grid&);

TEST(Builder, EveryMisuseIsAnErrorAtFinish) {
  const std::vector<Misuse> misuses = {
      [](Grid& g) { g.b.AddTensor("t", MakeShape({0}), 0, 1); },
      [](Grid& g) {
        g.b.AddTensor("t", MakeShape({1, 1, 1, 1, 1}), 0, 1);
      },
      [](Grid& g) { g.b.AddTensor("t", MakeShape({1u << 29}), 0, 1); },
      [](Grid& g) { g.b.AddTensor("t", MakeShape({2}), 0, int64_t{1} << 31); },
      [](Grid& g) { g.b.AddTensor("t", MakeShape({2}), 0, 1); },  // nothing justifies it
      [](Grid& g) { gadgets::Input(g.b, "t", MakeShape({2}), 0, (int64_t{1} << 30)); },
      [](Grid& g) { g.b.AddWeights(MakeShape({2}), {1}); },
      [](Grid& g) { g.b.AddTable("t", {1}, {}); },
      [](Grid& g) { g.b.AddTable("t", {}, {}); },
      [](Grid& g) { g.b.RangeTable(1, 0); },
      [](Grid& g) { g.b.RangeTable(0, int64_t{1} << 40); },
      [](Grid& g) { views::Slice(g.b, g.x, 2, 0, 1); },
      [](Grid& g) { views::Slice(g.b, g.x, -1, 0, 1); },
      [](Grid& g) { views::Slice(g.b, g.x, 1, 2, 3); },
      [](Grid& g) { views::Slice(g.b, g.x, 1, 0, 0); },
      [](Grid& g) { views::Slice(g.b, 999, 1, 0, 2); },
      [](Grid& g) {
        views::Broadcast(g.b, g.x, MakeShape({3, 5}), {0, 1});
      },
      [](Grid& g) {
        views::Broadcast(g.b, g.x, MakeShape({3, 3}), {0, 0});
      },
      [](Grid& g) { views::Broadcast(g.b, g.x, MakeShape({3}), {0}); },
      [](Grid& g) {
        views::Broadcast(g.b, g.x, MakeShape({3}), {0, -1});
      },
      [](Grid& g) { views::SumOver(g.b, g.x, 2); },
      [](Grid& g) {
        views::SumOver(g.b, g.x, 1, {1, 2});
      },
      [](Grid& g) { views::Map(g.b, g.x, MakeShape({3}), {}); },
      [](Grid& g) { views::Conv1d(g.b, g.x, 7, {}, 1, 1, 1, 0, 1); },
      [](Grid& g) {
        views::Dense(g.b, g.x, 1, {1, 2, 3}, {});
      },
      [](Grid& g) { views::Select(g.b, g.b.Identity(g.x), 0, 3); },
      [](Grid& g) { gadgets::Materialise(g.b, "m", views::Add(g.b.Identity(g.x), View{})); },
      [](Grid& g) { gadgets::Materialise(g.b, "m", views::Scale(g.b.Identity(g.x), 1 << 29)); },
      [](Grid& g) { gadgets::Range(g.b, g.b.Identity(g.x), 1, 0); },
      [](Grid& g) { gadgets::Range(g.b, g.b.Identity(g.x), 0, int64_t{1} << 30); },
      [](Grid& g) { gadgets::NonNegative(g.b, views::Offset(g.b.Identity(g.x), -100)); },
      [](Grid& g) { gadgets::Requant(g.b, "r", g.b.Identity(g.x), 31, [](int64_t) { return 0; }); },
      [](Grid& g) {
        gadgets::Requant(g.b, "r", views::Scale(g.b.Identity(g.x), 10000), 0,
                         [](int64_t) { return 0; });
      },
      [](Grid& g) { gadgets::LookupValue(g.b, "r", g.b.Identity(g.x), 0, 77); },
      [](Grid& g) { gadgets::Mul(g.b, "m", g.b.Identity(g.x), g.b.Identity(g.x), MakeShape({4})); },
      [](Grid& g) {
        gadgets::Mul(g.b, "m", g.b.Identity(g.x), views::SumOver(g.b, g.x, 0), MakeShape({3}));
      },
      [](Grid& g) { gadgets::Max(g.b, "m", g.b.Identity(g.x), MakeShape({4})); },
      [](Grid& g) { gadgets::Bits(g.b, "m", g.b.Identity(g.x), 31); },
      [](Grid& g) { gadgets::Bits(g.b, "m", g.b.Identity(g.x), 0); },
      [](Grid& g) { gadgets::FloorDiv(g.b, "m", g.b.Identity(g.x), views::SumOver(g.b, g.x, 0)); },
      [](Grid& g) {
        gadgets::FloorDiv(g.b, "m", g.b.Identity(g.x), views::Constant(MakeShape({3, 4}), 0));
      },
      [](Grid& g) { gadgets::Isqrt(g.b, "m", views::Offset(g.b.Identity(g.x), -100)); },
      [](Grid& g) {
        const View wide = views::Scale(g.b.Identity(g.x), 1 << 29);
        gadgets::IsNonNegative(g.b, "m", wide);
      },
  };
  for (size_t i = 0; i < misuses.size(); ++i) {
    Grid g;
    misuses[i](g);
    EXPECT_FALSE(std::move(g.b).Finish().ok()) << "misuse " << i;
  }
}

TEST(Builder, FirstErrorWins) {
  Builder b;
  b.Fail("first");
  b.Fail("second");
  const auto r = std::move(b).Finish();
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().message, "first");
}

TEST(Builder, CertificateSpeaksAtFinish) {
  Builder b;
  b.AddTensor("free", MakeShape({2}), 0, 1);
  const auto r = std::move(b).Finish();
  ASSERT_FALSE(r.ok());
  EXPECT_THAT(r.error().message, HasSubstr("not enforced"));
}

}  // namespace
}  // namespace voizk
