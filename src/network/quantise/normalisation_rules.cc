// Softmax, normalisation by mean and deviation, and what is left of batch normalisation.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

size_t AxisOf(int64_t axis, size_t rank) {
  return static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
}

// All long axes but one, then this one.
std::vector<int> WithLast(const std::vector<int64_t>& dims, size_t last) {
  std::vector<int> axes;
  for (const int axis : layout::LongAxes(dims)) {
    if (axis != static_cast<int>(last)) axes.push_back(axis);
  }
  axes.push_back(static_cast<int>(last));
  return axes;
}

Status Softmax(const FloatNode& node, std::string_view op, Lowering& lowering) {
  constexpr int kArgumentBits = 12;
  constexpr double kFinestStep = 1.0 / 512;
  constexpr double kStep = 1.0 / 64;  // of the exponents: rows sum to 1 but for this part
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  const bool old = lowering.graph().opset < 13;
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", old ? 1 : -1));
  const size_t axis = AxisOf(given, dims.size());
  if (old && axis + 1 != dims.size()) {
    return lowering.Unsupported(node, "before opset 13 an axis other than the last");
  }
  const std::vector<int> axes = WithLast(dims, axis);
  // More bits than others: an exponent's error is one of the result.
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout layout = image->layout;
  IntegerRange range = lowering.RangeOf(in, kArgumentBits);
  if (lowering.statistics(in).max_abs() == 0) range = {kFinestStep, -1, 1};
  if (range.step < kFinestStep) {  // rows that are nearly uniform
    const double part = range.step / kFinestStep;
    range = {kFinestStep, static_cast<int64_t>(std::floor(static_cast<double>(range.lo) * part)),
             static_cast<int64_t>(std::ceil(static_cast<double>(range.hi) * part)) + 1};
  }
  VOIZK_ASSIGN_OR_RETURN(Quantity x, lowering.Round(linear, range, lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(x, lowering.Rearranged(x, layout, axes));
  int fraction = 0;
  while (std::ldexp(x.step, -fraction) > kStep) ++fraction;
  const double step = std::ldexp(x.step, -fraction);
  // The largest result has the usual bits, also where a row is long and no part of it is large.
  const double most = std::clamp(lowering.statistics(out).max(), 1.0 / 4096, 1.0);
  const int bits = lowering.bits() + static_cast<int>(std::ceil(-std::log2(most)));
  const int total = (1 << std::min(bits, 12)) - 1;
  TensorData table;
  const auto first = -static_cast<int64_t>(std::ceil(std::log(2.0 * total + 2) / step));
  for (int64_t d = first;; ++d) {
    const double y = total * std::exp(static_cast<double>(d) * step);
    table.values.push_back(d == first ? 0 : static_cast<int32_t>(std::lround(y)));
    if (table.values.back() > total) break;
  }
  table.shape = {static_cast<uint32_t>(table.values.size())};
  ModelAttributes attributes;
  attributes["fraction_bits"] = int64_t{fraction};
  attributes["total"] = int64_t{total};
  attributes["first"] = first;
  attributes["table"] = std::make_shared<const TensorData>(std::move(table));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node made,
      lowering.emitter().Add(lowering.NameOf(node), op, std::move(attributes), std::array{x.node}));
  if (op == "softmax") {
    lowering.SetSmall(out, layout::FromAxes(dims, axes), {made, 1.0 / total});
  } else {
    const auto shape = lowering.emitter().dims(made);
    lowering.SetLinear(out, layout::FromAxes(dims, axes),
                       LinearOf({made, step}, {shape.begin(), shape.end()}));
  }
  return {};
}
Status SoftmaxRule(const FloatNode& node, Lowering& lowering) {
  return Softmax(node, "softmax", lowering);
}
Status LogSoftmaxRule(const FloatNode& node, Lowering& lowering) {
  return Softmax(node, "log_softmax", lowering);
}

// (x - mean) / deviation over `axes` (of the float tensor), or x over its root mean square; then
// times and plus constants, which stay linear.
struct Normalising {
  std::vector<size_t> axes;
  bool centred = true;
  double epsilon = 1e-5;
  bool by_length = false;  // divided by the root of the sum and not of the mean
};

// The value in at most 10 bits, whose squares and reciprocals have room.
Result<Quantity> NarrowAs(FloatValueId id, const std::vector<int>& order, std::string_view name,
                          Lowering& lowering) {
  constexpr int kBits = 10;
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  if (image->small) {
    const Interval range = lowering.emitter().range(image->small->node);
    if (range.hi - range.lo < (1 << kBits)) return lowering.SmallAs(id, order);
  }
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(id));
  VOIZK_ASSIGN_OR_RETURN(const Quantity narrow,
                         lowering.Round(linear, ChooseRange(lowering.statistics(id), kBits), name));
  VOIZK_ASSIGN_OR_RETURN(const Image* const now, lowering.ImageOf(id));
  return lowering.Rearranged(narrow, now->layout, order);
}

Result<Linear> Normalise(const FloatNode& node, const Normalising& n, const std::vector<int>& order,
                         Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, NarrowAs(in, order, lowering.NameOf(node), lowering));
  double count = 1;
  std::vector<int64_t> axes;
  for (size_t d = 0; d < order.size(); ++d) {
    if (std::find(n.axes.begin(), n.axes.end(), static_cast<size_t>(order[d])) == n.axes.end()) {
      continue;
    }
    axes.push_back(static_cast<int64_t>(d));
    count *= static_cast<double>(dims[static_cast<size_t>(order[d])]);
  }
  const Interval range = lowering.emitter().range(x.node);
  const double width = static_cast<double>(range.hi - range.lo) + 1;
  // Two bits of the mean behind the point, as far as sums of squares stay within 2^29.
  int fraction = 0;
  while (n.centred && fraction < 2 &&
         count * std::pow(std::ldexp(width, fraction + 1), 2) < (1 << 29)) {
    ++fraction;
  }
  if (count * width * width >= (1 << 29)) {
    return lowering.Unsupported(node, "the squares of its values do not fit the field");
  }
  const double one = std::ldexp(1, fraction);
  // y = (scale / 2^shift) * (x - mean) / root of (the sum of squares + epsilon).  The certificate
  // knows of that root only what epsilon says; an eighth of a quiet row's changes such a row by
  // 1/128, and leaves the reciprocal 2^29 / (the longest row) of exactness.
  const double root = std::sqrt(count) * one / x.step;
  const double least = std::max({1.0, std::floor(root * lowering.statistics(in).QuietLevel() / 8),
                                 root * std::sqrt(n.epsilon)});
  const double longest = std::sqrt(count) * width * one;
  const double step = n.by_length ? 1.0 / 4096 : 1.0 / 64;
  const double factor = (n.by_length ? 1 : std::sqrt(count)) / step;
  constexpr double kMostScale = 1 << 24;
  int shift = 1;
  while (shift < 24 && std::ldexp(factor, shift + 1) < kMostScale &&
         std::ldexp(factor, shift + 1) / least * longest < (1 << 29)) {
    ++shift;
  }
  ModelAttributes attributes;
  attributes["axes"] = std::move(axes);
  attributes["centred"] = int64_t{n.centred};
  attributes["fraction_bits"] = int64_t{fraction};
  attributes["epsilon"] = std::lround(std::min(least * least, kMostScale));
  attributes["scale"] = int64_t{std::lround(std::ldexp(factor, shift))};
  attributes["shift"] = int64_t{shift};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node made,
                         lowering.emitter().Add(lowering.NameOf(node), "normalise",
                                                std::move(attributes), std::array{x.node}));
  const auto shape = lowering.emitter().dims(made);
  return LinearOf({made, step}, {shape.begin(), shape.end()});
}

// Times input 1 and plus input 2, constants whose axes are aligned at `first_axis`.
Status WithAffine(const FloatNode& node, Linear linear, const std::vector<int>& order,
                  size_t first_axis, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(out);
  const TensorLayout layout = layout::FromAxes(dims, order);
  for (const size_t i : {size_t{1}, size_t{2}}) {
    if (node.inputs.size() <= i || node.inputs[i] == kAbsentValue) continue;
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[i]);
    if (constant == nullptr)
      return lowering.Unsupported(node, "its scale or shift is not constant");
    FloatTensor aligned = *constant;
    if (constant->size() != 1) {  // ones behind its own axes
      Dims own = constant->dims();
      own.resize(std::max(own.size(), dims.size() - first_axis), 1);
      aligned.Reshape(std::move(own));
    }
    VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                           lowering.ConstantFor(aligned, layout, linear.dims));
    if (i == 2) {
      linear.constant = Plus(linear.constant, real);
    } else {
      linear = *Scaled(linear, real);
    }
  }
  lowering.SetLinear(out, layout, std::move(linear));
  return {};
}

template <bool kCentred>
Status LayerNormalization(const FloatNode& node, Lowering& lowering) {
  const std::vector<int64_t>& dims = lowering.dims(node.inputs[0]);
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", -1));
  Normalising n;
  n.centred = kCentred;
  VOIZK_ASSIGN_OR_RETURN(n.epsilon, RealAttribute(node, "epsilon", 1e-5F));
  const size_t first = AxisOf(given, dims.size());
  for (size_t axis = first; axis < dims.size(); ++axis) n.axes.push_back(axis);
  std::vector<int> order = layout::LongAxes(dims);
  if (order.empty()) order.push_back(static_cast<int>(dims.size()) - 1);
  VOIZK_ASSIGN_OR_RETURN(Linear linear, Normalise(node, n, order, lowering));
  return WithAffine(node, std::move(linear), order, first, lowering);
}

Status InstanceNormalization(const FloatNode& node, Lowering& lowering) {
  const std::vector<int64_t>& dims = lowering.dims(node.inputs[0]);
  Normalising n;
  VOIZK_ASSIGN_OR_RETURN(n.epsilon, RealAttribute(node, "epsilon", 1e-5F));
  for (size_t axis = 2; axis < dims.size(); ++axis) n.axes.push_back(axis);
  std::vector<int> order;
  for (size_t axis = 2; axis < dims.size(); ++axis) order.push_back(static_cast<int>(axis));
  order.push_back(1);
  VOIZK_ASSIGN_OR_RETURN(Linear linear, Normalise(node, n, order, lowering));
  return WithAffine(node, std::move(linear), order, 1, lowering);
}

Status LpNormalization(const FloatNode& node, Lowering& lowering) {
  const std::vector<int64_t>& dims = lowering.dims(node.inputs[0]);
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t p, IntAttribute(node, "p", 2));
  if (p != 2) return lowering.Unsupported(node, "a norm other than the second");
  Normalising n;
  n.centred = false;
  n.by_length = true;
  n.epsilon = 0;
  n.axes = {AxisOf(given, dims.size())};
  const std::vector<int> order = WithLast(dims, n.axes[0]);
  VOIZK_ASSIGN_OR_RETURN(Linear linear, Normalise(node, n, order, lowering));
  lowering.SetLinear(node.outputs[0], layout::FromAxes(dims, order), std::move(linear));
  return {};
}

// x * scale + shift along axis 1, what specialising makes of BatchNormalization.
Status Affine(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(node.inputs[0]));
  const std::vector<int64_t>& dims = lowering.dims(node.inputs[0]);
  auto order = layout::AxesOfDims(image->layout, static_cast<int>(image->dims.size()));
  Linear linear;
  if (order && image->linear && lowering.has_one_reader(node.inputs[0])) {
    linear = *image->linear;
  } else {
    if (!order) order = layout::LongAxes(dims);
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.SmallAs(node.inputs[0], *order));
    const auto shape = lowering.emitter().dims(small.node);
    linear = LinearOf(small, {shape.begin(), shape.end()});
  }
  return WithAffine(node, std::move(linear), *order, 1, lowering);
}

constexpr LoweringEntry kRules[] = {
    {"Affine", Affine},
    {"InstanceNormalization", InstanceNormalization},
    {"LayerNormalization", LayerNormalization<true>},
    {"LogSoftmax", LogSoftmaxRule},
    {"LpNormalization", LpNormalization},
    {"RMSNormalization", LayerNormalization<false>},
    {"Softmax", SoftmaxRule},
};

}  // namespace

std::span<const LoweringEntry> NormalisationRules() { return kRules; }

}  // namespace voizk
