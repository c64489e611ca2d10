// Guards: one_hot marks the place that a number names and nothing else; argmax is the first place
// of the largest; another place, a later one of two equals, or marks that are not booleans are no
// witness; numbers that may name no place, and values too wide, have a typed error.
#include "network/operations/choice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "network/operations/array.h"

namespace voizk {
namespace {

RC_GTEST_PROP(OneHotTest, MarksThePlace, ()) {
  const int depth = Some(1, 9);
  const Array x = SomeArray(SomeDims(1, 3, 4), 0, depth - 1);
  Graph g;
  g.Add("y", op::OneHot(static_cast<uint32_t>(depth)), {g.Input("x", ShapeOf(x), 0, depth - 1)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output.size() == x.cells.size() * static_cast<size_t>(depth));
  for (size_t i = 0; i < x.cells.size(); ++i) {
    for (int v = 0; v < depth; ++v) {
      const int32_t y = outcome.output[i * static_cast<size_t>(depth) + static_cast<size_t>(v)];
      RC_ASSERT(y == (x.cells[i] == v ? 1 : 0));
    }
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

TEST(OneHotTest, AnotherPlaceIsNoWitness) {
  Graph g;
  g.Add("y", op::OneHot(5), {g.Input("x", MakeShape({2}), 0, 4)});
  const Outcome outcome = RunGraph(g, {{"x", {3, 1}}});
  ASSERT_EQ(outcome.error, "");
  TensorId y = 0;
  while (outcome.relation.tensors[y].name != "y") ++y;
  const auto holds = [&](std::vector<int32_t> cells) {
    Witness wrong = outcome.witness;
    std::copy(cells.begin(), cells.end(), wrong[y].begin());
    return CheckRelation(outcome.relation, wrong).ok();
  };
  EXPECT_TRUE(holds({0, 0, 0, 1, 0}));
  EXPECT_FALSE(holds({0, 0, 1, 0, 0}));
  EXPECT_FALSE(holds({0, 0, 0, 0, 0}));
  EXPECT_FALSE(holds({0, 1, 1, 0, 0})) << "places that sum to 3";
  EXPECT_FALSE(holds({0, 0, -1, 1, 1})) << "sums to 1, and 3 - 2 + 4 = 5";
  EXPECT_FALSE(holds({-1, 1, 1, 0, 0})) << "sums to 1 and names 3";
}

TEST(OneHotTest, RefusesWhatMayNameNoPlace) {
  for (const int hi : {4, 5}) {
    Graph g;
    g.Add("y", op::OneHot(5), {g.Input("x", MakeShape({2}), 0, hi)});
    EXPECT_EQ(g.BuildStandalone().ok(), hi == 4);
  }
  Graph g;
  g.Add("y", op::OneHot(5), {g.Input("x", MakeShape({2}), -1, 4)});
  const auto built = g.BuildStandalone();
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().code, ErrorCode::kUnsupported);
  Graph deep;
  deep.Add("y", op::OneHot((1 << 16) + 1), {deep.Input("x", MakeShape({2}), 0, 1)});
  EXPECT_EQ(deep.status().error().code, ErrorCode::kLimitExceeded);
}

RC_GTEST_PROP(ArgMaxTest, IsTheFirstOfTheLargest, ()) {
  std::vector<uint32_t> dims = SomeDims(2, 3, 5);
  dims.back() = SomeU(2, 9);
  const int reach = Some(0, 1) != 0 ? Some(1, 3) : 100000;  // with and without ties
  const Array x = SomeArray(dims, -reach, reach);
  Graph g;
  g.Add("y", op::ArgMax(), {g.Input("x", ShapeOf(x), -reach, reach)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  const size_t n = dims.back();
  RC_ASSERT(outcome.output.size() == x.cells.size() / n);
  for (size_t row = 0; row < outcome.output.size(); ++row) {
    size_t best = 0;
    for (size_t j = 1; j < n; ++j) {
      if (x.cells[row * n + j] > x.cells[row * n + best]) best = j;
    }
    RC_ASSERT(outcome.output[row] == static_cast<int32_t>(best));
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

// The cells of a witness that claims place `y`, as well as it can be done.
Witness Claiming(const Outcome& outcome, int32_t y, int32_t largest) {
  Witness wrong = outcome.witness;
  for (TensorId t = 0; t < outcome.relation.tensors.size(); ++t) {
    const std::string& name = outcome.relation.tensors[t].name;
    if (name == "y") wrong[t] = {y};
    if (name == "y largest") wrong[t] = {largest};
    if (name != "y before") continue;
    for (size_t i = 0; i < wrong[t].size(); ++i) {
      wrong[t][i] = static_cast<int32_t>(i) < y ? 1 : 0;
    }
  }
  return wrong;
}

TEST(ArgMaxTest, AnotherPlaceIsNoWitness) {
  Graph g;
  g.Add("y", op::ArgMax(), {g.Input("x", MakeShape({1, 4}), -100, 100)});
  const std::vector<int32_t> x{5, 7, 7, -3};
  const Outcome outcome = RunGraph(g, {{"x", x}});
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, (std::vector<int32_t>{1}));
  for (int32_t y = 0; y < 4; ++y) {
    for (const int32_t largest : {7, x[static_cast<size_t>(y)]}) {
      Witness wrong = Claiming(outcome, y, largest);
      const bool counted = FillMultiplicities(outcome.relation, &wrong).ok();
      EXPECT_EQ(counted && CheckRelation(outcome.relation, wrong).ok(), y == 1)
          << y << ", a later one of two equals included";
    }
  }
}

TEST(ArgMaxTest, RefusesWhatDoesNotFit) {
  Graph wide;
  wide.Add("y", op::ArgMax(), {wide.Input("x", MakeShape({1, 4}), -(1 << 28), 1 << 28)});
  EXPECT_FALSE(wide.BuildStandalone().ok());
  Graph one;
  one.Add("y", op::ArgMax(), {one.Input("x", MakeShape({4, 1}), 0, 1)});
  EXPECT_EQ(one.status().error().code, ErrorCode::kLimitExceeded);
  Graph flat;
  flat.Add("y", op::ArgMax(), {flat.Input("x", MakeShape({4}), 0, 1)});
  EXPECT_EQ(flat.status().error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
