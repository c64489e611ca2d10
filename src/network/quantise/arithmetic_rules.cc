// Sums, differences and products: of two values, or of a value and a constant.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "network/quantise/lowering.h"
#include "network/quantise/meeting.h"

namespace voizk {

namespace {

// x + sign * y.
Status Sum(const FloatNode& node, double sign, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  std::array<FloatValueId, 2> ids{node.inputs[0], node.inputs[1]};
  std::array<double, 2> signs{1, sign};
  if (lowering.ConstantOf(ids[0]) != nullptr) {
    std::swap(ids[0], ids[1]);
    std::swap(signs[0], signs[1]);
  }
  VOIZK_ASSIGN_OR_RETURN(const Image* const a, lowering.ImageOf(ids[0]));
  const FloatTensor* const constant = lowering.ConstantOf(ids[1]);
  if (constant != nullptr && constant->size() == 1 && lowering.dims(out) == lowering.dims(ids[0])) {
    const TensorLayout layout = a->layout;
    VOIZK_ASSIGN_OR_RETURN(Linear x, lowering.LinearImage(ids[0]));
    x = *Scaled(x, RealTensor::Scalar(signs[0]));
    x.constant = Plus(x.constant, RealTensor::Scalar(signs[1] * constant->floats()[0]));
    lowering.SetLinear(out, layout, std::move(x));
    return {};
  }
  const Image* b = a;
  if (constant == nullptr) {
    VOIZK_ASSIGN_OR_RETURN(b, lowering.ImageOf(ids[1]));
  }
  const Meeting meeting = MeetingOf(lowering.dims(out), *a, *b);
  VOIZK_ASSIGN_OR_RETURN(Linear x, LinearIn(ids[0], meeting, lowering));
  x = *Scaled(x, RealTensor::Scalar(signs[0]));
  if (constant != nullptr) {
    VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                           lowering.ConstantFor(*constant, meeting.layout, DimsOf(meeting)));
    x.constant = Plus(x.constant, Times(real, RealTensor::Scalar(signs[1])));
  } else {
    VOIZK_ASSIGN_OR_RETURN(Linear y, LinearIn(ids[1], meeting, lowering));
    y = *Scaled(y, RealTensor::Scalar(signs[1]));
    std::move(y.terms.begin(), y.terms.end(), std::back_inserter(x.terms));
    x.constant = Plus(x.constant, y.constant);
  }
  x.dims = DimsOf(meeting);
  lowering.SetLinear(out, meeting.layout, std::move(x));
  return {};
}

Status Add(const FloatNode& node, Lowering& lowering) { return Sum(node, 1, lowering); }
Status Sub(const FloatNode& node, Lowering& lowering) { return Sum(node, -1, lowering); }

// x times a constant.
Status Scale(const FloatNode& node, FloatValueId id, const FloatTensor& constant,
             Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  if (constant.size() == 1 && lowering.dims(out) == lowering.dims(id)) {
    const TensorLayout layout = image->layout;
    VOIZK_ASSIGN_OR_RETURN(const Linear x, lowering.LinearImage(id));
    lowering.SetLinear(out, layout, *Scaled(x, RealTensor::Scalar(constant.floats()[0])));
    return {};
  }
  const Meeting meeting = MeetingOf(lowering.dims(out), *image, *image);
  VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                         lowering.ConstantFor(constant, meeting.layout, DimsOf(meeting)));
  VOIZK_ASSIGN_OR_RETURN(Linear x, LinearIn(id, meeting, lowering));
  std::optional<Linear> scaled = Scaled(x, real);
  if (!scaled) {  // a layer's weights cannot take it
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, SmallIn(id, meeting, lowering));
    scaled = Scaled(LinearOf(small, DimsOf(meeting)), real);
  }
  scaled->dims = DimsOf(meeting);
  lowering.SetLinear(out, meeting.layout, *std::move(scaled));
  return {};
}

// (f x + s) (g y + t) = f g (x y) + f t x + g s y + s t: one product, whatever the factors.
Result<Linear> ProductOf(const FloatNode& node, FloatValueId a, FloatValueId b,
                         const Meeting& meeting, Lowering& lowering) {
  Emitter& emitter = lowering.emitter();
  std::array<AffineImage, 2> operands;
  const auto reach = [&](const AffineImage& operand) {
    const Interval range = emitter.range(operand.quantity.node);
    return std::max(std::abs(range.lo), std::abs(range.hi));
  };
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const FloatValueId id = k == 0 ? a : b;
    VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
    // What is repeated along the channels has no channel of its own.
    const bool widens = image->layout.dims.size() != meeting.layout.dims.size();
    if (!widens) {
      VOIZK_ASSIGN_OR_RETURN(operands[k], lowering.AffineAs(id, meeting.axes));
    }
    if (widens || reach(operands[k]) >= (1 << 15)) {
      VOIZK_ASSIGN_OR_RETURN(operands[k].quantity, SmallIn(id, meeting, lowering));
      operands[k].factor = RealTensor::Scalar(1);
      operands[k].constant = RealTensor::Scalar(0);
    }
  }
  const auto& [x, y] = operands;
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node product,
      emitter.Add(lowering.NameOf(node), "mul", {}, std::array{x.quantity.node, y.quantity.node}));
  Linear linear = LinearOf(Quantity{product, x.quantity.step * y.quantity.step}, DimsOf(meeting));
  linear.terms[0].map = Scaling{Times(x.factor, y.factor)};
  if (y.constant.max_abs() != 0) {
    linear.terms.push_back({x.quantity, Scaling{Times(x.factor, y.constant)}});
  }
  if (x.constant.max_abs() != 0) {
    linear.terms.push_back({y.quantity, Scaling{Times(y.factor, x.constant)}});
  }
  linear.constant = Times(x.constant, y.constant);
  return linear;
}

Status Mul(const FloatNode& node, Lowering& lowering) {
  for (const size_t k : {size_t{0}, size_t{1}}) {
    if (const FloatTensor* const constant = lowering.ConstantOf(node.inputs[k])) {
      return Scale(node, node.inputs[1 - k], *constant, lowering);
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const Image* const a, lowering.ImageOf(node.inputs[0]));
  VOIZK_ASSIGN_OR_RETURN(const Image* const b, lowering.ImageOf(node.inputs[1]));
  const Meeting meeting = MeetingOf(lowering.dims(node.outputs[0]), *a, *b);
  VOIZK_ASSIGN_OR_RETURN(const Linear product,
                         ProductOf(node, node.inputs[0], node.inputs[1], meeting, lowering));
  lowering.SetLinear(node.outputs[0], meeting.layout, product);
  return {};
}

// By a constant: times its reciprocal.
Status Div(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const constant = lowering.ConstantOf(node.inputs[1]);
  if (constant == nullptr) return DivOfValues(node, lowering);
  FloatTensor reciprocal = *constant;
  for (float& v : reciprocal.floats()) {
    v = 1 / v;
    if (!std::isfinite(v)) return lowering.Unsupported(node, "it divides by zero");
  }
  return Scale(node, node.inputs[0], reciprocal, lowering);
}

Status Neg(const FloatNode& node, Lowering& lowering) {
  return Scale(node, node.inputs[0], FloatTensor::Scalar(-1.0F), lowering);
}

constexpr LoweringEntry kArithmeticRules[] = {
    {"Add", Add}, {"Div", Div}, {"Mul", Mul}, {"Neg", Neg}, {"Sub", Sub}};

}  // namespace

std::span<const LoweringEntry> ArithmeticRules() { return kArithmeticRules; }

}  // namespace voizk
