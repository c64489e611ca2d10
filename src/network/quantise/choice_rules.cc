// Values that are numbers of places: rows of a constant that an input names, and the place of the
// largest.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

size_t AxisOf(int64_t axis, size_t rank) {
  return static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
}

// What passes integers on as they are.
bool KeepsIntegers(std::string_view op) {
  constexpr std::string_view kOps[] = {"Cast",      "Flatten",  "Gather",  "Identity",
                                       "Reshape",   "Slice",    "Squeeze", "Transpose",
                                       "Unsqueeze", "CastLike", "Split"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

// The first place of the largest along an axis.
Status ArgMax(const FloatNode& node, Lowering& lowering) {
  constexpr int kBits = 14;  // more than others: a tie of rounded values would choose the first
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t last, IntAttribute(node, "select_last_index", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t keep, IntAttribute(node, "keepdims", 1));
  if (last != 0) return lowering.Unsupported(node, "select_last_index");
  const size_t axis = AxisOf(given, dims.size());
  if (dims[axis] == 1) return lowering.Unsupported(node, "the axis has one place");
  std::vector<int> axes;
  for (const int a : layout::LongAxes(dims)) {
    if (a != static_cast<int>(axis)) axes.push_back(a);
  }
  const bool one_row = axes.empty();
  std::vector<int> order = axes;
  order.push_back(static_cast<int>(axis));
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  VOIZK_ASSIGN_OR_RETURN(
      Quantity x,
      lowering.Round(linear, ChooseRange(lowering.statistics(in), kBits), lowering.NameOf(node)));
  VOIZK_ASSIGN_OR_RETURN(x, lowering.Rearranged(x, TensorLayout(image->layout), order));
  if (one_row) {
    ModelAttributes attributes;
    attributes["dims"] = std::vector<int64_t>{1, dims[axis]};
    VOIZK_ASSIGN_OR_RETURN(
        x.node, lowering.emitter().Add(lowering.NameOf(node), "reshape", std::move(attributes),
                                       std::array{x.node}));
  }
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node place,
      lowering.emitter().Add(lowering.NameOf(node), "argmax", {}, std::array{x.node}));
  // Axes of the result: without the chosen one, unless it is kept.
  TensorLayout layout = layout::FromAxes(dims, axes);
  layout.dims[axis] = 1;
  if (keep == 0) {
    layout.dims.erase(layout.dims.begin() + static_cast<ptrdiff_t>(axis));
    layout.axes.erase(layout.axes.begin() + static_cast<ptrdiff_t>(axis));
  }
  lowering.SetSmall(out, std::move(layout), {place, 1});
  return {};
}

constexpr LoweringEntry kChoiceRules[] = {{"ArgMax", ArgMax}};

}  // namespace

std::span<const LoweringEntry> ChoiceRules() { return kChoiceRules; }

Result<IntegerRange> TokenRange(const FloatGraph& graph, FloatValueId input) {
  std::vector<bool> reached(graph.values.size(), false);
  reached[input] = true;
  IntegerRange range;
  range.hi = -1;
  for (const FloatNode& node : graph.nodes) {  // sorted: writers before readers
    const auto reads = [&](size_t i) {
      return node.inputs.size() > i && node.inputs[i] != kAbsentValue && reached[node.inputs[i]];
    };
    if (node.op == "Gather" && reads(1)) {
      if (const FloatTensor* const rows = graph.ConstantOf(node.inputs[0])) {
        VOIZK_ASSIGN_OR_RETURN(const int64_t axis, IntAttribute(node, "axis", 0));
        const int64_t most = rows->dims()[AxisOf(axis, rows->rank())] - 1;
        range.hi = range.hi < 0 ? most : std::min(range.hi, most);
      }
    } else if (reads(0) && KeepsIntegers(node.op)) {
      for (const FloatValueId id : node.outputs) {
        if (id != kAbsentValue) reached[id] = true;
      }
    }
  }
  if (range.hi >= 0) return range;
  return {ErrorCode::kUnsupported, "input '" + graph.values[input].name +
                                       "' is of integers that name no rows of a constant: give it "
                                       "a value"};
}

Status GatherByValue(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  const FloatTensor* const rows = lowering.ConstantOf(node.inputs[0]);
  if (rows == nullptr || !rows->is_float()) {
    return lowering.Unsupported(node, "indices by value into what is no constant");
  }
  VOIZK_ASSIGN_OR_RETURN(const int64_t axis, IntAttribute(node, "axis", 0));
  if (AxisOf(axis, rows->rank()) != 0) {
    return lowering.Unsupported(node, "indices by value of an axis that is not the first");
  }
  const std::vector<int64_t>& dims = lowering.dims(out);
  const size_t index_rank = lowering.dims(node.inputs[1]).size();
  std::vector<int> places, channels;  // long axes of the result
  for (const int a : layout::LongAxes(dims)) {
    (static_cast<size_t>(a) < index_rank ? places : channels).push_back(a);
  }
  if (places.size() > 1 || channels.size() > 1) {
    return lowering.Unsupported(node, "indices by value of more than one axis, or rows of several");
  }
  if (places.empty()) {  // one index: any axis before the channels is the tensor's first
    if (index_rank == 0 && dims.empty()) return lowering.Unsupported(node, "a single number");
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity index, lowering.SmallAs(node.inputs[1], places));
  const auto length =
      static_cast<uint32_t>(places.empty() ? 1 : dims[static_cast<size_t>(places[0])]);
  Emitter::Node x = index.node;
  if (lowering.emitter().dims(x).size() != 1) {
    ModelAttributes attributes;
    attributes["dims"] = std::vector<int64_t>{length};
    VOIZK_ASSIGN_OR_RETURN(x, lowering.emitter().Add(lowering.NameOf(node), "reshape",
                                                     std::move(attributes), std::array{x}));
  }
  const auto depth = static_cast<uint32_t>(rows->dims()[0]);
  const auto width = static_cast<uint32_t>(rows->size() / depth);
  ModelAttributes attributes;
  attributes["depth"] = int64_t{depth};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node chosen,
                         lowering.emitter().Add(lowering.NameOf(node), "one_hot",
                                                std::move(attributes), std::array{x}));
  LinearLayer layer;
  layer.op = "conv1d";
  layer.attributes = {{"stride", int64_t{1}},
                      {"dilation", int64_t{1}},
                      {"pad_left", int64_t{0}},
                      {"pad_right", int64_t{0}},
                      {"groups", int64_t{1}}};
  layer.weight_dims = {width, 1, depth};
  layer.weight.resize(rows->size());
  for (size_t v = 0; v < depth; ++v) {
    for (size_t c = 0; c < width; ++c) layer.weight[c * depth + v] = rows->floats()[v * width + c];
  }
  Linear linear;
  linear.dims = {length, width};
  linear.terms.push_back({{chosen, 1}, std::move(layer)});
  TensorLayout layout{dims, std::vector<std::vector<int>>(dims.size())};
  if (!places.empty()) layout.axes[static_cast<size_t>(places[0])] = {0};
  if (!channels.empty()) layout.axes[static_cast<size_t>(channels[0])] = {1};
  lowering.SetLinear(out, std::move(layout), std::move(linear));
  return {};
}

}  // namespace voizk
