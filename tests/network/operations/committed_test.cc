// Committed layers compute what their public siblings do, on random shapes; no cell of theirs is
// free, none of the values that they commit to either; and what does not fit is refused.
#include "network/operations/committed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>

#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/dense.h"
#include "network/operations/lstm.h"
#include "network/operations/run_graph.h"
#include "relation/gadgets/commit.h"

namespace voizk {
namespace {

using op::CommittedLinear;

std::vector<int32_t> SomeSalt() {
  std::vector<int32_t> salt(2048);
  uint32_t state = SomeU(0, 1 << 20);
  for (int32_t& x : salt) {
    state = state * 1664525u + 1013904223u;
    x = static_cast<int32_t>(state >> 22) - 512;
  }
  return salt;
}

// A layer, its public sibling and what they are given.
struct Pair {
  Graph open, committed;
  Inputs inputs;

  template <typename Op>
  Pair(const Shape& shape, Op sibling, CommittedLinear::Attributes a,
       const std::vector<int32_t>& weight, const std::vector<int32_t>& bias) {
    open.Add("y", std::move(sibling), {open.Input("x", shape, -128, 127)});
    committed.Add("y", CommittedLinear(a), {committed.Input("x", shape, -128, 127)});
    inputs["x"] = SomeValues(shape.Cells(), -128, 127);
    inputs["#salt"] = SomeSalt();
    const auto secrets =
        op::DigitsOfLayer("y", a.outputs, a.weight_bits, a.bias_bits, weight, bias);
    RC_ASSERT(secrets.ok());
    for (const auto& digits : *secrets) inputs[digits.name] = digits.values;
  }

  void Check() const {
    RC_ASSERT(open.status().ok() == committed.status().ok());
    if (!open.status().ok()) return;
    const Outcome expected = RunGraph(open, {{"x", inputs.at("x")}});
    const Outcome actual = RunGraph(committed, inputs);
    RC_ASSERT(expected.error == "");
    RC_ASSERT(actual.error == "");
    RC_ASSERT(actual.output == expected.output);
    RC_ASSERT(UnpinnedTensor(actual, SomeU(0, 1 << 20)) == "");
  }
};

int32_t Most(int bits) { return (1 << (bits - 1)) - 1; }

RC_GTEST_PROP(CommittedConv1d, IsItsPublicSibling, ()) {
  op::Conv1d::Attributes o;
  o.groups = SomeU(1, 3);
  o.group_inputs = SomeU(1, 3);
  o.outputs = o.groups * SomeU(1, 3);
  o.kernel = SomeU(1, 4);
  o.stride = SomeU(1, 3);
  o.dilation = SomeU(1, 3);
  o.pad_left = SomeU(0, 4);
  o.pad_right = SomeU(0, 4);
  CommittedLinear::Attributes a;
  a.kind = CommittedLinear::Kind::kConv1d;
  a.outputs = o.outputs;
  a.kernel[0] = o.kernel;
  a.stride[0] = o.stride;
  a.dilation[0] = o.dilation;
  a.pad = {o.pad_left, o.pad_right, 0, 0};
  a.groups = o.groups;
  a.weight_bits = 4 * Some(1, 4);
  a.bias_bits = 4 * Some(0, 5);
  const int32_t most = Most(a.weight_bits) * 9 / 10;  // digits reach a little less than bits do
  o.weight = SomeValues(o.outputs * o.kernel * o.group_inputs, -most, most);
  if (a.bias_bits > 0) {
    const int32_t reach = Most(a.bias_bits) * 9 / 10;
    o.bias = SomeValues(o.outputs, -reach, reach);
  }
  const uint32_t length = SomeU(1, 14), channels = o.groups * o.group_inputs;
  const bool flat = channels == 1 && Some(0, 1) == 1;
  Pair(flat ? MakeShape({length}) : MakeShape({length, channels}), op::Conv1d(o), a, o.weight,
       o.bias)
      .Check();
}

RC_GTEST_PROP(CommittedConv2d, IsItsPublicSibling, ()) {
  op::Conv2d::Attributes o;
  o.groups = SomeU(1, 2);
  o.group_inputs = SomeU(1, 3);
  o.outputs = o.groups * SomeU(1, 3);
  o.kernel_height = SomeU(1, 3);
  o.kernel_width = SomeU(1, 3);
  for (size_t k = 0; k < 2; ++k) o.stride[k] = SomeU(1, 2), o.dilation[k] = SomeU(1, 2);
  for (uint32_t& p : o.pad) p = SomeU(0, 2);
  o.weight = SomeValues(o.outputs * o.kernel_height * o.kernel_width * o.group_inputs, -128, 127);
  o.bias = SomeValues(o.outputs, -1000, 1000);
  CommittedLinear::Attributes a;
  a.kind = CommittedLinear::Kind::kConv2d;
  a.outputs = o.outputs;
  a.kernel = {o.kernel_height, o.kernel_width};
  a.stride = o.stride;
  a.dilation = o.dilation;
  a.pad = o.pad;
  a.groups = o.groups;
  a.bias_bits = 12;
  Pair(MakeShape({SomeU(1, 6), SomeU(1, 6), o.groups * o.group_inputs}), op::Conv2d(o), a, o.weight,
       o.bias)
      .Check();
}

RC_GTEST_PROP(CommittedDense, IsItsPublicSibling, ()) {
  Shape shape;
  shape.rank = Some(1, 3);
  for (int k = 0; k < shape.rank; ++k) shape.dims[static_cast<size_t>(k)] = SomeU(1, 5);
  op::Dense::Attributes o;
  o.outputs = SomeU(1, 40);
  o.weight = SomeValues(o.outputs * shape.Cells(), -128, 127);
  CommittedLinear::Attributes a;
  a.outputs = o.outputs;
  Pair(shape, op::Dense(o), a, o.weight, {}).Check();
}

op::GateTable SomeRamp(int shift, int32_t reach) {
  op::GateTable table{shift, -reach, {}};
  for (int32_t h = -reach; h <= reach; ++h) table.values.push_back(h);
  return table;
}

RC_GTEST_PROP(CommittedLstm, IsItsPublicSibling, ()) {
  const uint32_t hidden = SomeU(1, 5), channels = SomeU(1, 4), length = SomeU(1, 6);
  op::Lstm::Attributes o;
  o.weights.hidden = hidden;
  o.weights.reverse = Some(0, 1) == 1;
  o.weights.input_weight = SomeValues(4 * hidden * channels, -128, 127);
  o.weights.state_weight = SomeValues(4 * hidden * hidden, -128, 127);
  const bool biased = Some(0, 1) == 1;
  if (biased) o.weights.bias = SomeValues(4 * hidden, -1000, 1000);
  o.sigmoid = o.tanh = SomeRamp(6, 60);
  o.cell_tanh = SomeRamp(1, 60);
  o.cell_shift = Some(0, 1) * 5;
  o.hidden_shift = Some(0, 1) * 6;
  o.cell_lo = -300;  // keeps the tables small
  o.cell_hi = 300;
  o.with_cell = Some(0, 1) == 1;
  op::Lstm::Attributes a = o;
  a.weights.input_weight = a.weights.state_weight = a.weights.bias = {};
  a.weights.committed = {8, biased ? 12 : 0};

  Graph open, committed;
  const bool initial = Some(0, 1) == 1;
  const auto add = [&](Graph& g, const op::Lstm& lstm) {
    std::vector<Graph::NodeId> from = {g.Input("x", MakeShape({length, channels}), -64, 63)};
    if (initial) {
      from.push_back(g.Input("h0", MakeShape({1, hidden}), -60, 60));
      from.push_back(g.Input("c0", MakeShape({1, hidden}), -500, 500));
    }
    g.Add("y", lstm, from);
  };
  add(open, op::Lstm(o));
  add(committed, op::Lstm(a));
  Inputs inputs{{"x", SomeValues(size_t{length} * channels, -64, 63)}};
  if (initial) inputs["h0"] = SomeValues(hidden, -60, 60);
  if (initial) inputs["c0"] = SomeValues(hidden, -500, 500);
  const Outcome expected = RunGraph(open, inputs);
  RC_ASSERT(expected.error == "");
  std::vector<int32_t> rows;
  for (size_t r = 0; r < 4 * hidden; ++r) {
    for (size_t c = 0; c < channels; ++c) {
      rows.push_back(o.weights.input_weight[r * channels + c]);
    }
    for (size_t c = 0; c < hidden; ++c) rows.push_back(o.weights.state_weight[r * hidden + c]);
  }
  const auto secrets = op::DigitsOfLayer("y", 4 * hidden, 8, biased ? 12 : 0, rows, o.weights.bias);
  RC_ASSERT(secrets.ok());
  for (const auto& digits : *secrets) inputs[digits.name] = digits.values;
  inputs["#salt"] = SomeSalt();
  const Outcome actual = RunGraph(committed, inputs);
  RC_ASSERT(actual.error == "");
  RC_ASSERT(actual.output == expected.output);
  RC_ASSERT(UnpinnedTensor(actual, SomeU(0, 1 << 20)) == "");
}

// Digits hold an interval of values, reached at both ends, and give the value back.
// The most digits there are: their units reach 2^24, and nothing beyond is computed.
RC_GTEST_PROP(CommittedDense, BiasesOf28Bits, ()) {
  const uint32_t outputs = SomeU(1, 3), columns = SomeU(1, 4);
  CommittedLinear::Attributes a;
  a.outputs = outputs;
  a.weight_bits = 8;
  a.bias_bits = 28;
  const auto weight = SomeValues(outputs * columns, -128, 127);
  const auto bias = SomeValues(outputs, -134217728, 125796223);
  Pair(MakeShape({columns}), op::Dense({outputs, weight, bias}), a, weight, bias).Check();
}

TEST(CommittedDigits, HoldWhatTheyAreSaidTo) {
  EXPECT_TRUE(op::BitsOfValues(std::vector<int32_t>{op::kMostCommittedWeight}, 16).ok());
  const auto above = op::BitsOfValues(std::vector<int32_t>{op::kMostCommittedWeight + 1}, 16);
  ASSERT_FALSE(above.ok());
  EXPECT_NE(above.error().message.find("[-32896, 32639]"), std::string::npos);
  EXPECT_EQ(*op::BitsOfValues({}, 16), 0);
  const std::vector<std::pair<int32_t, int>> cases = {{0, 4},
                                                      {7, 4},
                                                      {-8, 4},
                                                      {8, 8},
                                                      {127, 8},
                                                      {-128, 8},
                                                      {128, 12},
                                                      {1919, 12},
                                                      {1920, 16},
                                                      {-2176, 12},
                                                      {-2177, 16},
                                                      {32639, 16},
                                                      {-32896, 16},
                                                      {32640, 20},
                                                      {-32897, 20},
                                                      {8355711, 24},
                                                      {8355712, 28},
                                                      {126, 8},
                                                      {134217727 - 8421504, 28}};
  for (const auto& [value, bits] : cases) {
    const auto found = op::BitsOfValues(std::vector<int32_t>{value}, 28);
    ASSERT_TRUE(found.ok()) << value;
    EXPECT_EQ(*found, bits) << value;
    const auto secrets =
        op::DigitsOfLayer("n", 1, 8, bits, std::vector<int32_t>{1}, std::vector<int32_t>{value});
    ASSERT_TRUE(secrets.ok()) << value;
    int64_t sum = 0, unit = 1;
    for (size_t d = 1; d < secrets->size(); ++d, unit *= 256) {
      sum += unit * (*secrets)[d].values[0];
      EXPECT_EQ((*secrets)[d].name, "n#bias" + std::to_string(d - 1));
    }
    EXPECT_EQ(sum, value);
  }
  EXPECT_EQ(op::BitsOfValues(std::vector<int32_t>{1 << 28}, 28).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(op::DigitsOfLayer("n", 1, 4, 0, std::vector<int32_t>{8}, {}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(CommittedLimits, AreRefusedByName) {
  const auto error = [](const Shape& shape, const CommittedLinear::Attributes& a) {
    Graph g;
    g.Add("y", CommittedLinear(a), {g.Input("x", shape, -128, 127)});
    return g.status().ok() ? std::nullopt : std::optional(g.status().error().code);
  };
  CommittedLinear::Attributes a;
  a.outputs = 4;
  const Shape vector = MakeShape({8}), image = MakeShape({40, 40, 3});
  EXPECT_EQ(error(vector, a), std::nullopt);
  EXPECT_EQ(error(image, a), ErrorCode::kLimitExceeded);  // 1600 taps
  for (const int bits : {0, 3, 6, 20}) {
    a.weight_bits = bits;
    EXPECT_EQ(error(vector, a), ErrorCode::kInvalidArgument) << bits;
  }
  a.weight_bits = 8;
  for (const int bits : {-4, 2, 32}) {
    a.bias_bits = bits;
    EXPECT_EQ(error(vector, a), ErrorCode::kInvalidArgument) << bits;
  }
  a.bias_bits = 0;
  a.outputs = 0;
  EXPECT_EQ(error(vector, a), ErrorCode::kInvalidArgument);
  a.outputs = 1 << 16;
  EXPECT_EQ(error(MakeShape({1 << 9}), a), ErrorCode::kLimitExceeded);  // 2^25 weights
  a.kind = CommittedLinear::Kind::kConv2d;
  a.outputs = 6;
  a.groups = 4;
  EXPECT_EQ(error(image, a), ErrorCode::kInvalidArgument);
  a.groups = 0;
  EXPECT_EQ(error(image, a), ErrorCode::kInvalidArgument);
  a.groups = 3;
  a.kernel = {12, 12};
  EXPECT_EQ(error(image, a), ErrorCode::kLimitExceeded);
  a.kernel = {4096, 4096};
  EXPECT_EQ(error(image, a), ErrorCode::kInvalidArgument);  // no window fits
}

// Inside a relation that nobody gives a commitment, such a layer would have free weights.
TEST(CommittedLimits, NoRelationWithoutACommitment) {
  Graph g;
  CommittedLinear::Attributes a;
  a.outputs = 2;
  g.Add("y", CommittedLinear(a), {g.Input("x", MakeShape({3}), -1, 1)});
  Builder b;
  std::map<std::string, Value> inputs;
  inputs["x"] = ValueOf(b, gadgets::Input(b, "x", MakeShape({3}), -1, 1));
  ASSERT_TRUE(g.Build(b, "", std::move(inputs)).ok());
  const auto relation = std::move(b).Finish();
  ASSERT_FALSE(relation.ok());
  EXPECT_EQ(relation.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace voizk
