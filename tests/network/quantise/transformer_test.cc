// Guards what transformers need of the quantiser: a row of a table that a token names, and no other
// token's; causal attention, whose masked positions have no influence; long rows normalised in
// parts; choices by constants and by comparisons; the place of the largest; a quotient of values;
// and that what has no integer form is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "float_net.h"
#include "network/model/convert.h"
#include "network/model/quantised_model.h"
#include "network/quantise/calibrate.h"
#include "network/quantise/quantise.h"
#include "network/specialise/specialise.h"
#include "relation/execution/executor.h"

namespace voizk {
namespace {

using Ints = std::vector<int64_t>;
using Samples = std::vector<FloatSample>;

// A network as it is imported, and its integer model.
class Imported {
 public:
  static Result<Imported> Make(FloatNet& net, FloatValueId output, const Samples& samples) {
    Imported made;
    VOIZK_ASSIGN_OR_RETURN(made.graph_, Simplify(net.Finish(output), {}));
    size_t next = 0;
    VOIZK_ASSIGN_OR_RETURN(
        const auto statistics,
        Calibrate(made.graph_, [&] { return next < samples.size() ? &samples[next++] : nullptr; },
                  {}));
    VOIZK_ASSIGN_OR_RETURN(made.model_, Quantise(made.graph_, statistics, {}));
    VOIZK_ASSIGN_OR_RETURN(const Graph graph, BuildGraph(made.model_));
    made.shape_ = graph.shape(graph.output());
    VOIZK_ASSIGN_OR_RETURN(made.relation_, graph.BuildStandalone());
    return made;
  }

  Result<std::vector<float>> Integers(const FloatSample& sample) const {
    Inputs given;
    for (size_t i = 0; i < sample.size(); ++i) {
      std::vector<float> reals;
      if (sample[i].is_float()) {
        reals = sample[i].floats();
      } else {
        reals.assign(sample[i].ints().begin(), sample[i].ints().end());
      }
      VOIZK_ASSIGN_OR_RETURN(given[model_.inputs[i].name], ToIntegers(model_.inputs[i], reals));
    }
    VOIZK_ASSIGN_OR_RETURN(const Witness witness, Execute(relation_, given, nullptr));
    VOIZK_RETURN_IF_ERROR(CheckRelation(relation_, witness));
    TensorId out = 0;
    for (TensorId t = 0; t < relation_.tensors.size(); ++t) {
      if (relation_.tensors[t].name == model_.output.node) out = t;
    }
    return ToReals(model_.output.quantity,
                   std::span(shape_.dims).first(static_cast<size_t>(shape_.rank)), witness[out]);
  }
  Result<std::vector<float>> Floats(const FloatSample& sample) const {
    VOIZK_ASSIGN_OR_RETURN(auto outputs, Execute(graph_, sample));
    if (outputs[0].is_float()) return std::move(outputs[0].floats());
    return std::vector<float>(outputs[0].ints().begin(), outputs[0].ints().end());
  }
  const QuantisedModel& model() const { return model_; }
  bool Has(std::string_view op) const {
    return std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                       [&](const FloatNode& node) { return node.op == op; });
  }

 private:
  FloatGraph graph_;
  QuantisedModel model_;
  Relation relation_;
  Shape shape_;
};

// Root mean square of the difference, in parts of the float output's.
double ErrorOf(const Imported& net, const FloatSample& sample) {
  const auto integers = net.Integers(sample), floats = net.Floats(sample);
  if (!integers.ok() || !floats.ok()) {
    ADD_FAILURE() << (integers.ok() ? floats.error().message : integers.error().message);
    return INFINITY;
  }
  double error = 0, signal = 0;
  for (size_t i = 0; i < floats->size(); ++i) {
    error += std::pow((*integers)[i] - (*floats)[i], 2);
    signal += std::pow((*floats)[i], 2);
  }
  return std::sqrt(error / signal);
}

Samples RandomSamples(FloatNet& net, size_t count) {
  Samples samples;
  for (size_t i = 0; i < count; ++i) samples.push_back(net.RandomInputs());
  return samples;
}

FloatSample Tokens(const Ints& tokens) {
  FloatSample sample;
  sample.emplace_back(Dims{1, static_cast<int64_t>(tokens.size())}, tokens);
  return sample;
}

TEST(Transformer, ATokenNamesItsRow) {
  FloatNet net(1);
  const FloatValueId tokens = net.TokenInput("tokens", {1, 5});
  const FloatValueId rows = net.Weights({9, 6}, 1);
  FloatValueId x = net.Add("Gather", {rows, tokens});
  x = net.Add("Add", {x, net.Weights({5, 6}, 0.5)});
  Samples samples;
  for (int64_t k = 0; k < 9; ++k) samples.push_back(Tokens({k, (k + 2) % 9, k, 8 - k, 0}));
  const auto made = Imported::Make(net, x, samples);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, Tokens({8, 0, 3, 3, 7})), 0.01);
  const auto a = made->Integers(Tokens({1, 2, 3, 4, 5})),
             b = made->Integers(Tokens({1, 2, 6, 4, 5}));
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ((*a)[i] != (*b)[i], i / 6 == 2) << i;
  for (const int64_t outside : {int64_t{-1}, int64_t{9}}) {
    const auto refused = made->Integers(Tokens({1, 2, outside, 4, 5}));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Transformer, TokensThatNameNoRowAreRefused) {
  FloatNet net(2);
  const FloatValueId tokens = net.TokenInput("tokens", {1, 5});
  const FloatValueId x = net.Add("Cast", {tokens}, {{"to", int64_t{1}}});
  const auto made = Imported::Make(net, x, {Tokens({1, 2, 3, 4, 5})});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kUnsupported);
}

// Attention over 6 positions, two heads of 4, with the mask as exporters write it.
FloatValueId Attention(FloatNet& net, FloatValueId x, bool by_where) {
  const auto head = [&](Ints order) {
    FloatValueId y = net.Add("MatMul", {x, net.Weights({8, 8}, 0.5)});
    y = net.Add("Reshape", {y, net.Constant({{4}, Ints{1, 6, 2, 4}})});
    return net.Add("Transpose", {y}, {{"perm", std::move(order)}});
  };
  FloatValueId scores = net.Add("MatMul", {head({0, 2, 1, 3}), head({0, 2, 3, 1})});
  scores = net.Add("Mul", {scores, net.Constant(FloatTensor::Scalar(0.5F))});
  std::vector<uint8_t> later;
  std::vector<float> mask;
  for (int i = 0; i < 36; ++i) {
    later.push_back(i % 6 > i / 6 ? 1 : 0);
    mask.push_back(i % 6 > i / 6 ? std::numeric_limits<float>::lowest() : 0);
  }
  if (by_where) {
    const FloatValueId nothing =
        net.Constant(FloatTensor::Scalar(-std::numeric_limits<float>::infinity()));
    scores = net.Add("Where", {net.Constant({{6, 6}, later}), nothing, scores});
  } else {
    scores = net.Add("Add", {scores, net.Constant({{1, 1, 6, 6}, mask})});
  }
  const FloatValueId weights = net.Add("Softmax", {scores}, {{"axis", int64_t{-1}}});
  FloatValueId y = net.Add("MatMul", {weights, head({0, 2, 1, 3})});
  y = net.Add("Transpose", {y}, {{"perm", Ints{0, 2, 1, 3}}});
  return net.Add("Reshape", {y, net.Constant({{3}, Ints{1, 6, 8}})});
}

TEST(Transformer, CausalAttention) {
  for (const bool by_where : {true, false}) {
    FloatNet net(3);
    const FloatValueId x = net.Input("x", {1, 6, 8});
    const auto made = Imported::Make(net, Attention(net, x, by_where), RandomSamples(net, 20));
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_TRUE(made->Has("MaskedSoftmax"));
    FloatSample sample = net.RandomInputs();
    EXPECT_LT(ErrorOf(*made, sample), 0.03);
    // The last position changes nothing before it.
    const auto before = made->Integers(sample);
    for (size_t i = 40; i < 48; ++i) sample[0].floats()[i] *= -1;
    const auto after = made->Integers(sample);
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_TRUE(std::equal(before->begin(), before->begin() + 40, after->begin()));
    EXPECT_NE(*before, *after);
  }
}

TEST(Transformer, NormalisedValuesAreReadByWeightsAsTheyAre) {
  FloatNet net(4);
  const FloatValueId x = net.Input("x", {1, 6, 16});
  const FloatValueId normal =
      net.Add("LayerNormalization", {x, net.Weights({16}, 1), net.Weights({16}, 0.5)});
  const FloatValueId q = net.Add("MatMul", {normal, net.Weights({16, 8}, 0.3)});
  const FloatValueId k = net.Add("MatMul", {normal, net.Weights({16, 8}, 0.3)});
  const auto made = Imported::Make(net, net.Add("Add", {q, k}), RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.012);  // 8 bits of weights, 12 of input
  const auto& nodes = made->model().nodes;
  const auto rounded = std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
    return node.op == "requant" && node.name.starts_with("LayerNorm");
  });
  EXPECT_EQ(rounded, 1) << "its argument, and nothing else";
}

// Rows whose squares do not fit the field, some of them a hundred times quieter.
TEST(Transformer, LongRowsAreNormalisedInParts) {
  FloatNet net(5);
  const FloatValueId x = net.Input("x", {1, 3, 6000});
  FloatValueId y =
      net.Add("InstanceNormalization", {x, net.Constant({{3}, std::vector<float>{1, 1, 1}}),
                                        net.Constant({{3}, std::vector<float>(3, 0)})});
  y = net.Add("MaxPool", {y}, {{"kernel_shape", Ints{4}}, {"strides", Ints{4}}});
  const auto quiet = [&] {
    FloatSample sample = net.RandomInputs();
    for (size_t i = 0; i < 6000; ++i) sample[0].floats()[i] *= 0.03F;
    return sample;
  };
  Samples samples;
  for (int i = 0; i < 4; ++i) samples.push_back(quiet());
  const auto made = Imported::Make(net, y, samples);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, quiet()), 0.03);
  const auto& nodes = made->model().nodes;
  EXPECT_TRUE(std::any_of(nodes.begin(), nodes.end(), [](const QuantisedModel::Node& node) {
    return node.attributes.count("square_shift") != 0;
  }));
}

// GroupNorm as exporters write it.
TEST(Transformer, GroupsAreNormalisedThroughReshapes) {
  FloatNet net(12);
  FloatValueId x = net.Input("x", {1, 8, 20});
  x = net.Conv(x, 8, 8, {3}, {{"pads", Ints{1, 1}}});
  x = net.Add("Reshape", {x, net.Constant({{3}, Ints{1, 2, 80}})});
  x = net.Add("InstanceNormalization", {x, net.Constant({{2}, std::vector<float>{1, 1}}),
                                        net.Constant({{2}, std::vector<float>{0, 0}})});
  x = net.Add("Reshape", {x, net.Constant({{3}, Ints{1, 8, 20}})});
  x = net.Add("Add", {net.Add("Mul", {x, net.Weights({8, 1}, 1)}), net.Weights({8, 1}, 0.5)});
  x = net.Add("Gelu", {x});
  const auto made = Imported::Make(net, x, RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.03);
}

TEST(Transformer, WhereByAConstant) {
  FloatNet net(6);
  const FloatValueId x = net.Input("x", {1, 4, 5}), y = net.Input("y", {1, 4, 5});
  const FloatValueId even = net.Constant({{5}, std::vector<uint8_t>{1, 0, 1, 0, 1}});
  FloatValueId z = net.Add("Where", {even, x, y});
  const FloatValueId rows = net.Constant({{4, 1}, std::vector<uint8_t>{1, 1, 0, 1}});
  z = net.Add("Where", {rows, z, net.Weights({4, 5}, 1)});
  const auto made = Imported::Make(net, z, RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.01);
}

TEST(Transformer, TrianglesAndRepetitions) {
  FloatNet net(11);
  const FloatValueId x = net.Input("x", {1, 5, 5});
  FloatValueId y = net.Add("Trilu", {x, net.Constant({{1}, Ints{1}})}, {{"upper", int64_t{0}}});
  const FloatValueId mean = net.Add("ReduceMean", {x, net.Constant({{1}, Ints{1}})});
  y = net.Add("Add", {y, net.Add("Expand", {mean, net.Constant({{3}, Ints{1, 5, 5}})})});
  const auto made = Imported::Make(net, y, RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.01);
}

TEST(Transformer, WhereByAComparison) {
  FloatNet net(7);
  const FloatValueId x = net.Input("x", {1, 4, 5}), y = net.Input("y", {1, 4, 5});
  const FloatValueId zero = net.Constant(FloatTensor::Scalar(0.0F));
  const FloatValueId positive = net.Add("Greater", {x, zero});
  const FloatValueId less = net.Add("Not", {net.Add("LessOrEqual", {y, x})});
  const FloatValueId most = net.Add("Where", {less, y, x});
  const FloatValueId z = net.Add("Where", {positive, most, net.Add("Neg", {y})});
  const auto made = Imported::Make(net, z, RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.03);
}

TEST(Transformer, ArgMaxIsTheFloatNetworks) {
  FloatNet net(8);
  const FloatValueId x = net.Input("x", {1, 6, 12});
  const FloatValueId y = net.Add("MatMul", {x, net.Weights({12, 30}, 0.3)});
  const FloatValueId best =
      net.Add("ArgMax", {y}, {{"axis", int64_t{-1}}, {"keepdims", int64_t{0}}});
  const auto made = Imported::Make(net, best, RandomSamples(net, 20));
  ASSERT_TRUE(made.ok()) << made.error().message;
  size_t same = 0;
  for (int run = 0; run < 5; ++run) {
    const FloatSample sample = net.RandomInputs();
    const auto integers = made->Integers(sample), floats = made->Floats(sample);
    ASSERT_TRUE(integers.ok() && floats.ok());
    ASSERT_EQ(integers->size(), 6U);
    for (size_t i = 0; i < 6; ++i) same += (*integers)[i] == (*floats)[i] ? 1 : 0;
  }
  EXPECT_GE(same, 29U);
}

TEST(Transformer, AQuotientOfValues) {
  FloatNet net(9);
  const FloatValueId x = net.Add("MatMul", {net.Input("x", {1, 4, 6}), net.Weights({6, 8}, 0.4)});
  const FloatValueId squares = net.Add("Mul", {x, x});
  const FloatValueId sum = net.Add("ReduceSum", {squares, net.Constant({{1}, Ints{-1}})});
  const FloatValueId half = net.Constant(FloatTensor::Scalar(0.5F));
  const FloatValueId y = net.Add("Div", {x, net.Add("Add", {sum, half})});
  const auto made = Imported::Make(net, y, RandomSamples(net, 40));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_LT(ErrorOf(*made, net.RandomInputs()), 0.03);

  FloatNet signs(10);
  const FloatValueId z = signs.Input("z", {1, 4, 8});
  const FloatValueId w = signs.Input("w", {1, 4, 8});
  const auto refused = Imported::Make(signs, signs.Add("Div", {w, z}), RandomSamples(signs, 5));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace voizk
