// Guards the quantiser: an integer model computes what its float network computes, to within the
// errors of its steps, whatever the layouts in between; it can be proven; and what has no integer
// form is refused by name.
#include "network/quantise/quantise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "float_net.h"
#include "network/model/convert.h"
#include "network/model/quantised_model.h"
#include "network/quantise/calibrate.h"
#include "relation/execution/executor.h"

namespace voizk {
namespace {

struct Comparison {
  double error = 0;   // root mean square
  double signal = 0;  // root mean square of the float output, less its mean
};

// Quantises on forty samples, compares on two others.
Result<Comparison> Compare(FloatNet& net, FloatValueId output, int bits = 8) {
  const FloatGraph graph = net.Finish(output);
  std::vector<FloatSample> samples;
  for (int i = 0; i < 40; ++i) samples.push_back(net.RandomInputs());
  size_t next = 0;
  VOIZK_ASSIGN_OR_RETURN(
      const auto statistics,
      Calibrate(graph, [&] { return next < samples.size() ? &samples[next++] : nullptr; }, {}));
  QuantiseOptions options;
  options.bits = bits;
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model, Quantise(graph, statistics, options));
  VOIZK_ASSIGN_OR_RETURN(const Graph integers, BuildGraph(model));
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, integers.BuildStandalone());
  Comparison result;
  double count = 0, sum = 0, square = 0, error = 0;
  for (int run = 0; run < 2; ++run) {
    const std::vector<FloatTensor> inputs = net.RandomInputs();
    VOIZK_ASSIGN_OR_RETURN(const auto expected, Execute(graph, inputs));
    Inputs given;
    for (size_t i = 0; i < inputs.size(); ++i) {
      VOIZK_ASSIGN_OR_RETURN(given[model.inputs[i].name],
                             ToIntegers(model.inputs[i], inputs[i].floats()));
    }
    VOIZK_ASSIGN_OR_RETURN(const Witness witness, Execute(relation, given, nullptr));
    TensorId out = 0;
    for (TensorId t = 0; t < relation.tensors.size(); ++t) {
      if (relation.tensors[t].name == model.output.node) out = t;
    }
    const Shape& shape = integers.shape(integers.output());
    VOIZK_ASSIGN_OR_RETURN(
        const auto reals,
        ToReals(model.output.quantity, std::span(shape.dims).first(static_cast<size_t>(shape.rank)),
                witness[out]));
    for (size_t i = 0; i < reals.size(); ++i) {
      const double y = expected[0].floats()[i];
      sum += y;
      square += y * y;
      error += (reals[i] - y) * (reals[i] - y);
      ++count;
    }
  }
  result.error = std::sqrt(error / count);
  result.signal = std::sqrt(square / count - sum * sum / count / count);
  return result;
}

// The error in parts of the signal.
void ExpectClose(FloatNet& net, FloatValueId output, double part) {
  const auto compared = Compare(net, output);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_LE(compared->error, part * compared->signal);
  EXPECT_GT(compared->signal, 0);
}

using Ints = std::vector<int64_t>;

TEST(Quantise, ConvolutionsOfSignals) {
  FloatNet net(1);
  FloatValueId x = net.Input("x", {1, 3, 40});
  x = net.Add("Relu", {net.Conv(x, 3, 8, {5}, {{"pads", Ints{2, 2}}, {"strides", Ints{2}}})});
  x = net.Add("Relu", {net.Conv(x, 8, 8, {3}, {{"dilations", Ints{3}}}, 4)});
  x = net.Conv(x, 8, 6, {1}, {});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, ConvolutionsOfImages) {
  FloatNet net(2);
  FloatValueId x = net.Input("x", {1, 2, 12, 10});
  x = net.Add("Relu", {net.Conv(x, 2, 6, {3, 3}, {{"pads", Ints{1, 0, 1, 2}}})});
  x = net.Add("MaxPool", {x}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  x = net.Conv(x, 6, 4, {3, 2}, {{"strides", Ints{2, 1}}, {"dilations", Ints{1, 2}}});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, ResidualsAreRoundedOnce) {
  FloatNet net(3);
  FloatValueId x = net.Input("x", {1, 8, 30});
  x = net.Add("Relu", {net.Conv(x, 8, 8, {3}, {{"pads", Ints{1, 1}}})});
  const FloatValueId y = net.Conv(x, 8, 8, {3}, {{"pads", Ints{1, 1}}});
  x = net.Add("Relu", {net.Add("Add", {y, x})});
  x = net.Conv(x, 8, 4, {1}, {});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, FlattenedImagesKeepTheOrderOfTheirWeights) {
  FloatNet net(4);
  FloatValueId x = net.Input("x", {1, 2, 6, 4});
  x = net.Add("Relu", {net.Conv(x, 2, 3, {3, 3}, {})});
  x = net.Add("Flatten", {x});
  x = net.Add("Gemm", {x, net.Weights({5, 3 * 4 * 2}, 0.2), net.Weights({5}, 0.3)},
              {{"transB", int64_t{1}}});
  x = net.Add("Sigmoid", {x});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, TransposedSignalsAndMatrices) {
  FloatNet net(5);
  FloatValueId x = net.Input("x", {1, 6, 20});
  x = net.Add("Transpose", {x}, {{"perm", Ints{0, 2, 1}}});
  x = net.Add("MatMul", {x, net.Weights({6, 10}, 0.4)});
  x = net.Add("Add", {x, net.Weights({10}, 0.3)});
  x = net.Add("Gelu", {x});
  x = net.Add("Transpose", {x}, {{"perm", Ints{0, 2, 1}}});
  x = net.Conv(x, 10, 4, {3}, {});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, ProductsAndConstants) {
  FloatNet net(6);
  const FloatValueId x = net.Input("x", {1, 4, 25});
  const FloatValueId a = net.Add("Tanh", {net.Conv(x, 4, 6, {3}, {})});
  const FloatValueId b = net.Add("Sigmoid", {net.Conv(x, 4, 6, {3}, {})});
  FloatValueId y = net.Add("Mul", {a, b});
  y = net.Add("Mul", {y, net.Weights({6, 1}, 1)});
  y = net.Add("Sub", {net.Constant(FloatTensor::Scalar(0.25F)), y});
  y = net.Add("Add", {y, net.Weights({6, 23}, 0.5)});
  ExpectClose(net, net.Add("LeakyRelu", {y}, {{"alpha", 0.2F}}), 0.06);
}

TEST(Quantise, PiecesAreCutAndJoined) {
  FloatNet net(7);
  FloatValueId x = net.Input("x", {1, 8, 24});
  x = net.Add("Relu", {net.Conv(x, 8, 8, {1}, {})});
  const FloatValueId first = net.Add("Split", {x}, {{"axis", int64_t{1}}}, 2);
  const FloatValueId second = first + 1;
  const FloatValueId convolved =
      net.Add("Relu", {net.Conv(first, 4, 4, {3}, {{"pads", Ints{1, 1}}})});
  x = net.Add("Concat", {convolved, second}, {{"axis", int64_t{1}}});
  x = net.Add("Slice",
              {x, net.Constant(FloatTensor::Vector({3})), net.Constant(FloatTensor::Vector({1000})),
               net.Constant(FloatTensor::Vector({2})), net.Constant(FloatTensor::Vector({2}))});
  x = net.Add("Pad", {x, net.Constant(FloatTensor::Vector({0, 0, 2, 0, 0, 3}))},
              {{"mode", std::string("reflect")}});
  x = net.Add("AveragePool", {x}, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, AnAxisIsSplitAndMerged) {
  FloatNet net(8);
  FloatValueId x = net.Input("x", {1, 6, 16});
  x = net.Add("Relu", {net.Conv(x, 6, 12, {1}, {})});
  x = net.Add("Reshape", {x, net.Constant(FloatTensor::Vector({1, 3, 4, 16}))});
  x = net.Add("Transpose", {x}, {{"perm", Ints{0, 2, 1, 3}}});
  x = net.Add("Reshape", {x, net.Constant(FloatTensor::Vector({1, 12, 16}))});
  x = net.Conv(x, 12, 5, {3}, {});
  ExpectClose(net, x, 0.06);
}

TEST(Quantise, AnOperationWithoutIntegerFormIsNamed) {
  FloatNet net(9);
  FloatValueId x = net.Input("x", {1, 4, 8});
  x = net.Add("CumSum", {x, net.Constant(FloatTensor::Vector({2}))});
  const auto compared = Compare(net, x);
  ASSERT_FALSE(compared.ok());
  EXPECT_EQ(compared.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(compared.error().message.find("CumSum0"), std::string::npos)
      << compared.error().message;
}

TEST(Quantise, MoreBitsAreMoreExact) {
  double errors[2];
  for (const int k : {0, 1}) {
    FloatNet net(10);
    FloatValueId x = net.Input("x", {1, 3, 40});
    x = net.Add("Relu", {net.Conv(x, 3, 8, {5}, {})});
    x = net.Conv(x, 8, 6, {3}, {});
    const auto compared = Compare(net, x, k == 0 ? 6 : 10);
    ASSERT_TRUE(compared.ok()) << compared.error().message;
    errors[k] = compared->error;
  }
  EXPECT_LT(errors[1], errors[0] / 3);
}

}  // namespace
}  // namespace voizk
