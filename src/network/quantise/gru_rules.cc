// GRU and RNN: one operation of the network language per direction, with tables for their gates.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "network/quantise/functions.h"
#include "network/quantise/lowering.h"
#include "network/quantise/recurrence.h"

namespace voizk {

namespace {

// A GRU's state is rounded at every index and has no cell beside it, so it gets more bits than
// other values: what is less than a step in one index would never add up.
constexpr int kStateBits = 11;
constexpr double kGruSigmoidReach = 8,
                 kGruTanhReach = 5;  // beyond, the last entry is right to 4e-4
constexpr int kMostWeightShift = 14;

double One() { return std::ldexp(1, -kStateBits); }

struct Layer {
  size_t inputs = 0, hidden = 0;
  // Rows gate by gate: z, r, n.  The bias of the input's share and that of the state's.
  std::vector<double> input_weight, state_weight, input_bias, state_bias;
};

// Direction d of ONNX's W [D][G*H][I], R [D][G*H][H], B [D][2*G*H].
Layer ReadLayer(const FloatTensor& w, const FloatTensor& r, const FloatTensor* b, size_t d,
                size_t gates) {
  Layer layer;
  layer.inputs = static_cast<size_t>(w.dims()[2]);
  layer.hidden = static_cast<size_t>(r.dims()[2]);
  const size_t rows = gates * layer.hidden;
  const auto part = [&](const FloatTensor& t, size_t begin, size_t count) {
    const auto first = t.floats().begin() + static_cast<ptrdiff_t>(begin);
    return std::vector<double>(first, first + static_cast<ptrdiff_t>(count));
  };
  layer.input_weight = part(w, d * rows * layer.inputs, rows * layer.inputs);
  layer.state_weight = part(r, d * rows * layer.hidden, rows * layer.hidden);
  if (b == nullptr) {
    layer.input_bias.assign(rows, 0);
    layer.state_bias.assign(rows, 0);
  } else {
    layer.input_bias = part(*b, 2 * d * rows, rows);
    layer.state_bias = part(*b, 2 * d * rows + rows, rows);
  }
  return layer;
}

// k with accumulators in steps of 2^-(kStateBits + k): the finest at which weights have 15 bits and
// sums stay within 2^29.
Result<int> AccumulatorShift(const FloatNode& node, const Layer& layer, const Quantity& x,
                             const Lowering& lowering, const Interval& range) {
  const double reach =
      static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi))) * x.step;
  double most_weight = 0, most_sum = 0;
  for (size_t row = 0; row < layer.input_bias.size(); ++row) {
    double sum = std::abs(layer.input_bias[row]) + std::abs(layer.state_bias[row]);
    for (size_t i = 0; i < layer.inputs; ++i) {
      const double w = std::abs(layer.input_weight[row * layer.inputs + i]);
      most_weight = std::max(most_weight, w * x.step);
      sum += w * reach;
    }
    for (size_t i = 0; i < layer.hidden; ++i) {
      const double w = std::abs(layer.state_weight[row * layer.hidden + i]);
      most_weight = std::max(most_weight, w * One());
      sum += w;  // |h| <= 1
    }
    most_sum = std::max(most_sum, sum);
  }
  for (int k = kMostWeightShift; k >= 0; --k) {
    const double step = std::ldexp(1, -kStateBits - k);
    if (most_weight <= 32767 * step && most_sum <= (1 << 29) * step) return k;
  }
  return lowering.Unsupported(node, "its weights do not fit 16 bits");
}

// What both operations have.
Result<ModelAttributes> Weights(const Layer& layer, const std::vector<double>& bias, double acc,
                                const Quantity& x, bool reverse) {
  const auto rows = static_cast<uint32_t>(bias.size());
  ModelAttributes a;
  a["input_weight"] =
      RoundedWeights(layer.input_weight, acc / x.step, {rows, static_cast<uint32_t>(layer.inputs)});
  a["state_weight"] =
      RoundedWeights(layer.state_weight, acc / One(), {rows, static_cast<uint32_t>(layer.hidden)});
  a["bias"] = RoundedWeights(bias, acc, {rows});
  a["reverse"] = int64_t{reverse};
  return a;
}

Result<ModelAttributes> GruAttributes(const FloatNode& node, const Layer& layer, const Quantity& x,
                                      const Interval& range, bool reverse, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t after, IntAttribute(node, "linear_before_reset", 0));
  VOIZK_ASSIGN_OR_RETURN(const int k, AccumulatorShift(node, layer, x, lowering, range));
  const double acc = std::ldexp(1, -kStateBits - k);
  const size_t h = layer.hidden;
  // The candidate's own bias of the state's share is inside the reset gate's product.
  std::vector<double> bias = layer.input_bias;
  const size_t summed = after != 0 ? 2 * h : 3 * h;
  for (size_t row = 0; row < summed; ++row) bias[row] += layer.state_bias[row];
  VOIZK_ASSIGN_OR_RETURN(ModelAttributes a, Weights(layer, bias, acc, x, reverse));
  a["gate_bits"] = int64_t{kStateBits};
  a["reset_after"] = int64_t{after != 0};
  if (after != 0) {
    // s counts acc * 2^shift and r counts 2^-kStateBits, so that r s counts what the input's share
    // does after its scale.  s is exact to 2^-kStateBits at least.
    const int shift = std::min(k, kStateBits);
    a["state_shift"] = int64_t{shift};
    a["candidate_scale"] = int64_t{1} << (kStateBits - shift);
    const std::vector<double> own(layer.state_bias.begin() + static_cast<ptrdiff_t>(2 * h),
                                  layer.state_bias.end());
    a["state_bias"] = RoundedWeights(own, acc, {static_cast<uint32_t>(h)});
    SetGateTable("tanh", Tanh, kGruTanhReach, One(), k + kStateBits - shift, One(), &a);
  } else {
    SetGateTable("tanh", Tanh, kGruTanhReach, One(), k, One(), &a);
  }
  // A slope of 1/4 at most: arguments in twice the step.
  SetGateTable("sigmoid", Sigmoid, kGruSigmoidReach, 2 * One(), k + 1, One(), &a);
  return a;
}

Result<ModelAttributes> RnnAttributes(const FloatNode& node, const Layer& layer, const Quantity& x,
                                      const Interval& range, bool reverse, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const int k, AccumulatorShift(node, layer, x, lowering, range));
  std::vector<double> bias = layer.input_bias;
  for (size_t row = 0; row < bias.size(); ++row) bias[row] += layer.state_bias[row];
  VOIZK_ASSIGN_OR_RETURN(ModelAttributes a,
                         Weights(layer, bias, std::ldexp(1, -kStateBits - k), x, reverse));
  SetGateTable("table", Tanh, kGruTanhReach, One(), k, One(), &a);
  return a;
}

Result<const FloatTensor*> Constant(const FloatNode& node, size_t input, const char* what,
                                    const Lowering& lowering) {
  const FloatTensor* const constant = lowering.ConstantOf(node.inputs[input]);
  if (constant == nullptr) {
    return lowering.Unsupported(node, std::string("its ").append(what).append(" not constant"));
  }
  return constant;
}

Status CheckAttributes(const FloatNode& node, Lowering& lowering) {
  if (node.inputs.size() > 4 && node.inputs[4] != kAbsentValue) {
    return lowering.Unsupported(node, "sequence lengths");
  }
  for (const char* const key : {"activations", "clip"}) {
    if (node.attributes.find(key) != node.attributes.end()) {
      return lowering.Unsupported(node, std::string("attribute ").append(key));
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const int64_t layout, IntAttribute(node, "layout", 0));
  if (layout != 0) return lowering.Unsupported(node, "attribute layout");
  if (lowering.dims(node.inputs[0])[1] != 1) {
    return lowering.Unsupported(node, "more than one sequence at a time");
  }
  return {};
}

template <bool kGru>
Status Recurrence(const FloatNode& node, Lowering& lowering) {
  VOIZK_RETURN_IF_ERROR(CheckAttributes(node, lowering));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* const w, Constant(node, 1, "weights are", lowering));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* const r, Constant(node, 2, "weights are", lowering));
  const FloatTensor* b = nullptr;
  if (node.inputs.size() > 3 && node.inputs[3] != kAbsentValue) {
    VOIZK_ASSIGN_OR_RETURN(b, Constant(node, 3, "bias is", lowering));
  }
  VOIZK_ASSIGN_OR_RETURN(const std::string direction,
                         StringAttribute(node, "direction", "forward"));
  const std::array<int, 2> axes{0, 2};
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.SmallAs(node.inputs[0], axes));
  const Interval range = lowering.emitter().range(x.node);
  const size_t directions = direction == "bidirectional" ? 2 : 1;
  std::vector<Emitter::Node> hidden, last;
  for (size_t d = 0; d < directions; ++d) {
    const bool reverse = direction == "reverse" || d == 1;
    const Layer layer = ReadLayer(*w, *r, b, d, kGru ? 3 : 1);
    const auto attributes_of = kGru ? GruAttributes : RnnAttributes;
    VOIZK_ASSIGN_OR_RETURN(ModelAttributes attributes,
                           attributes_of(node, layer, x, range, reverse, lowering));
    std::vector<Emitter::Node> inputs{x.node};
    VOIZK_ASSIGN_OR_RETURN(const auto initial, InitialState(node, 5, directions, One(),
                                                            int64_t{1} << kStateBits, lowering));
    if (initial) inputs.push_back(*initial);
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node states,
                           lowering.emitter().Add(lowering.NameOf(node), kGru ? "gru" : "rnn",
                                                  std::move(attributes), inputs));
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node h,
                           LastOf(states, reverse, lowering.NameOf(node), lowering));
    hidden.push_back(states);
    last.push_back(h);
  }
  VOIZK_RETURN_IF_ERROR(SetStates(node, 0, hidden, true, One(), lowering));
  return SetStates(node, 1, last, false, One(), lowering);
}

constexpr LoweringEntry kGruRules[] = {{"GRU", Recurrence<true>}, {"RNN", Recurrence<false>}};

}  // namespace

std::span<const LoweringEntry> GruRules() { return kGruRules; }

}  // namespace voizk
