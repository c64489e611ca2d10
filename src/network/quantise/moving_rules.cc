// Operations that move values: bookkeeping where the layout can say it, else views.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

// The same tensor, or linear value, under another layout.
void Relabel(FloatValueId out, const Image& image, TensorLayout layout, bool may_stay_linear,
             Lowering& lowering) {
  if (image.linear && may_stay_linear) {
    lowering.SetLinear(out, std::move(layout), Linear(*image.linear));
  } else {
    lowering.SetSmall(out, std::move(layout), *image.small);
  }
}

// Rounded if more than one reads it.
Result<Image> Settled(FloatValueId id, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  if (!lowering.MayStayLinear(id)) {
    const auto small = lowering.Small(id);
    if (!small.ok()) return small.error();
  }
  return *image;
}

// Reshape, Flatten, Squeeze, Unsqueeze.
Status Reshape(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Image image, Settled(in, lowering));
  const std::vector<int64_t>& dims = lowering.dims(out);
  if (auto layout = layout::Reshaped(image.layout, image.dims, dims)) {
    Relabel(out, image, *std::move(layout), lowering.MayStayLinear(in), lowering);
    return {};
  }
  // An axis is split: in the float tensor's order, cut anew.
  const std::vector<int> axes = layout::LongAxes(lowering.dims(in));
  VOIZK_ASSIGN_OR_RETURN(const Quantity ordered, lowering.SmallAs(in, axes));
  const std::vector<int> cut = layout::LongAxes(dims);
  std::vector<int64_t> wanted;
  wanted.reserve(cut.size());
  for (const int axis : cut) wanted.push_back(dims[static_cast<size_t>(axis)]);
  ModelAttributes attributes;
  attributes["dims"] = std::move(wanted);
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node reshaped,
                         lowering.emitter().Add(lowering.NameOf(node), "reshape",
                                                std::move(attributes), std::array{ordered.node}));
  lowering.SetSmall(out, layout::FromAxes(dims, cut), {reshaped, ordered.step});
  return {};
}

Status Transpose(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  std::vector<int64_t> reversed;
  for (size_t axis = lowering.dims(in).size(); axis-- > 0;) {
    reversed.push_back(static_cast<int64_t>(axis));
  }
  VOIZK_ASSIGN_OR_RETURN(const std::vector<int64_t> order, IntsAttribute(node, "perm", reversed));
  VOIZK_ASSIGN_OR_RETURN(const Image image, Settled(in, lowering));
  Relabel(out, image, layout::Transposed(image.layout, order), lowering.MayStayLinear(in),
          lowering);
  return {};
}

// A layout in which `axis` is one whole dim, and a tensor in it.
struct WholeAxis {
  AffineImage affine;
  TensorLayout layout;
  size_t dim = 0;
};
// That of a value as it lies.
Result<WholeAxis> AsItLies(FloatValueId id, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const AffineImage affine, lowering.Affine(id));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  return WholeAxis{affine, image->layout, 0};
}
Result<WholeAxis> WithWholeAxis(FloatValueId id, size_t axis, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(WholeAxis lying, AsItLies(id, lowering));
  if (lying.layout.axes[axis].size() == 1) {
    lying.dim = static_cast<size_t>(lying.layout.axes[axis][0]);
    return lying;
  }
  std::vector<int> axes = layout::LongAxes(lowering.dims(id));
  if (std::find(axes.begin(), axes.end(), static_cast<int>(axis)) == axes.end()) {
    axes.insert(axes.begin(), static_cast<int>(axis));
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity whole, lowering.SmallAs(id, axes));
  const auto dim = std::find(axes.begin(), axes.end(), static_cast<int>(axis)) - axes.begin();
  return WholeAxis{{whole}, layout::FromAxes(lowering.dims(id), axes), static_cast<size_t>(dim)};
}

// The channels begin, begin + step, .. before end, or after it where step is negative.
RealTensor Cut(const RealTensor& by_channel, int64_t begin, int64_t end, int64_t step) {
  if (by_channel.is_scalar()) return by_channel;
  RealTensor part;
  for (int64_t c = begin; step > 0 ? c < end : c > end; c += step) {
    part.values.push_back(by_channel.values[static_cast<size_t>(c)]);
  }
  part.dims = {static_cast<uint32_t>(part.values.size())};
  return part;
}

// The same of the rounded tensor.
Result<WholeAxis> RoundedWithWholeAxis(FloatValueId id, size_t axis, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(WholeAxis whole, WithWholeAxis(id, axis, lowering));
  if (whole.affine.is_plain()) return whole;
  VOIZK_ASSIGN_OR_RETURN(whole.affine.quantity, lowering.Small(id));
  whole.affine.factor = RealTensor::Scalar(1);
  whole.affine.constant = RealTensor::Scalar(0);
  return whole;
}

TensorLayout WithLength(TensorLayout layout, size_t axis, int64_t length) {
  layout.dims[axis] = length;
  return layout;
}

Result<AffineImage> SliceAxis(const WholeAxis& whole, int64_t begin, int64_t end, int64_t step,
                              std::string_view name, Lowering& lowering) {
  ModelAttributes attributes;
  attributes["begin"] = begin;
  attributes["end"] = end;
  attributes["axis"] = static_cast<int64_t>(whole.dim);
  attributes["step"] = step;
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node node,
                         lowering.emitter().Add(name, "slice", std::move(attributes),
                                                std::array{whole.affine.quantity.node}));
  AffineImage part{{node, whole.affine.quantity.step}, whole.affine.factor, whole.affine.constant};
  if (whole.dim + 1 == lowering.emitter().dims(node).size()) {
    part.factor = Cut(part.factor, begin, end, step);
    part.constant = Cut(part.constant, begin, end, step);
  }
  return part;
}

Result<std::vector<int64_t>> Integers(const FloatNode& node, size_t input, std::string_view key,
                                      std::vector<int64_t> absent, Lowering& lowering) {
  if (node.inputs.size() > input && node.inputs[input] != kAbsentValue) {
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[input]);
    if (constant == nullptr || !constant->is_int()) {
      return lowering.Unsupported(node, std::string(key).append(" is not constant"));
    }
    return constant->ints();
  }
  return IntsAttribute(node, key, std::move(absent));
}

Status Slice(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  VOIZK_ASSIGN_OR_RETURN(const auto starts, Integers(node, 1, "starts", {}, lowering));
  VOIZK_ASSIGN_OR_RETURN(const auto ends, Integers(node, 2, "ends", {}, lowering));
  std::vector<int64_t> all(starts.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  VOIZK_ASSIGN_OR_RETURN(const auto axes, Integers(node, 3, "axes", all, lowering));
  VOIZK_ASSIGN_OR_RETURN(
      const auto steps,
      Integers(node, 4, "steps", std::vector<int64_t>(starts.size(), 1), lowering));
  // One axis after the other; each step reads the image of the one before.
  VOIZK_ASSIGN_OR_RETURN(WholeAxis now, AsItLies(in, lowering));
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis =
        static_cast<size_t>(axes[i] < 0 ? axes[i] + static_cast<int64_t>(dims.size()) : axes[i]);
    const int64_t length = dims[axis], step = steps[i];
    const auto clamp = [&](int64_t v, int64_t lo, int64_t hi) {
      return std::clamp(v < 0 ? v + length : v, lo, hi);
    };
    const int64_t begin = clamp(starts[i], 0, step > 0 ? length : length - 1);
    const int64_t end = step > 0            ? clamp(ends[i], 0, length)
                        : ends[i] < -length ? -1
                                            : clamp(ends[i], -1, length - 1);
    if (begin == 0 && end == length && step == 1) continue;
    if (now.layout.axes[axis].size() != 1) {
      if (i != 0) return lowering.Unsupported(node, "it cuts an axis that a reshape has merged");
      VOIZK_ASSIGN_OR_RETURN(now, WithWholeAxis(in, axis, lowering));
    }
    now.dim = static_cast<size_t>(now.layout.axes[axis][0]);
    VOIZK_ASSIGN_OR_RETURN(now.affine,
                           SliceAxis(now, begin, end, step, lowering.NameOf(node), lowering));
    now.layout = WithLength(std::move(now.layout), axis, lowering.dims(out)[axis]);
  }
  lowering.SetAffine(out, now.layout, now.affine);
  return {};
}

Status Split(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", 0));
  const auto axis = static_cast<size_t>(
      given < 0 ? given + static_cast<int64_t>(lowering.dims(in).size()) : given);
  VOIZK_ASSIGN_OR_RETURN(const WholeAxis whole, WithWholeAxis(in, axis, lowering));
  int64_t begin = 0;
  for (const FloatValueId out : node.outputs) {
    if (out == kAbsentValue) return lowering.Unsupported(node, "an output is left out");
    const int64_t length = lowering.dims(out)[axis];
    VOIZK_ASSIGN_OR_RETURN(
        const AffineImage part,
        SliceAxis(whole, begin, begin + length, 1, lowering.graph().values[out].name, lowering));
    lowering.SetAffine(out, WithLength(whole.layout, axis, length), part);
    begin += length;
  }
  return {};
}

Status Concat(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(out);
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", 0));
  const auto axis =
      static_cast<size_t>(given < 0 ? given + static_cast<int64_t>(dims.size()) : given);
  const IntegerRange range = lowering.RangeOf(out, lowering.bits());
  // The order of axes of the first input that has the axis whole.
  std::vector<int> axes;
  for (const FloatValueId id : node.inputs) {
    if (lowering.ConstantOf(id) != nullptr) {
      return lowering.Unsupported(node, "one of its inputs is constant");
    }
    VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
    const auto own = layout::AxesOfDims(image->layout, static_cast<int>(image->dims.size()));
    if (axes.empty() && own &&
        std::find(own->begin(), own->end(), static_cast<int>(axis)) != own->end()) {
      axes = *own;
    }
  }
  if (axes.empty()) axes = layout::LongAxes(dims);
  std::vector<Emitter::Node> parts;
  for (const FloatValueId id : node.inputs) {
    VOIZK_ASSIGN_OR_RETURN(Quantity part, lowering.SmallAs(id, axes));
    if (part.step != range.step) {
      std::vector<uint32_t> shape;
      shape.reserve(axes.size());
      for (const int a : axes) {
        shape.push_back(static_cast<uint32_t>(lowering.dims(id)[static_cast<size_t>(a)]));
      }
      VOIZK_ASSIGN_OR_RETURN(
          part, lowering.Round(LinearOf(part, std::move(shape)), range, lowering.NameOf(node)));
    }
    parts.push_back(part.node);
  }
  ModelAttributes attributes;
  attributes["axis"] = std::find(axes.begin(), axes.end(), static_cast<int>(axis)) - axes.begin();
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node joined,
      lowering.emitter().Add(lowering.NameOf(node), "concat", std::move(attributes), parts));
  lowering.SetSmall(out, layout::FromAxes(dims, axes), {joined, range.step});
  return {};
}

// Zeros around a value that is only added to others: no rounding.
Result<bool> Placing(const FloatNode& node, const std::vector<int64_t>& pads, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const FloatNode* const reader = lowering.OnlyReaderOf(out);
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const size_t rank = pads.size() / 2;
  size_t padded = rank;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (pads[axis] == 0 && pads[rank + axis] == 0) continue;
    if (padded != rank || pads[axis] < 0 || pads[rank + axis] < 0) return false;
    padded = axis;
  }
  if (reader == nullptr || reader->op != "Add" || padded == rank || !lowering.MayStayLinear(in) ||
      image->layout.axes[padded].size() != 1) {
    return false;
  }
  Placed placed{std::make_shared<const Linear>(*image->linear), image->layout.axes[padded][0],
                pads[padded], pads[rank + padded]};
  Linear linear{image->dims, {}, RealTensor::Scalar(0)};
  linear.dims[static_cast<size_t>(placed.axis)] = static_cast<uint32_t>(lowering.dims(out)[padded]);
  TensorLayout layout = WithLength(image->layout, padded, lowering.dims(out)[padded]);
  linear.terms.push_back({{}, std::move(placed)});
  lowering.SetLinear(out, std::move(layout), std::move(linear));
  return true;
}

Status Pad(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const std::string mode, StringAttribute(node, "mode", "constant"));
  VOIZK_ASSIGN_OR_RETURN(const auto pads, Integers(node, 1, "pads", {}, lowering));
  const size_t rank = lowering.dims(in).size();
  std::vector<int64_t> all(rank);
  for (size_t axis = 0; axis < rank; ++axis) all[axis] = static_cast<int64_t>(axis);
  VOIZK_ASSIGN_OR_RETURN(const auto axes, Integers(node, 3, "axes", all, lowering));
  double value = 0;
  if (node.inputs.size() > 2 && node.inputs[2] != kAbsentValue) {
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[2]);
    if (constant == nullptr) return lowering.Unsupported(node, "its value is not constant");
    value = constant->floats()[0];
  }
  const std::array<std::string_view, 3> modes{"constant", "reflect", "edge"};
  const auto kind = std::find(modes.begin(), modes.end(), mode) - modes.begin();
  if (kind == 3) return lowering.Unsupported(node, "mode " + mode);
  if (kind == 0 && value == 0 && axes == all) {
    VOIZK_ASSIGN_OR_RETURN(const bool placed, Placing(node, pads, lowering));
    if (placed) return {};
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  WholeAxis now{{small}, image->layout, 0};
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis =
        static_cast<size_t>(axes[i] < 0 ? axes[i] + static_cast<int64_t>(rank) : axes[i]);
    const int64_t before = pads[i], after = pads[axes.size() + i];
    if (before == 0 && after == 0) continue;
    if (before < 0 || after < 0) return lowering.Unsupported(node, "a negative pad");
    if (now.layout.axes[axis].size() != 1) {
      if (now.affine.quantity.node != small.node) {
        return lowering.Unsupported(node, "it pads an axis that a reshape has merged");
      }
      VOIZK_ASSIGN_OR_RETURN(now, RoundedWithWholeAxis(in, axis, lowering));
    }
    ModelAttributes attributes;
    attributes["axis"] = int64_t{now.layout.axes[axis][0]};
    attributes["before"] = before;
    attributes["after"] = after;
    attributes["mode"] = int64_t{kind};
    attributes["value"] = int64_t{std::lround(value / now.affine.quantity.step)};
    VOIZK_ASSIGN_OR_RETURN(
        now.affine.quantity.node,
        lowering.emitter().Add(lowering.NameOf(node), "pad", std::move(attributes),
                               std::array{now.affine.quantity.node}));
    now.layout = WithLength(std::move(now.layout), axis, lowering.dims(out)[axis]);
  }
  lowering.SetSmall(out, now.layout, now.affine.quantity);
  return {};
}

Status Gather(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  const FloatTensor* const indices = lowering.ConstantOf(node.inputs[1]);
  if (indices == nullptr) {
    const auto selection = lowering.SelectionOf(node.inputs[1]);
    if (!selection) return GatherByValue(node, lowering);
    VOIZK_ASSIGN_OR_RETURN(const int64_t along, IntAttribute(node, "axis", 0));
    return GatherBySelection(
        node, *selection,
        static_cast<size_t>(along < 0 ? along + static_cast<int64_t>(dims.size()) : along),
        lowering);
  }
  if (indices->rank() > 1) return lowering.Unsupported(node, "its indices have more than one axis");
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", 0));
  const auto axis =
      static_cast<size_t>(given < 0 ? given + static_cast<int64_t>(dims.size()) : given);
  VOIZK_ASSIGN_OR_RETURN(const WholeAxis whole, RoundedWithWholeAxis(in, axis, lowering));
  ModelAttributes attributes;
  attributes["axis"] = static_cast<int64_t>(whole.dim);
  std::vector<int64_t> list;
  for (const int64_t i : indices->ints()) list.push_back(i < 0 ? i + dims[axis] : i);
  attributes["indices"] = std::move(list);
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node gathered,
      lowering.emitter().Add(lowering.NameOf(node), "gather", std::move(attributes),
                             std::array{whole.affine.quantity.node}));
  TensorLayout layout = WithLength(whole.layout, axis, static_cast<int64_t>(indices->size()));
  if (indices->rank() == 0) {  // the axis goes
    layout.dims.erase(layout.dims.begin() + static_cast<ptrdiff_t>(axis));
    layout.axes.erase(layout.axes.begin() + static_cast<ptrdiff_t>(axis));
  }
  lowering.SetSmall(out, std::move(layout), {gathered, whole.affine.quantity.step});
  return {};
}

// Between floats: nothing.
Status Cast(const FloatNode& node, Lowering& lowering) {
  const FloatGraphValue& out = lowering.graph().values[node.outputs[0]];
  const FloatGraphValue& in = lowering.graph().values[node.inputs[0]];
  if (out.type != in.type && out.type != FloatType::kFloat) {
    return lowering.Unsupported(node, "a cast of reals to integers");
  }
  return Reshape(node, lowering);
}

constexpr LoweringEntry kMovingRules[] = {
    {"Cast", Cast},       {"Concat", Concat},       {"Flatten", Reshape},   {"Gather", Gather},
    {"Pad", Pad},         {"Reshape", Reshape},     {"Slice", Slice},       {"Split", Split},
    {"Squeeze", Reshape}, {"Transpose", Transpose}, {"Unsqueeze", Reshape},
};

}  // namespace

std::span<const LoweringEntry> MovingRules() { return kMovingRules; }

}  // namespace voizk
