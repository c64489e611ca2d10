// Guards SplitConvolutions: a graph computes what it did before, and what a convolution reads is no
// joined, mirrored, repeated, cut or added value any more; graphs made to explode do not.
#include "network/specialise/split_conv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "network/quantise/float_net.h"
#include "same_function.h"

namespace voizk {
namespace {

using Ints = std::vector<int64_t>;

// The graph after splitting; that it computes the same is checked here.
FloatGraph Split(FloatNet& net, FloatValueId output) {
  const FloatGraph graph = net.Finish(output);
  FloatGraph split = SplitConvolutions(graph);
  ExpectSameFunction(graph, split, net.RandomInputs(), 1e-4);
  for (const auto& value : split.values) EXPECT_TRUE(value.dims.has_value()) << value.name;
  return split;
}

TEST(SplitConv, JoinedChannels) {
  FloatNet net(1);
  const FloatValueId x = net.Input("x", {1, 3, 20}), y = net.Input("y", {1, 5, 20});
  const FloatValueId joined = net.Add("Concat", {x, y}, {{"axis", int64_t{1}}});
  const FloatGraph split =
      Split(net, net.Conv(joined, 8, 4, {3}, {{"pads", Ints{1, 1}}, {"strides", Ints{2}}}));
  EXPECT_EQ(CountOf(split, "Concat"), 0U);
  EXPECT_EQ(CountOf(split, "Conv"), 2U);
}

TEST(SplitConv, MirroredEndsOfDilatedKernels) {
  for (const int64_t dilation : {1, 2, 4}) {
    FloatNet net(2);
    FloatValueId x = net.Input("x", {1, 3, 21});
    x = net.Add("Pad", {x, net.Constant(FloatTensor::Vector({0, 0, dilation, 0, 0, dilation}))},
                {{"mode", std::string("reflect")}});
    const FloatGraph split = Split(net, net.Conv(x, 3, 4, {3}, {{"dilations", Ints{dilation}}}));
    EXPECT_EQ(CountOf(split, "Conv"), 3U);
  }
}

TEST(SplitConv, MoreIsMirroredThanTheKernelReaches) {
  FloatNet net(3);
  FloatValueId x = net.Input("x", {1, 2, 9});
  x = net.Add("Pad", {x, net.Constant(FloatTensor::Vector({0, 0, 4, 0, 0, 1}))},
              {{"mode", std::string("reflect")}});
  Split(net, net.Conv(x, 2, 2, {3}, {}));
}

TEST(SplitConv, ZerosAroundImagesBecomePads) {
  FloatNet net(4);
  FloatValueId x = net.Input("x", {1, 2, 6, 5});
  x = net.Add("Pad", {x, net.Constant(FloatTensor::Vector({0, 0, 1, 0, 0, 0, 2, 1}))});
  const FloatGraph split = Split(net, net.Conv(x, 2, 3, {3, 2}, {{"strides", Ints{2, 1}}}));
  EXPECT_EQ(CountOf(split, "Pad"), 0U);
}

// A block of Res2Net: parts of the channels, sums with the part before, mirrored ends; and a
// convolution of all parts.
TEST(SplitConv, PartsSumsAndEndsTogether) {
  FloatNet net(5);
  FloatValueId x = net.Input("x", {1, 8, 15});
  x = net.Add("Relu", {x});
  const FloatValueId first = net.Add("Split", {x}, {{"axis", int64_t{1}}}, 2);
  const auto convolved = [&](FloatValueId v) {
    v = net.Add("Pad", {v, net.Constant(FloatTensor::Vector({0, 0, 2, 0, 0, 2}))},
                {{"mode", std::string("reflect")}});
    return net.Add("Relu", {net.Conv(v, 4, 4, {3}, {{"dilations", Ints{2}}})});
  };
  const FloatValueId y = convolved(first);
  const FloatValueId z = convolved(net.Add("Add", {y, first + 1}));
  const FloatValueId all = net.Add("Concat", {y, z}, {{"axis", int64_t{1}}});
  const FloatGraph split = Split(net, net.Conv(all, 8, 3, {1}, {}));
  EXPECT_EQ(CountOf(split, "Concat"), 0U);
  EXPECT_EQ(CountOf(split, "Split"), 0U);
}

TEST(SplitConv, WhatIsRepeatedIsConvolvedOnce) {
  FloatNet net(6);
  const FloatValueId x = net.Input("x", {1, 4, 12});
  const FloatValueId mean = net.Add("ReduceMean", {x}, {{"axes", Ints{2}}});
  const FloatValueId repeated =
      net.Add("Expand", {mean, net.Constant(FloatTensor::Vector({1, 4, 12}))});
  const FloatValueId all = net.Add("Concat", {x, repeated}, {{"axis", int64_t{1}}});
  const FloatGraph split = Split(net, net.Conv(all, 8, 3, {1}, {}));
  EXPECT_EQ(CountOf(split, "Expand"), 0U);
  FloatNet alone(7);
  const FloatValueId v = alone.Input("x", {1, 4, 1});
  Split(alone, alone.Conv(alone.Add("Expand", {v, alone.Constant(FloatTensor::Vector({1, 4, 6}))}),
                          4, 3, {1}, {}));
}

TEST(SplitConv, GroupsAndTheNetworksOutputStay) {
  FloatNet net(8);
  const FloatValueId x = net.Input("x", {1, 2, 9}), y = net.Input("y", {1, 2, 9});
  const FloatValueId joined = net.Add("Concat", {x, y}, {{"axis", int64_t{1}}});
  const FloatGraph split = Split(net, net.Conv(joined, 4, 4, {3}, {}, 2));
  EXPECT_EQ(CountOf(split, "Concat"), 1U);
}

// Joined with itself and added to itself, n times: 2^n parts if nobody stopped.
TEST(SplitConv, DoublingsEnd) {
  FloatNet net(9);
  FloatValueId x = net.Input("x", {1, 1, 4});
  for (int k = 0; k < 11; ++k) x = net.Add("Concat", {x, x}, {{"axis", int64_t{1}}});
  for (int k = 0; k < 40; ++k) {
    const FloatValueId only = net.Add("Concat", {x}, {{"axis", int64_t{1}}});
    x = net.Add("Add", {only, only});
  }
  const FloatGraph split = SplitConvolutions(net.Finish(net.Conv(x, 2048, 1, {1}, {})));
  EXPECT_LE(split.nodes.size(), 4000U);
}

}  // namespace
}  // namespace voizk
