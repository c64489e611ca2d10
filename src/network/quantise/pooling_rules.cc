// Pooling: maxima, and means as sums whose divisor goes into the next rounding.
#include <algorithm>
#include <array>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

struct Windows {
  std::vector<int64_t> size, stride, before, after;
};

Result<Windows> ReadWindows(const FloatNode& node, const Lowering& lowering) {
  const std::vector<int64_t>& x = lowering.dims(node.inputs[0]);
  const size_t spatial = x.size() - 2;
  if (spatial < 1 || spatial > 2 || x[0] != 1) {
    return lowering.Unsupported(node, "pooling takes one batch and one or two spatial axes");
  }
  Windows w;
  VOIZK_ASSIGN_OR_RETURN(w.size, IntsAttribute(node, "kernel_shape", {}));
  VOIZK_ASSIGN_OR_RETURN(w.stride,
                         IntsAttribute(node, "strides", std::vector<int64_t>(spatial, 1)));
  VOIZK_ASSIGN_OR_RETURN(const auto pads,
                         IntsAttribute(node, "pads", std::vector<int64_t>(2 * spatial, 0)));
  VOIZK_ASSIGN_OR_RETURN(const auto dilations,
                         IntsAttribute(node, "dilations", std::vector<int64_t>(spatial, 1)));
  VOIZK_ASSIGN_OR_RETURN(const std::string automatic, StringAttribute(node, "auto_pad", "NOTSET"));
  if (automatic != "NOTSET" && automatic != "VALID") {
    return lowering.Unsupported(node, "auto_pad " + automatic);
  }
  if (std::any_of(dilations.begin(), dilations.end(), [](int64_t d) { return d != 1; })) {
    return lowering.Unsupported(node, "dilated windows");
  }
  w.before.assign(pads.begin(), pads.begin() + static_cast<ptrdiff_t>(spatial));
  w.after.assign(pads.begin() + static_cast<ptrdiff_t>(spatial), pads.end());
  return w;
}

// Whether a last, incomplete window is counted (ceil_mode): nobody here makes one.
bool HasWholeWindows(const FloatNode& node, const Windows& w, const Lowering& lowering) {
  const std::vector<int64_t>&x = lowering.dims(node.inputs[0]), &y = lowering.dims(node.outputs[0]);
  for (size_t d = 0; d < w.size.size(); ++d) {
    const int64_t length = x[2 + d] + w.before[d] + w.after[d];
    if (y[2 + d] != (length - w.size[d]) / w.stride[d] + 1) return false;
  }
  return true;
}

std::vector<int> ImageAxes(size_t spatial) {
  return spatial == 1 ? std::vector<int>{2, 1} : std::vector<int>{2, 3, 1};
}

std::vector<uint32_t> DimsOf(const std::vector<int64_t>& dims, const std::vector<int>& axes) {
  std::vector<uint32_t> out;
  out.reserve(axes.size());
  for (const int axis : axes) {
    out.push_back(static_cast<uint32_t>(dims[static_cast<size_t>(axis)]));
  }
  return out;
}

Status MaxPool(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Windows w, ReadWindows(node, lowering));
  if (!HasWholeWindows(node, w, lowering)) {
    return lowering.Unsupported(node, "ceil_mode with an incomplete window");
  }
  const size_t spatial = w.size.size();
  const std::vector<int> axes = ImageAxes(spatial);
  VOIZK_ASSIGN_OR_RETURN(Quantity x, lowering.SmallAs(node.inputs[0], axes));
  for (size_t d = 0; d < spatial; ++d) {
    if (w.before[d] == 0 && w.after[d] == 0) continue;
    ModelAttributes pad;
    pad["axis"] = static_cast<int64_t>(d);
    pad["before"] = w.before[d];
    pad["after"] = w.after[d];
    pad["value"] = lowering.emitter().range(x.node).lo;  // never above a true value
    VOIZK_ASSIGN_OR_RETURN(x.node, lowering.emitter().Add(lowering.NameOf(node), "pad",
                                                          std::move(pad), std::array{x.node}));
  }
  ModelAttributes attributes;
  if (spatial == 1) {
    attributes["size"] = w.size[0];
    attributes["stride"] = w.stride[0];
  } else {
    attributes["size"] = w.size;
    attributes["stride"] = w.stride;
  }
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node pooled,
      lowering.emitter().Add(lowering.NameOf(node), spatial == 1 ? "maxpool1d" : "maxpool2d",
                             std::move(attributes), std::array{x.node}));
  lowering.SetSmall(out, layout::FromAxes(lowering.dims(out), axes), {pooled, x.step});
  return {};
}

// A mean over windows is a depthwise convolution.
Status AveragePool(const FloatNode& node, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Windows w, ReadWindows(node, lowering));
  VOIZK_ASSIGN_OR_RETURN(const int64_t with_pad, IntAttribute(node, "count_include_pad", 0));
  const bool padded = std::any_of(w.before.begin(), w.before.end(), [](int64_t p) { return p; }) ||
                      std::any_of(w.after.begin(), w.after.end(), [](int64_t p) { return p; });
  if (!HasWholeWindows(node, w, lowering) || (padded && with_pad == 0)) {
    return lowering.Unsupported(node, "windows of different numbers of values");
  }
  const size_t spatial = w.size.size();
  const std::vector<int> axes = ImageAxes(spatial);
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.SmallAs(node.inputs[0], axes));
  const auto channels = static_cast<uint32_t>(lowering.dims(out)[1]);
  LinearLayer layer;
  layer.op = spatial == 1 ? "conv1d" : "conv2d";
  layer.weight_dims = {channels};
  int64_t taps = 1;
  for (const int64_t size : w.size) {
    layer.weight_dims.push_back(static_cast<uint32_t>(size));
    taps *= size;
  }
  layer.weight_dims.push_back(1);
  layer.weight.assign(static_cast<size_t>(taps) * channels, 1 / static_cast<float>(taps));
  layer.attributes["groups"] = int64_t{channels};
  if (spatial == 1) {
    layer.attributes["stride"] = w.stride[0];
    layer.attributes["dilation"] = int64_t{1};
    layer.attributes["pad_left"] = w.before[0];
    layer.attributes["pad_right"] = w.after[0];
  } else {
    layer.attributes["stride"] = w.stride;
    layer.attributes["dilation"] = std::vector<int64_t>{1, 1};
    layer.attributes["pad"] =
        std::vector<int64_t>{w.before[0], w.after[0], w.before[1], w.after[1]};
  }
  Linear linear;
  linear.dims = DimsOf(lowering.dims(out), axes);
  linear.terms.push_back({x, std::move(layer)});
  lowering.SetLinear(out, layout::FromAxes(lowering.dims(out), axes), std::move(linear));
  return {};
}

constexpr LoweringEntry kPoolingRules[] = {{"AveragePool", AveragePool}, {"MaxPool", MaxPool}};

}  // namespace

std::span<const LoweringEntry> PoolingRules() { return kPoolingRules; }

}  // namespace voizk
