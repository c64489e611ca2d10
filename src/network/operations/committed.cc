#include "network/operations/committed.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/windows.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"
#include "relation/gadgets/commit.h"

namespace voizk::op {

namespace {

constexpr int kDigitBits = 8;
constexpr int kBitsStep = 4;

int DigitCount(int bits) { return (bits + kDigitBits - 1) / kDigitBits; }
int BitsOfDigit(int bits, int digit) { return std::min(kDigitBits, bits - kDigitBits * digit); }

bool AreBits(int bits, int least, int most) {
  return bits >= least && bits <= most && bits % kBitsStep == 0;
}

std::string NameOf(const std::string& name, const char* what, int digit) {
  return name + "#" + what + std::to_string(digit);
}

// The digits of v, lowest first, each in [-128, 127] and the last in its bits; empty if they do not
// hold v.
std::vector<int32_t> DigitsOf(int64_t v, int bits) {
  std::vector<int32_t> digits;
  for (int d = 0; d < DigitCount(bits); ++d) {
    const int64_t half = int64_t{1} << (BitsOfDigit(bits, d) - 1);
    const bool last = d + 1 == DigitCount(bits);
    const int64_t digit = last ? v : ((v + half) & (2 * half - 1)) - half;
    if (digit < -half || digit >= half) return {};
    digits.push_back(static_cast<int32_t>(digit));
    v = (v - digit) / (2 * half);
  }
  return digits;
}

// Whether a row of weights lies along the inner dimension of its tensor, by the addresses it takes.
bool RowsInside(uint64_t outputs, uint64_t row) {
  return outputs * std::bit_ceil(row) <= row * std::bit_ceil(outputs);
}

std::vector<TensorId> DigitTensors(Builder& b, const std::string& name, const char* what,
                                   const Shape& shape, int bits) {
  std::vector<TensorId> digits;
  for (int d = 0; d < DigitCount(bits); ++d) {
    const int64_t half = int64_t{1} << (BitsOfDigit(bits, d) - 1);
    digits.push_back(gadgets::Input(b, NameOf(name, what, d), shape, -half, half - 1));
    b.Commit(digits.back());
  }
  return digits;
}

// sum_d 256^d digit_d, each read through the map.
View Composed(Builder& b, const std::string& name, std::span<const TensorId> digits,
              const Shape& out, const IndexMap& map) {
  View v;
  v.shape = out;
  int32_t unit = 1;
  for (const TensorId t : digits) {
    v.terms.push_back({t, unit, map});
    unit *= 1 << kDigitBits;  // at most 2^24
  }
  return b.Checked(std::move(v), name);
}

Result<std::vector<CommittedLinear::Digits>> DigitsOfAll(const std::string& name, const char* what,
                                                         std::span<const int32_t> values,
                                                         int bits) {
  std::vector<CommittedLinear::Digits> tensors;
  for (int d = 0; d < DigitCount(bits); ++d) {
    tensors.push_back({NameOf(name, what, d), std::vector<int32_t>(values.size())});
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<int32_t> digits = DigitsOf(values[i], bits);
    if (digits.size() != tensors.size()) {
      return {ErrorCode::kInvalidArgument,
              "'" + name + "': a " + what + " of more than " + std::to_string(bits) + " bits"};
    }
    for (size_t d = 0; d < digits.size(); ++d) tensors[d].values[i] = digits[d];
  }
  return tensors;
}

}  // namespace

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
  a.weight_bits = static_cast<int>(attributes.Int("weight_bits", kBitsStep, kMaxWeightBits));
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
      all_channels % a_.groups != 0 || !AreBits(a_.weight_bits, kBitsStep, kMaxWeightBits) ||
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
                                  TensorId x, std::span<const TensorId> weight, Builder& b) const {
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
    IndexMap map;
    map.sources = {From(o, 1, static_cast<int32_t>(group * g.group_outputs)), From(o + 1)};
    if (!RowsInside(a_.outputs, g.row)) std::swap(map.sources[0], map.sources[1]);
    return Composed(b, name, weight, shape, map);
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
  const bool inside = RowsInside(a_.outputs, g->row);
  const Shape shape = inside ? MakeShape({a_.outputs, g->row}) : MakeShape({g->row, a_.outputs});
  const std::vector<TensorId> weight = DigitTensors(b, name, "weight", shape, a_.weight_bits);
  const std::vector<TensorId> bias =
      DigitTensors(b, name, "bias", MakeShape({a_.outputs}), a_.bias_bits);
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
  IndexMap map;
  map.sources = {From(channel)};
  return ValueOf(b.Checked(views::Add(std::move(sum), Composed(b, name, bias, out, map)), name));
}

Result<std::vector<CommittedLinear::Digits>> CommittedLinear::Secrets(
    const std::string& name, uint32_t outputs, int weight_bits, int bias_bits,
    std::span<const int32_t> weight, std::span<const int32_t> bias) {
  if (outputs == 0 || weight.size() % outputs != 0 || (!bias.empty() && bias.size() != outputs) ||
      bias.empty() != (bias_bits == 0)) {
    return {ErrorCode::kInvalidArgument, "'" + name + "': weights and outputs do not match"};
  }
  const size_t row = weight.size() / outputs;
  std::vector<int32_t> laid(weight.begin(), weight.end());
  if (!RowsInside(outputs, row)) {
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < row; ++i) laid[i * outputs + o] = weight[o * row + i];
    }
  }
  VOIZK_ASSIGN_OR_RETURN(auto digits, DigitsOfAll(name, "weight", laid, weight_bits));
  VOIZK_ASSIGN_OR_RETURN(auto more, DigitsOfAll(name, "bias", bias, bias_bits));
  std::move(more.begin(), more.end(), std::back_inserter(digits));
  return digits;
}

Result<int> CommittedLinear::BitsOf(std::span<const int32_t> values, int most) {
  if (values.empty()) return 0;
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  for (int bits = kBitsStep; bits <= most; bits += kBitsStep) {
    // Which values the digits hold is an interval.
    if (!DigitsOf(*lo, bits).empty() && !DigitsOf(*hi, bits).empty()) return bits;
  }
  return {ErrorCode::kUnsupported,
          "committed values have at most " + std::to_string(most) + " bits"};
}

}  // namespace voizk::op
