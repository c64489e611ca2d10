// Guards the rules of GRU and RNN: both forms of the reset gate, both directions, sequences and
// last states, against the float executor.
#include <gtest/gtest.h>

#include "compare.h"

namespace voizk {
namespace {

using Ints = std::vector<int64_t>;

FloatValueId Recurrent(FloatNet& net, const std::string& op, FloatValueId x, int64_t inputs,
                       int64_t hidden, const std::string& direction, int64_t reset_after) {
  const int64_t d = direction == "bidirectional" ? 2 : 1, gates = op == "GRU" ? 3 : 1;
  FloatNet::Attributes attributes{{"hidden_size", hidden}, {"direction", direction}};
  if (op == "GRU") attributes["linear_before_reset"] = reset_after;
  return net.Add(
      op,
      {x, net.Weights({d, gates * hidden, inputs}, 0.5),
       net.Weights({d, gates * hidden, hidden}, 0.4), net.Weights({d, 2 * gates * hidden}, 0.3)},
      attributes, 2);
}

TEST(QuantiseGru, SequencesOfBothForms) {
  for (const int64_t reset_after : {0, 1}) {
    for (const char* const direction : {"forward", "reverse"}) {
      SCOPED_TRACE(direction + std::to_string(reset_after));
      FloatNet net(21);
      FloatValueId x = net.Input("x", {30, 1, 6});
      x = Recurrent(net, "GRU", x, 6, 8, direction, reset_after);
      x = net.Add("Squeeze", {x, net.Constant(FloatTensor::Vector({1}))});
      x = Recurrent(net, "GRU", x, 8, 5, direction, reset_after);
      ExpectClose(net, x, 0.01);
    }
  }
}

TEST(QuantiseGru, TwoDirectionsAndTheirLastStates) {
  for (const size_t output : {size_t{0}, size_t{1}}) {
    SCOPED_TRACE(output);
    FloatNet net(22);
    const FloatValueId x = net.Input("x", {12, 1, 5});
    ExpectClose(net, Recurrent(net, "GRU", x, 5, 6, "bidirectional", 1) + output, 0.01);
  }
}

TEST(QuantiseRnn, SequencesAndLastStates) {
  for (const size_t output : {size_t{0}, size_t{1}}) {
    SCOPED_TRACE(output);
    FloatNet net(23);
    const FloatValueId x = net.Input("x", {20, 1, 5});
    ExpectClose(net, Recurrent(net, "RNN", x, 5, 7, "forward", 0) + output, 0.01);
  }
}

TEST(QuantiseRnn, OtherActivationsAreRefused) {
  FloatNet net(24);
  const FloatValueId x = net.Input("x", {9, 1, 5});
  const FloatValueId y =
      net.Add("RNN", {x, net.Weights({1, 4, 5}, 0.5), net.Weights({1, 4, 4}, 0.5)},
              {{"hidden_size", int64_t{4}}, {"activations", std::vector<std::string>{"Relu"}}}, 2);
  const auto compared = Compare(net, y);
  ASSERT_FALSE(compared.ok());
  EXPECT_EQ(compared.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace voizk
