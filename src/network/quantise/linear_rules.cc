// Convolutions and products with constant matrices: layers whose weights are public.
#include <algorithm>
#include <array>
#include <cmath>
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

// What an input of these channels counts in the layer's weights.
void TakeFactor(const RealTensor& factor, int64_t groups, LinearLayer* layer) {
  if (factor.is_scalar() && factor.values[0] == 1) return;
  const size_t outputs = layer->weight_dims[0], inputs = layer->weight_dims.back();
  const size_t per_output = layer->weight.size() / outputs;
  for (size_t k = 0; k < layer->weight.size(); ++k) {
    const size_t group = k / per_output * static_cast<size_t>(groups) / outputs;
    const size_t channel = group * inputs + k % inputs;
    layer->weight[k] =
        static_cast<float>(layer->weight[k] * factor.values[factor.is_scalar() ? 0 : channel]);
  }
}

// What a convolution makes of an input that is this constant everywhere but in its padding; `in`
// and `out` are the lengths of the spatial axes.
RealTensor OfConstant(const LinearLayer& layer, const ConvAttributes& a, const RealTensor& constant,
                      std::span<const uint32_t> in, std::span<const uint32_t> out) {
  if (constant.max_abs() == 0) return RealTensor::Scalar(0);
  const size_t spatial = in.size(), outputs = layer.weight_dims[0];
  const size_t inputs = layer.weight_dims.back();
  const size_t taps = layer.weight.size() / outputs / inputs;
  std::vector<double> by_tap(taps * outputs, 0);  // [taps][outputs]
  for (size_t o = 0; o < outputs; ++o) {
    const size_t group = o * static_cast<size_t>(a.groups) / outputs;
    for (size_t j = 0; j < taps; ++j) {
      for (size_t i = 0; i < inputs; ++i) {
        by_tap[j * outputs + o] += double{layer.weight[(o * taps + j) * inputs + i]} *
                                   constant.values[constant.is_scalar() ? 0 : group * inputs + i];
      }
    }
  }
  // Whether tap j of an axis reads the input at output t.
  const auto reads = [&](size_t d, int64_t t, int64_t j) {
    const int64_t at = t * a.stride[d] + j * a.dilation[d] - a.before[d];
    return at >= 0 && at < int64_t{in[d]};
  };
  bool padded = false;
  for (size_t d = 0; d < spatial; ++d) {
    padded |= !reads(d, 0, 0) || !reads(d, out[d] - 1, layer.weight_dims[1 + d] - 1);
  }
  RealTensor sum;
  if (padded) sum.dims.assign(out.begin(), out.end());
  sum.dims.push_back(static_cast<uint32_t>(outputs));
  const int64_t height = padded ? out[0] : 1, width = padded && spatial == 2 ? out[1] : 1;
  const int64_t columns = spatial == 2 ? layer.weight_dims[2] : 1;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      std::vector<double> here(outputs, 0);
      for (size_t j = 0; j < taps; ++j) {
        const int64_t row = static_cast<int64_t>(j) / columns;
        const int64_t column = static_cast<int64_t>(j) % columns;
        if (padded && (!reads(0, y, row) || (spatial == 2 && !reads(1, x, column)))) continue;
        for (size_t o = 0; o < outputs; ++o) here[o] += by_tap[j * outputs + o];
      }
      sum.values.insert(sum.values.end(), here.begin(), here.end());
    }
  }
  return sum;
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

// The node's output: `linear`, which has its dims and constant, and the layer of what is read in
// limbs.
Status SetLayerOfLimbs(const FloatNode& node, const LimbInput& limbs, LinearLayer layer,
                       TensorLayout layout, Linear linear, Lowering& lowering) {
  const FloatValueId out = node.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(linear, LayerOfLimbs(limbs, std::move(layer), std::move(linear), out,
                                              lowering.NameOf(node), lowering));
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
  VOIZK_ASSIGN_OR_RETURN(auto limbs, LimbsOf(node.inputs[0], axes, lowering));
  if (!limbs && lowering.is_precise(node.outputs[0])) {
    VOIZK_ASSIGN_OR_RETURN(limbs, LimbsOfTensor(node.inputs[0], axes, layer, lowering));
  }
  if (limbs) {
    linear.constant = ByChannel(bias);
    return SetLayerOfLimbs(node, *limbs, std::move(layer), layout::FromAxes(y, axes),
                           std::move(linear), lowering);
  }
  VOIZK_ASSIGN_OR_RETURN(const AffineImage input, lowering.AffineAs(node.inputs[0], axes));
  std::vector<uint32_t> lengths;
  for (size_t d = 0; d < spatial; ++d) lengths.push_back(static_cast<uint32_t>(x[2 + d]));
  linear.constant =
      Plus(OfConstant(layer, a, input.constant, lengths, std::span(linear.dims).first(spatial)),
           ByChannel(bias));
  TakeFactor(input.factor, a.groups, &layer);
  linear.terms.push_back({input.quantity, std::move(layer)});
  lowering.SetLinear(node.outputs[0], layout::FromAxes(y, axes), std::move(linear));
  return {};
}

// What a matrix makes of a constant per channel; [outputs].
RealTensor OfConstant(const LinearLayer& layer, const RealTensor& constant) {
  if (constant.max_abs() == 0) return RealTensor::Scalar(0);
  const size_t outputs = layer.weight_dims[0], inputs = layer.weight.size() / outputs;
  const size_t channels = constant.values.size();
  RealTensor sum;
  sum.dims = {static_cast<uint32_t>(outputs)};
  for (size_t o = 0; o < outputs; ++o) {
    double here = 0;
    for (size_t i = 0; i < inputs; ++i) {
      here += double{layer.weight[o * inputs + i]} * constant.values[i % channels];
    }
    sum.values.push_back(here);
  }
  return sum;
}
// The same for a factor, which goes into the weights.
void TakeFactor(const RealTensor& factor, LinearLayer* layer) {
  const size_t channels = factor.values.size();
  const size_t inputs = layer->weight.size() / layer->weight_dims[0];
  for (size_t k = 0; k < layer->weight.size(); ++k) {
    layer->weight[k] = static_cast<float>(layer->weight[k] * factor.values[k % inputs % channels]);
  }
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

// x = factor * q + constant along the last dim, q an integer tensor of few bits: a normalised
// value.
struct ScaledTensor {
  Quantity tensor;
  RealTensor factor, constant;
};

// Whether a rounding of x times the matrix has a table of a size that is shared: all values of x at
// their certified largest at once are far beyond what occurs.
bool HasTable(const ScaledTensor& x, const Matrix& matrix, FloatValueId out, Lowering& lowering) {
  constexpr double kMostRows = 1 << 15;  // each side of 0, as a requantisation's
  const Interval range = lowering.emitter().range(x.tensor.node);
  const double reach =
      x.tensor.step * static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi)));
  double most = 0;
  for (size_t o = 0; o < matrix.outputs; ++o) {
    double sum = 0;
    for (size_t i = 0; i < matrix.inputs; ++i) {
      sum += std::abs(matrix.at(i, o) * x.factor.values[x.factor.is_scalar() ? 0 : i]);
    }
    most = std::max(most, sum);
  }
  const int bits = lowering.FeedsTable(out) ? 10 : lowering.bits();
  return most * reach <= kMostRows * ChooseRange(lowering.statistics(out), bits).step;
}

// The value as that, with these axes as dims; then weights take factor and constant, and it is not
// rounded for them.
std::optional<ScaledTensor> AsScaledTensor(FloatValueId id, const std::vector<int>& axes,
                                           Lowering& lowering) {
  constexpr int64_t kMost = 1 << 12;
  const auto image = lowering.ImageOf(id);
  if (!image.ok() || !(*image)->linear) return std::nullopt;
  const Linear& linear = *(*image)->linear;
  const auto order = layout::AxesOfDims((*image)->layout, static_cast<int>((*image)->dims.size()));
  if (order != axes || linear.terms.size() != 1) return std::nullopt;
  const auto* const scaling = std::get_if<Scaling>(&linear.terms[0].map);
  if (scaling == nullptr || !scaling->factor.is_by_channel() || !linear.constant.is_by_channel()) {
    return std::nullopt;
  }
  const Quantity& tensor = linear.terms[0].input;
  const Interval range = lowering.emitter().range(tensor.node);
  const auto dims = lowering.emitter().dims(tensor.node);
  if (range.lo < -kMost || range.hi > kMost ||
      !std::equal(dims.begin(), dims.end(), linear.dims.begin(), linear.dims.end())) {
    return std::nullopt;
  }
  return ScaledTensor{tensor, scaling->factor, linear.constant};
}

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
    VOIZK_ASSIGN_OR_RETURN(const AffineImage input, lowering.Affine(id));
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
    if (image->dims.size() == 3) linear.dims = {1, 1, outputs};  // as the operation's shape rule
    linear.constant = Plus(linear.constant, OfConstant(layer, input.constant));
    TakeFactor(input.factor, &layer);
    linear.terms.push_back({input.quantity, std::move(layer)});
    TensorLayout layout{y, std::vector<std::vector<int>>(y.size())};
    layout.axes.back() = {static_cast<int>(linear.dims.size()) - 1};
    // Axes of length 1 are the dims of length 1, if there are as many: a sum of two stays linear.
    for (size_t d = 0; d + 1 < linear.dims.size() && y.size() >= linear.dims.size(); ++d) {
      layout.axes[y.size() - linear.dims.size() + d] = {static_cast<int>(d)};
    }
    lowering.SetLinear(node.outputs[0], std::move(layout), std::move(linear));
    return {};
  }
  if (rows.size() > 1) {
    return lowering.Unsupported(node, "a constant matrix takes one axis of rows");
  }
  axes = {rows[0], last};
  VOIZK_ASSIGN_OR_RETURN(const auto limbs, LimbsOf(id, axes, lowering));
  std::optional<ScaledTensor> input;
  if (limbs) {  // they have factors of their own
    input = ScaledTensor{{}, RealTensor::Scalar(1), RealTensor::Scalar(0)};
  } else {
    input = AsScaledTensor(id, axes, lowering);
    if (!input || !HasTable(*input, matrix, node.outputs[0], lowering)) {
      VOIZK_ASSIGN_OR_RETURN(AffineImage affine, lowering.AffineAs(id, axes));
      input = ScaledTensor{affine.quantity, std::move(affine.factor), std::move(affine.constant)};
    }
  }
  RealTensor shift;
  shift.dims = {outputs};
  shift.values.assign(matrix.outputs, 0);
  for (size_t o = 0; o < matrix.outputs; ++o) {
    for (size_t i = 0; i < matrix.inputs; ++i) {
      const double weight = factor * matrix.at(i, o);
      layer.weight[o * matrix.inputs + i] =
          static_cast<float>(weight * input->factor.values[input->factor.is_scalar() ? 0 : i]);
      shift.values[o] += weight * input->constant.values[input->constant.is_scalar() ? 0 : i];
    }
  }
  linear.constant = Plus(linear.constant, shift);
  layer.op = "conv1d";
  layer.attributes = {{"stride", int64_t{1}},
                      {"dilation", int64_t{1}},
                      {"pad_left", int64_t{0}},
                      {"pad_right", int64_t{0}},
                      {"groups", int64_t{1}}};
  layer.weight_dims = {outputs, 1, static_cast<uint32_t>(matrix.inputs)};
  linear.dims = {static_cast<uint32_t>(x[static_cast<size_t>(rows[0])]), outputs};
  const std::vector<int> out_axes{rows[0], static_cast<int>(y.size()) - 1};
  TensorLayout out_layout = layout::FromAxes(y, out_axes);
  if (limbs) {
    return SetLayerOfLimbs(node, *limbs, std::move(layer), std::move(out_layout), std::move(linear),
                           lowering);
  }
  linear.terms.push_back({input->tensor, std::move(layer)});
  lowering.SetLinear(node.outputs[0], std::move(out_layout), std::move(linear));
  return {};
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

constexpr LoweringEntry kLinearRules[] = {{"Conv", Conv}, {"Gemm", Gemm}, {"MatMul", MatMul}};

}  // namespace

std::span<const LoweringEntry> LinearRules() { return kLinearRules; }

}  // namespace voizk
