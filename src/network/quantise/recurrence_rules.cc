// LSTM: one operation of the network language per direction, with tables for its gates.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "network/operations/committed_digits.h"
#include "network/quantise/functions.h"
#include "network/quantise/lowering.h"
#include "network/quantise/recurrence.h"
#include "network/quantise/saturation.h"

namespace voizk {

namespace {

// Steps of the integer cell.  Gates and h count 2^bits as 1, the cell state 2^cell_bits: what it
// loses at an index it has lost at all later ones.  It is clamped to 16, where its tanh is 1 to 14
// digits and all that is lost is how far it is beyond.
struct Steps {
  int bits;
  int cell_bits;
  // Arguments of tanh in the step of its values, its slope being 1 at most; of the sigmoid, whose
  // slope is 1/4 at most, in twice that.  Finer than 2^-8 they gain nothing and cost rows.
  int tanh_index_bits() const { return std::min(bits, 8); }
  double one() const { return std::ldexp(1, -bits); }
  double cell_one() const { return std::ldexp(1, -cell_bits); }
  int32_t cell_reach() const { return (1 << (cell_bits + 4)) - 1; }
};
constexpr int kMostBits = 10;
constexpr int kMostCellBits = 11;                    // the cell's state keeps within 16 bits
constexpr double kSigmoidReach = 8, kTanhReach = 8;  // beyond, the last entry is right to 4e-4
constexpr int kMostWeightShift = 14;

}  // namespace

void SetGateTable(const char* name, double (*fn)(double), double reach, double step, int shift,
                  double one, ModelAttributes* attributes) {
  const auto last = static_cast<int64_t>(reach / step);
  TensorData data;
  for (int64_t h = -last; h < last; ++h) {
    data.values.push_back(
        static_cast<int32_t>(std::lround(fn((static_cast<double>(h) + 0.5) * step) / one)));
  }
  data.shape = {static_cast<uint32_t>(data.values.size())};
  const std::string key(name);
  (*attributes)[key] = std::make_shared<const TensorData>(std::move(data));
  (*attributes)[key + "_first"] = -last;
  (*attributes)[key + "_shift"] = int64_t{shift};
}

namespace {

struct Layer {
  size_t inputs = 0, hidden = 0;
  std::vector<double> input_weight, state_weight, bias;  // gates i, f, o, g
};

// Direction d of ONNX's W [D][4H][I], R [D][4H][H], B [D][8H], gates i, o, f, c.
Layer ReadLayer(const FloatTensor& w, const FloatTensor& r, const FloatTensor* b, size_t d) {
  constexpr std::array<size_t, 4> kOnnxGate{0, 2, 1, 3};
  Layer layer;
  layer.inputs = static_cast<size_t>(w.dims()[2]);
  layer.hidden = static_cast<size_t>(r.dims()[2]);
  const size_t h = layer.hidden;
  for (const size_t gate : kOnnxGate) {
    for (size_t unit = 0; unit < h; ++unit) {
      const size_t row = d * 4 * h + gate * h + unit;
      for (size_t i = 0; i < layer.inputs; ++i) {
        layer.input_weight.push_back(w.floats()[row * layer.inputs + i]);
      }
      for (size_t i = 0; i < h; ++i) layer.state_weight.push_back(r.floats()[row * h + i]);
      double bias = 0;
      if (b != nullptr) {
        const size_t at = d * 8 * h + gate * h + unit;
        bias = double{b->floats()[at]} + b->floats()[at + 4 * h];
      }
      layer.bias.push_back(bias);
    }
  }
  return layer;
}

// Step of the accumulators, and 2^shift of them is that of tanh's argument.
struct GateScale {
  double accumulator = 1;
  int shift = 0;
};

// The finest accumulator step at which weights have 15 bits and sums stay within 2^29: a power of
// two, or, where the input is added as it is (`direct`), its step divided by one.
Result<GateScale> ScaleOf(const FloatNode& node, const Layer& layer, const Quantity& x, bool direct,
                          double reach, const Steps& steps, const Lowering& lowering) {
  double most_weight = direct ? x.step : 0, most_sum = 0;
  const size_t rows = layer.bias.size();
  for (size_t row = 0; row < rows; ++row) {
    double sum = std::abs(layer.bias[row]) + (direct ? reach : 0);
    for (size_t i = 0; i < (direct ? 0 : layer.inputs); ++i) {
      const double w = std::abs(layer.input_weight[row * layer.inputs + i]);
      most_weight = std::max(most_weight, w * x.step);
      sum += w * reach;
    }
    for (size_t i = 0; i < layer.hidden; ++i) {
      const double w = std::abs(layer.state_weight[row * layer.hidden + i]);
      most_weight = std::max(most_weight, w * steps.one());
      sum += w;  // |h| <= 1
    }
    most_sum = std::max(most_sum, sum);
  }
  const double index = std::ldexp(1, -steps.tanh_index_bits());
  // The argument's step, at most `index`.
  const double coarsest =
      direct ? std::ldexp(x.step, static_cast<int>(std::floor(std::log2(index / x.step)))) : index;
  for (int k = kMostWeightShift; k >= 0; --k) {
    const double step = std::ldexp(coarsest, -k);
    if (direct && step > x.step) break;
    if (most_weight <= op::kMostCommittedWeight * step && most_sum <= (1 << 29) * step)
      return GateScale{step, k};
  }
  return lowering.Unsupported(node, "its weights do not fit 16 bits");
}

}  // namespace

std::shared_ptr<const TensorData> RoundedWeights(const std::vector<double>& reals, double unit,
                                                 std::vector<uint32_t> shape) {
  TensorData data{std::move(shape), {}};
  for (const double v : reals) data.values.push_back(static_cast<int32_t>(std::lround(v / unit)));
  return std::make_shared<const TensorData>(std::move(data));
}

Result<OptionalNode> InitialState(const FloatNode& node, size_t input, size_t directions,
                                  double step, int64_t reach, Lowering& lowering) {
  if (node.inputs.size() <= input || node.inputs[input] == kAbsentValue) return OptionalNode();
  const FloatValueId id = node.inputs[input];
  if (const FloatTensor* const constant = lowering.ConstantOf(id)) {
    const auto& values = constant->floats();
    if (std::all_of(values.begin(), values.end(), [](float v) { return v == 0; })) {
      return OptionalNode();
    }
    return lowering.Unsupported(node, "an initial state that is constant and not zero");
  }
  if (directions != 1) return lowering.Unsupported(node, "initial states of two directions");
  const std::array<int, 2> axes{0, 2};  // [D][1][H]
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.SmallAs(id, axes));
  const auto dims = lowering.emitter().dims(small.node);
  VOIZK_ASSIGN_OR_RETURN(const Quantity state,
                         lowering.Round(LinearOf(small, {dims.begin(), dims.end()}),
                                        {step, -reach, reach}, lowering.NameOf(node)));
  return OptionalNode(state.node);
}

namespace {

struct Direction {
  Emitter::Node hidden, cell;  // [T][H] of both
};

Result<Direction> EmitDirection(const FloatNode& node, const Quantity& x, const Layer& layer,
                                const Steps& steps, bool reverse, size_t directions, bool with_cell,
                                Lowering& lowering) {
  Emitter& emitter = lowering.emitter();
  const Interval range = emitter.range(x.node);
  const double reach =
      static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi))) * x.step;
  const bool direct = ReadsGatesDirectly(lowering.graph(), node);
  VOIZK_ASSIGN_OR_RETURN(const GateScale scale,
                         ScaleOf(node, layer, x, direct, reach, steps, lowering));
  const double acc = scale.accumulator, index = std::ldexp(acc, scale.shift);
  const auto rows = static_cast<uint32_t>(layer.bias.size());
  const auto hidden = static_cast<uint32_t>(layer.hidden);
  ModelAttributes a;
  a["input_weight"] = direct ? RoundedWeights({1}, acc / x.step, {1, 1})
                             : RoundedWeights(layer.input_weight, acc / x.step,
                                              {rows, static_cast<uint32_t>(layer.inputs)});
  a["state_weight"] = RoundedWeights(layer.state_weight, acc / steps.one(), {rows, hidden});
  a["bias"] = RoundedWeights(layer.bias, acc, {rows});
  a["reverse"] = int64_t{reverse};
  SetGateTable("tanh", Tanh, kTanhReach, index, scale.shift, steps.cell_one(), &a);
  SetGateTable("sigmoid", Sigmoid, kSigmoidReach, 2 * index, scale.shift + 1, steps.one(), &a);
  // One entry per value of c: exact arguments, hence without the half step.
  TensorData cell;
  for (int32_t c = -steps.cell_reach(); c <= steps.cell_reach(); ++c) {
    cell.values.push_back(
        static_cast<int32_t>(std::lround(std::tanh(c * steps.cell_one()) / steps.one())));
  }
  cell.shape = {static_cast<uint32_t>(cell.values.size())};
  a["cell_tanh"] = std::make_shared<const TensorData>(std::move(cell));
  a["cell_tanh_first"] = int64_t{-steps.cell_reach()};
  a["cell_tanh_shift"] = int64_t{0};
  a["cell_shift"] = int64_t{steps.bits};
  a["hidden_shift"] = int64_t{steps.bits};
  a["cell_lo"] = int64_t{-steps.cell_reach()};
  a["cell_hi"] = int64_t{steps.cell_reach()};
  a["with_cell"] = int64_t{with_cell};
  std::vector<Emitter::Node> inputs{x.node};
  VOIZK_ASSIGN_OR_RETURN(const auto h, InitialState(node, 5, directions, steps.one(),
                                                    int64_t{1} << steps.bits, lowering));
  VOIZK_ASSIGN_OR_RETURN(const auto c, InitialState(node, 6, directions, steps.cell_one(),
                                                    steps.cell_reach(), lowering));
  if (h.has_value() != c.has_value()) {
    return lowering.Unsupported(node, "one of two initial states");
  }
  if (h) inputs.insert(inputs.end(), {*h, *c});
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node both,
                         emitter.Add(lowering.NameOf(node), "lstm", std::move(a), inputs));
  if (!with_cell) return Direction{both, both};
  Direction result{};
  for (const bool second : {false, true}) {
    ModelAttributes slice;
    slice["begin"] = second ? int64_t{hidden} : int64_t{0};
    slice["end"] = second ? 2 * int64_t{hidden} : int64_t{hidden};
    VOIZK_ASSIGN_OR_RETURN(
        (second ? result.cell : result.hidden),
        emitter.Add(lowering.NameOf(node), "slice", std::move(slice), std::array{both}));
  }
  return result;
}

}  // namespace

Result<Emitter::Node> LastOf(Emitter::Node sequence, bool reverse, std::string_view name,
                             Lowering& lowering) {
  const int64_t length = lowering.emitter().dims(sequence)[0];
  ModelAttributes slice;
  slice["axis"] = int64_t{0};
  slice["begin"] = reverse ? int64_t{0} : length - 1;
  slice["end"] = reverse ? int64_t{1} : length;
  return lowering.emitter().Add(name, "slice", std::move(slice), std::array{sequence});
}

namespace {

// Sequences [T][H] of each direction as [T][D][H].
Result<Emitter::Node> Beside(const std::vector<Emitter::Node>& parts, std::string_view name,
                             Lowering& lowering) {
  std::vector<Emitter::Node> reshaped;
  for (const Emitter::Node part : parts) {
    const auto dims = lowering.emitter().dims(part);
    ModelAttributes attributes;
    attributes["dims"] = std::vector<int64_t>{dims[0], 1, dims[1]};
    VOIZK_ASSIGN_OR_RETURN(
        const Emitter::Node node,
        lowering.emitter().Add(name, "reshape", std::move(attributes), std::array{part}));
    reshaped.push_back(node);
  }
  ModelAttributes attributes;
  attributes["axis"] = int64_t{1};
  return lowering.emitter().Add(name, "concat", std::move(attributes), reshaped);
}

// As many bits, from the usual ones on, as leave a quiet sample's states their exactness
// (ChooseBits); states lie in [-1, 1] whatever their range was.
Steps StepsFor(const FloatNode& node, const Lowering& lowering) {
  const int least = std::min(lowering.bits(), kMostBits);
  Steps steps{least, least};
  double level = 0;
  for (const FloatValueId id :
       {node.outputs[0], node.outputs.size() > 1 ? node.outputs[1] : kAbsentValue}) {
    if (id == kAbsentValue) continue;
    level = lowering.statistics(id).QuietLevel();
    break;
  }
  const double step = level * std::ldexp(std::sqrt(12.0), 2 - lowering.bits());
  while (level > 0 && steps.bits < kMostBits && steps.one() > step) ++steps.bits;
  // Two tables have a row for every value of the cell.
  const FloatTensor& r = *lowering.ConstantOf(node.inputs[2]);
  const int64_t lookups = 2 * lowering.dims(node.inputs[0])[0] * r.dims()[2];
  steps.cell_bits = steps.bits;
  while (steps.cell_bits < kMostCellBits && int64_t{64} << steps.cell_bits <= lookups) {
    ++steps.cell_bits;
  }
  steps.bits = std::clamp(steps.cell_bits - 2, steps.bits, kMostBits);
  return steps;
}

}  // namespace

bool IsWanted(const FloatNode& node, size_t output) {
  return node.outputs.size() > output && node.outputs[output] != kAbsentValue;
}

Status SetStates(const FloatNode& node, size_t output, const std::vector<Emitter::Node>& parts,
                 bool sequence, double step, Lowering& lowering) {
  if (!IsWanted(node, output)) return {};
  const FloatValueId id = node.outputs[output];
  const std::vector<int64_t>& dims = lowering.dims(id);
  if (parts.size() == 1) {  // Y [T][1][1][H], Y_h [1][1][H]
    const std::vector<int> own = sequence ? std::vector<int>{0, 3} : std::vector<int>{0, 2};
    lowering.SetSmall(id, layout::FromAxes(dims, own), {parts[0], step});
    return {};
  }
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node both, Beside(parts, lowering.NameOf(node), lowering));
  TensorLayout layout{dims, std::vector<std::vector<int>>(dims.size())};
  if (sequence) {
    layout.axes = {{0}, {1}, {}, {2}};
  } else {
    layout.axes = {{1}, {}, {2}};  // dim 0 has length 1
  }
  lowering.SetSmall(id, std::move(layout), {both, step});
  return {};
}

namespace {

Status Lstm(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const w = lowering.ConstantOf(node.inputs[1]);
  const FloatTensor* const r = lowering.ConstantOf(node.inputs[2]);
  const FloatTensor* b = nullptr;
  if (node.inputs.size() > 3 && node.inputs[3] != kAbsentValue) {
    b = lowering.ConstantOf(node.inputs[3]);
    if (b == nullptr) return lowering.Unsupported(node, "its bias is not constant");
  }
  if (w == nullptr || r == nullptr)
    return lowering.Unsupported(node, "its weights are not constant");
  if ((node.inputs.size() > 4 && node.inputs[4] != kAbsentValue) ||
      (node.inputs.size() > 7 && node.inputs[7] != kAbsentValue)) {
    return lowering.Unsupported(node, "sequence lengths or peepholes");
  }
  for (const char* const key : {"activations", "clip", "input_forget", "layout"}) {
    if (node.attributes.find(key) != node.attributes.end() &&
        !(std::string_view(key) == "layout" && *IntAttribute(node, key, 0) == 0) &&
        !(std::string_view(key) == "input_forget" && *IntAttribute(node, key, 0) == 0)) {
      return lowering.Unsupported(node, std::string("attribute ").append(key));
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const std::string direction,
                         StringAttribute(node, "direction", "forward"));
  const std::vector<int64_t>& x_dims = lowering.dims(node.inputs[0]);
  if (x_dims[1] != 1) return lowering.Unsupported(node, "more than one sequence at a time");
  const std::array<int, 2> axes{0, 2};
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.SmallAs(node.inputs[0], axes));
  const Steps steps = StepsFor(node, lowering);
  const size_t directions = direction == "bidirectional" ? 2 : 1;
  std::vector<Emitter::Node> hidden, last_hidden, last_cell;
  for (size_t d = 0; d < directions; ++d) {
    const bool reverse = direction == "reverse" || d == 1;
    VOIZK_ASSIGN_OR_RETURN(const Direction made,
                           EmitDirection(node, x, ReadLayer(*w, *r, b, d), steps, reverse,
                                         directions, IsWanted(node, 2), lowering));
    hidden.push_back(made.hidden);
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node h,
                           LastOf(made.hidden, reverse, lowering.NameOf(node), lowering));
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node c,
                           LastOf(made.cell, reverse, lowering.NameOf(node), lowering));
    last_hidden.push_back(h);
    last_cell.push_back(c);
  }
  VOIZK_RETURN_IF_ERROR(SetStates(node, 0, hidden, true, steps.one(), lowering));
  VOIZK_RETURN_IF_ERROR(SetStates(node, 1, last_hidden, false, steps.one(), lowering));
  return SetStates(node, 2, last_cell, false, steps.cell_one(), lowering);
}

constexpr LoweringEntry kRecurrenceRules[] = {{"LSTM", Lstm}};

}  // namespace

std::span<const LoweringEntry> RecurrenceRules() { return kRecurrenceRules; }

}  // namespace voizk
