// Convolutions and products with constant matrices: layers whose weights are public.
#include <algorithm>
#include <array>
#include <utility>

#include "network/model/convert.h"
#include "network/quantise/limb_input.h"
#include "network/quantise/lowering.h"

namespace voizk {

namespace {

// What ONNX's Conv says beside its weight.
struct ConvAttributes {
  std::vector<int64_t> stride, dilation, before, after;  // by spatial axis
  int64_t groups = 1;
};

Result<ConvAttributes> ReadConv(const FloatNode& node, const std::vector<int64_t>& x,
                                const std::vector<int64_t>& kernel) {
  const size_t spatial = kernel.size();
  ConvAttributes a;
  const std::vector<int64_t> ones(spatial, 1);
  VOIZK_ASSIGN_OR_RETURN(a.stride, IntsAttribute(node, "strides", ones));
  VOIZK_ASSIGN_OR_RETURN(a.dilation, IntsAttribute(node, "dilations", ones));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<int64_t> pads,
                         IntsAttribute(node, "pads", std::vector<int64_t>(2 * spatial, 0)));
  VOIZK_ASSIGN_OR_RETURN(const std::string automatic, StringAttribute(node, "auto_pad", "NOTSET"));
  VOIZK_ASSIGN_OR_RETURN(a.groups, IntAttribute(node, "group", 1));
  for (size_t d = 0; d < spatial; ++d) {
    a.before.push_back(pads[d]);
    a.after.push_back(pads[spatial + d]);
    if (automatic == "NOTSET") continue;
    a.before[d] = a.after[d] = 0;
    if (automatic == "VALID") continue;
    const int64_t length = x[2 + d], outputs = (length + a.stride[d] - 1) / a.stride[d];
    const int64_t pad = std::max<int64_t>(
        0, (outputs - 1) * a.stride[d] + (kernel[d] - 1) * a.dilation[d] + 1 - length);
    a.before[d] = automatic == "SAME_LOWER" ? pad - pad / 2 : pad / 2;
    a.after[d] = pad - a.before[d];
  }
  return a;
}

// [O][I][K...] as [O][K...][I].
std::vector<float> ChannelsLast(const FloatTensor& weight) {
  const auto outputs = static_cast<size_t>(weight.dims()[0]);
  const auto inputs = static_cast<size_t>(weight.dims()[1]);
  const size_t taps = weight.size() / (outputs * inputs);
  std::vector<float> out(weight.size());
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < inputs; ++i) {
      for (size_t k = 0; k < taps; ++k) {
        out[(o * taps + k) * inputs + i] = weight.floats()[(o * inputs + i) * taps + k];
      }
    }
  }
  return out;
}

RealTensor ByChannel(const FloatTensor* tensor, double factor = 1) {
  if (tensor == nullptr) return RealTensor::Scalar(0);
  RealTensor real;
  real.dims = {static_cast<uint32_t>(tensor->size())};
  for (const float v : tensor->floats()) real.values.push_back(v * factor);
  return real;
}

Result<const FloatTensor*> OptionalConstant(const FloatNode& node, size_t i, Lowering& lowering) {
  if (node.inputs.size() <= i || node.inputs[i] == kAbsentValue) return nullptr;
  const FloatTensor* const constant = lowering.ConstantOf(node.inputs[i]);
  if (constant == nullptr) return lowering.Unsupported(node, "its bias is not constant");
  return constant;
}

// The node's output: `linear`, which has its dims and constant, and the layer of what lies in
// these axes.
Status SetLayer(const FloatNode& node, FloatValueId input, std::span<const int> axes,
                LinearLayer layer, TensorLayout layout, Linear linear, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const auto limbs, LimbsOf(input, axes, lowering));
  if (limbs) {
    VOIZK_ASSIGN_OR_RETURN(linear, LayerOfLimbs(*limbs, std::move(layer), std::move(linear),
                                                lowering.RangeOf(out, lowering.bits()).step,
                                                lowering.NameOf(node), lowering));
  } else {
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.SmallAs(input, axes));
    linear.terms.push_back({small, std::move(layer)});
  }
  lowering.SetLinear(out, std::move(layout), std::move(linear));
  return {};
}

Status Conv(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const weight = lowering.ConstantOf(node.inputs[1]);
  if (weight == nullptr) return lowering.Unsupported(node, "its weights are not constant");
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* const bias, OptionalConstant(node, 2, lowering));
  const std::vector<int64_t> x = lowering.dims(node.inputs[0]);
  const std::vector<int64_t> y = lowering.dims(node.outputs[0]);
  const size_t spatial = x.size() - 2;
  if (spatial > 2 || x[0] != 1) {
    return lowering.Unsupported(node, "convolutions take one batch and one or two spatial axes");
  }
  const std::vector<int64_t> kernel(weight->dims().begin() + 2, weight->dims().end());
  VOIZK_ASSIGN_OR_RETURN(const ConvAttributes a, ReadConv(node, x, kernel));
  std::vector<int> axes{2};
  if (spatial == 2) axes.push_back(3);
  axes.push_back(1);
  LinearLayer layer;
  if (spatial == 1) {
    layer.op = "conv1d";
    layer.attributes["stride"] = a.stride[0];
    layer.attributes["dilation"] = a.dilation[0];
    layer.attributes["pad_left"] = a.before[0];
    layer.attributes["pad_right"] = a.after[0];
  } else {
    layer.op = "conv2d";
    layer.attributes["stride"] = a.stride;
    layer.attributes["dilation"] = a.dilation;
    layer.attributes["pad"] =
        std::vector<int64_t>{a.before[0], a.after[0], a.before[1], a.after[1]};
  }
  layer.attributes["groups"] = a.groups;
  layer.weight_dims = {static_cast<uint32_t>(weight->dims()[0])};
  for (const int64_t k : kernel) layer.weight_dims.push_back(static_cast<uint32_t>(k));
  layer.weight_dims.push_back(static_cast<uint32_t>(weight->dims()[1]));
  layer.weight = ChannelsLast(*weight);
  Linear linear;
  for (const int axis : axes) {
    linear.dims.push_back(static_cast<uint32_t>(y[static_cast<size_t>(axis)]));
  }
  linear.constant = ByChannel(bias);
  return SetLayer(node, node.inputs[0], axes, std::move(layer), layout::FromAxes(y, axes),
                  std::move(linear), lowering);
}

// x [.., n] times a constant [n][o] with element (i, j) at data[i * row + j * column].
struct Matrix {
  const FloatTensor* tensor;
  size_t inputs, outputs;
  bool transposed;  // [o][n]
  float at(size_t i, size_t j) const {
    return tensor->floats()[transposed ? j * inputs + i : i * outputs + j];
  }
};

// The last axis of x is multiplied; the axes before it are rows.
Status TimesMatrix(const FloatNode& node, FloatValueId id, const Matrix& matrix, double factor,
                   RealTensor constant, Lowering& lowering) {
  const std::vector<int64_t> x = lowering.dims(id), y = lowering.dims(node.outputs[0]);
  const int last = static_cast<int>(x.size()) - 1;
  std::vector<int> rows;
  for (int axis = 0; axis < last; ++axis) {
    if (x[static_cast<size_t>(axis)] != 1) rows.push_back(axis);
  }
  LinearLayer layer;
  std::vector<int> axes;
  Linear linear;
  linear.constant = std::move(constant);
  const auto outputs = static_cast<uint32_t>(matrix.outputs);
  layer.weight.resize(matrix.inputs * matrix.outputs);
  if (rows.empty()) {
    // A dense layer reads the tensor as it lies: the weights are put into its order.
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(id));
    VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
    const auto index = FloatIndices(image->layout, image->dims);
    for (size_t o = 0; o < matrix.outputs; ++o) {
      for (size_t i = 0; i < matrix.inputs; ++i) {
        layer.weight[o * matrix.inputs + i] = static_cast<float>(factor * matrix.at(index[i], o));
      }
    }
    layer.op = "dense";
    layer.weight_dims = {outputs, static_cast<uint32_t>(matrix.inputs)};
    linear.dims = {1, outputs};
    linear.terms.push_back({small, std::move(layer)});
    TensorLayout layout{y, std::vector<std::vector<int>>(y.size())};
    layout.axes.back() = {1};
    lowering.SetLinear(node.outputs[0], std::move(layout), std::move(linear));
    return {};
  }
  if (rows.size() > 1) {
    return lowering.Unsupported(node, "a constant matrix takes one axis of rows");
  }
  axes = {rows[0], last};
  for (size_t o = 0; o < matrix.outputs; ++o) {
    for (size_t i = 0; i < matrix.inputs; ++i) {
      layer.weight[o * matrix.inputs + i] = static_cast<float>(factor * matrix.at(i, o));
    }
  }
  layer.op = "conv1d";
  layer.attributes = {{"stride", int64_t{1}},
                      {"dilation", int64_t{1}},
                      {"pad_left", int64_t{0}},
                      {"pad_right", int64_t{0}},
                      {"groups", int64_t{1}}};
  layer.weight_dims = {outputs, 1, static_cast<uint32_t>(matrix.inputs)};
  linear.dims = {static_cast<uint32_t>(x[static_cast<size_t>(rows[0])]), outputs};
  const std::vector<int> out_axes{rows[0], static_cast<int>(y.size()) - 1};
  return SetLayer(node, id, axes, std::move(layer), layout::FromAxes(y, out_axes),
                  std::move(linear), lowering);
}

Status MatMul(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const matrix = lowering.ConstantOf(node.inputs[1]);
  if (matrix == nullptr || matrix->rank() != 2) return MatMulOfValues(node, lowering);
  return TimesMatrix(node, node.inputs[0],
                     {matrix, static_cast<size_t>(matrix->dims()[0]),
                      static_cast<size_t>(matrix->dims()[1]), false},
                     1, RealTensor::Scalar(0), lowering);
}

Status Gemm(const FloatNode& node, Lowering& lowering) {
  const FloatTensor* const matrix = lowering.ConstantOf(node.inputs[1]);
  if (matrix == nullptr) return lowering.Unsupported(node, "its second matrix is not constant");
  VOIZK_ASSIGN_OR_RETURN(const float alpha, RealAttribute(node, "alpha", 1));
  VOIZK_ASSIGN_OR_RETURN(const float beta, RealAttribute(node, "beta", 1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t first_transposed, IntAttribute(node, "transA", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t transposed, IntAttribute(node, "transB", 0));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* const bias, OptionalConstant(node, 2, lowering));
  if (first_transposed != 0) return lowering.Unsupported(node, "transA");
  const auto outputs = static_cast<size_t>(matrix->dims()[transposed != 0 ? 0 : 1]);
  if (bias != nullptr && bias->size() != 1 && bias->size() != outputs) {
    return lowering.Unsupported(node, "its bias differs from row to row");
  }
  return TimesMatrix(node, node.inputs[0],
                     {matrix, matrix->size() / outputs, outputs, transposed != 0}, alpha,
                     ByChannel(bias, beta), lowering);
}

constexpr LoweringEntry kRules[] = {{"Conv", Conv}, {"Gemm", Gemm}, {"MatMul", MatMul}};

}  // namespace

std::span<const LoweringEntry> LinearRules() { return kRules; }

}  // namespace voizk
