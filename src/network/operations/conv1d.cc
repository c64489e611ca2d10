#include "network/operations/conv1d.h"

#include <utility>

#include "network/operations/limits.h"
#include "network/operations/windows.h"
#include "relation/builder/views.h"

namespace voizk::op {

Conv1d Conv1d::Read(AttributeReader& attributes) {
  Attributes a;
  TensorData weight = attributes.Tensor("weight", "int16", 3);
  a.outputs = weight.Dim(0);
  a.kernel = weight.Dim(1);
  a.group_inputs = weight.Dim(2);
  a.weight = std::move(weight.values);
  a.bias = attributes.Tensor("bias", "int32", 1).values;
  a.stride = attributes.Size("stride", kMaxStride);
  a.dilation = attributes.Size("dilation", kMaxStride);
  a.pad_left = attributes.Size("pad_left", kMaxPad);
  a.pad_right = attributes.Size("pad_right", kMaxPad);
  a.groups = attributes.Size("groups", kMaxChannels);
  return Conv1d(std::move(a));
}

Result<Shape> Conv1d::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  const uint32_t channels = x.rank == 2 ? x.dims[1] : 1;
  if (a_.outputs > kMaxChannels || a_.kernel > kMaxKernel || a_.group_inputs > kMaxChannels) {
    return {ErrorCode::kLimitExceeded, "conv1d: channels or kernel out of limits"};
  }
  const uint64_t weights = uint64_t{a_.outputs} * a_.kernel * a_.group_inputs;
  if (x.rank > 2 || weights == 0 || a_.groups == 0 || a_.outputs % a_.groups != 0 ||
      uint64_t{a_.group_inputs} * a_.groups != channels || a_.weight.size() != weights ||
      (!a_.bias.empty() && a_.bias.size() != a_.outputs)) {
    return {ErrorCode::kInvalidArgument, "conv1d: weights, groups and input do not match"};
  }
  VOIZK_ASSIGN_OR_RETURN(
      const uint32_t length,
      CountWindows(x.dims[0], {a_.kernel, a_.stride, a_.dilation, a_.pad_left, a_.pad_right}));
  return MakeShape({length, a_.outputs});
}

Value Conv1d::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  const WeightsId w = b.AddWeights(MakeShape({a_.outputs, a_.kernel, a_.group_inputs}), a_.weight);
  return ValueOf(views::Conv1d(b, x, w, a_.bias, out->dims[0], a_.stride, a_.dilation,
                               static_cast<int32_t>(a_.pad_left), a_.groups));
}

}  // namespace voizk::op
