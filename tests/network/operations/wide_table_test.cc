// Guards: wide_table is what docs/graph.md says on random shapes, ranges and tables, and nothing
// else is a witness; a logarithm made of it is within its stated error; attributes that do not fit
// have typed errors.
#include "network/operations/wide_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "network/operations/array.h"
#include "network/operations/elementwise.h"

namespace voizk {
namespace {

int64_t FloorOf(int64_t v, int64_t unit) { return v / unit - (v % unit < 0 ? 1 : 0); }

RC_GTEST_PROP(WideTableTest, IsTheFineTableThenTheCoarseOne, ()) {
  op::WideTable::Attributes a;
  a.shift = Some(1, 10);
  a.fine_shift = Some(0, a.shift - 1);
  const int parts = 1 << (a.shift - a.fine_shift);
  a.first = Some(-8, 8);
  a.table = SomeValues(SomeU(1, 20), -500, 500);
  a.fine_first = parts * Some(-4, 4);
  a.fine = SomeValues(static_cast<size_t>(parts * Some(1, 3)), -500, 500);
  const int reach = Some(1, 40) << a.shift;
  const Array x = SomeArray(SomeDims(1, 3, 5), -reach, reach);
  Graph g;
  g.Add("y", op::WideTable(a), {g.Input("x", ShapeOf(x), -reach, reach)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  for (size_t i = 0; i < x.cells.size(); ++i) {
    const int64_t fine = FloorOf(x.cells[i], int64_t{1} << a.fine_shift) - a.fine_first;
    const int64_t coarse = FloorOf(x.cells[i], int64_t{1} << a.shift) - a.first;
    const auto last = static_cast<int64_t>(a.table.size()) - 1;
    const bool is_fine = fine >= 0 && fine < static_cast<int64_t>(a.fine.size());
    RC_ASSERT(outcome.output[i] ==
              (is_fine ? a.fine[static_cast<size_t>(fine)]
                       : a.table[static_cast<size_t>(std::clamp<int64_t>(coarse, 0, last))]));
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

// log2 of a magnitude from 2 to 2^27 in steps of 1/64: half a step, and what the logarithm moves
// over half an interval, 1/64 of a coarse value's and 1/16 of 32 fine units'.
TEST(WideTableTest, LogarithmOfABillion) {
  constexpr int kShift = 12, kFineShift = 2, kEnd = 1 << 15;
  op::WideTable::Attributes a;
  const auto value = [](double v) {
    return static_cast<int32_t>(std::lround(64 * std::log2(std::max(std::abs(v), 0.5))));
  };
  a.shift = kShift;
  a.first = -(1 << 15);
  for (int h = a.first; h < 1 << 15; ++h) a.table.push_back(value((h + 0.5) * (1 << kShift)));
  a.fine_shift = kFineShift;
  a.fine_first = -kEnd;
  for (int g = -kEnd; g < kEnd; ++g) a.fine.push_back(value((g + 0.5) * (1 << kFineShift)));
  std::vector<int32_t> x;
  for (double v = 128; v < (1 << 27); v *= 1.07) {
    x.push_back(static_cast<int32_t>(v));
    x.push_back(-static_cast<int32_t>(v));
  }
  Graph g;
  const auto count = static_cast<uint32_t>(x.size());
  g.Add("y", op::WideTable(a), {g.Input("x", MakeShape({count}), -(1 << 27), (1 << 27) - 1)});
  const Outcome outcome = RunGraph(g, {{"x", x}});
  ASSERT_EQ(outcome.error, "");
  for (size_t i = 0; i < x.size(); ++i) {
    const double exact = std::log2(std::abs(static_cast<double>(x[i])));
    EXPECT_NEAR(outcome.output[i] / 64.0, exact, 1.0 / 128 + 1.5 / 64) << x[i];
  }
  // 3 cells and 2 lookups a value, beside the input's; z is a cell.
  Graph alone;
  alone.Add("z", op::Offset({{1}, {1}}),
            {alone.Input("x", MakeShape({count}), -(1 << 27), (1 << 27) - 1)});
  const Outcome input = RunGraph(alone, {{"x", x}});
  ASSERT_EQ(input.error, "");
  EXPECT_EQ(CommittedCells(outcome.relation) - CommittedCells(input.relation), 2 * uint64_t{count});
  EXPECT_EQ(LookupCount(outcome.relation) - LookupCount(input.relation), 2 * uint64_t{count});
}

TEST(WideTableTest, RefusesWhatDoesNotFit) {
  const auto code = [](const op::WideTable::Attributes& a, int32_t reach) {
    Graph g;
    g.Add("y", op::WideTable(a), {g.Input("x", MakeShape({4, 8}), -reach, reach)});
    if (!g.status().ok()) return g.status().error().code;
    const auto r = g.BuildStandalone();
    return r.ok() ? ErrorCode::kInternal : r.error().code;
  };
  const op::WideTable::Attributes good{4, -2, {1, 2, 3}, 2, -4, {1, 2, 3, 4, 5, 6, 7, 8}};
  EXPECT_EQ(code(good, 100), ErrorCode::kInternal);
  auto a = good;
  a.shift = 17;
  EXPECT_EQ(code(a, 100), ErrorCode::kLimitExceeded);
  a = good;
  a.fine_shift = 4;
  EXPECT_EQ(code(a, 100), ErrorCode::kLimitExceeded);
  a = good;
  a.fine_first = -3;
  EXPECT_EQ(code(a, 100), ErrorCode::kInvalidArgument);
  a = good;
  a.fine.pop_back();
  EXPECT_EQ(code(a, 100), ErrorCode::kInvalidArgument);
  a = good;
  a.table.clear();
  EXPECT_EQ(code(a, 100), ErrorCode::kInvalidArgument);
  a = good;
  a.fine[0] = 40000;
  EXPECT_EQ(code(a, 100), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(good, 1 << 27), ErrorCode::kUnsupported);  // 2^24 rows
}

}  // namespace
}  // namespace voizk
