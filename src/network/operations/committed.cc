#include "network/operations/committed.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/windows.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"

namespace voizk::op {

struct CommittedLinear::Geometry {
  size_t spatial = 1;
  std::array<uint32_t, 2> positions{1, 1}, kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  std::array<uint32_t, 2> before{0, 0};
  bool has_spatial = true, has_channels = true;  // dimensions of the input
  uint32_t taps = 1, channels = 1;               // channels: of one group
  uint32_t row = 1;                              // weights of an output
  uint32_t group_outputs = 1;

  /// [positions.., last.., ..]
  Shape Placed(std::initializer_list<uint32_t> last) const {
    Shape shape;
    shape.rank = 0;
    for (size_t s = 0; s < spatial; ++s)
      shape.dims[static_cast<size_t>(shape.rank++)] = positions[s];
    for (const uint32_t d : last) shape.dims[static_cast<size_t>(shape.rank++)] = d;
    return shape;
  }
};

CommittedLinear CommittedLinear::Read(AttributeReader& attributes, Kind kind) {
  Attributes a;
  a.kind = kind;
  a.outputs = attributes.Size("outputs", kMaxChannels);
  a.weight_bits = static_cast<int>(attributes.Int("weight_bits", 4, kMaxWeightBits));
  a.bias_bits = static_cast<int>(attributes.Int("bias_bits", 0, kMaxBiasBits));
  if (kind == Kind::kDense) return CommittedLinear(a);
  const size_t spatial = kind == Kind::kConv1d ? 1 : 2;
  const auto read = [&](std::string_view key, uint32_t hi, size_t count, auto& to) {
    const auto values = attributes.Ints(key, count, 0, hi);
    for (size_t k = 0; k < count; ++k) to[k] = static_cast<uint32_t>(values[k]);
  };
  read("kernel", kMaxKernel, spatial, a.kernel);
  read("stride", kMaxStride, spatial, a.stride);
  read("dilation", kMaxStride, spatial, a.dilation);
  read("pad", kMaxPad, 2 * spatial, a.pad);
  a.groups = attributes.Size("groups", kMaxChannels);
  return CommittedLinear(a);
}

std::string_view CommittedLinear::kind() const {
  switch (a_.kind) {
    case Kind::kDense:
      return "committed_dense";
    case Kind::kConv1d:
      return "committed_conv1d";
    case Kind::kConv2d:
      break;
  }
  return "committed_conv2d";
}

Result<CommittedLinear::Geometry> CommittedLinear::GeometryOf(const Shape& in) const {
  const std::string what(kind());
  const Error unfit{ErrorCode::kInvalidArgument, what + ": attributes and input do not match"};
  Geometry g;
  const auto rank = static_cast<size_t>(in.rank);
  uint32_t all_channels = 1;
  if (a_.kind == Kind::kDense) {
    if (rank > 3) return unfit;
    g.spatial = rank == 3 ? 2 : 1;
    g.has_spatial = rank > 1;
    for (size_t s = 0; g.has_spatial && s < g.spatial; ++s) g.kernel[s] = in.dims[s];
    all_channels = in.dims[rank - 1];
  } else {
    g.spatial = a_.kind == Kind::kConv1d ? 1 : 2;
    g.has_channels = rank == g.spatial + 1;
    if (!g.has_channels && (a_.kind != Kind::kConv1d || rank != 1)) return unfit;
    if (g.has_channels) all_channels = in.dims[rank - 1];
    for (size_t s = 0; s < g.spatial; ++s) {
      g.kernel[s] = a_.kernel[s];
      g.stride[s] = a_.stride[s];
      g.dilation[s] = a_.dilation[s];
      g.before[s] = a_.pad[2 * s];
      VOIZK_ASSIGN_OR_RETURN(g.positions[s],
                             CountWindows(in.dims[s], {a_.kernel[s], a_.stride[s], a_.dilation[s],
                                                       a_.pad[2 * s], a_.pad[2 * s + 1]}));
    }
  }
  if (a_.outputs == 0 || a_.groups == 0 || a_.outputs % a_.groups != 0 ||
      all_channels % a_.groups != 0 || !AreBits(a_.weight_bits, 4, kMaxWeightBits) ||
      !AreBits(a_.bias_bits, 0, kMaxBiasBits)) {
    return unfit;
  }
  const uint64_t taps = uint64_t{g.kernel[0]} * g.kernel[1];
  if (a_.outputs > kMaxChannels || all_channels > kMaxChannels || a_.groups > kMaxGroups ||
      taps > kMaxTaps) {
    return {ErrorCode::kLimitExceeded, what + ": channels, groups or kernel out of limits"};
  }
  g.taps = static_cast<uint32_t>(taps);
  g.channels = all_channels / a_.groups;
  g.row = g.taps * g.channels;
  g.group_outputs = a_.outputs / a_.groups;
  if (uint64_t{a_.outputs} * g.row > kMaxLatticeAddresses) {
    return {ErrorCode::kLimitExceeded, what + ": more than 2^24 weights"};
  }
  if (!IsValidShape(g.Placed({g.group_outputs, g.row}))) {
    return {ErrorCode::kLimitExceeded, what + ": more than 2^28 products"};
  }
  return g;
}

Result<Shape> CommittedLinear::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_ASSIGN_OR_RETURN(const Geometry g, GeometryOf(inputs[0]));
  return g.Placed({a_.outputs});
}

// The input under one tap of the kernel, where the last dimension of [positions.., (outputs,) row]
// runs over the weights of that tap.
IndexMap CommittedLinear::TapMap(const Geometry& g, uint32_t tap, uint32_t group,
                                 bool with_outputs) const {
  const std::array<uint32_t, 2> at{tap / g.kernel[1], tap % g.kernel[1]};
  const auto last = static_cast<uint32_t>(g.spatial + (with_outputs ? 1 : 0));
  IndexMap map;
  for (size_t s = 0; g.has_spatial && s < g.spatial; ++s) {
    const int64_t offset = int64_t{g.dilation[s]} * at[s] - g.before[s];
    map.sources.push_back(From(static_cast<uint32_t>(s), static_cast<int32_t>(g.stride[s]),
                               static_cast<int32_t>(offset)));
  }
  if (g.has_channels) {
    const int64_t offset = int64_t{group} * g.channels - int64_t{tap} * g.channels;
    map.sources.push_back(From(last, 1, static_cast<int32_t>(offset)));
  }
  map.out_begin[last] = tap * g.channels;
  map.out_end[last] = (tap + 1) * g.channels;
  return map;
}

// sum over a row of input times weight, [positions..][outputs of the group]: the input does not
// depend on the output and the weights not on the position, so a row is all that the sum-check of
// products keeps (docs/protocol.md, step 3).
TensorId CommittedLinear::Product(const std::string& name, const Geometry& g, uint32_t group,
                                  TensorId x, const CommittedMatrix& weight, Builder& b) const {
  const auto input = [&](const Shape& shape, bool with_outputs) {
    View v;
    v.shape = shape;
    for (uint32_t tap = 0; tap < g.taps; ++tap) {
      v.terms.push_back({x, 1, TapMap(g, tap, group, with_outputs)});
    }
    return b.Checked(std::move(v), name);
  };
  const auto weights = [&](const Shape& shape, size_t outputs_dim) {
    const auto o = static_cast<uint32_t>(outputs_dim);
    return weight.At(b, shape, o, group * g.group_outputs, o + 1);
  };
  const Shape all = g.Placed({g.group_outputs, g.row}), out = g.Placed({g.group_outputs});
  const View left = input(all, true), right = weights(all, g.spatial);
  if (b.failed()) return 0;
  const Interval bound =
      ViewBounder(b.relation()).BoundProduct({left, right, views::Constant(out, 0)});
  const TensorId acc = b.AddTensor(name, out, bound.lo, bound.hi);
  Step step = steps::MatMul(name, input(g.Placed({g.row}), false),
                            weights(MakeShape({g.group_outputs, g.row}), 0), acc);
  step.params[0] = int64_t{g.positions[0]} * g.positions[1];
  b.AddStep(std::move(step));
  b.AddProduct({left, right, b.Identity(acc)});
  return acc;
}

Value CommittedLinear::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto g = GeometryOf(inputs[0].view.shape);
  if (!g.ok()) return b.Fail(name + ": " + g.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  const CommittedMatrix weight(b, name, a_.outputs, g->row, a_.weight_bits);
  const CommittedBias bias(b, name, a_.outputs, a_.bias_bits);
  const Shape out = g->Placed({a_.outputs});
  const auto channel = static_cast<uint32_t>(g->spatial);
  View sum;
  sum.shape = out;
  for (uint32_t group = 0; group < a_.groups; ++group) {
    const TensorId acc = Product(name, *g, group, x, weight, b);
    if (b.failed()) return inputs[0];
    if (a_.groups == 1 && bias.empty()) return ValueOf(b, acc);
    IndexMap map = IdentityMap(out.rank);
    map.sources[channel] = From(channel, 1, -static_cast<int32_t>(group * g->group_outputs));
    sum.terms.push_back({acc, 1, std::move(map)});
  }
  if (bias.empty()) return ValueOf(b.Checked(std::move(sum), name));
  return ValueOf(b.Checked(views::Add(std::move(sum), bias.At(b, out, channel, 0)), name));
}

}  // namespace voizk::op
