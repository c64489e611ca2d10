#include "network/specialise/merge.h"

#include <algorithm>
#include <cmath>

#include "network/float_operations/strided.h"
#include "network/specialise/patterns.h"

namespace voizk {

namespace {

constexpr int64_t kMaxAffineConstant = 1 << 20;  // of a merged factor or summand

int64_t SizeOfAll(const Dims& dims) { return float_op::DimsProduct(dims, 0, dims.size()); }

// x * scale + shift, both broadcast to x.
struct AffineForm {
  FloatValueId x;
  FloatTensor scale, shift;
};

FloatTensor Mapped(FloatTensor t, double factor, bool invert) {
  for (float& v : t.floats()) {
    const auto real = static_cast<double>(v);
    v = static_cast<float>(invert ? 1.0 / real : factor * real);
  }
  return t;
}

// Does t broadcast to dims without making them more?
bool Fits(const FloatTensor* t, const Dims& dims) {
  return t && t->is_float() && float_op::BroadcastDims(t->dims(), dims) == dims;
}

std::optional<AffineForm> AffineOf(const GraphEditor& graph, size_t n) {
  const FloatNode& node = graph.node(n);
  if (node.inputs.empty() || node.outputs.size() != 1 || !graph.IsFloat(node.outputs[0])) {
    return std::nullopt;
  }
  const Dims& dims = graph.DimsOf(node.outputs[0]);
  const FloatTensor one = FloatTensor::Scalar(1.0f);
  const FloatTensor zero = FloatTensor::Scalar(0.0f);
  if (node.op == "Neg") return AffineForm{node.inputs[0], FloatTensor::Scalar(-1.0f), zero};
  if (node.op == "Affine") {
    const FloatTensor* scale = graph.ConstantOf(node.inputs[1]);
    const FloatTensor* shift = graph.ConstantOf(node.inputs[2]);
    if (!Fits(scale, dims) || !Fits(shift, dims)) return std::nullopt;
    return AffineForm{node.inputs[0], *scale, *shift};
  }
  for (size_t k = 0; k < 2 && node.inputs.size() == 2; ++k) {
    const FloatValueId x = node.inputs[1 - k];
    const FloatTensor* c = graph.ConstantOf(node.inputs[k]);
    if (graph.ConstantOf(x) || !Fits(c, dims) || graph.DimsOf(x) != dims) continue;
    if (node.op == "Mul") return AffineForm{x, *c, zero};
    if (node.op == "Add") return AffineForm{x, one, *c};
    if (node.op == "Div" && k == 1) return AffineForm{x, Mapped(*c, 1, true), zero};
    if (node.op == "Sub" && k == 1) return AffineForm{x, one, Mapped(*c, -1, false)};
    if (node.op == "Sub") return AffineForm{x, FloatTensor::Scalar(-1.0f), *c};
  }
  return std::nullopt;
}

// One number per channel, if t varies along that axis of dims only.
std::optional<std::vector<float>> PerChannel(const FloatTensor& t, const Dims& dims, size_t axis) {
  const auto channels = static_cast<size_t>(dims[axis]);
  if (t.size() == 1) return std::vector<float>(channels, t.floats()[0]);
  const size_t lead = dims.size() - t.rank();
  for (size_t d = 0; d < t.rank(); ++d) {
    if (t.dims()[d] != 1 && d + lead != axis) return std::nullopt;
  }
  return t.floats();
}

bool IsAll(const std::vector<float>& values, float v) {
  return std::ranges::all_of(values, [v](float x) { return x == v; });
}

bool IsFinite(const FloatTensor& t) {
  return std::ranges::all_of(t.floats(), [](float v) { return std::isfinite(v); });
}

// The shortest node that is x * scale + shift.
FloatNode AffineNode(GraphEditor& graph, const std::string& name, const AffineForm& form) {
  const bool adds = !IsAll(form.shift.floats(), 0.0f);
  const bool scales = !IsAll(form.scale.floats(), 1.0f);
  FloatNode node{name, !adds ? "Mul" : !scales ? "Add" : "Affine", {form.x}, {}, {}};
  if (scales || !adds) node.inputs.push_back(graph.AddConstant(name, form.scale));
  if (adds) node.inputs.push_back(graph.AddConstant(name, form.shift));
  return node;
}

// a op b with numpy's broadcasting, for two small constants.
template <typename Fn>
FloatTensor Combine(const FloatTensor& a, const FloatTensor& b, const Dims& dims, Fn fn) {
  const std::array<std::vector<int64_t>, 2> strides{float_op::BroadcastStrides(a.dims(), dims),
                                                    float_op::BroadcastStrides(b.dims(), dims)};
  std::vector<float> out;
  float_op::ForEachRow<2>(dims, strides, [&](const std::array<int64_t, 2>& at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t p = at[0] + i * float_op::RowStride(strides[0]);
      const int64_t q = at[1] + i * float_op::RowStride(strides[1]);
      out.push_back(fn(a.floats()[static_cast<size_t>(p)], b.floats()[static_cast<size_t>(q)]));
    }
  });
  return {dims, std::move(out)};
}

// Which axis of weights and output counts a linear operation's output channels.
struct Linear {
  size_t output_axis;
  bool takes_shift;  // it has a bias
};

std::optional<Linear> LinearOf(const GraphEditor& graph, const FloatNode& node) {
  if (node.inputs.size() < 2 || !graph.ConstantOf(node.inputs[1])) return std::nullopt;
  if (node.inputs.size() > 2 && !graph.ConstantOf(node.inputs[2])) return std::nullopt;
  const size_t rank = graph.DimsOf(node.outputs[0]).size();
  if (node.op == "Conv" || node.op == "ConvTranspose") return Linear{1, true};
  if (node.op == "Gemm") return Linear{1, true};
  if (node.op == "MatMul" && graph.ConstantOf(node.inputs[1])->rank() == 2) {
    return Linear{rank - 1, false};
  }
  return std::nullopt;
}

// The output channel of element i of the weights.
size_t ChannelOfWeight(const FloatNode& node, const FloatTensor& w, size_t i, size_t channels) {
  const Dims& dims = w.dims();
  if (node.op == "Conv") return i / (w.size() / channels);
  if (node.op == "ConvTranspose") {  // [in][out / groups][...]
    const auto own = static_cast<size_t>(dims[1]);
    const size_t inner = w.size() / static_cast<size_t>(dims[0]) / own;
    const size_t groups = channels / own;
    const size_t in = i / inner / own;
    return in / (static_cast<size_t>(dims[0]) / groups) * own + i / inner % own;
  }
  const auto transposed = IntAttribute(node, "transB", 0);
  const auto columns = static_cast<size_t>(dims[1]);
  return node.op == "Gemm" && transposed.ok() && *transposed != 0 ? i / columns : i % columns;
}

// The bias as one number per channel, beta included, if it is so simple.
std::optional<std::vector<float>> BiasOf(const GraphEditor& graph, const FloatNode& node,
                                         size_t channels) {
  if (node.inputs.size() < 3) return std::vector<float>(channels, 0.0f);
  const FloatTensor* bias = graph.ConstantOf(node.inputs[2]);
  const Dims dims =
      node.op == "Gemm" ? graph.DimsOf(node.outputs[0]) : Dims{static_cast<int64_t>(channels)};
  if (!bias || bias->rank() > dims.size()) return std::nullopt;
  auto values = PerChannel(*bias, dims, dims.size() - 1);
  const auto beta = RealAttribute(node, "beta", 1.0f);
  if (!values || !beta.ok()) return std::nullopt;
  if (node.op == "Gemm") {
    for (float& v : *values) v *= *beta;
  }
  return values;
}

void SetBias(GraphEditor& graph, FloatNode& node, std::vector<float> bias) {
  node.inputs.resize(2);
  node.attributes.erase("beta");
  const auto channels = static_cast<int64_t>(bias.size());
  if (IsAll(bias, 0.0f)) return;
  node.inputs.push_back(graph.AddConstant(node.name, FloatTensor({channels}, std::move(bias))));
}

bool IsUnpadded(const FloatNode& node) {
  const auto pads = IntsAttribute(node, "pads", {});
  const auto mode = StringAttribute(node, "auto_pad", "NOTSET");
  if (!pads.ok() || !mode.ok() || (*mode != "NOTSET" && *mode != "VALID")) return false;
  return *mode == "VALID" || std::ranges::all_of(*pads, [](int64_t p) { return p == 0; });
}

}  // namespace

bool LowerBatchNormalization(GraphEditor& graph, size_t n) {
  const FloatNode& node = graph.node(n);
  if (node.op != "BatchNormalization" || node.inputs.size() != 5) return false;
  std::array<const FloatTensor*, 5> in{};
  for (size_t k = 1; k < 5; ++k) in[k] = graph.ConstantOf(node.inputs[k]);
  const auto epsilon = RealAttribute(node, "epsilon", 1e-5f);
  if (!in[1] || !in[2] || !in[3] || !in[4] || !epsilon.ok()) return false;
  const Dims& x = graph.DimsOf(node.inputs[0]);
  Dims dims(x.size() - 1, 1);
  dims[0] = x[1];
  const size_t channels = in[1]->size();
  std::vector<float> scale(channels), shift(channels);
  for (size_t c = 0; c < channels; ++c) {
    const double deviation =
        std::sqrt(static_cast<double>(in[4]->floats()[c]) + static_cast<double>(*epsilon));
    const double factor = static_cast<double>(in[1]->floats()[c]) / deviation;
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(static_cast<double>(in[2]->floats()[c]) -
                                  static_cast<double>(in[3]->floats()[c]) * factor);
  }
  FloatNode affine{node.name, "Affine", {node.inputs[0]}, {}, {}};
  affine.inputs.push_back(graph.AddConstant(affine.name, FloatTensor(dims, std::move(scale))));
  affine.inputs.push_back(graph.AddConstant(affine.name, FloatTensor(dims, std::move(shift))));
  graph.Replace(n, std::move(affine));
  return true;
}

bool MergeAffines(GraphEditor& graph, size_t n) {
  const auto outer = AffineOf(graph, n);
  const auto writer = outer ? graph.WriterIndex(outer->x) : std::nullopt;
  const auto inner = writer ? AffineOf(graph, *writer) : std::nullopt;
  if (!inner || !graph.HasOneReader(outer->x)) return false;
  const auto dims = float_op::BroadcastDims(inner->scale.dims(), outer->scale.dims());
  auto shift_dims = float_op::BroadcastDims(inner->shift.dims(), outer->scale.dims());
  if (shift_dims) shift_dims = float_op::BroadcastDims(*shift_dims, outer->shift.dims());
  if (!dims || !shift_dims || SizeOfAll(*shift_dims) > kMaxAffineConstant ||
      SizeOfAll(*dims) > kMaxAffineConstant) {
    return false;
  }
  const auto times = [](float a, float b) { return a * b; };
  const FloatTensor moved =
      Combine(inner->shift, outer->scale,
              *float_op::BroadcastDims(inner->shift.dims(), outer->scale.dims()), times);
  const AffineForm both{
      inner->x, Combine(inner->scale, outer->scale, *dims, times),
      Combine(moved, outer->shift, *shift_dims, [](float a, float b) { return a + b; })};
  if (!IsFinite(both.scale) || !IsFinite(both.shift)) return false;
  graph.Replace(n, AffineNode(graph, graph.node(n).name, both));
  return true;
}

bool MergeAffineBackwards(GraphEditor& graph, size_t n) {
  const auto form = AffineOf(graph, n);
  const auto writer = form ? graph.WriterIndex(form->x) : std::nullopt;
  const auto linear = writer ? LinearOf(graph, graph.node(*writer)) : std::nullopt;
  if (!linear || !graph.HasOneReader(form->x)) return false;
  const Dims dims = graph.DimsOf(form->x);
  const auto scale = PerChannel(form->scale, dims, linear->output_axis);
  const auto shift = PerChannel(form->shift, dims, linear->output_axis);
  if (!scale || !shift || !IsFinite(form->scale) || !IsFinite(form->shift)) return false;
  if (!linear->takes_shift && IsAll(*scale, 1.0f)) return false;  // nothing would change
  FloatNode node = graph.node(*writer);
  const size_t channels = scale->size();
  auto bias = BiasOf(graph, node, channels);
  if (!bias) return false;
  FloatTensor weights = *graph.ConstantOf(node.inputs[1]);
  for (size_t i = 0; i < weights.size(); ++i) {
    weights.floats()[i] *= (*scale)[ChannelOfWeight(node, weights, i, channels)];
  }
  const FloatValueId merged = graph.AddConstant(node.name, std::move(weights));
  node.inputs[1] = merged;
  if (linear->takes_shift) {
    for (size_t c = 0; c < channels; ++c) (*bias)[c] = (*bias)[c] * (*scale)[c] + (*shift)[c];
    SetBias(graph, node, std::move(*bias));
    graph.Replace(n, std::move(node));
    return true;
  }
  if (IsAll(*shift, 0.0f)) {
    graph.Replace(n, std::move(node));
    return true;
  }
  graph.SetInput(*writer, 1, merged);
  const AffineForm rest{form->x, FloatTensor::Scalar(1.0f), form->shift};
  graph.Replace(n, AffineNode(graph, graph.node(n).name, rest));
  return true;
}

bool MergeAffineForwards(GraphEditor& graph, size_t n) {
  const FloatNode& conv = graph.node(n);
  if (conv.op != "Conv" || !LinearOf(graph, conv) || !graph.HasOneReader(conv.inputs[0])) {
    return false;
  }
  const auto writer = graph.WriterIndex(conv.inputs[0]);
  const auto form = writer ? AffineOf(graph, *writer) : std::nullopt;
  if (!form) return false;
  const Dims& dims = graph.DimsOf(form->x);
  const auto scale = PerChannel(form->scale, dims, 1);
  const auto shift = PerChannel(form->shift, dims, 1);
  if (!scale || !shift || !IsFinite(form->scale) || !IsFinite(form->shift)) return false;
  if (!IsAll(*shift, 0.0f) && !IsUnpadded(conv)) return false;
  FloatNode node = conv;
  FloatTensor weights = *graph.ConstantOf(node.inputs[1]);
  const auto outs = static_cast<size_t>(weights.dims()[0]);
  const auto ins = static_cast<size_t>(weights.dims()[1]);
  auto bias = BiasOf(graph, node, outs);
  if (!bias) return false;
  const size_t groups = static_cast<size_t>(dims[1]) / ins;
  const size_t taps = weights.size() / outs / ins;
  for (size_t i = 0; i < weights.size(); ++i) {
    const size_t out = i / taps / ins;
    const size_t in = out / (outs / groups) * ins + i / taps % ins;
    (*bias)[out] += weights.floats()[i] * (*shift)[in];
    weights.floats()[i] *= (*scale)[in];
  }
  node.inputs[0] = form->x;
  node.inputs[1] = graph.AddConstant(node.name, std::move(weights));
  SetBias(graph, node, std::move(*bias));
  graph.Replace(n, std::move(node));
  return true;
}

}  // namespace voizk
