// Functions of one number: clamps as part of a rounding, all others by table.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>

#include "network/quantise/functions.h"
#include "network/quantise/lowering.h"

namespace voizk {

namespace {

// What a batch normalisation behind a ReLU makes of its channels: a step for each of them with
// which all have one step behind it.  Nothing where there is none.
std::optional<RealTensor> StepsByChannel(const FloatNode& node, const TensorLayout& layout,
                                         const Linear& x, const Lowering& lowering) {
  const FloatNode* const reader = lowering.OnlyReaderOf(node.outputs[0]);
  if (reader == nullptr || reader->op != "Affine") return std::nullopt;
  const FloatTensor* const scale = lowering.ConstantOf(reader->inputs[1]);
  const FloatTensor* const shift = lowering.ConstantOf(reader->inputs[2]);
  if (scale == nullptr || shift == nullptr) return std::nullopt;
  const auto own = lowering.ConstantFor(*scale, layout, x.dims);
  const auto added = lowering.ConstantFor(*shift, layout, x.dims);
  if (!own.ok() || !added.ok() || own->is_scalar() || !own->is_by_channel()) return std::nullopt;
  // What the normalised value is above its least: the clipped extreme and the largest shift.
  const int bits = lowering.bits();
  const IntegerRange range = ChooseRange(lowering.statistics(reader->outputs[0]), bits);
  const double reach = static_cast<double>(range.hi) * range.step + added->max_abs();
  const double step = reach / static_cast<double>((int64_t{1} << bits) - 1);
  const double most = own->max_abs();
  RealTensor steps = *own;
  for (double& v : steps.values) v = step / std::max(std::abs(v), most / 256);
  return steps;
}

// y = clamp(x, lo, hi), where the bounds may be infinite: the rounding's own clamp.
Status Clamp(const FloatNode& node, double lo, double hi, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Linear x, lowering.LinearImage(node.inputs[0]));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  const TensorLayout layout = image->layout;
  if (const auto steps =
          lo == 0 && std::isinf(hi) ? StepsByChannel(node, layout, x, lowering) : std::nullopt) {
    RealTensor inverse = *steps;
    for (double& v : inverse.values) v = 1 / v;
    if (const auto scaled = Scaled(x, inverse)) {
      const int64_t most = std::min((int64_t{1} << lowering.bits()) - 1, int64_t{32767});
      const auto y = lowering.Round(*scaled, {1, 0, most}, lowering.NameOf(node));
      if (y.ok()) {
        lowering.SetAffine(out, layout, {*y, *steps});
        return {};
      }
    }
  }
  IntegerRange range = lowering.RangeOf(out, lowering.bits());
  const auto bound = [&](double real, int64_t other) {
    return std::isfinite(real) ? std::lround(real / range.step) : other;
  };
  // A bound at or beyond which the range ends anyway changes nothing.
  range.lo = std::max<int64_t>(range.lo, bound(lo, range.lo));
  range.hi = std::max<int64_t>(range.lo, std::min<int64_t>(range.hi, bound(hi, range.hi)));
  VOIZK_ASSIGN_OR_RETURN(const Quantity y, lowering.Round(x, range, lowering.NameOf(node)));
  lowering.SetSmall(out, layout, y);
  return {};
}

Status Relu(const FloatNode& node, Lowering& lowering) {
  return Clamp(node, 0, INFINITY, lowering);
}

Status Clip(const FloatNode& node, Lowering& lowering) {
  double lo = -INFINITY, hi = INFINITY;
  if (lowering.graph().opset < 11) {
    VOIZK_ASSIGN_OR_RETURN(lo, RealAttribute(node, "min", -INFINITY));
    VOIZK_ASSIGN_OR_RETURN(hi, RealAttribute(node, "max", INFINITY));
    return Clamp(node, lo, hi, lowering);
  }
  const auto bound = [&](size_t i, double* value) -> Status {
    if (node.inputs.size() <= i || node.inputs[i] == kAbsentValue) return {};
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[i]);
    if (constant == nullptr) return lowering.Unsupported(node, "its bounds are not constant");
    *value = constant->floats()[0];
    return {};
  };
  VOIZK_RETURN_IF_ERROR(bound(1, &lo));
  VOIZK_RETURN_IF_ERROR(bound(2, &hi));
  return Clamp(node, lo, hi, lowering);
}

Status Tabulate(const FloatNode& node, const std::function<double(double)>& fn,
                Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Quantity y,
                         lowering.Apply(node.inputs[0], fn, lowering.RangeOf(out, lowering.bits()),
                                        lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  lowering.SetSmall(out, TensorLayout(image->layout), y);
  return {};
}

template <double (*Fn)(double)>
Status Plain(const FloatNode& node, Lowering& lowering) {
  return Tabulate(node, Fn, lowering);
}

double Silu(double x) { return x * Sigmoid(x); }
double Softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }
double Softsign(double x) { return x / (1 + std::abs(x)); }
double HardSwish(double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }
double Reciprocal(double x) { return 1 / x; }
double Sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
double Exp(double x) { return std::exp(x); }
double Erf(double x) { return std::erf(x); }
double Abs(double x) { return std::abs(x); }
double Atan(double x) { return std::atan(x); }
double Mish(double x) { return x * std::tanh(Softplus(x)); }
double Sin(double x) { return std::sin(x); }
double Cos(double x) { return std::cos(x); }
double Floor(double x) { return std::floor(x); }
double Ceil(double x) { return std::ceil(x); }

Status LeakyRelu(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, RealAttribute(node, "alpha", 0.01F));
  return Tabulate(
      node, [=](double x) { return x < 0 ? alpha * x : x; }, lowering);
}

// A slope per channel: slope x + (1 - slope) relu(x), of which only the relu is rounded.
Status PReluByChannel(const FloatNode& node, const FloatTensor& slope, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(Linear x, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout layout = image->layout;
  VOIZK_ASSIGN_OR_RETURN(const RealTensor factor, lowering.ConstantFor(slope, layout, x.dims));
  auto scaled = Scaled(x, factor);
  if (!scaled) {
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(in));
    x = LinearOf(small, x.dims);
    scaled = Scaled(x, factor);
  }
  IntegerRange range = lowering.RangeOf(out, lowering.bits());
  range.lo = 0;
  VOIZK_ASSIGN_OR_RETURN(const Quantity positive, lowering.Round(x, range, lowering.NameOf(node)));
  const RealTensor rest = Plus(RealTensor::Scalar(1), Times(factor, RealTensor::Scalar(-1)));
  scaled->terms.push_back({positive, Scaling{rest}});
  lowering.SetLinear(out, layout, *std::move(scaled));
  return {};
}

Status PRelu(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const slope = lowering.ConstantOf(node.inputs[1]);
  if (slope == nullptr) return lowering.Unsupported(node, "its slope is not constant");
  if (slope->size() != 1) return PReluByChannel(node, *slope, lowering);
  const double alpha = slope->floats()[0];
  return Tabulate(
      node, [=](double x) { return x < 0 ? alpha * x : x; }, lowering);
}

Status Elu(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, RealAttribute(node, "alpha", 1));
  return Tabulate(
      node, [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; }, lowering);
}

Status Celu(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, RealAttribute(node, "alpha", 1));
  return Tabulate(
      node, [=](double x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; }, lowering);
}

Status Selu(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha,
                         RealAttribute(node, "alpha", 1.67326319217681884765625F));
  VOIZK_ASSIGN_OR_RETURN(const float gamma,
                         RealAttribute(node, "gamma", 1.05070102214813232421875F));
  return Tabulate(
      node, [=](double x) { return gamma * (x < 0 ? alpha * std::expm1(x) : x); }, lowering);
}

Status HardSigmoid(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, RealAttribute(node, "alpha", 0.2F));
  VOIZK_ASSIGN_OR_RETURN(const float beta, RealAttribute(node, "beta", 0.5F));
  return Tabulate(
      node, [=](double x) { return std::clamp<double>(alpha * x + beta, 0, 1); }, lowering);
}

Status Gelu(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const std::string kind, StringAttribute(node, "approximate", "none"));
  if (kind == "tanh") {
    constexpr double kFactor = std::numbers::inv_sqrtpi * std::numbers::sqrt2;  // sqrt(2 / pi)
    return Tabulate(
        node,
        [](double x) { return x / 2 * (1 + std::tanh(kFactor * (x + 0.044715 * x * x * x))); },
        lowering);
  }
  return Tabulate(
      node, [](double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }, lowering);
}

Status RootByTable(const FloatNode& node, Lowering& lowering) {
  return Tabulate(
      node, [](double x) { return std::sqrt(std::max(x, 0.0)); }, lowering);
}

// What the root is taken of: behind a clamp to what is not negative, if nobody else reads it.
FloatValueId Radicand(const FloatNode& node, const Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  const FloatNode* const clip = lowering.WriterOf(in);
  if (clip == nullptr || clip->op != "Clip" || !lowering.has_one_reader(in) ||
      lowering.graph().opset < 11 || clip->inputs.size() < 2 || clip->inputs[1] == kAbsentValue) {
    return in;
  }
  const FloatTensor* const least = lowering.ConstantOf(clip->inputs[1]);
  const bool has_most = clip->inputs.size() > 2 && clip->inputs[2] != kAbsentValue;
  const FloatTensor* const most = has_most ? lowering.ConstantOf(clip->inputs[2]) : nullptr;
  const FloatValueId x = clip->inputs[0];
  // A clamp that no sample reached changes nothing; one near 0 less than the rounding.
  const double reach = lowering.statistics(x).max();
  const bool as_zero =
      least != nullptr && least->floats()[0] >= 0 && least->floats()[0] < reach / 1024;
  const bool idle = !has_most || (most != nullptr && most->floats()[0] > reach);
  return as_zero && idle ? x : in;
}

constexpr int kRootBits = 10;

// The root of f q, q a tensor of what is not negative, is that of f times that of q.
Result<bool> RootOfScaled(const FloatNode& node, FloatValueId in, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout layout = image->layout;
  if (image->linear->terms.size() != 1) return false;
  const LinearTerm& term = image->linear->terms[0];
  const auto* const scaling = std::get_if<Scaling>(&term.map);
  const Interval range = lowering.emitter().range(term.input.node);
  if (scaling == nullptr || range.lo < 0 || range.hi >= (1 << 16)) return false;
  AffineImage root{{}, scaling->factor};
  for (double& factor : root.factor.values) {
    // What is added is lost in a step.
    if (factor < 0 || image->linear->constant.max_abs() > 2 * factor * term.input.step)
      return false;
    factor = std::sqrt(factor);
  }
  ModelAttributes attributes;
  attributes["bits"] = int64_t{kRootBits};
  VOIZK_ASSIGN_OR_RETURN(root.quantity.node, lowering.emitter().Add(lowering.NameOf(node), "sqrt",
                                                                    std::move(attributes),
                                                                    std::array{term.input.node}));
  root.quantity.step = std::sqrt(term.input.step) / std::ldexp(1, kRootBits / 2);
  lowering.SetAffine(node.outputs[0], layout, root);
  return true;
}

// The integer root of what is not rounded yet: exact for quiet values too, as no table is.
Status Root(const FloatNode& node, Lowering& lowering) {
  constexpr int kBits = 15;
  constexpr uint64_t kFew = 1 << 14;  // the root of what may be negative is dearer than a table
  const FloatValueId in = Radicand(node, lowering), out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  if (!lowering.MayStayLinear(in)) return RootByTable(node, lowering);
  const TensorLayout layout = image->layout;
  const Linear linear = *image->linear;
  VOIZK_ASSIGN_OR_RETURN(const bool scaled, RootOfScaled(node, in, lowering));
  if (scaled) return {};
  const IntegerRange range = lowering.RangeOf(out, lowering.bits());
  VOIZK_ASSIGN_OR_RETURN(
      Quantity acc, lowering.Accumulate(linear, range.step * range.step, lowering.NameOf(node)));
  ModelAttributes attributes;
  attributes["bits"] = int64_t{0};
  double step = std::sqrt(acc.step);
  if (lowering.emitter().range(acc.node).lo < 0) {
    if (lowering.emitter().shape(acc.node).Cells() > kFew) return RootByTable(node, lowering);
    IntegerRange fine = ChooseRange(lowering.statistics(in), kBits);
    fine.lo = 0;
    VOIZK_ASSIGN_OR_RETURN(acc, lowering.Round(linear, fine, lowering.NameOf(node)));
    attributes["bits"] = int64_t{kRootBits};
    step = std::sqrt(acc.step) / std::ldexp(1, kRootBits / 2);
  }
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node root,
                         lowering.emitter().Add(lowering.NameOf(node), "sqrt",
                                                std::move(attributes), std::array{acc.node}));
  lowering.SetSmall(out, layout, {root, step});
  return {};
}

Status Pow(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const exponent = lowering.ConstantOf(node.inputs[1]);
  if (exponent == nullptr || exponent->size() != 1 || !exponent->is_float()) {
    return lowering.Unsupported(node, "its exponent is not one constant number");
  }
  const double power = exponent->floats()[0];
  if (power == 0.5) return Root(node, lowering);
  if (power == 2) {
    VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.Small(node.inputs[0]));
    VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
    VOIZK_ASSIGN_OR_RETURN(
        const Emitter::Node square,
        lowering.emitter().Add(lowering.NameOf(node), "mul", {}, std::array{x.node, x.node}));
    lowering.SetLinear(node.outputs[0], TensorLayout(image->layout),
                       LinearOf(Quantity{square, x.step * x.step}, image->dims));
    return {};
  }
  return Tabulate(
      node, [=](double x) { return std::pow(x, power); }, lowering);
}

constexpr LoweringEntry kElementwiseRules[] = {
    {"Abs", Plain<Abs>},
    {"Atan", Plain<Atan>},
    {"Ceil", Plain<Ceil>},
    {"Celu", Celu},
    {"Clip", Clip},
    {"Cos", Plain<Cos>},
    {"Elu", Elu},
    {"Erf", Plain<Erf>},
    {"Exp", Plain<Exp>},
    {"Floor", Plain<Floor>},
    {"Gelu", Gelu},
    {"HardSigmoid", HardSigmoid},
    {"HardSwish", Plain<HardSwish>},
    {"LeakyRelu", LeakyRelu},
    {"Mish", Plain<Mish>},
    {"PRelu", PRelu},
    {"Pow", Pow},
    {"Reciprocal", Plain<Reciprocal>},
    {"Relu", Relu},
    {"Selu", Selu},
    {"Sigmoid", Plain<Sigmoid>},
    {"Sign", Plain<Sign>},
    {"Silu", Plain<Silu>},
    {"Sin", Plain<Sin>},
    {"Softplus", Plain<Softplus>},
    {"Softsign", Plain<Softsign>},
    {"Sqrt", Root},
    {"Tanh", Plain<Tanh>},
};

}  // namespace

std::span<const LoweringEntry> ElementwiseRules() { return kElementwiseRules; }

}  // namespace voizk
