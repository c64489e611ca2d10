#include "network/operations/conv_transpose.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/range.h"

namespace voizk::op {

namespace {

constexpr uint32_t kMaxPhases = 1 << 8;  // one equality each

}  // namespace

ConvTranspose ConvTranspose::Read(AttributeReader& attributes, int spatial) {
  Attributes a;
  a.spatial = spatial;
  const auto rank = static_cast<size_t>(spatial);
  TensorData weight = attributes.Tensor("weight", "int16", rank + 2);
  a.outputs = weight.Dim(0);
  for (size_t d = 0; d < rank; ++d) a.kernel[d] = weight.Dim(d + 1);
  a.group_inputs = weight.Dim(rank + 1);
  a.weight = std::move(weight.values);
  a.bias = attributes.Tensor("bias", "int32", 1).values;
  const auto read = [&](std::string_view key, uint32_t hi, size_t count, auto& to) {
    const auto values = attributes.Ints(key, count, 0, hi);
    for (size_t k = 0; k < count; ++k) to[k] = static_cast<uint32_t>(values[k]);
  };
  read("stride", kMaxStride, rank, a.stride);
  read("dilation", kMaxStride, rank, a.dilation);
  read("output_pad", kMaxPad, rank, a.output_pad);
  read("pad", kMaxPad, 2 * rank, a.pad);
  a.groups = attributes.Size("groups", kMaxChannels);
  return ConvTranspose(std::move(a));
}

Result<Shape> ConvTranspose::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  const auto rank = static_cast<size_t>(a_.spatial);
  uint64_t weights = uint64_t{a_.outputs} * a_.group_inputs;
  uint64_t phases = 1;
  if (a_.outputs > kMaxChannels || a_.group_inputs > kMaxChannels) {
    return {ErrorCode::kLimitExceeded, "conv_transpose: channels out of limits"};
  }
  for (size_t d = 0; d < rank; ++d) {
    if (a_.kernel[d] > kMaxKernel || a_.stride[d] > kMaxStride || a_.dilation[d] > kMaxStride ||
        a_.output_pad[d] > kMaxPad || a_.pad[2 * d] > kMaxPad || a_.pad[2 * d + 1] > kMaxPad) {
      return {ErrorCode::kLimitExceeded, "conv_transpose: kernel, stride or padding out of limits"};
    }
    weights *= a_.kernel[d];  // below 2^56
    phases *= a_.stride[d];
  }
  if (phases > kMaxPhases) {
    return {ErrorCode::kLimitExceeded, "conv_transpose: strides whose product exceeds 256"};
  }
  if (x.rank != a_.spatial + 1 || weights == 0 || phases == 0 || a_.groups == 0 ||
      std::count(a_.dilation.begin(), a_.dilation.end(), 0u) != 0 || a_.outputs % a_.groups != 0 ||
      uint64_t{a_.group_inputs} * a_.groups != x.dims[rank] || a_.weight.size() != weights ||
      (!a_.bias.empty() && a_.bias.size() != a_.outputs)) {
    return {ErrorCode::kInvalidArgument, "conv_transpose: weights, groups and input do not match"};
  }
  Shape out = x;
  out.dims[rank] = a_.outputs;
  for (size_t d = 0; d < rank; ++d) {
    const int64_t length = int64_t{x.dims[d] - 1} * a_.stride[d] +
                           int64_t{a_.kernel[d] - 1} * a_.dilation[d] + 1 - a_.pad[2 * d] -
                           a_.pad[2 * d + 1] + a_.output_pad[d];
    if (length < 1) return {ErrorCode::kInvalidArgument, "conv_transpose: nothing is left"};
    if (length > kMaxLength) return {ErrorCode::kLimitExceeded, "conv_transpose: too long"};
    out.dims[d] = static_cast<uint32_t>(length);
  }
  return out;
}

std::vector<int32_t> ConvTranspose::TurnedWeights() const {
  std::vector<int32_t> turned(a_.weight.size());
  const size_t taps = size_t{a_.kernel[0]} * a_.kernel[1], inputs = a_.group_inputs;
  for (size_t o = 0; o < a_.outputs; ++o) {
    for (size_t k = 0; k < taps; ++k) {
      const auto from =
          a_.weight.begin() + static_cast<std::ptrdiff_t>((o * taps + taps - 1 - k) * inputs);
      std::copy_n(from, inputs,
                  turned.begin() + static_cast<std::ptrdiff_t>((o * taps + k) * inputs));
    }
  }
  return turned;
}

/// x with zeros between its values.  Each remainder of the indices by the strides has an equality,
/// of x or of zero.  None of these shows a box of cells to the certificate, hence the range checks.
TensorId ConvTranspose::Spread(const std::string& name, TensorId x, Builder& b) const {
  const Shape in = b.tensor(x).shape;
  const Interval range{std::min<int64_t>(b.tensor(x).lo, 0), std::max<int64_t>(b.tensor(x).hi, 0)};
  const auto rank = static_cast<size_t>(a_.spatial);
  Shape out = in;
  for (size_t d = 0; d < rank; ++d) out.dims[d] = (in.dims[d] - 1) * a_.stride[d] + 1;
  const TensorId spread = b.AddTensor(name + " spread", out, range.lo, range.hi);
  std::vector<View> shown;
  for (uint32_t n = 0; n < a_.stride[0] * a_.stride[1]; ++n) {
    const std::array<uint32_t, 2> phase{n / a_.stride[1], n % a_.stride[1]};
    Shape part = in;
    IndexMap map = IdentityMap(in.rank);
    bool some = true;
    for (size_t d = 0; d < rank; ++d) {
      if (phase[d] != 0) --part.dims[d];
      some = some && part.dims[d] != 0;
      map.sources[d] = From(static_cast<uint32_t>(d), static_cast<int32_t>(a_.stride[d]),
                            static_cast<int32_t>(phase[d]));
    }
    if (!some) continue;
    View v{part, {{spread, 1, std::move(map)}}, {}};
    b.AddEquality(n == 0 ? views::Sub(std::move(v), b.Identity(x)) : std::move(v));
  }
  b.AddStep(steps::Spread(name + " spread", b.Identity(x), spread,
                          {a_.stride[0], rank == 2 ? a_.stride[1] : 1}));
  gadgets::Range(b, b.Identity(spread), range.lo, range.hi);
  return spread;
}

Value ConvTranspose::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  TensorId x = TensorOf(b, name + " input", inputs[0]);
  if (a_.stride != std::array<uint32_t, 2>{1, 1}) x = Spread(name, x, b);
  Conv conv;
  conv.spatial = a_.spatial;
  conv.groups = a_.groups;
  Shape kernel = MakeShape({a_.outputs, a_.kernel[0], a_.group_inputs});
  if (a_.spatial == 2) {
    kernel = MakeShape({a_.outputs, a_.kernel[0], a_.kernel[1], a_.group_inputs});
  }
  conv.weights = b.AddWeights(kernel, TurnedWeights());
  for (size_t d = 0; d < static_cast<size_t>(a_.spatial); ++d) {
    conv.dilation[d] = a_.dilation[d];
    conv.pad[d] = static_cast<int32_t>((a_.kernel[d] - 1) * a_.dilation[d]) -
                  static_cast<int32_t>(a_.pad[2 * d]);
  }
  View acc{*out, {{x, 1, conv}}, {}};
  if (!a_.bias.empty()) acc.constants.push_back({1u << a_.spatial, a_.bias});
  return ValueOf(b.Checked(std::move(acc), name));
}

}  // namespace voizk::op
