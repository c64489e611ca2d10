// Comparisons, which give 0 or 1, and choices by them or by a constant.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "network/quantise/lowering.h"
#include "network/quantise/meeting.h"

namespace voizk {

namespace {

// x - y of two values, one of which may be constant, and the layout that they meet in.
struct Difference {
  Linear linear;
  TensorLayout layout;
};
Result<Difference> DifferenceOf(const FloatNode& node, Lowering& lowering) {
  std::array<FloatValueId, 2> ids{node.inputs[0], node.inputs[1]};
  double sign = 1;
  if (lowering.ConstantOf(ids[0]) != nullptr) {
    std::swap(ids[0], ids[1]);
    sign = -1;
  }
  const FloatTensor* const constant = lowering.ConstantOf(ids[1]);
  VOIZK_ASSIGN_OR_RETURN(const Image* const a, lowering.ImageOf(ids[0]));
  const Image* b = a;
  if (constant == nullptr) {
    VOIZK_ASSIGN_OR_RETURN(b, lowering.ImageOf(ids[1]));
  } else if (!constant->is_float()) {
    return lowering.Unsupported(node, "a comparison of integers");
  }
  const Meeting meeting = MeetingOf(lowering.dims(node.outputs[0]), *a, *b);
  VOIZK_ASSIGN_OR_RETURN(Linear x, LinearIn(ids[0], meeting, lowering));
  x = *Scaled(x, RealTensor::Scalar(sign));
  if (constant != nullptr) {
    VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                           lowering.ConstantFor(*constant, meeting.layout, DimsOf(meeting)));
    x.constant = Plus(x.constant, Times(real, RealTensor::Scalar(-sign)));
  } else {
    VOIZK_ASSIGN_OR_RETURN(Linear y, LinearIn(ids[1], meeting, lowering));
    y = *Scaled(y, RealTensor::Scalar(-sign));
    std::move(y.terms.begin(), y.terms.end(), std::back_inserter(x.terms));
    x.constant = Plus(x.constant, y.constant);
  }
  x.dims = DimsOf(meeting);
  return Difference{std::move(x), meeting.layout};
}

// [x - y > 0], or with `sign` -1 [y - x > 0], or its contrary: the difference is rounded away from
// the side that counts, so that what is equal is as equal as its rounding lets it be.
Status Compare(const FloatNode& node, double sign, bool contrary, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(Difference difference, DifferenceOf(node, lowering));
  difference.linear = *Scaled(difference.linear, RealTensor::Scalar(sign));
  // In steps of the finer operand's; beyond 2^12 of them only the sign counts.
  double step = INFINITY;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    if (lowering.ConstantOf(node.inputs[k]) != nullptr) continue;
    step = std::min(step, lowering.RangeOf(node.inputs[k], 12).step);
  }
  IntegerRange range;
  range.step = step;
  range.lo = -(1 << 12);
  range.hi = (1 << 12) - 1;
  VOIZK_ASSIGN_OR_RETURN(const Quantity rounded,
                         lowering.Round(difference.linear, range, lowering.NameOf(node)));
  TensorData table;
  for (int64_t d = range.lo; d <= range.hi; ++d) table.values.push_back((d > 0) != contrary);
  table.shape = {static_cast<uint32_t>(table.values.size())};
  ModelAttributes attributes;
  attributes["shift"] = int64_t{0};
  attributes["first"] = range.lo;
  attributes["table"] = std::make_shared<const TensorData>(std::move(table));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node bit,
                         lowering.emitter().Add(lowering.NameOf(node), "table_activation",
                                                std::move(attributes), std::array{rounded.node}));
  lowering.SetSmall(node.outputs[0], difference.layout, {bit, 1});
  return {};
}
Status Greater(const FloatNode& node, Lowering& lowering) {
  return Compare(node, 1, false, lowering);
}
Status Less(const FloatNode& node, Lowering& lowering) {
  return Compare(node, -1, false, lowering);
}
Status GreaterOrEqual(const FloatNode& node, Lowering& lowering) {
  return Compare(node, -1, true, lowering);
}
Status LessOrEqual(const FloatNode& node, Lowering& lowering) {
  return Compare(node, 1, true, lowering);
}

Status Not(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Quantity bit, lowering.Small(node.inputs[0]));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  Linear linear = *Scaled(LinearOf(bit, image->dims), RealTensor::Scalar(-1));
  linear.constant = RealTensor::Scalar(1);
  const TensorLayout layout = image->layout;
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node node_of,
                         EmitLinear(linear, 1, 0, lowering.NameOf(node), lowering.emitter()));
  lowering.SetSmall(node.outputs[0], layout, {node_of, 1});
  return {};
}

// One of Where's two values times a constant that is 1 where it is chosen; a constant value is
// chosen from at once, so that infinities that are not chosen do no harm.
Status AddChosen(const FloatNode& node, FloatValueId id, const RealTensor& chosen,
                 const Meeting& meeting, Linear* sum, Lowering& lowering) {
  if (const FloatTensor* const constant = lowering.ConstantOf(id)) {
    VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                           lowering.ConstantFor(*constant, meeting.layout, DimsOf(meeting)));
    const auto zeros = [](RealTensor t) {
      std::fill(t.values.begin(), t.values.end(), 0);
      return t;
    };
    // Both in their common dims, without 0 times infinity.
    RealTensor part = Plus(real, zeros(chosen));
    const RealTensor where = Plus(zeros(real), chosen);
    for (size_t i = 0; i < part.values.size(); ++i) {
      if (where.values[i] == 0) part.values[i] = 0;
      if (!std::isfinite(part.values[i])) return lowering.Unsupported(node, "it gives infinity");
    }
    sum->constant = Plus(sum->constant, part);
    return {};
  }
  VOIZK_ASSIGN_OR_RETURN(const Linear x, LinearIn(id, meeting, lowering));
  std::optional<Linear> scaled = Scaled(x, chosen);
  if (!scaled) {  // a layer's weights cannot take it
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, SmallIn(id, meeting, lowering));
    scaled = Scaled(LinearOf(small, DimsOf(meeting)), chosen);
  }
  std::move(scaled->terms.begin(), scaled->terms.end(), std::back_inserter(sum->terms));
  sum->constant = Plus(sum->constant, scaled->constant);
  return {};
}

// By a constant: c x + (1 - c) y.
Status WhereConstant(const FloatNode& node, const FloatTensor& condition, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const bool first = lowering.ConstantOf(node.inputs[1]) == nullptr;
  const bool second = lowering.ConstantOf(node.inputs[2]) == nullptr;
  VOIZK_ASSIGN_OR_RETURN(const Image* const a, lowering.ImageOf(node.inputs[first ? 1 : 2]));
  VOIZK_ASSIGN_OR_RETURN(const Image* const b, lowering.ImageOf(node.inputs[second ? 2 : 1]));
  const Meeting meeting = MeetingOf(lowering.dims(out), *a, *b);
  std::vector<float> bits(condition.bools().begin(), condition.bools().end());
  VOIZK_ASSIGN_OR_RETURN(RealTensor chosen,
                         lowering.ConstantFor(FloatTensor(condition.dims(), std::move(bits)),
                                              meeting.layout, DimsOf(meeting)));
  Linear sum;
  sum.dims = DimsOf(meeting);
  VOIZK_RETURN_IF_ERROR(AddChosen(node, node.inputs[1], chosen, meeting, &sum, lowering));
  for (double& v : chosen.values) v = 1 - v;
  VOIZK_RETURN_IF_ERROR(AddChosen(node, node.inputs[2], chosen, meeting, &sum, lowering));
  lowering.SetLinear(out, meeting.layout, std::move(sum));
  return {};
}

// By a value of 0 and 1: y + c (x - y), one product.
Status Where(const FloatNode& node, Lowering& lowering) {
  if (const FloatTensor* const condition = lowering.ConstantOf(node.inputs[0])) {
    return WhereConstant(node, *condition, lowering);
  }
  const FloatValueId out = node.outputs[0];
  FloatNode branches = node;
  branches.inputs = {node.inputs[1], node.inputs[2]};
  VOIZK_ASSIGN_OR_RETURN(const Difference difference, DifferenceOf(branches, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Image* const condition, lowering.ImageOf(node.inputs[0]));
  Meeting meeting;
  meeting.layout = difference.layout;
  const auto axes =
      layout::AxesOfDims(difference.layout, static_cast<int>(difference.linear.dims.size()));
  if (!axes) return lowering.Unsupported(node, "its values meet in another order");
  meeting.axes = *axes;
  if (layout::Widened(condition->layout, lowering.dims(out).size()).dims.size() !=
      lowering.dims(out).size()) {
    return lowering.Unsupported(node, "a condition of more axes than its values");
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity bit, SmallIn(node.inputs[0], meeting, lowering));
  // The difference of two values of this range, in its step.
  IntegerRange range = lowering.RangeOf(out, lowering.bits());
  range.lo = -(int64_t{1} << (lowering.bits() + 1));
  range.hi = -range.lo - 1;
  VOIZK_ASSIGN_OR_RETURN(const Quantity small,
                         lowering.Round(difference.linear, range, lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node product,
      lowering.emitter().Add(lowering.NameOf(node), "mul", {}, std::array{bit.node, small.node}));
  Linear sum = LinearOf(Quantity{product, small.step}, difference.linear.dims);
  if (const FloatTensor* const constant = lowering.ConstantOf(node.inputs[2])) {
    VOIZK_ASSIGN_OR_RETURN(sum.constant, lowering.ConstantFor(*constant, meeting.layout, sum.dims));
  } else {
    VOIZK_ASSIGN_OR_RETURN(const Quantity y, SmallIn(node.inputs[2], meeting, lowering));
    sum.terms.push_back({y, Scaling{RealTensor::Scalar(1)}});
  }
  lowering.SetLinear(out, meeting.layout, std::move(sum));
  return {};
}

// x above or below a diagonal of its last two axes, 0 elsewhere.
Status Trilu(const FloatNode& node, Lowering& lowering) {
  const std::vector<int64_t>& dims = lowering.dims(node.outputs[0]);
  VOIZK_ASSIGN_OR_RETURN(const int64_t upper, IntAttribute(node, "upper", 1));
  int64_t k = 0;
  if (node.inputs.size() > 1 && node.inputs[1] != kAbsentValue) {
    const FloatTensor* const diagonal = lowering.ConstantOf(node.inputs[1]);
    if (diagonal == nullptr) return lowering.Unsupported(node, "its diagonal is not constant");
    k = diagonal->ints()[0];
  }
  const int64_t rows = dims[dims.size() - 2], columns = dims.back();
  std::vector<float> kept;
  kept.reserve(static_cast<size_t>(rows * columns));
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      kept.push_back((upper != 0 ? j - i >= k : j - i <= k) ? 1 : 0);
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  const Meeting meeting = MeetingOf(dims, *image, *image);
  VOIZK_ASSIGN_OR_RETURN(const RealTensor chosen,
                         lowering.ConstantFor(FloatTensor({rows, columns}, std::move(kept)),
                                              meeting.layout, DimsOf(meeting)));
  Linear sum;
  sum.dims = DimsOf(meeting);
  VOIZK_RETURN_IF_ERROR(AddChosen(node, node.inputs[0], chosen, meeting, &sum, lowering));
  lowering.SetLinear(node.outputs[0], meeting.layout, std::move(sum));
  return {};
}

// Repeated along axes of length 1: the sum with zeros of the result's dims.
Status Expand(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  Meeting meeting;
  meeting.axes = layout::LongAxes(lowering.dims(out));
  if (meeting.axes.empty()) meeting.axes = {static_cast<int>(lowering.dims(out).size()) - 1};
  if (meeting.axes[0] < 0) return lowering.Unsupported(node, "a number without axes");
  meeting.layout = layout::FromAxes(lowering.dims(out), meeting.axes);
  const TensorLayout own = image->layout;
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(node.inputs[0]));
  VOIZK_ASSIGN_OR_RETURN(
      const Quantity x,
      lowering.Rearranged(small, layout::Widened(own, meeting.layout.dims.size()), meeting.axes));
  const std::vector<uint32_t> dims = DimsOf(meeting);
  TensorData zeros;
  zeros.values.assign(static_cast<size_t>(std::accumulate(dims.begin(), dims.end(), uint64_t{1},
                                                          std::multiplies<>())),
                      0);
  zeros.shape = {static_cast<uint32_t>(zeros.values.size())};
  ModelAttributes attributes;
  attributes["dims"] = std::vector<int64_t>(dims.begin(), dims.end());
  attributes["values"] = std::make_shared<const TensorData>(std::move(zeros));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node repeated,
                         lowering.emitter().Add(lowering.NameOf(node), "offset",
                                                std::move(attributes), std::array{x.node}));
  lowering.SetSmall(out, meeting.layout, {repeated, x.step});
  return {};
}

constexpr LoweringEntry kDecisionRules[] = {
    {"Expand", Expand},   {"Trilu", Trilu},
    {"Greater", Greater}, {"GreaterOrEqual", GreaterOrEqual},
    {"Less", Less},       {"LessOrEqual", LessOrEqual},
    {"Not", Not},         {"Where", Where},
};

}  // namespace

std::span<const LoweringEntry> DecisionRules() { return kDecisionRules; }

Status DivOfValues(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0], divisor = node.inputs[1];
  const ValueStatistics& seen = lowering.statistics(divisor);
  if (!(seen.least() > 0 && seen.count() > 0)) {
    return lowering.Unsupported(node, "a divisor that was not always positive on the samples");
  }
  if (lowering.ConstantOf(node.inputs[0]) != nullptr) {
    return lowering.Unsupported(node, "a constant divided by a value: use Reciprocal");
  }
  VOIZK_ASSIGN_OR_RETURN(const Image* const a, lowering.ImageOf(node.inputs[0]));
  VOIZK_ASSIGN_OR_RETURN(const Image* const b, lowering.ImageOf(divisor));
  const Meeting meeting = MeetingOf(lowering.dims(out), *a, *b);
  VOIZK_ASSIGN_OR_RETURN(const Linear whole, lowering.LinearImage(divisor));
  const TensorLayout layout = b->layout;
  // Half of the least that was seen bounds the quotient; 2^-10 of it is the divisor's error.
  IntegerRange range;
  range.step = std::max(seen.least() / 1024, seen.max_abs() / 16384);
  range.lo = std::max<int64_t>(1, std::lround(seen.least() / 2 / range.step));
  range.hi = std::clamp<int64_t>(std::lround(2 * seen.max_abs() / range.step), range.lo + 1, 32767);
  VOIZK_ASSIGN_OR_RETURN(Quantity y, lowering.Round(whole, range, lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(
      y, lowering.Rearranged(y, layout::Widened(layout, meeting.layout.dims.size()), meeting.axes));
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, SmallIn(node.inputs[0], meeting, lowering));
  const Interval reach = lowering.emitter().range(x.node);
  const double most = static_cast<double>(std::max(std::abs(reach.lo), std::abs(reach.hi))) + 1;
  const double ratio = static_cast<double>(range.hi) / static_cast<double>(range.lo);
  const double step = lowering.RangeOf(out, lowering.bits()).step;
  int bits = 0;
  while (x.step / std::ldexp(y.step, bits) > step / 2 &&
         std::ldexp(most, bits + 1) * ratio < (1 << 29)) {
    ++bits;
  }
  ModelAttributes attributes;
  attributes["bits"] = int64_t{bits};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node quotient,
                         lowering.emitter().Add(lowering.NameOf(node), "div", std::move(attributes),
                                                std::array{x.node, y.node}));
  // The floor is half a step low in the mean.
  Linear linear = LinearOf(Quantity{quotient, x.step / std::ldexp(y.step, bits)}, DimsOf(meeting));
  linear.constant = RealTensor::Scalar(linear.terms[0].input.step / 2);
  lowering.SetLinear(out, meeting.layout, std::move(linear));
  return {};
}

}  // namespace voizk
