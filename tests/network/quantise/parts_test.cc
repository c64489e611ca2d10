// Guards what the quantiser leaves with a tensor for its readers (factors and shifts per channel),
// what it repeats, and the rules with sums of products: variances, norms over long rows,
// logarithms; each against the float executor, and that they cost what they should.
#include <gtest/gtest.h>

#include "compare.h"

namespace voizk {
namespace {

using Ints = std::vector<int64_t>;

// y = x * scale + shift per channel, scales of very different sizes.
FloatValueId Normalised(FloatNet& net, FloatValueId x, int64_t channels) {
  FloatTensor scale = net.Random({channels, 1}, 1);
  for (size_t c = 0; c < scale.size(); ++c) scale.floats()[c] += c % 2 == 0 ? 3.0F : 0.2F;
  return net.Add("Affine", {x, net.Constant(scale), net.Weights({channels, 1}, 0.7)});
}

TEST(QuantiseParts, ANormalisedReluGoesIntoPaddedConvolutions) {
  for (const int64_t groups : {1, 4}) {
    SCOPED_TRACE(groups);
    FloatNet net(31);
    FloatValueId x = net.Input("x", {1, 4, 30});
    x = Normalised(net, net.Add("Relu", {net.Conv(x, 4, 8, {3}, {})}), 8);
    const FloatValueId y =
        net.Conv(x, 8, 8, {3}, {{"pads", Ints{2, 1}}, {"strides", Ints{2}}}, groups);
    ExpectClose(net, y, 0.02);
  }
}

TEST(QuantiseParts, ANormalisedReluGoesIntoImagesMatricesAndSums) {
  FloatNet net(32);
  FloatValueId x = net.Input("x", {1, 2, 7, 6});
  x = net.Add("Relu", {net.Conv(x, 2, 4, {3, 3}, {})});
  FloatTensor scale = net.Random({4, 1, 1}, 1);
  x = net.Add("Affine", {x, net.Constant(scale), net.Weights({4, 1, 1}, 0.7)});
  const FloatValueId y = net.Conv(x, 4, 4, {3, 3}, {{"pads", Ints{1, 1, 1, 1}}});
  x = net.Add("Add", {x, y});
  x = net.Add("Flatten", {net.Add("Relu", {x})});
  x = net.Add("Gemm", {x, net.Weights({80, 5}, 0.2), net.Weights({5}, 0.3)});
  ExpectClose(net, x, 0.03);
}

TEST(QuantiseParts, PartsAndProductsOfANormalisedRelu) {
  FloatNet net(33);
  FloatValueId x = net.Input("x", {1, 4, 30});
  x = Normalised(net, net.Add("Relu", {net.Conv(x, 4, 8, {3}, {})}), 8);
  const FloatValueId first = net.Add("Split", {x}, {{"axis", int64_t{1}}}, 2);
  const FloatValueId gate =
      net.Add("Sigmoid", {net.Add("ReduceMean", {first + 1}, {{"axes", Ints{2}}})});
  const FloatValueId gated = net.Add("Mul", {first, gate});
  ExpectClose(net, net.Conv(net.Add("Add", {gated, first + 1}), 4, 3, {3}, {}), 0.03);
}

TEST(QuantiseParts, RepeatedValues) {
  FloatNet net(34);
  FloatValueId x = net.Input("x", {1, 4, 9});
  x = net.Add("Relu", {net.Conv(x, 4, 6, {1}, {})});
  FloatValueId mean = net.Add("ReduceMean", {x}, {{"axes", Ints{2}}});
  mean = net.Add("Expand", {mean, net.Constant(FloatTensor::Vector({1, 6, 9}))});
  ExpectClose(net, net.Add("Mul", {mean, x}), 0.03);
}

FloatValueId Squared(FloatNet& net, FloatValueId x) {
  return net.Add("Pow", {x, net.Constant(FloatTensor::Scalar(2.0F))});
}

// Deviations over time, with a large mean and channels of different sizes.
FloatValueId Deviation(FloatNet& net, FloatValueId x) {
  const FloatValueId mean = net.Add("ReduceMean", {x}, {{"axes", Ints{2}}});
  const FloatValueId square = Squared(net, net.Add("Sub", {x, mean}));
  const FloatValueId variance = net.Add("ReduceMean", {square}, {{"axes", Ints{2}}});
  return net.Add("Sqrt", {net.Add("Clip", {variance, net.Constant(FloatTensor::Scalar(1e-8F))})});
}

TEST(QuantiseParts, DeviationsAreExactAndNeedNoSquareOfTheirOwn) {
  FloatNet net(35);
  FloatValueId x = net.Input("x", {1, 4, 150});
  x = Normalised(net, net.Add("Relu", {net.Conv(x, 4, 8, {3}, {})}), 8);
  const FloatValueId y = Deviation(net, x);
  const auto compared = Compare(net, y);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_LE(compared->error, 0.03 * compared->signal);
  const FloatGraph graph = net.Finish(y);
  const FloatSample sample = net.RandomInputs();
  size_t next = 0;
  const auto statistics = Calibrate(graph, [&] { return next++ == 0 ? &sample : nullptr; }, {});
  const auto model = Quantise(graph, *statistics, {});
  ASSERT_TRUE(model.ok());
  for (const auto& node : model->nodes) EXPECT_NE(node.op, "div") << node.name;
  const auto relation = BuildGraph(*model)->BuildStandalone();
  ASSERT_TRUE(relation.ok());
  size_t whole = 0;  // tensors of all frames and channels: the three of a rounding without a table
  for (const Tensor& tensor : relation->tensors) whole += tensor.shape.Cells() == 148 * 8 ? 1 : 0;
  EXPECT_LE(whole, 3U);
}

TEST(QuantiseParts, WeightedDeviations) {
  FloatNet net(36);
  FloatValueId x = net.Input("x", {1, 4, 120});
  x = Normalised(net, net.Add("Relu", {net.Conv(x, 4, 6, {3}, {})}), 6);
  const FloatValueId weights =
      net.Add("Softmax", {net.Conv(x, 6, 6, {1}, {})}, {{"axis", int64_t{2}}});
  const auto sum = [&](FloatValueId v) {
    return net.Add("ReduceSum", {v, net.Constant(FloatTensor::Vector({2}))});
  };
  const FloatValueId mean = sum(net.Add("Mul", {weights, x}));
  const FloatValueId square = Squared(net, net.Add("Sub", {x, mean}));
  const FloatValueId deviation = net.Add("Sqrt", {sum(net.Add("Mul", {weights, square}))});
  ExpectClose(net, net.Add("Concat", {mean, deviation}, {{"axis", int64_t{1}}}), 0.05);
}

TEST(QuantiseParts, NormsOverLongRows) {
  FloatNet net(37);
  FloatValueId x = net.Input("x", {1, 1, 9000});
  x = net.Add("Add", {x, net.Constant(FloatTensor::Scalar(0.5F))});
  x = net.Add("InstanceNormalization", {x, net.Weights({1}, 1), net.Weights({1}, 0.5)});
  ExpectClose(net, x, 0.02);
}

TEST(QuantiseParts, LogarithmsOfPowersAndOfMagnitudes) {
  FloatNet net(38);
  FloatValueId x = net.Input("x", {1, 2, 400});
  x = net.Add("Conv", {x, net.Weights({12, 2, 16}, 0.25)}, {{"strides", Ints{4}}});
  const FloatValueId small = net.Constant(FloatTensor::Scalar(1e-2F));
  const FloatValueId power = net.Add("Log", {net.Add("Add", {Squared(net, x), small})});
  const FloatValueId magnitude = net.Add("Log", {net.Add("Add", {net.Add("Abs", {x}), small})});
  ExpectClose(net, power, 0.02);
  ExpectClose(net, magnitude, 0.02);
}

// What a table of one step rounds to nothing: magnitudes down to a thousandth of the usual.
TEST(QuantiseParts, LogarithmOfABank) {
  FloatNet net(44);
  FloatValueId x = net.Input("x", {1, 1, 2000});
  x = net.Add("Conv", {x, net.Weights({16, 1, 32}, 0.2)}, {{"strides", Ints{4}}});
  x = net.Add("Add", {net.Add("Abs", {x}), net.Constant(FloatTensor::Scalar(1e-6F))});
  ExpectClose(net, net.Add("Log", {x}), 0.02);
}

TEST(QuantiseParts, TransposedConvolutionsOfGroups) {
  for (const int64_t groups : {1, 2}) {
    SCOPED_TRACE(groups);
    FloatNet net(39);
    FloatValueId x = net.Input("x", {1, 4, 14});
    x = net.Add("Relu", {net.Conv(x, 4, 6, {3}, {})});
    x = net.Add("ConvTranspose", {x, net.Weights({6, 8 / groups, 4}, 0.3), net.Weights({8}, 0.3)},
                {{"strides", Ints{2}},
                 {"pads", Ints{1, 2}},
                 {"output_padding", Ints{1}},
                 {"group", groups}});
    ExpectClose(net, x, 0.02);
  }
  FloatNet net(40);
  const FloatValueId x = net.Input("x", {1, 2, 5, 4});
  const FloatValueId y = net.Add("ConvTranspose", {x, net.Weights({2, 3, 3, 2}, 0.4)},
                                 {{"strides", Ints{2, 1}}, {"pads", Ints{1, 0, 0, 1}}});
  ExpectClose(net, y, 0.02);
}

TEST(QuantiseParts, NearestNeighbours) {
  FloatNet net(41);
  const FloatValueId x = net.Input("x", {1, 3, 4, 5});
  FloatTensor scales({4}, std::vector<float>{1, 1, 2, 3});
  const FloatValueId y = net.Add("Resize", {x, kAbsentValue, net.Constant(scales)},
                                 {{"mode", std::string("nearest")},
                                  {"coordinate_transformation_mode", std::string("asymmetric")},
                                  {"nearest_mode", std::string("floor")}});
  ExpectClose(net, y, 0.002);
}

TEST(QuantiseParts, SlopesByChannel) {
  FloatNet net(42);
  FloatValueId x = net.Input("x", {1, 3, 40});
  x = net.Conv(x, 3, 6, {3}, {});
  ExpectClose(net, net.Conv(net.Add("PRelu", {x, net.Weights({6, 1}, 0.4)}), 6, 4, {1}, {}), 0.03);
}

TEST(QuantiseParts, LengthsOfVectors) {
  FloatNet net(43);
  FloatValueId x = net.Input("x", {1, 6, 20});
  x = net.Add("ReduceL2", {net.Conv(x, 6, 9, {1}, {})},
              {{"axes", Ints{1}}, {"keepdims", int64_t{0}}});
  ExpectClose(net, x, 0.04);
}

}  // namespace
}  // namespace voizk
