#include "network/operations/elementwise.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"

namespace voizk::op {

namespace {

Result<Shape> Joined(std::span<const Shape> inputs) {
  auto shape = BroadcastShape(inputs[0], inputs[1]);
  if (!shape.ok()) return {shape.error().code, "elementwise: " + shape.error().message};
  return shape;
}

/// Both inputs in their common shape; nothing after an error.
std::optional<std::array<View, 2>> Both(const std::string& name, std::span<Value> inputs,
                                        Builder& b) {
  const auto out = BroadcastShape(inputs[0].view.shape, inputs[1].view.shape);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), std::nullopt;
  View x = BroadcastTo(b, name, inputs[0], *out);
  return std::array{std::move(x), BroadcastTo(b, name, inputs[1], *out)};
}

Result<Shape> JoinedWith(const ConstantTensor& constant, const Shape& x) {
  VOIZK_ASSIGN_OR_RETURN(const Shape shape, constant.CheckedShape());
  return Joined(std::array{x, shape});
}

}  // namespace

Result<Shape> Add::OutputShape(std::span<const Shape> inputs) const { return Joined(inputs); }

Value Add::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto both = Both(name, inputs, b);
  if (!both) return inputs[0];
  return ValueOf(views::Add((*both)[0], (*both)[1]));
}

Result<Shape> Sub::OutputShape(std::span<const Shape> inputs) const { return Joined(inputs); }

Value Sub::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto both = Both(name, inputs, b);
  if (!both) return inputs[0];
  return ValueOf(views::Sub((*both)[0], (*both)[1]));
}

Result<Shape> Mul::OutputShape(std::span<const Shape> inputs) const { return Joined(inputs); }

Value Mul::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto both = Both(name, inputs, b);
  if (!both) return inputs[0];
  const auto& [x, y] = *both;
  return ValueOf(b, gadgets::Mul(b, name, x, y, x.shape));
}

ConstantTensor ConstantTensor::Read(AttributeReader& attributes) {
  ConstantTensor constant;
  for (const int64_t d : attributes.List("dims", Shape::kMaxRank, 1, kMaxLength)) {
    constant.dims.push_back(static_cast<uint32_t>(d));
  }
  constant.values = attributes.Tensor("values", "int32", 1).values;
  return constant;
}

Result<Shape> ConstantTensor::CheckedShape() const {
  if (dims.empty() || dims.size() > Shape::kMaxRank) {
    return {ErrorCode::kInvalidArgument, "a constant has 1 to 4 dimensions"};
  }
  Shape shape;
  shape.rank = static_cast<int>(dims.size());
  std::copy(dims.begin(), dims.end(), shape.dims.begin());
  VOIZK_RETURN_IF_ERROR(CheckValueShape(shape));
  if (values.size() != shape.Cells()) {
    return {ErrorCode::kInvalidArgument, "the constant's values do not match its dimensions"};
  }
  return shape;
}

Result<Shape> Offset::OutputShape(std::span<const Shape> inputs) const {
  return JoinedWith(constant_, inputs[0]);
}

Value Offset::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto shape = constant_.CheckedShape();
  if (!shape.ok()) return b.Fail(name + ": " + shape.error().message), inputs[0];
  std::array operands{inputs[0], ValueOf(views::Constants(*shape, constant_.values))};
  const auto both = Both(name, operands, b);
  inputs[0] = operands[0];
  if (!both) return inputs[0];
  return ValueOf(views::Add((*both)[0], (*both)[1]));
}

Result<Shape> Scale::OutputShape(std::span<const Shape> inputs) const {
  return JoinedWith(constant_, inputs[0]);
}

Value Scale::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape x = inputs[0].view.shape;
  const auto shape = constant_.CheckedShape();
  if (!shape.ok()) return b.Fail(name + ": " + shape.error().message), inputs[0];
  const auto out = BroadcastShape(x, *shape);
  if (out.ok() && *out == x && constant_.values.size() == 1) {
    return ValueOf(b.Checked(views::Scale(inputs[0].view, constant_.values[0]), name));
  }
  const uint32_t channels = x.dims[static_cast<size_t>(x.rank - 1)];
  const bool per_channel = out.ok() && *out == x && constant_.values.size() == channels &&
                           shape->dims[static_cast<size_t>(shape->rank - 1)] == channels;
  if (per_channel && (x.rank == 2 || x.rank == 3)) {
    const TensorId t = TensorOf(b, name + " input", inputs[0]);
    if (x.rank == 2) {
      const WeightsId w = b.AddWeights(MakeShape({channels, 1, 1}), constant_.values);
      return ValueOf(views::Conv1d(b, t, w, {}, x.dims[0], 1, 1, 0, channels));
    }
    Conv conv;
    conv.spatial = 2;
    conv.weights = b.AddWeights(MakeShape({channels, 1, 1, 1}), constant_.values);
    conv.groups = channels;
    return ValueOf(views::Conv2d(b, t, conv, {}, x.dims[0], x.dims[1]));
  }
  std::array operands{inputs[0], ValueOf(views::Constants(*shape, constant_.values))};
  const auto both = Both(name, operands, b);
  inputs[0] = operands[0];
  if (!both) return inputs[0];
  const auto& [a, c] = *both;
  return ValueOf(b, gadgets::Mul(b, name, a, c, a.shape));
}

}  // namespace voizk::op
