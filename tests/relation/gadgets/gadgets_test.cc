// Every gadget holds for the honest witness and for no lie about its outputs, mod p.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "relation/builder/builder.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/proven.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

std::vector<int32_t> Count(int32_t first, size_t n, int32_t step = 1) {
  std::vector<int32_t> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = first + static_cast<int32_t>(i) * step;
  return v;
}

TEST(Gadgets, RequantPinsLowPartAndValue) {
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({64}), -5000, 5000);
  const TensorId y = gadgets::Requant(b, "y", b.Identity(x), 4, [](int64_t hi) {
    return static_cast<int32_t>(std::clamp<int64_t>(hi, 0, 127));
  });
  const Proven p = Prove(std::move(b), {{"in x", Count(-5000, 64, 157)}});
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(p.witness[y][i], std::clamp(p.witness[x][i] >> 4, 0, 127)) << i;
  }
  ExpectPinned(p);
}

TEST(Gadgets, DivisionPinsQuotientAndRemainder) {
  Builder b;
  const TensorId n = gadgets::Input(b, "in n", MakeShape({32}), -20000, 20000);
  const TensorId d = gadgets::Input(b, "in d", MakeShape({32}), -3, 200);
  const TensorId q = gadgets::FloorDiv(b, "q", b.Identity(n), b.Identity(d));
  const Proven p =
      Prove(std::move(b), {{"in n", Count(-20000, 32, 1203)}, {"in d", Count(1, 32, 5)}});
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(
        p.witness[q][i],
        static_cast<int32_t>(std::floor(static_cast<double>(p.witness[n][i]) / p.witness[d][i])));
  }
}

TEST(Lies, QuotientOffByOneWithTheRemainderToMatch) {
  Builder b;
  const TensorId n = gadgets::Input(b, "in n", MakeShape({1}), 0, 1000);
  const TensorId d = gadgets::Input(b, "in d", MakeShape({1}), 1, 100);
  const TensorId q = gadgets::FloorDiv(b, "q", b.Identity(n), b.Identity(d));
  const TensorId r = q + 1;
  const Proven p = Prove(std::move(b), {{"in n", {100}}, {"in d", {7}}});
  ASSERT_EQ(p.witness[q][0], 14);
  ASSERT_EQ(p.witness[r][0], 2);
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{q, 13}, {r, 9}})));
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{q, 15}, {r, -5}})));
  EXPECT_TRUE(Accepted(p.relation, With(p.witness, {{n, 101}, {r, 3}}))) << "another division";
}

TEST(Lies, DivisionModuloThePrime) {
  // q = n / d mod p with r = 0 holds in the field.
  Builder b;
  const TensorId n = gadgets::Input(b, "in n", MakeShape({1}), 0, 1000);
  const TensorId d = gadgets::Input(b, "in d", MakeShape({1}), 1, 100);
  const TensorId q = gadgets::FloorDiv(b, "q", b.Identity(n), b.Identity(d));
  const Proven p = Prove(std::move(b), {{"in n", {1}}, {"in d", {2}}});
  const auto half = static_cast<int32_t>((kModulus + 1) / 2 - kModulus);  // 1/2, centred
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{q, half}, {q + 1, 0}})));
}

TEST(Lies, ZeroDivisorIsRefusedLocallyAndByTheConstraints) {
  Builder b;
  gadgets::Input(b, "in n", MakeShape({1}), 0, 1000);
  const TensorId d = gadgets::Input(b, "in d", MakeShape({1}), 0, 100);
  const TensorId q = gadgets::FloorDiv(b, "q", b.Identity(0), b.Identity(d));
  auto r = std::move(b).Finish();
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto refused = RunSteps(*r, {{"in n", {5}}, {"in d", {0}}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  const auto honest = RunSteps(*r, {{"in n", {0}}, {"in d", {1}}});
  ASSERT_TRUE(honest.ok());
  EXPECT_FALSE(Accepted(*r, With(*honest, {{d, 0}, {q, 1}})));
}

TEST(Lies, RootOffByOneWithTheRemainderToMatch) {
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({1}), 0, 100000);
  const TensorId s = gadgets::Isqrt(b, "s", b.Identity(x));
  const Proven p = Prove(std::move(b), {{"in x", {99}}});
  ASSERT_EQ(p.witness[s][0], 9);
  ASSERT_EQ(p.witness[s + 1][0], 18);
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{s, 8}, {s + 1, 35}})));
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{s, 10}, {s + 1, -1}})));
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{s, -9}})));
}

TEST(Lies, NegativeValueRequantisedAsAPositiveOne) {
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({1}), -128, 127);
  const TensorId y = gadgets::Requant(b, "y", b.Identity(x), 3,
                                      [](int64_t hi) { return static_cast<int32_t>(hi); });
  const TensorId low = y + 1;
  const Proven p = Prove(std::move(b), {{"in x", {-1}}});
  ASSERT_EQ(p.witness[y][0], -1) << "floor, not truncation";
  ASSERT_EQ(p.witness[low][0], 7);
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{y, 0}, {low, -1}})));
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{y, -2}, {low, 15}})));
}

TEST(Lies, SignOfEitherKind) {
  for (const int32_t value : {-1, 0, 1, -500, 500}) {
    Builder b;
    const TensorId x = gadgets::Input(b, "in x", MakeShape({1}), -500, 500);
    const TensorId bit = gadgets::IsNonNegative(b, "bit", b.Identity(x));
    const Proven p = Prove(std::move(b), {{"in x", {value}}});
    EXPECT_EQ(p.witness[bit][0], value >= 0);
    EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{bit, value < 0}}))) << value;
  }
}

TEST(Lies, BitsOfAnotherNumberWithTheSameResidue) {
  // x and x - p have the same residue; 31 bits would hold both.
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({1}), 0, (1 << 29) - 1);
  gadgets::Bits(b, "bits", b.Identity(x), 31);
  EXPECT_FALSE(std::move(b).Finish().ok());
}

/// Every integer from far below to far above: exactly those in range are accepted.
TEST(Lies, RangesAreExactAtBothEnds) {
  const std::vector<std::pair<int64_t, int64_t>> ranges = {{0, 0},
                                                           {-3, 900},
                                                           {0, (1 << 16) - 1},
                                                           {-32768, 32767},
                                                           {-70000, 70001},
                                                           {5, 5 + (1 << 20)},
                                                           {-(1 << 28) + 1, 1 << 28},
                                                           {0, (1 << 29) - 2},
                                                           {-1, (1 << 29) - 2}};
  for (const auto& [lo, hi] : ranges) {
    Builder b;
    const TensorId x = gadgets::Input(b, "in x", MakeShape({1}), lo, hi);
    auto r = std::move(b).Finish();
    ASSERT_TRUE(r.ok()) << lo << ".." << hi << ": " << r.error().message;
    for (const int64_t at : {lo - 1, lo, lo + 1, hi - 1, hi, hi + 1, lo - (1 << 15), hi + (1 << 15),
                             -kHalfModulus, kHalfModulus}) {
      if (at < -kHalfModulus || at > kHalfModulus) continue;
      // Limbs as an honest prover would choose them, whether or not the value is in range.
      Relation unchecked = *r;
      std::erase_if(unchecked.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
      const auto w = RunSteps(unchecked, {{"in x", {static_cast<int32_t>(at)}}});
      const bool accepted = w.ok() && Accepted(*r, *w);
      EXPECT_EQ(accepted, at >= lo && at <= hi) << at << " in " << lo << ".." << hi;
      if (accepted) {
        EXPECT_TRUE(CheckRelation(*r, *w).ok());
      }
      const bool refused = !RunSteps(*r, {{"in x", {static_cast<int32_t>(at)}}}).ok();
      EXPECT_EQ(refused, at < lo || at > hi);
    }
    (void)x;
  }
}

TEST(Lies, MaximumThatIsTooLargeTooSmallOrChosenTwice) {
  for (const int32_t scale : {1, 1000}) {  // by tree, by one-hot choice
    Builder b;
    const TensorId x = gadgets::Input(b, "in x", MakeShape({1, 3}), -100, 100);
    const View v = views::Scale(b.Identity(x), scale);
    const TensorId y = gadgets::Max(b, "y", v, MakeShape({1}));
    const Proven p = Prove(std::move(b), {{"in x", {-7, 42, 42}}});
    EXPECT_EQ(p.witness[y][0], 42 * scale);
    for (const int32_t lie : {-7 * scale, 43 * scale, 0, 100 * scale, 41 * scale}) {
      EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{y, lie}}))) << lie;
    }
  }
}

TEST(Gadgets, LookupValueRefusesKeysOutsideItsTable) {
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({3}), -128, 127);
  const TableId squares = b.AddTable("squares", {3, -2, 10}, {9, 4, 100});
  const TensorId y = gadgets::LookupValue(b, "y", b.Identity(x), 0, squares, "no square");
  auto r = std::move(b).Finish();
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto w = RunSteps(*r, {{"in x", {-2, 10, 3}}});
  ASSERT_TRUE(w.ok()) << w.error().message;
  EXPECT_EQ((*w)[y], (std::vector<int32_t>{4, 100, 9}));
  const auto refused = RunSteps(*r, {{"in x", {-2, 10, 4}}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "no square");
}

TEST(Gadgets, AllTogether) {
  Builder b;
  const TensorId x = gadgets::Input(b, "in x", MakeShape({4, 6}), -128, 127);
  const View v = b.Identity(x);
  gadgets::Max(b, "narrow max", v, MakeShape({4}));
  gadgets::Max(b, "wide max", views::Scale(v, 100), MakeShape({4}));
  gadgets::IsNonNegative(b, "sign", v);
  gadgets::Bits(b, "bits", v, 8, true);
  const TensorId square = gadgets::Mul(b, "square", v, v, MakeShape({4, 6}));
  gadgets::Isqrt(b, "root", b.Identity(square));
  gadgets::Mul(b, "dot", v, v, MakeShape({4}));
  gadgets::Materialise(b, "sum", views::SumOver(b, x, 0));
  ExpectPinned(Prove(std::move(b), {{"in x", Count(-128, 24, 11)}}));
}

}  // namespace
}  // namespace voizk
