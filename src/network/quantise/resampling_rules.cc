// Transposed convolutions, and resizing by the nearest neighbour.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "network/float_operations/execute.h"
#include "network/quantise/lowering.h"

namespace voizk {

namespace {

// ONNX's [C][O / groups][K..] as [O][K..][C / groups].
std::vector<float> OutputsFirst(const FloatTensor& weight, size_t groups) {
  const auto inputs = static_cast<size_t>(weight.dims()[0]) / groups;  // of a group
  const auto outputs = static_cast<size_t>(weight.dims()[1]);          // of a group
  const size_t taps = weight.size() / (inputs * groups * outputs);
  std::vector<float> out(weight.size());
  for (size_t g = 0; g < groups; ++g) {
    for (size_t i = 0; i < inputs; ++i) {
      for (size_t o = 0; o < outputs; ++o) {
        for (size_t k = 0; k < taps; ++k) {
          out[((g * outputs + o) * taps + k) * inputs + i] =
              weight.floats()[((g * inputs + i) * outputs + o) * taps + k];
        }
      }
    }
  }
  return out;
}

Result<LinearLayer> TransposedLayer(const FloatNode& node, const FloatTensor& weight,
                                    Lowering& lowering) {
  const std::vector<int64_t>&x = lowering.dims(node.inputs[0]), &y = lowering.dims(node.outputs[0]);
  const size_t spatial = x.size() - 2;
  VOIZK_ASSIGN_OR_RETURN(const int64_t groups, IntAttribute(node, "group", 1));
  const std::vector<int64_t> ones(spatial, 1), zeros(spatial, 0);
  VOIZK_ASSIGN_OR_RETURN(const auto stride, IntsAttribute(node, "strides", ones));
  VOIZK_ASSIGN_OR_RETURN(const auto dilation, IntsAttribute(node, "dilations", ones));
  VOIZK_ASSIGN_OR_RETURN(const auto more, IntsAttribute(node, "output_padding", zeros));
  VOIZK_ASSIGN_OR_RETURN(const auto pads,
                         IntsAttribute(node, "pads", std::vector<int64_t>(2 * spatial, 0)));
  VOIZK_ASSIGN_OR_RETURN(const std::string automatic, StringAttribute(node, "auto_pad", "NOTSET"));
  if (automatic != "NOTSET" || node.attributes.find("output_shape") != node.attributes.end()) {
    return lowering.Unsupported(node, "pads that follow from a shape");
  }
  LinearLayer layer;
  layer.op = spatial == 1 ? "conv_transpose1d" : "conv_transpose2d";
  std::vector<int64_t> cut;
  for (size_t d = 0; d < spatial; ++d) {
    cut.insert(cut.end(), {pads[d], pads[spatial + d]});
    const int64_t length = (x[2 + d] - 1) * stride[d] + (weight.dims()[2 + d] - 1) * dilation[d] +
                           1 - pads[d] - pads[spatial + d] + more[d];
    if (length != y[2 + d]) return lowering.Unsupported(node, "its length");
  }
  layer.attributes = {
      {"stride", stride}, {"dilation", dilation}, {"output_pad", more}, {"pad", cut}};
  layer.attributes["groups"] = groups;
  layer.weight_dims = {static_cast<uint32_t>(y[1])};
  for (size_t d = 0; d < spatial; ++d) {
    layer.weight_dims.push_back(static_cast<uint32_t>(weight.dims()[2 + d]));
  }
  layer.weight_dims.push_back(static_cast<uint32_t>(weight.dims()[0] / groups));
  layer.weight = OutputsFirst(weight, static_cast<size_t>(groups));
  return layer;
}

Status ConvTranspose(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const weight = lowering.ConstantOf(node.inputs[1]);
  const std::vector<int64_t>&x = lowering.dims(node.inputs[0]), &y = lowering.dims(node.outputs[0]);
  if (weight == nullptr) return lowering.Unsupported(node, "its weights are not constant");
  if (x.size() < 3 || x.size() > 4 || x[0] != 1) {
    return lowering.Unsupported(node, "convolutions take one batch and one or two spatial axes");
  }
  VOIZK_ASSIGN_OR_RETURN(LinearLayer layer, TransposedLayer(node, *weight, lowering));
  std::vector<int> axes{2};
  if (x.size() == 4) axes.push_back(3);
  axes.push_back(1);
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.SmallAs(node.inputs[0], axes));
  Linear linear;
  for (const int axis : axes) {
    linear.dims.push_back(static_cast<uint32_t>(y[static_cast<size_t>(axis)]));
  }
  if (node.inputs.size() > 2 && node.inputs[2] != kAbsentValue) {
    const FloatTensor* const bias = lowering.ConstantOf(node.inputs[2]);
    if (bias == nullptr) return lowering.Unsupported(node, "its bias is not constant");
    linear.constant.dims = {static_cast<uint32_t>(bias->size())};
    linear.constant.values.assign(bias->floats().begin(), bias->floats().end());
  }
  linear.terms.push_back({small, std::move(layer)});
  lowering.SetLinear(node.outputs[0], layout::FromAxes(y, axes), std::move(linear));
  return {};
}

// Which index of an axis each output shows: what the float operation makes of the indices.
Result<std::vector<int64_t>> IndicesOf(const FloatNode& node, size_t axis, Lowering& lowering) {
  const std::vector<int64_t>&x = lowering.dims(node.inputs[0]), &y = lowering.dims(node.outputs[0]);
  FloatGraph graph;
  graph.opset = lowering.graph().opset;
  const FloatValueId in = graph.AddValue("x");
  graph.values[in].dims = x;
  graph.values[in].type = FloatType::kFloat;
  graph.inputs = {in};
  FloatNode resize = node;
  resize.inputs = {in};
  for (size_t k = 1; k < node.inputs.size(); ++k) {
    const FloatTensor* const constant = lowering.ConstantOf(node.inputs[k]);
    if (node.inputs[k] != kAbsentValue && constant == nullptr) {
      return lowering.Unsupported(node, "its size is not constant");
    }
    resize.inputs.push_back(
        constant == nullptr
            ? kAbsentValue
            : graph.AddConstant(std::string("c").append(std::to_string(k)), *constant));
  }
  resize.outputs = {graph.AddValue("y")};
  graph.nodes = {resize};
  graph.outputs = resize.outputs;
  size_t inner = 1, outer_inner = 1;
  for (size_t d = axis + 1; d < x.size(); ++d) {
    inner *= static_cast<size_t>(x[d]);
    outer_inner *= static_cast<size_t>(y[d]);
  }
  std::vector<float> indices(static_cast<size_t>(*ElementCount(x)));
  for (size_t i = 0; i < indices.size(); ++i) {
    indices[i] = static_cast<float>(i / inner % static_cast<size_t>(x[axis]));
  }
  const FloatTensor given(x, std::move(indices));
  VOIZK_ASSIGN_OR_RETURN(const auto made, Execute(graph, std::array{given}));
  std::vector<int64_t> result;
  for (int64_t i = 0; i < y[axis]; ++i) {
    result.push_back(static_cast<int64_t>(made[0].floats()[static_cast<size_t>(i) * outer_inner]));
  }
  return result;
}

Status Resize(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>&x = lowering.dims(in), &y = lowering.dims(out);
  std::vector<int> axes = layout::LongAxes(y);
  if (x.size() >= 3 && x.size() <= 4 && x[0] == 1) {
    axes = x.size() == 3 ? std::vector<int>{2, 1} : std::vector<int>{2, 3, 1};
  }
  VOIZK_ASSIGN_OR_RETURN(Quantity q, lowering.SmallAs(in, axes));
  for (size_t dim = 0; dim < axes.size(); ++dim) {
    const auto axis = static_cast<size_t>(axes[dim]);
    if (x[axis] == y[axis]) continue;
    VOIZK_ASSIGN_OR_RETURN(std::vector<int64_t> indices, IndicesOf(node, axis, lowering));
    ModelAttributes attributes;
    attributes["axis"] = static_cast<int64_t>(dim);
    attributes["indices"] = std::move(indices);
    VOIZK_ASSIGN_OR_RETURN(
        q.node, lowering.emitter().Add(lowering.NameOf(node), "gather", std::move(attributes),
                                       std::array{q.node}));
  }
  lowering.SetSmall(out, layout::FromAxes(y, axes), q);
  return {};
}

constexpr LoweringEntry kResamplingRules[] = {{"ConvTranspose", ConvTranspose}, {"Resize", Resize}};

}  // namespace

std::span<const LoweringEntry> ResamplingRules() { return kResamplingRules; }

}  // namespace voizk
