// Guards the quantiser: an integer model computes what its float network computes, to within the
// errors of its steps, whatever the layouts in between; what has no integer form is refused by
// name; and docs/import.md lists what has one.
#include "network/quantise/quantise.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <regex>
#include <set>

#include "compare.h"
#include "network/model/convert.h"
#include "network/model/quantised_model.h"
#include "network/quantise/calibrate.h"
#include "relation/execution/executor.h"
#include "source_dir.h"

namespace voizk {
namespace {

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

TEST(Quantise, DenseLayersBehindAnImage) {
  FloatNet net(25);
  FloatValueId x = net.Input("x", {1, 2, 6, 4});
  x = net.Add("Relu", {net.Conv(x, 2, 3, {3, 3}, {})});
  x = net.Add("Flatten", {x});
  x = net.Add("Relu", {net.Add("Gemm", {x, net.Weights({24, 10}, 0.3), net.Weights({10}, 0.3)})});
  x = net.Add("Gemm", {x, net.Weights({10, 5}, 0.3), net.Weights({5}, 0.3)});
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

TEST(Quantise, SumsAndMeansOverAxes) {
  FloatNet net(11);
  FloatValueId x = net.Input("x", {1, 6, 5, 8});
  x = net.Add("Relu", {net.Conv(x, 6, 6, {1, 1}, {})});
  const FloatValueId gate = net.Add("GlobalAveragePool", {x});
  const FloatValueId scaled = net.Add("Mul", {x, net.Add("Sigmoid", {gate})});
  x = net.Add("ReduceSum", {scaled, net.Constant(FloatTensor::Vector({3}))},
              {{"keepdims", int64_t{0}}});
  x = net.Add("ReduceMax", {x}, {{"axes", Ints{1}}, {"keepdims", int64_t{1}}});
  ExpectClose(net, x, 0.08);
}

TEST(Quantise, RootsOfSquaresKeepQuietValues) {
  FloatNet net(12);
  FloatValueId x = net.Input("x", {1, 2, 64});
  x = net.Conv(x, 2, 8, {8}, {{"strides", Ints{4}}});
  const FloatValueId re = net.Add("Split", {x}, {{"axis", int64_t{1}}}, 2);
  const FloatValueId two = net.Constant(FloatTensor::Scalar(2.0F));
  x = net.Add("Sqrt", {net.Add("Add", {net.Add("Pow", {re, two}), net.Add("Pow", {re + 1, two})})});
  ExpectClose(net, x, 0.03);
}

TEST(Quantise, Attention) {
  FloatNet net(13);
  const FloatValueId x = net.Input("x", {1, 12, 16});
  const auto heads = [&](bool transposed) {
    FloatValueId v = net.Add("MatMul", {x, net.Weights({16, 16}, 0.4)});
    v = net.Add("Reshape", {v, net.Constant(FloatTensor::Vector({1, 12, 2, 8}))});
    return net.Add("Transpose", {v}, {{"perm", transposed ? Ints{0, 2, 3, 1} : Ints{0, 2, 1, 3}}});
  };
  const FloatValueId q = heads(false), k = heads(true), v = heads(false);
  FloatValueId a = net.Add("MatMul", {q, k});
  a = net.Add("Div", {a, net.Constant(FloatTensor::Scalar(2.83F))});
  a = net.Add("MatMul", {net.Add("Softmax", {a}, {{"axis", int64_t{-1}}}), v});
  a = net.Add("Transpose", {a}, {{"perm", Ints{0, 2, 1, 3}}});
  a = net.Add("Reshape", {a, net.Constant(FloatTensor::Vector({1, 12, 16}))});
  ExpectClose(net, a, 0.06);
}

TEST(Quantise, Norms) {
  FloatNet net(14);
  FloatValueId x = net.Input("x", {1, 10, 24});
  FloatValueId y = net.Add("MatMul", {x, net.Weights({24, 24}, 0.3)});
  y = net.Add("LayerNormalization", {y, net.Weights({24}, 1), net.Weights({24}, 0.5)});
  y = net.Add("Gelu", {net.Add("MatMul", {y, net.Weights({24, 16}, 0.3)})});
  y = net.Add("Transpose", {y}, {{"perm", Ints{0, 2, 1}}});
  y = net.Add("InstanceNormalization", {y, net.Weights({16}, 1), net.Weights({16}, 0.5)});
  ExpectClose(net, net.Add("LpNormalization", {y}, {{"axis", int64_t{1}}}), 0.08);
}

// x through an LSTM of H units; the sequence, or the last states.
FloatValueId Lstm(FloatNet& net, FloatValueId x, int64_t inputs, int64_t hidden,
                  const std::string& direction) {
  const int64_t d = direction == "bidirectional" ? 2 : 1;
  return net.Add("LSTM",
                 {x, net.Weights({d, 4 * hidden, inputs}, 0.5),
                  net.Weights({d, 4 * hidden, hidden}, 0.3), net.Weights({d, 8 * hidden}, 0.2)},
                 {{"hidden_size", hidden}, {"direction", direction}}, 3);
}

TEST(Quantise, LstmSequences) {
  for (const char* const direction : {"forward", "reverse"}) {
    SCOPED_TRACE(direction);
    FloatNet net(15);
    FloatValueId x = net.Input("x", {20, 1, 6});
    x = Lstm(net, x, 6, 8, direction);
    x = net.Add("Squeeze", {x, net.Constant(FloatTensor::Vector({1}))});
    x = Lstm(net, x, 8, 4, direction);
    ExpectClose(net, x, 0.08);
  }
}

TEST(Quantise, LstmOfTwoDirectionsAndItsLastStates) {
  for (const size_t output : {size_t{0}, size_t{1}, size_t{2}}) {
    SCOPED_TRACE(output);
    FloatNet net(16);
    FloatValueId x = net.Input("x", {15, 1, 5});
    x = Lstm(net, x, 5, 6, "bidirectional") + output;
    if (output == 0) {
      x = net.Add("Transpose", {x}, {{"perm", Ints{0, 2, 1, 3}}});
      x = net.Add("Reshape", {x, net.Constant(FloatTensor::Vector({15, 1, 12}))});
      x = net.Add("MatMul", {x, net.Weights({12, 3}, 0.4)});
    }
    ExpectClose(net, x, 0.08);
  }
}

// What is usual is far below what is largest, and what reads it saturates: 16 bits would not do.
TEST(Quantise, PowersOfWideRangeKeepWhatIsSmall) {
  FloatNet net(24);
  FloatValueId x = net.Input("x", {1, 8, 200});
  std::vector<float> loud(200, 1);
  loud[5] = loud[90] = 30;
  x = net.Add("Mul", {x, net.Constant(FloatTensor({1, 1, 200}, loud))});
  x = net.Add("Pow", {x, net.Constant(FloatTensor::Scalar(2.0F))});
  x = net.Add("Conv", {x, net.Weights({8, 8, 1}, 0.3)});
  x = net.Add("Clip", {x, net.Constant(FloatTensor::Scalar(-2.0F)),
                       net.Constant(FloatTensor::Scalar(2.0F))});
  ExpectClose(net, x, 0.05);
}

// An argument that is rarely far where the function is flat keeps its step where it is not.
TEST(Quantise, ArgumentsOfFunctionsThatSaturate) {
  FloatNet net(29);
  FloatValueId x = net.Input("x", {1, 8, 200});
  std::vector<float> loud(200, 1);
  loud[5] = loud[90] = 500;
  x = net.Add("Mul", {x, net.Constant(FloatTensor({1, 1, 200}, loud))});
  x = net.Add("Conv", {x, net.Weights({8, 8, 1}, 0.3)});
  ExpectClose(net, net.Add("Tanh", {x}), 0.1);
}

// An LSTM whose W is the identity adds what a product before it gave, and saturates as it would.
TEST(Quantise, AnLstmReadsItsGatesAsTheyAre) {
  constexpr int64_t kHidden = 6;
  std::vector<float> own(16 * kHidden * kHidden, 0);
  for (size_t row = 0; row < 4 * kHidden; ++row) {
    constexpr std::array<size_t, 4> kGate{0, 2, 1, 3};
    own[row * 4 * kHidden + kGate[row / kHidden] * kHidden + row % kHidden] = 1;
  }
  // At last long enough for a coarser step to pay, which usual frames beside loud ones cannot have.
  for (const auto& [scale, frames] : {std::pair{0.5, 30}, {30.0, 30}, {1.0, 500}}) {
    SCOPED_TRACE(testing::Message() << scale << " " << frames);
    FloatNet net(25);
    FloatValueId x = net.Input("x", {1, frames, 5});
    if (frames == 500) {
      std::vector<float> loud(500, 1);
      for (size_t t = 50; t < 500; t += 100) loud[t] = 3000;
      x = net.Add("Mul", {x, net.Constant(FloatTensor({1, 500, 1}, loud))});
    }
    x = net.Add("MatMul", {x, net.Weights({5, 4 * kHidden}, scale)});
    x = net.Add("Transpose", {x}, {{"perm", Ints{1, 0, 2}}});
    x = net.Add("LSTM",
                {x, net.Constant(FloatTensor({1, 4 * kHidden, 4 * kHidden}, own)),
                 net.Weights({1, 4 * kHidden, kHidden}, 0.3), net.Weights({1, 8 * kHidden}, 0.2)},
                {{"hidden_size", kHidden}}, 3);
    ExpectClose(net, x, frames == 500 ? 0.4 : scale == 0.5 ? 0.06 : 0.12);  // 0.6 if it had it
  }
}

// The best nodes by score, in the order of their scores: one row wrong would be a large error.
TEST(Quantise, TopKAndGatherByItsIndices) {
  FloatNet net(26);
  FloatValueId x = net.Input("x", {1, 12, 6});
  x = net.Add("MatMul", {x, net.Weights({6, 6}, 0.4)});
  const FloatValueId scores = net.Add("Sigmoid", {net.Add("MatMul", {x, net.Weights({6, 1}, 1)})});
  const FloatValueId best =
      net.Add("TopK",
              {net.Add("Reshape", {scores, net.Constant(FloatTensor::Vector({12}))}),
               net.Constant(FloatTensor::Vector({5}))},
              {}, 2);
  x = net.Add("Gather", {net.Add("Mul", {x, scores}), best + 1}, {{"axis", int64_t{1}}});
  ExpectClose(net, net.Add("MatMul", {x, net.Weights({6, 3}, 0.4)}), 0.05);
}

// Of equal values the first comes first, as in ONNX Runtime.
TEST(Quantise, TopKTakesTheFirstOfEqualValues) {
  for (const bool indices : {false, true}) {
    SCOPED_TRACE(indices);
    FloatNet net(27);
    FloatValueId x = net.Input("x", {8});
    x = net.Add("Clip", {x, net.Constant(FloatTensor::Scalar(-0.5F)),
                         net.Constant(FloatTensor::Scalar(0.5F))});
    const FloatValueId best = net.Add("TopK", {x, net.Constant(FloatTensor::Vector({4}))}, {}, 2);
    const FloatValueId rows = net.Weights({8, 3}, 1);
    if (!indices) {
      ExpectClose(net, best, 0.02);
      continue;
    }
    // Rows that depend on the input, but hardly.
    const FloatValueId nearly = net.Add(
        "Add", {net.Add("Mul", {net.Add("Reshape", {x, net.Constant(FloatTensor::Vector({8, 1}))}),
                                net.Weights({1, 3}, 1e-3)}),
                rows});
    ExpectClose(net, net.Add("Gather", {nearly, best + 1}, {{"axis", int64_t{0}}}), 0.03);
  }
}

TEST(Quantise, TopKOfMoreThanOneRowIsRefused) {
  FloatNet net(28);
  const FloatValueId x = net.Input("x", {3, 8});
  const auto compared =
      Compare(net, net.Add("TopK", {x, net.Constant(FloatTensor::Vector({4}))}, {}, 2));
  ASSERT_FALSE(compared.ok());
  EXPECT_EQ(compared.error().code, ErrorCode::kUnsupported);
}

// The model after samples of these loudnesses.
Result<QuantisedModel> ModelOf(FloatNet& net, FloatValueId output, std::vector<double> levels) {
  const FloatGraph graph = net.Finish(output);
  std::vector<FloatSample> samples;
  for (int i = 0; i < 10; ++i) {
    for (const double level : levels) samples.push_back(net.RandomInputs(level));
  }
  size_t next = 0;
  VOIZK_ASSIGN_OR_RETURN(
      const auto statistics,
      Calibrate(graph, [&] { return next < samples.size() ? &samples[next++] : nullptr; }, {}));
  return Quantise(graph, statistics, {});
}

TEST(Quantise, LayersOfManyOutputsShareATableAndThoseOfFewGoWithout) {
  for (const int64_t length : {int64_t{12}, int64_t{4000}}) {
    FloatNet net(18);
    const FloatValueId x = net.Input("x", {1, 8, length});
    const auto model = ModelOf(net, net.Add("Relu", {net.Conv(x, 8, 8, {9}, {})}), {1});
    ASSERT_TRUE(model.ok()) << model.error().message;
    size_t roundings = 0;
    for (const auto& node : model->nodes) {
      if (node.op != "requant") continue;
      ++roundings;
      EXPECT_EQ(node.attributes.count("wide"), length == 12 ? 1U : 0U) << length;
      EXPECT_EQ(node.attributes.count("table_bits"), length == 12 ? 0U : 1U) << length;
    }
    EXPECT_EQ(roundings, 1U);
  }
}

TEST(Quantise, WhatIsCutBeforeItIsSquaredHasRoomWhateverTheLoudness) {
  FloatNet net(19);
  FloatValueId x = net.Input("x", {1, 2, 64});
  x = net.Add("Conv", {x, net.Weights({8, 2, 8}, 0.25)});  // no bias: quiet samples stay quiet
  const FloatValueId re = net.Add("Split", {x}, {{"axis", int64_t{1}}}, 2);
  const FloatValueId two = net.Constant(FloatTensor::Scalar(2.0F));
  x = net.Add("Sqrt", {net.Add("Add", {net.Add("Pow", {re, two}), net.Add("Pow", {re + 1, two})})});
  x = net.Add("Relu", {net.Conv(x, 4, 4, {3}, {})});
  const auto model = ModelOf(net, x, {1, 0.001});
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_TRUE(BuildGraph(*model)->BuildStandalone().ok());
}

TEST(Quantise, AnInputThatIsAlwaysZeroIsRefused) {
  FloatNet net(17);
  const FloatValueId x = net.Input("x", {1, 4, 8});
  const FloatGraph graph = net.Finish(net.Conv(x, 4, 2, {3}, {}));
  const FloatSample zeros{FloatTensor({1, 4, 8}, std::vector<float>(32, 0))};
  size_t next = 0;
  const auto statistics = Calibrate(graph, [&] { return next++ == 0 ? &zeros : nullptr; }, {});
  ASSERT_TRUE(statistics.ok());
  EXPECT_EQ(Quantise(graph, *statistics, {}).error().code, ErrorCode::kInvalidArgument);
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

TEST(QuantiseDocument, ListsTheOperationsThatThereAre) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/docs/import.md");
  std::set<std::string> listed, known;
  bool inside = false;
  const std::regex name("`(\\w+)`");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## 6. Quantising";
    if (!inside || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    for (std::sregex_iterator m(cell.begin(), cell.end(), name), end; m != end; ++m) {
      EXPECT_TRUE(listed.insert((*m)[1]).second) << (*m)[1] << " is listed twice";
    }
  }
  for (const std::string_view op : QuantisedOperationNames()) known.emplace(op);
  EXPECT_EQ(listed, known);
}

}  // namespace
}  // namespace voizk
