// add, mul, concat, slice, broadcast and the like against their formulas, and what does not fit is
// refused.
#include "network/operations/rearrange.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/dense.h"
#include "network/operations/elementwise.h"
#include "network/operations/run_graph.h"

namespace voizk {
namespace {

RC_GTEST_PROP(ElementwiseTest, AddAndMul, ()) {
  const size_t rows = SomeU(1, 6), columns = SomeU(1, 6);
  const auto x = SomeValues(rows * columns, -128, 127), y = SomeValues(rows * columns, -500, 500);
  for (const bool product : {false, true}) {
    Graph g;
    const Shape shape = MakeShape({static_cast<uint32_t>(rows), static_cast<uint32_t>(columns)});
    const auto a = g.Input("x", shape, -128, 127), b = g.Input("y", shape, -500, 500);
    product ? g.Add("z", op::Mul(), {a, b}) : g.Add("z", op::Add(), {a, b});
    const Outcome outcome = RunGraph(g, {{"x", x}, {"y", y}});
    RC_ASSERT(outcome.error == "");
    for (size_t i = 0; i < x.size(); ++i) {
      RC_ASSERT(outcome.output[i] == (product ? x[i] * y[i] : x[i] + y[i]));
    }
    RC_ASSERT(UnpinnedTensor(outcome, 0) == "");
  }
}

RC_GTEST_PROP(RearrangeTest, ConcatThenSlice, ()) {
  const uint32_t rows = SomeU(1, 4);
  const std::vector<uint32_t> channels{SomeU(1, 4), SomeU(1, 4), SomeU(1, 4)};
  const uint32_t all = channels[0] + channels[1] + channels[2];
  const uint32_t begin = SomeU(0, static_cast<int>(all) - 1);
  const uint32_t end = SomeU(static_cast<int>(begin) + 1, static_cast<int>(all));
  Graph g;
  Inputs inputs;
  std::vector<Graph::NodeId> parts;
  for (size_t k = 0; k < 3; ++k) {
    const std::string name(1, static_cast<char>('a' + k));
    parts.push_back(g.Input(name, MakeShape({rows, channels[k]}), -128, 127));
    inputs[name] = SomeValues(rows * channels[k], -128, 127);
  }
  g.Add("part", op::Slice(begin, end), {g.Add("joined", op::Concat(), parts)});
  std::vector<int32_t> expected;
  for (uint32_t t = 0; t < rows; ++t) {
    std::vector<int32_t> row;
    for (size_t k = 0; k < 3; ++k) {
      const auto from =
          inputs[std::string(1, static_cast<char>('a' + k))].begin() + t * channels[k];
      row.insert(row.end(), from, from + channels[k]);
    }
    expected.insert(expected.end(), row.begin() + begin, row.begin() + end);
  }
  const Outcome outcome = RunGraph(g, inputs);
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected);
  RC_ASSERT(UnpinnedTensor(outcome, 0) == "");
}

RC_GTEST_PROP(RearrangeTest, BroadcastRepeatsOverTime, ()) {
  const uint32_t frames = SomeU(1, 5), channels = SomeU(1, 5);
  const auto x = SomeValues(channels, -128, 127);
  for (const bool flat : {true, false}) {
    Graph g;
    const auto in =
        g.Input("x", flat ? MakeShape({channels}) : MakeShape({1, channels}), -128, 127);
    const auto like = g.Input("like", MakeShape({frames, 2}), 0, 1);
    g.Add("y", op::Broadcast(), {in, like});
    const Outcome outcome = RunGraph(g, {{"x", x}, {"like", std::vector<int32_t>(2 * frames, 1)}});
    RC_ASSERT(outcome.error == "");
    for (size_t i = 0; i < frames * channels; ++i) {
      RC_ASSERT(outcome.output[i] == x[i % channels]);
    }
  }
}

TEST(RearrangeTest, RefusesWhatDoesNotFit) {
  const auto code = [](auto add) {
    Graph g;
    const auto x = g.Input("x", MakeShape({3, 4}), 0, 1), y = g.Input("y", MakeShape({2, 4}), 0, 1);
    add(g, x, y);
    return g.status().ok() ? std::string("ok") : g.status().error().message;
  };
  EXPECT_EQ(code([](Graph& g, auto x, auto y) {
              g.Add("z", op::Add(), {x, y});
            }),
            "node 'z' (add): elementwise: the inputs differ in shape");
  EXPECT_EQ(code([](Graph& g, auto x, auto y) {
              g.Add("z", op::Concat(), {x, y});
            }),
            "node 'z' (concat): concat: the inputs differ beyond their axis");
  EXPECT_EQ(code([](Graph& g, auto x, auto) { g.Add("z", op::Slice(2, 5), {x}); }),
            "node 'z' (slice): slice: no such indices");
  EXPECT_EQ(code([](Graph& g, auto x, auto) { g.Add("z", op::Slice(2, 2), {x}); }),
            "node 'z' (slice): slice: no such indices");
  EXPECT_EQ(code([](Graph& g, auto x, auto y) {
              g.Add("z", op::Broadcast(), {x, y});
            }),
            "node 'z' (broadcast): broadcast: the input is no vector");
  EXPECT_EQ(code([](Graph& g, auto x, auto) { g.Add("z", op::Add(), {x}); }),
            "node 'z' (add): wrong number of inputs");
  EXPECT_EQ(code([](Graph& g, auto x, auto) {
              g.Add("z", op::Add(), {x, 17});
            }),
            "node 'z' (add): an input does not exist yet");
  EXPECT_EQ(code([](Graph& g, auto x, auto) { g.Add("y", op::Slice(0, 1), {x}); }),
            "node 'y' (slice): the name is taken");
  EXPECT_EQ(code([](Graph& g, auto x, auto) { g.Add("", op::Slice(0, 1), {x}); }),
            "node '' (slice): names have 1 to 128 characters");
}

}  // namespace
}  // namespace voizk
