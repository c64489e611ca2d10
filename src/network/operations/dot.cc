#include "network/operations/dot.h"

#include "relation/gadgets/commit.h"

namespace voizk::op {

Result<Shape> Dot::OutputShape(std::span<const Shape> inputs) const {
  if (inputs[0].rank != inputs[1].rank || inputs[0].dims != inputs[1].dims) {
    return {ErrorCode::kInvalidArgument, "dot: its operands have different shapes"};
  }
  VOIZK_RETURN_IF_ERROR(CheckChosenLast(inputs[0], axes_));
  return axes_.Reduced(inputs[0]);
}

Value Dot::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape in = inputs[0].view.shape;
  const auto among = axes_.Among(in);
  if (!among.ok()) return b.Fail(name + ": " + among.error().message), inputs[0];
  int outer = 0;
  const View x = ChosenLast(b, name, inputs[0], *among, &outer);
  const View y = ChosenLast(b, name, inputs[1], *among, &outer);
  Shape rest;
  rest.rank = outer;
  for (int d = 0; d < outer; ++d) {
    rest.dims[static_cast<size_t>(d)] = x.shape.dims[static_cast<size_t>(d)];
  }
  const TensorId sum = gadgets::Mul(b, name, x, y, rest);
  IndexMap map = ChosenLastInverse(*among);
  map.sources.resize(static_cast<size_t>(outer));
  return ValueOf(b.Checked({*axes_.Reduced(in), {{sum, 1, std::move(map)}}, {}}, name));
}

}  // namespace voizk::op
