// Softmax, normalisation by mean and deviation, and what is left of batch normalisation.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "network/quantise/long_norm.h"
#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr int64_t kLongRow = 512;  // of squares of 10 bits, beyond which their sum does not fit

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

// The argument of an exponential: steps that are powers of 2, 1/64 at most, and a range that is
// one too, so that layers alike share a table; nothing is clipped.
IntegerRange ArgumentRange(const ValueStatistics& statistics) {
  constexpr int kMostBits = 15;
  int reach = -4;  // values lie within 2^reach
  while (reach < 16 && statistics.max_abs() > std::ldexp(1, reach)) ++reach;
  const int fine = std::clamp(8 - reach, 6, 10);  // a step of 2^-10 is as good as none
  const int bits = std::min(kMostBits, reach + fine + 1);
  IntegerRange range;
  range.step = std::ldexp(1, reach + 1 - bits);
  range.lo = -(int64_t{1} << (bits - 1));
  range.hi = -range.lo - 1;
  return range;
}

// x, less so much where it is not kept that no exponential of it is more than 0.
Result<Emitter::Node> Mask(const FloatNode& node, Emitter::Node x, int64_t below,
                           const TensorLayout& layout, Lowering& lowering) {
  const FloatTensor* const keep = lowering.ConstantOf(node.inputs[1]);
  if (keep == nullptr) return lowering.Unsupported(node, "its mask is not constant");
  std::vector<float> shift;
  shift.reserve(keep->size());
  for (const uint8_t v : keep->bools()) shift.push_back(v != 0 ? 0 : static_cast<float>(-below));
  VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                         lowering.ConstantFor(FloatTensor(keep->dims(), std::move(shift)), layout,
                                              lowering.emitter().dims(x)));
  TensorData data;
  for (const double v : real.values) data.values.push_back(static_cast<int32_t>(v));
  data.shape = {static_cast<uint32_t>(data.values.size())};
  ModelAttributes attributes;
  attributes["dims"] = real.dims.empty() ? std::vector<int64_t>{1}
                                         : std::vector<int64_t>(real.dims.begin(), real.dims.end());
  attributes["values"] = std::make_shared<const TensorData>(std::move(data));
  return lowering.emitter().Add(lowering.NameOf(node), "offset", std::move(attributes),
                                std::array{x});
}

// T(d) = round(total e^(step d)), from where it is 0 to where it is above the total.
TensorData Exponentials(int total, double step, int64_t first) {
  TensorData table;
  for (int64_t d = first;; ++d) {
    const double y = total * std::exp(static_cast<double>(d) * step);
    table.values.push_back(d == first ? 0 : static_cast<int32_t>(std::lround(y)));
    if (table.values.back() > total) break;
  }
  table.shape = {static_cast<uint32_t>(table.values.size())};
  return table;
}

Status Softmax(const FloatNode& node, std::string_view op, Lowering& lowering) {
  // The sum of a row times values of 8 bits, in the product that follows as a rule.
  constexpr int64_t kMostTotal = 4095, kMostProduct = int64_t{1} << 22;
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  const bool old = lowering.graph().opset < 13;
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", old ? 1 : -1));
  const size_t axis = AxisOf(given, dims.size());
  if (old && axis + 1 != dims.size()) {
    return lowering.Unsupported(node, "before opset 13 an axis other than the last");
  }
  const std::vector<int> axes = WithLast(dims, axis);
  const TensorLayout layout = layout::FromAxes(dims, axes);
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  VOIZK_ASSIGN_OR_RETURN(
      Quantity x,
      lowering.Round(linear, lowering.WithExactStep(linear, ArgumentRange(lowering.statistics(in))),
                     lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(x, lowering.Rearranged(x, TensorLayout(image->layout), axes));
  const auto total =
      static_cast<int>(std::clamp<int64_t>(kMostProduct / dims[axis], 255, kMostTotal));
  const auto first = -static_cast<int64_t>(std::ceil(std::log(2.0 * total + 2) / x.step));
  TensorData table = Exponentials(total, x.step, first);
  if (node.op == "MaskedSoftmax") {
    const Interval range = lowering.emitter().range(x.node);
    const auto last = first + static_cast<int64_t>(table.values.size());
    VOIZK_ASSIGN_OR_RETURN(
        x.node, Mask(node, x.node, range.hi - range.lo + last + 1 - first, layout, lowering));
  }
  ModelAttributes attributes;
  attributes["fraction_bits"] = int64_t{0};
  attributes["total"] = int64_t{total};
  attributes["first"] = first;
  attributes["table"] = std::make_shared<const TensorData>(std::move(table));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node made,
      lowering.emitter().Add(lowering.NameOf(node), op, std::move(attributes), std::array{x.node}));
  if (op == "softmax") {
    lowering.SetSmall(out, layout, {made, 1.0 / total});
  } else {
    const auto shape = lowering.emitter().dims(made);
    lowering.SetLinear(out, layout, LinearOf(Quantity{made, x.step}, {shape.begin(), shape.end()}));
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

// The value in bits that its rows of `count` need.
Result<Quantity> NarrowAs(FloatValueId id, const std::vector<int>& order, double count,
                          std::string_view name, Lowering& lowering) {
  const int bits = lowering.BitsNormalised(id, count);
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  if (!lowering.has_one_reader(id)) {  // others want it rounded too
    VOIZK_RETURN_IF_ERROR(lowering.Small(id).status());
  }
  if (image->small) {
    const Interval range = lowering.emitter().range(image->small->node);
    if (range.hi - range.lo < (1 << bits)) return lowering.SmallAs(id, order);
  }
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(id));
  VOIZK_ASSIGN_OR_RETURN(const Quantity narrow,
                         lowering.Round(linear, ChooseRange(lowering.statistics(id), bits), name));
  VOIZK_ASSIGN_OR_RETURN(const Image* const now, lowering.ImageOf(id));
  return lowering.Rearranged(narrow, now->layout, order);
}

Result<Linear> Normalise(const FloatNode& node, const Normalising& n, const std::vector<int>& order,
                         Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  double count = 1;
  std::vector<int64_t> axes;
  for (size_t d = 0; d < order.size(); ++d) {
    if (std::find(n.axes.begin(), n.axes.end(), static_cast<size_t>(order[d])) == n.axes.end()) {
      continue;
    }
    axes.push_back(static_cast<int64_t>(d));
    count *= static_cast<double>(dims[static_cast<size_t>(order[d])]);
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity x,
                         NarrowAs(in, order, count, lowering.NameOf(node), lowering));
  const Interval range = lowering.emitter().range(x.node);
  const double width = static_cast<double>(range.hi - range.lo) + 1;
  // Two bits of the mean behind the point, as far as sums of squares stay within 2^29.
  int fraction = 0;
  while (n.centred && fraction < 2 &&
         count * std::pow(std::ldexp(width, fraction + 1), 2) < (1 << 29)) {
    ++fraction;
  }
  const double one = std::ldexp(1, fraction);
  // Squares that do not fit are summed in parts, less 2^squares.
  int squares = 0;
  double parts = 0;
  if (count * width * width > Lowering::kMostSquares) {
    parts = std::ceil(count / std::floor((1 << 29) / (width * width)));
    while (std::ldexp(count * width * width, -squares) > (1 << 29)) squares += 2;
  }
  // y = (scale / 2^shift) * (x - mean) / root of (the sum of squares + epsilon).  The certificate
  // knows of that root only what epsilon says; an eighth of a quiet row's changes such a row by
  // 1/128, and leaves the reciprocal 2^29 / (the longest row) of exactness.
  const double root = std::ldexp(std::sqrt(count) * one / x.step, -squares / 2);
  const double quiet =
      squares == 0 ? lowering.statistics(in).QuietLevel() : lowering.statistics(in).QuietRowLevel();
  const double least = std::max({1.0, std::ceil(std::sqrt(parts)), std::floor(root * quiet / 8),
                                 root * std::sqrt(n.epsilon)});
  const double longest = std::max(width, std::ldexp(std::sqrt(count) * width * one, -squares / 2));
  const double step = n.by_length ? 1.0 / 4096 : 1.0 / 64;
  const double factor = std::ldexp((n.by_length ? 1 : std::sqrt(count)) / step, -squares / 2);
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
  if (squares != 0) attributes["square_shift"] = int64_t{squares};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node made,
                         lowering.emitter().Add(lowering.NameOf(node), "normalise",
                                                std::move(attributes), std::array{x.node}));
  const auto shape = lowering.emitter().dims(made);
  return LinearOf(Quantity{made, step}, {shape.begin(), shape.end()});
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
  int64_t length = 1;
  for (const size_t axis : n.axes) length *= dims[axis];
  Linear linear;
  // A waveform's one row; rows of many channels may be a hundred times quieter than others.
  if (length >= kLongRow && dims[1] == 1) {
    VOIZK_ASSIGN_OR_RETURN(linear, NormaliseLongRows(node, n.epsilon, order, lowering));
  } else {
    VOIZK_ASSIGN_OR_RETURN(linear, Normalise(node, n, order, lowering));
  }
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
  if (order && lowering.MayStayLinear(node.inputs[0])) {
    linear = *image->linear;
  } else {
    if (!order) order = layout::LongAxes(dims);
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.SmallAs(node.inputs[0], *order));
    const auto shape = lowering.emitter().dims(small.node);
    linear = LinearOf(small, {shape.begin(), shape.end()});
  }
  return WithAffine(node, std::move(linear), *order, 1, lowering);
}

constexpr LoweringEntry kNormalisationRules[] = {
    {"Affine", Affine},
    {"InstanceNormalization", InstanceNormalization},
    {"LayerNormalization", LayerNormalization<true>},
    {"LogSoftmax", LogSoftmaxRule},
    {"LpNormalization", LpNormalization},
    {"MaskedSoftmax", SoftmaxRule},
    {"RMSNormalization", LayerNormalization<false>},
    {"RowMoments", RowMoments},
    {"Softmax", SoftmaxRule},
};

}  // namespace

std::span<const LoweringEntry> NormalisationRules() { return kNormalisationRules; }

}  // namespace voizk
