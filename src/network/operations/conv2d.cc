#include "network/operations/conv2d.h"

#include <utility>

#include "network/operations/limits.h"
#include "network/operations/windows.h"
#include "relation/builder/views.h"

namespace voizk::op {

Conv2d Conv2d::Read(AttributeReader& attributes) {
  Attributes a;
  TensorData weight = attributes.Tensor("weight", "int16", 4);
  a.outputs = weight.Dim(0);
  a.kernel_height = weight.Dim(1);
  a.kernel_width = weight.Dim(2);
  a.group_inputs = weight.Dim(3);
  a.weight = std::move(weight.values);
  a.bias = attributes.Tensor("bias", "int32", 1).values;
  a.stride = attributes.Sizes<2>("stride", kMaxStride);
  a.dilation = attributes.Sizes<2>("dilation", kMaxStride);
  a.pad = attributes.Sizes<4>("pad", kMaxPad);
  a.groups = attributes.Size("groups", kMaxChannels);
  return Conv2d(std::move(a));
}

Result<Shape> Conv2d::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  if (a_.outputs > kMaxChannels || a_.kernel_height > kMaxKernel || a_.kernel_width > kMaxKernel ||
      a_.group_inputs > kMaxChannels) {
    return {ErrorCode::kLimitExceeded, "conv2d: channels or kernel out of limits"};
  }
  const uint64_t taps = uint64_t{a_.kernel_height} * a_.kernel_width;
  const uint64_t weights = taps * a_.outputs * a_.group_inputs;  // below 2^56
  if (x.rank != 3 || weights == 0 || a_.groups == 0 || a_.outputs % a_.groups != 0 ||
      uint64_t{a_.group_inputs} * a_.groups != x.dims[2] || a_.weight.size() != weights ||
      (!a_.bias.empty() && a_.bias.size() != a_.outputs)) {
    return {ErrorCode::kInvalidArgument, "conv2d: weights, groups and input do not match"};
  }
  VOIZK_ASSIGN_OR_RETURN(const uint32_t height,
                         CountWindows(x.dims[0], {a_.kernel_height, a_.stride[0], a_.dilation[0],
                                                  a_.pad[0], a_.pad[1]}));
  VOIZK_ASSIGN_OR_RETURN(const uint32_t width,
                         CountWindows(x.dims[1], {a_.kernel_width, a_.stride[1], a_.dilation[1],
                                                  a_.pad[2], a_.pad[3]}));
  return MakeShape({height, width, a_.outputs});
}

Value Conv2d::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  Conv conv;
  conv.weights = b.AddWeights(
      MakeShape({a_.outputs, a_.kernel_height, a_.kernel_width, a_.group_inputs}), a_.weight);
  conv.spatial = 2;
  conv.stride = a_.stride;
  conv.dilation = a_.dilation;
  conv.pad = {static_cast<int32_t>(a_.pad[0]), static_cast<int32_t>(a_.pad[2])};
  conv.groups = a_.groups;
  return ValueOf(views::Conv2d(b, x, conv, a_.bias, out->dims[0], out->dims[1]));
}

}  // namespace voizk::op
