// Logarithms, whose argument spans more than the bits of a table's index.  Of an accumulator that
// is not rounded yet: by its integer root where there are few, else, and of a magnitude, by a table
// in two scales.  Of what is a tensor already by an index of 16 bits.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <numbers>
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

// Of a sum of two values the one beside which the other is as good as nothing.
std::optional<FloatValueId> LargestSummand(const FloatNode& add, const Lowering& lowering) {
  constexpr double kNothing = 0x1p-14;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const FloatValueId small = add.inputs[k], large = add.inputs[1 - k];
    if (add.op != "Add" || lowering.ConstantOf(small) != nullptr ||
        lowering.ConstantOf(large) != nullptr ||
        lowering.dims(large) != lowering.dims(add.outputs[0])) {
      continue;
    }
    if (lowering.statistics(small).max_abs() <
        kNothing * lowering.statistics(large).MeanMagnitude()) {
      return large;
    }
  }
  return std::nullopt;
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
    if (const auto most = LargestSummand(*writer, lowering)) {
      argument.x = *most;
      continue;
    }
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

// fn in steps of `out` of each h from first to last, which stands for the 2^scale values from
// h 2^scale on: in the mean, since it bends where they are small.
std::shared_ptr<const TensorData> ValuesBetween(int64_t first, int64_t last, int scale,
                                                const std::function<double(double)>& fn,
                                                const IntegerRange& out) {
  constexpr int kPoints = 8;
  const double width = std::ldexp(1, scale);
  TensorData data;
  data.shape = {static_cast<uint32_t>(last - first + 1)};
  for (int64_t h = first; h <= last; ++h) {
    double sum = 0;
    for (int k = 0; k < kPoints; ++k) {
      sum += fn((static_cast<double>(h) + (k + 0.5) / kPoints) * width - 0.5);
    }
    const double y = sum / kPoints / out.step;
    data.values.push_back(static_cast<int32_t>(std::lround(
        std::isnan(y) ? static_cast<double>(out.lo)
                      : std::clamp(y, static_cast<double>(out.lo), static_cast<double>(out.hi)))));
  }
  return std::make_shared<const TensorData>(std::move(data));
}

// A step not below this one of which the factor of the largest tensor without weights (what limbs
// carry) is a multiple, so that it is not rounded to another.
double WithoutRounding(const Linear& linear, double step, const Emitter& emitter) {
  double most = 0, unit = step;
  for (const LinearTerm& term : linear.terms) {
    const auto* const scaling = std::get_if<Scaling>(&term.map);
    if (scaling == nullptr || !scaling->factor.is_scalar()) continue;
    const Interval range = emitter.range(term.input.node);
    const double own = scaling->factor.max_abs() * term.input.step;
    const double reach =
        own * static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi)));
    if (reach > most && own >= step) {
      most = reach;
      unit = own;
    }
  }
  return unit / std::floor(unit / step);
}

// The value as an accumulator of at most `reach`, as fine as that and weights of 16 bits allow.
// Nothing where none is.
Result<std::optional<Quantity>> Finest(const Linear& linear, double reach, std::string_view name,
                                       Emitter& emitter) {
  constexpr int kCoarser = 32;
  const double most = MostValue(linear, emitter);
  double step = most / (reach - (1 << 22));  // less than what weights gain by their rounding
  for (int coarser = 0; !FitIntegers(linear, emitter, step, 0); ++coarser) {
    if (!(most > 0) || coarser == kCoarser) return std::optional<Quantity>();
    step *= std::sqrt(std::numbers::sqrt2);
  }
  step = WithoutRounding(linear, step, emitter);
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node acc, EmitLinear(linear, step, 0, name, emitter));
  return std::optional<Quantity>({acc, step});
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
  if (cells > kFew) return false;
  VOIZK_ASSIGN_OR_RETURN(const auto finest,
                         Finest(linear, 1 << 29, lowering.NameOf(node), lowering.emitter()));
  if (!finest || lowering.emitter().range(finest->node).lo < 0) return false;
  const Quantity acc = *finest;
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

// Of an accumulator that is a magnitude's argument, or not negative: by a table in two scales.
// False: it is no such accumulator.
Result<bool> LogInTwoScales(const FloatNode& node, const Argument& argument, Lowering& lowering) {
  constexpr int kLeastBits = 13;  // of coarse values, each side of 0
  constexpr int kFirst = 5;       // coarse values begin at 2^kFirst
  constexpr double kReach = 1 << 28;
  const FloatValueId out = node.outputs[0];
  if (!lowering.MayStayLinear(argument.x)) return false;
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(argument.x));
  const TensorLayout layout = image->layout;
  const Linear linear = *image->linear;
  Emitter& emitter = lowering.emitter();
  VOIZK_ASSIGN_OR_RETURN(const auto finest, Finest(linear, kReach, lowering.NameOf(node), emitter));
  if (!finest) return false;
  const Emitter::Node acc = finest->node;
  const Interval range = emitter.range(acc);
  const int64_t reach = std::max({range.hi, -1 - range.lo, int64_t{1}});
  if (reach >= static_cast<int64_t>(kReach) || (range.lo < 0 && !argument.of_magnitude)) {
    return false;
  }
  // About as many rows as values, so that neither is most of the cost.
  const int rows = std::clamp(static_cast<int>(std::bit_width(emitter.shape(acc).Cells())),
                              kLeastBits, kIndexBits);
  const int shift = std::max(static_cast<int>(std::bit_width(static_cast<uint64_t>(reach))) - rows,
                             rows - 1 - kFirst);
  const int fine = shift - (rows - 1 - kFirst);
  const int64_t end = int64_t{1} << (rows - 1);
  const IntegerRange y = lowering.RangeOf(out, lowering.bits());
  const auto table = [&](int scale, int64_t first, int64_t last) {
    return ValuesBetween(
        first, last, scale, [&](double v) { return argument.fn(v * finest->step); }, y);
  };
  ModelAttributes attributes;
  attributes["shift"] = int64_t{shift};
  attributes["first"] = range.lo >> shift;
  attributes["table"] = table(shift, range.lo >> shift, range.hi >> shift);
  attributes["fine_shift"] = int64_t{fine};
  attributes["fine_first"] = range.lo < 0 ? -end : 0;
  attributes["fine"] = table(fine, range.lo < 0 ? -end : 0, end - 1);
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node made,
      emitter.Add(lowering.NameOf(node), "wide_table", std::move(attributes), std::array{acc}));
  lowering.SetSmall(out, layout, {made, y.step});
  return true;
}

Status Log(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const Argument argument = ArgumentOf(node, lowering);
  if (!argument.of_magnitude) {
    VOIZK_ASSIGN_OR_RETURN(const bool by_root, LogOfRoot(node, lowering));
    if (by_root) return {};
  }
  VOIZK_ASSIGN_OR_RETURN(const bool in_two, LogInTwoScales(node, argument, lowering));
  if (in_two) return {};
  VOIZK_ASSIGN_OR_RETURN(const Quantity y, lowering.Apply(argument.x, argument.fn,
                                                          lowering.RangeOf(out, lowering.bits()),
                                                          lowering.NameOf(node), kIndexBits));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(argument.x));
  lowering.SetSmall(out, TensorLayout(image->layout), y);
  return {};
}

constexpr LoweringEntry kLogRules[] = {{"Log", Log}};

}  // namespace

std::span<const LoweringEntry> LogRules() { return kLogRules; }

}  // namespace voizk
