// Logarithms, whose argument spans more than the bits of a table's index: behind a power spectrum
// by the integer root of what is not rounded yet, else by an index of 16 bits of what the magnitude
// is taken of.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr int kIndexBits = 16;
constexpr uint64_t kFew = 1 << 17;  // a root takes six lookups

// log(a |x| + b) of the value that it is taken of, as far as nobody else reads what lies between.
struct Argument {
  FloatValueId x = kAbsentValue;
  std::function<double(double)> fn;
  bool of_magnitude = false;
};

std::optional<double> ScalarOf(const Lowering& lowering, FloatValueId id) {
  const FloatTensor* const constant = lowering.ConstantOf(id);
  if (constant == nullptr || !constant->is_float() || constant->size() != 1) return std::nullopt;
  return constant->floats()[0];
}

Argument ArgumentOf(const FloatNode& node, const Lowering& lowering) {
  constexpr int kMostSteps = 4;
  Argument argument{node.inputs[0], [](double x) { return std::log(x); }};
  for (int step = 0; step < kMostSteps && lowering.has_one_reader(argument.x); ++step) {
    const FloatNode* const writer = lowering.WriterOf(argument.x);
    if (writer == nullptr) break;
    const auto inner = argument.fn;
    if (writer->op == "Abs") {
      argument = {writer->inputs[0], [=](double x) { return inner(std::abs(x)); }, true};
      continue;
    }
    if ((writer->op != "Add" && writer->op != "Mul") || writer->inputs.size() != 2) break;
    const bool second = ScalarOf(lowering, writer->inputs[1]).has_value();
    const auto constant = ScalarOf(lowering, writer->inputs[second ? 1 : 0]);
    if (!constant) break;
    const double c = *constant;
    const bool adds = writer->op == "Add";
    argument = {writer->inputs[second ? 0 : 1],
                [=](double x) { return inner(adds ? x + c : x * c); }, argument.of_magnitude};
  }
  return argument;
}

// Of an accumulator that is not negative: by its root.  False: it is no such accumulator.
Result<bool> LogOfRoot(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  if (!lowering.MayStayLinear(in)) return false;
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout layout = image->layout;
  const Linear linear = *image->linear;
  uint64_t cells = 1;
  for (const uint32_t d : image->dims) cells *= d;
  const double most = MostValue(linear, lowering.emitter());
  if (cells > kFew || !(most > 0)) return false;
  VOIZK_ASSIGN_OR_RETURN(const Quantity acc,
                         lowering.Accumulate(linear, std::ldexp(most, -29), lowering.NameOf(node)));
  if (lowering.emitter().range(acc.node).lo < 0) return false;
  ModelAttributes attributes;
  attributes["bits"] = int64_t{0};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node root,
                         lowering.emitter().Add(lowering.NameOf(node), "sqrt",
                                                std::move(attributes), std::array{acc.node}));
  const IntegerRange range = lowering.RangeOf(out, lowering.bits());
  TensorData table;
  for (int64_t s = 0; s <= lowering.emitter().range(root).hi; ++s) {
    // A root s stands for what lies in [s^2, (s + 1)^2).
    const double square = std::pow(static_cast<double>(s) + 0.5, 2) * acc.step;
    const double y = std::clamp(std::log(square) / range.step, static_cast<double>(range.lo),
                                static_cast<double>(range.hi));
    table.values.push_back(static_cast<int32_t>(std::lround(y)));
  }
  if (table.values.size() > (1 << kIndexBits)) return false;
  table.shape = {static_cast<uint32_t>(table.values.size())};
  attributes = {};
  attributes["shift"] = int64_t{0};
  attributes["first"] = int64_t{0};
  attributes["table"] = std::make_shared<const TensorData>(std::move(table));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node made,
                         lowering.emitter().Add(lowering.NameOf(node), "table_activation",
                                                std::move(attributes), std::array{root}));
  lowering.SetSmall(out, layout, {made, range.step});
  return true;
}

Status Log(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const Argument argument = ArgumentOf(node, lowering);
  if (!argument.of_magnitude) {
    VOIZK_ASSIGN_OR_RETURN(const bool by_root, LogOfRoot(node, lowering));
    if (by_root) return {};
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity y, lowering.Apply(argument.x, argument.fn,
                                                          lowering.RangeOf(out, lowering.bits()),
                                                          lowering.NameOf(node), kIndexBits));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(argument.x));
  lowering.SetSmall(out, TensorLayout(image->layout), y);
  return {};
}

constexpr LoweringEntry kRules[] = {{"Log", Log}};

}  // namespace

std::span<const LoweringEntry> LogRules() { return kRules; }

}  // namespace voizk
