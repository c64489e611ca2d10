// Guards NormaliseBehindBanks: the logarithm of a filter bank of a normalised signal computes what
// it did before, loud and quiet; the norm is gone from before the bank, pre-emphasis is part of it;
// what is no such bank stays as it is.
#include "network/specialise/normalised_bank.h"

#include <gtest/gtest.h>

#include <cmath>

#include "network/quantise/float_net.h"
#include "same_function.h"

namespace voizk {
namespace {

using Ints = std::vector<int64_t>;

// The graph after rewriting; that it computes the same, also of a signal a thousand times quieter,
// is checked here.
FloatGraph Rewritten(FloatNet& net, FloatValueId output) {
  const FloatGraph graph = net.Finish(output);
  FloatGraph changed = NormaliseBehindBanks(graph);
  auto inputs = net.RandomInputs();
  for (const float level : {1.0F, 1e-3F}) {
    for (auto& input : inputs) {
      for (float& v : input.floats()) v *= level;
    }
    ExpectSameFunction(graph, changed, inputs, 2e-3);
  }
  return changed;
}

struct Front {
  float scale = 0.5F, shift = 0, floor = 1e-2F;
  bool emphasis = true;
  Dims floor_dims = {};
};

// log(|bank of the normalised signal| + floor).
FloatValueId LogOfBank(FloatNet& net, const Front& front) {
  FloatValueId x = net.Input("x", {1, 1, 300});
  if (front.emphasis) {
    x = net.Add("Conv", {x, net.Constant(FloatTensor({1, 1, 2}, std::vector<float>{-0.5F, 1}))});
  }
  const auto one = [&](float v) { return net.Constant(FloatTensor({1}, std::vector<float>{v})); };
  x = net.Add("InstanceNormalization", {x, one(front.scale), one(front.shift)});
  x = net.Add("Conv", {x, net.Weights({6, 1, 20}, 0.3)}, {{"strides", Ints{5}}});
  x = net.Add("Add",
              {net.Add("Abs", {x}),
               net.Constant(FloatTensor(front.floor_dims, std::vector<float>{front.floor}))});
  return net.Add("Log", {x});
}

TEST(NormalisedBank, TheNormGoesBehindTheBank) {
  for (const bool emphasis : {false, true}) {
    for (const float scale : {0.5F, -2.0F}) {
      FloatNet net(1);
      Front front;
      front.emphasis = emphasis;
      front.scale = scale;
      const FloatGraph changed = Rewritten(net, LogOfBank(net, front));
      EXPECT_EQ(CountOf(changed, "InstanceNormalization"), 0U);
      EXPECT_EQ(CountOf(changed, "RowMoments"), 1U);
      EXPECT_EQ(CountOf(changed, "Log"), 2U);
    }
  }
}

// Where the mean over time is taken away, the level is not computed at all.
TEST(NormalisedBank, LevelsThatCancelAreLeftOut) {
  FloatNet net(2);
  const FloatValueId log = LogOfBank(net, {});
  const FloatValueId mean = net.Add("ReduceMean", {log}, {{"axes", Ints{2}}});
  const FloatGraph changed = Rewritten(net, net.Add("Sub", {log, mean}));
  EXPECT_EQ(CountOf(changed, "Log"), 1U);
}

TEST(NormalisedBank, WhatIsNoSuchBankStays) {
  FloatNet net(3);
  Front shifted;
  shifted.shift = 0.25F;
  EXPECT_EQ(CountOf(Rewritten(net, LogOfBank(net, shifted)), "InstanceNormalization"), 1U);
  FloatNet ranked(5);  // the floor gives the logarithm a dimension more
  Front deep;
  deep.floor_dims = {1, 1, 1, 1};
  EXPECT_EQ(CountOf(Rewritten(ranked, LogOfBank(ranked, deep)), "InstanceNormalization"), 1U);
  FloatNet other(4);  // somebody else reads the normalised signal's bank
  const FloatValueId log = LogOfBank(other, {});
  const FloatGraph graph = other.Finish(log);
  FloatGraph twice = graph;
  for (const FloatNode& node : graph.nodes) {
    if (node.op == "Abs") twice.outputs.push_back(node.inputs[0]);
  }
  EXPECT_EQ(CountOf(NormaliseBehindBanks(twice), "InstanceNormalization"), 1U);
}

}  // namespace
}  // namespace voizk
