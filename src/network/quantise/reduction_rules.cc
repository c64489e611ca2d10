// Sums and means over axes, whose divisors go into the next rounding; maxima; products of two
// values.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

Result<std::vector<size_t>> ReducedAxes(const FloatNode& node, const Lowering& lowering) {
  const size_t rank = lowering.dims(node.inputs[0]).size();
  std::vector<int64_t> axes;
  if (node.inputs.size() > 1 && node.inputs[1] != kAbsentValue) {
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[1]);
    if (constant == nullptr) return lowering.Unsupported(node, "its axes are not constant");
    axes = constant->ints();
  } else {
    VOIZK_ASSIGN_OR_RETURN(axes, IntsAttribute(node, "axes", {}));
  }
  std::vector<size_t> result;
  result.reserve(axes.size());
  for (const int64_t axis : axes) {
    result.push_back(static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis));
  }
  for (size_t axis = 0; axes.empty() && axis < rank; ++axis) result.push_back(axis);
  return result;
}

namespace {

// What is left of an image after a reduction over whole axes.
struct Reduced {
  AffineImage affine;
  TensorLayout layout;
  std::vector<uint32_t> dims;
  double count = 1;  // of values that became one
};

// Sums keep a factor and a constant of the input, if it has one number of them or the channels
// stay.
Result<Reduced> Reduce(const FloatNode& node, std::string_view op, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> axes, ReducedAxes(node, lowering));
  VOIZK_ASSIGN_OR_RETURN(AffineImage affine, lowering.Affine(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* image, lowering.ImageOf(in));
  const int channels = static_cast<int>(image->dims.size()) - 1;
  const bool keeps = op == "sum" && std::none_of(axes.begin(), axes.end(), [&](size_t axis) {
                       const auto& dims = image->layout.axes[axis];
                       return std::find(dims.begin(), dims.end(), channels) != dims.end();
                     });
  if (!affine.is_plain() && !keeps) {
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(in));
    affine = {small};
    VOIZK_ASSIGN_OR_RETURN(image, lowering.ImageOf(in));
  }
  layout::Reduction left =
      layout::Reduced(image->layout, image->dims, axes, lowering.dims(out).size());
  Reduced reduced{affine, std::move(left.layout), std::move(left.shape), left.count};
  if (left.gone.empty()) return reduced;
  ModelAttributes attributes;
  attributes["axes"] = std::move(left.gone);
  VOIZK_ASSIGN_OR_RETURN(reduced.affine.quantity.node,
                         lowering.emitter().Add(lowering.NameOf(node), op, std::move(attributes),
                                                std::array{affine.quantity.node}));
  return reduced;
}

template <bool kMean>
Status Sum(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const bool variance, LowerVariance(node, lowering));
  if (variance) return {};
  VOIZK_ASSIGN_OR_RETURN(Reduced sum, Reduce(node, "sum", lowering));
  AffineImage& affine = sum.affine;
  if (kMean) {
    affine.quantity.step /= sum.count;
  } else {
    affine.constant = Times(affine.constant, RealTensor::Scalar(sum.count));
  }
  lowering.SetLinear(node.outputs[0], sum.layout, LinearOf(affine, sum.dims));
  return {};
}

// The root of the sum of squares, which is a product summed over the axes.
Status Norm(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> axes, ReducedAxes(node, lowering));
  const IntegerRange range = ChooseRange(lowering.statistics(in), std::min(lowering.bits(), 10));
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const layout::Reduction left =
      layout::Reduced(image->layout, image->dims, axes, lowering.dims(out).size());
  if (left.gone.empty()) return lowering.Unsupported(node, "a norm over single values");
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.Round(linear, range, lowering.NameOf(node)));
  ModelAttributes attributes;
  attributes["axes"] = left.gone;
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node squares,
                         lowering.emitter().Add(lowering.NameOf(node), "dot", std::move(attributes),
                                                std::array{x.node, x.node}));
  attributes = {};
  // As many bits behind the point as the root's argument has room for.
  const Interval sum = lowering.emitter().range(squares);
  int64_t bits = 0;
  while (bits < 10 && sum.hi << (bits + 2) < (int64_t{1} << 29)) bits += 2;
  attributes["bits"] = bits;
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node root,
                         lowering.emitter().Add(lowering.NameOf(node), "sqrt",
                                                std::move(attributes), std::array{squares}));
  lowering.SetSmall(out, left.layout, {root, std::ldexp(x.step, static_cast<int>(-bits / 2))});
  return {};
}

Status Max(const FloatNode& node, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Reduced most, Reduce(node, "max", lowering));
  lowering.SetSmall(node.outputs[0], most.layout, most.affine.quantity);
  return {};
}

// Global pooling: over all axes but batch and channels.
Status GlobalAverage(const FloatNode& node, Lowering& lowering) {
  FloatNode reduce = node;
  std::vector<int64_t> axes;
  for (size_t axis = 2; axis < lowering.dims(node.inputs[0]).size(); ++axis) {
    axes.push_back(static_cast<int64_t>(axis));
  }
  reduce.attributes["axes"] = std::move(axes);
  return Sum<true>(reduce, lowering);
}
Status GlobalMax(const FloatNode& node, Lowering& lowering) {
  FloatNode reduce = node;
  std::vector<int64_t> axes;
  for (size_t axis = 2; axis < lowering.dims(node.inputs[0]).size(); ++axis) {
    axes.push_back(static_cast<int64_t>(axis));
  }
  reduce.attributes["axes"] = std::move(axes);
  return Max(reduce, lowering);
}

constexpr LoweringEntry kReductionRules[] = {
    {"GlobalAveragePool", GlobalAverage},
    {"GlobalMaxPool", GlobalMax},
    {"ReduceL2", Norm},
    {"ReduceMax", Max},
    {"ReduceMean", Sum<true>},
    {"ReduceSum", Sum<false>},
};

}  // namespace

std::span<const LoweringEntry> ReductionRules() { return kReductionRules; }

Status MatMulOfValues(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  // Axes that any of the three has longer than 1, and the last two.
  const std::vector<int64_t>& dims = lowering.dims(out);
  const size_t rank = dims.size();
  std::vector<int> axes;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (axis + 2 >= rank || dims[axis] != 1) axes.push_back(static_cast<int>(axis));
  }
  std::array<Quantity, 2> operands;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const FloatValueId id = node.inputs[k];
    if (lowering.ConstantOf(id) != nullptr) {
      return lowering.Unsupported(node, "a constant of more than two axes, or on the left");
    }
    if (lowering.dims(id).size() > rank) {
      return lowering.Unsupported(node, "a vector as one of its operands");
    }
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(id));
    VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
    VOIZK_ASSIGN_OR_RETURN(operands[k],
                           lowering.Rearranged(small, layout::Widened(image->layout, rank), axes));
  }
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node product,
                         lowering.emitter().Add(lowering.NameOf(node), "matmul", {},
                                                std::array{operands[0].node, operands[1].node}));
  const auto shape = lowering.emitter().dims(product);
  lowering.SetLinear(out, layout::FromAxes(dims, axes),
                     LinearOf(Quantity{product, operands[0].step * operands[1].step},
                              {shape.begin(), shape.end()}));
  return {};
}

}  // namespace voizk
