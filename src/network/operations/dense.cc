#include "network/operations/dense.h"

#include <utility>

#include "network/operations/limits.h"
#include "relation/builder/views.h"

namespace voizk::op {

Dense Dense::Read(AttributeReader& attributes) {
  Attributes a;
  TensorData weight = attributes.Tensor("weight", "int16", 2);
  a.outputs = weight.Dim(0);
  a.weight = std::move(weight.values);
  a.bias = attributes.Tensor("bias", "int32", 1).values;
  return Dense(std::move(a));
}

Result<Shape> Dense::OutputShape(std::span<const Shape> inputs) const {
  const uint64_t cells = inputs[0].Cells();
  if (a_.outputs > kMaxChannels || cells > kMaxLength) {
    return {ErrorCode::kLimitExceeded, "dense: inputs or outputs out of limits"};
  }
  if (inputs[0].rank > 3 || a_.outputs == 0 || a_.weight.size() != a_.outputs * cells ||
      (!a_.bias.empty() && a_.bias.size() != a_.outputs)) {
    return {ErrorCode::kInvalidArgument, "dense: weights and input do not match"};
  }
  // Of an image the view is a convolution's, of rank 3.
  if (inputs[0].rank == 3) return MakeShape({1, 1, a_.outputs});
  return MakeShape({1, a_.outputs});
}

Value Dense::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  return ValueOf(views::Dense(b, x, a_.outputs, a_.weight, a_.bias));
}

}  // namespace voizk::op
