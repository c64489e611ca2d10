// requant and table activations: exactly their formulas, close to the float they stand for, tables
// shared where docs/graph.md says so.
#include "network/operations/requant.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "network/operations/run_graph.h"
#include "network/operations/table_activation.h"

namespace voizk {
namespace {

// docs/graph.md, with division by floor instead of shifts.
int32_t Reference(const op::Requant::Attributes& a, int64_t acc) {
  const int64_t h = FloorDivide(acc, int64_t{1} << a.shift);
  const int64_t y = FloorDivide((2 * h + 1) * a.mult + (int64_t{1} << a.q), int64_t{2} << a.q);
  return static_cast<int32_t>(std::min<int64_t>(std::max<int64_t>(y, a.lo), a.hi));
}

RC_GTEST_PROP(RequantTest, IsItsFormula, ()) {
  op::Requant::Attributes a;
  a.shift = Some(0, 8);
  a.q = Some(0, 20);
  a.mult = Some(0, 2) == 0 && a.q < 15 ? 1 << a.q : Some(1, 32767);
  a.lo = Some(0, 1) ? 0 : -128;
  a.hi = Some(a.lo, 255);
  const auto x = SomeValues(40, -20000, 20000);
  Graph g;
  g.Add("y", op::Requant(a), {g.Input("x", MakeShape({5, 8}), -20000, 20000)});
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  for (size_t i = 0; i < x.size(); ++i) RC_ASSERT(outcome.output[i] == Reference(a, x[i]));
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 39))) == "");
}

// Without a table of the function it is the same function, on the same accumulators.
RC_GTEST_PROP(RequantTest, WideIsTheSameFunction, ()) {
  op::Requant::Attributes a;
  a.shift = Some(0, 8);
  a.q = Some(0, 14);
  a.mult = 1 << a.q;
  a.lo = Some(-200, 100);
  a.hi = Some(a.lo + 1, 255);
  const int x_lo = Some(-20000, 19999), x_hi = Some(x_lo, 20000);
  auto x = SomeValues(40, x_lo, x_hi);
  x[0] = x_lo;
  x[1] = x_hi;
  std::vector<int32_t> outputs[2];
  for (const bool wide : {false, true}) {
    a.wide = wide;
    Graph g;
    g.Add("y", op::Requant(a), {g.Input("x", MakeShape({5, 8}), x_lo, x_hi)});
    const Outcome outcome = RunGraph(g, {{"x", x}});
    RC_ASSERT(outcome.error == "");
    outputs[wide] = outcome.output;
    RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 39))) == "");
  }
  RC_ASSERT(outputs[0] == outputs[1]);
  for (size_t i = 0; i < x.size(); ++i) RC_ASSERT(outputs[1][i] == Reference(a, x[i]));
}

// Accumulators whose table would have too many rows.
TEST(RequantTest, WideTakesWhatNoTableHolds) {
  op::Requant::Attributes a;
  a.shift = 1;
  a.lo = -32768;
  a.hi = 32767;
  const std::vector<int32_t> x{-(1 << 26), 1 << 26, 0, -1, 65533, 65534, 65536, -65538};
  for (const bool wide : {false, true}) {
    a.wide = wide;
    Graph g;
    g.Add("y", op::Requant(a), {g.Input("x", MakeShape({8}), -(1 << 26), 1 << 26)});
    const Outcome outcome = RunGraph(g, {{"x", x}});
    EXPECT_EQ(outcome.error.empty(), wide) << outcome.error;
    if (!wide) continue;
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(outcome.output[i], Reference(a, x[i])) << i;
  }
}

TEST(RequantTest, IsHalfAStepFromFloat) {
  op::Requant::Attributes a;
  a.shift = 4;
  a.mult = 20011;
  a.q = 18;
  const op::Requant requant(a);
  const double scale = std::ldexp(20011, -18) / 16;
  for (int64_t acc = -20000; acc <= 20000; ++acc) {
    const double exact = std::clamp(static_cast<double>(acc) * scale, -128.0, 127.0);
    // Half a step of rounding, and the 2^shift accumulators that share one h.
    EXPECT_NEAR(requant.Round(acc >> 4), exact, 0.5 + 8 * scale + 1e-9);
  }
}

TEST(RequantTest, PureShiftsShareTheirTable) {
  Graph g;
  const auto x = g.Input("x", MakeShape({4}), -1000, 1000);
  const auto y = g.Input("y", MakeShape({4}), -600, 900);
  g.Add("a", op::Requant({2, 1, 0, 0, 127, 0}), {x});
  g.Add("b", op::Requant({2, 1 << 14, 14, 0, 127, 0}), {y});
  const auto relation = g.BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  size_t two_columns = 0;
  for (const Lookup& lookup : relation->lookups) two_columns += lookup.has_value;
  EXPECT_EQ(two_columns, 2u);
  std::set<TableId> tables;
  for (const Lookup& lookup : relation->lookups) {
    if (lookup.has_value) tables.insert(lookup.table);
  }
  EXPECT_EQ(tables.size(), 1u);
}

TEST(RequantTest, RefusesAttributesOutOfLimits) {
  const auto refused = [](op::Requant::Attributes a) {
    Graph g;
    g.Add("y", op::Requant(a), {g.Input("x", MakeShape({4}), -1000, 1000)});
    return !g.status().ok();
  };
  EXPECT_FALSE(refused({}));
  EXPECT_TRUE(refused({-1, 1, 0, 0, 127}));
  EXPECT_TRUE(refused({30, 1, 0, 0, 127}));
  EXPECT_TRUE(refused({0, 0, 0, 0, 127}));
  EXPECT_TRUE(refused({0, 1 << 15, 0, 0, 127}));
  EXPECT_TRUE(refused({0, 1, 47, 0, 127}));
  EXPECT_TRUE(refused({0, 1, 0, 1, 0}));
  EXPECT_TRUE(refused({0, 1, 0, 0, 1 << 15}));
  // Wide ones are shifts to more than one value.
  EXPECT_FALSE(refused({0, 1, 0, 0, 127, 0, true}));
  EXPECT_TRUE(refused({0, 3, 1, 0, 127, 0, true}));
  EXPECT_TRUE(refused({0, 1, 0, 5, 5, 0, true}));
}

TEST(RequantTest, TooManyRowsAreAnError) {
  Graph g;
  g.Add("y", op::Requant({0, 3, 1, 0, 127, 0}), {g.Input("x", MakeShape({4}), -300000, 300000)});
  EXPECT_TRUE(g.status().ok());
  EXPECT_FALSE(g.BuildStandalone().ok());
}

RC_GTEST_PROP(TableActivationTest, IsItsFormula, ()) {
  op::TableActivation::Attributes a;
  a.shift = Some(0, 5);
  a.first = Some(-40, 10);
  a.table = SomeValues(SomeU(1, 60), -300, 300);
  const auto x = SomeValues(12, -2000, 2000);
  Graph g;
  g.Add("y", op::TableActivation(a), {g.Input("x", MakeShape({12}), -2000, 2000)});
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t h = FloorDivide(x[i], int64_t{1} << a.shift);
    const int64_t last = static_cast<int64_t>(a.table.size()) - 1;
    const int64_t row = std::min(std::max<int64_t>(h - a.first, 0), last);
    RC_ASSERT(outcome.output[i] == a.table[static_cast<size_t>(row)]);
  }
}

TEST(TableActivationTest, SigmoidIsCloseToFloat) {
  op::TableActivation::Attributes a;
  a.shift = 3;
  a.first = -256;
  for (int h = -256; h < 256; ++h) {
    a.table.push_back(static_cast<int32_t>(std::lround(127 / (1 + std::exp(-(h + 0.5) / 32)))));
  }
  Graph g;
  g.Add("y", op::TableActivation(a), {g.Input("x", MakeShape({4001}), -2000, 2000)});
  std::vector<int32_t> x;
  for (int v = -2000; v <= 2000; ++v) x.push_back(v);
  const Outcome outcome = RunGraph(g, {{"x", x}});
  ASSERT_EQ(outcome.error, "");
  for (size_t i = 0; i < x.size(); ++i) {
    // Half a step of rounding, and up to 4 of 256 accumulators at slope at most 127/4.
    EXPECT_NEAR(outcome.output[i], 127 / (1 + std::exp(-x[i] / 256.0)), 0.5 + 4 / 256.0 * 32);
  }
}

}  // namespace
}  // namespace voizk
