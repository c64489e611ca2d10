#include "network/operations/elementwise.h"

#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"

namespace voizk::op {

namespace {

Result<Shape> SameShape(std::span<const Shape> inputs) {
  if (!(inputs[0] == inputs[1])) {
    return {ErrorCode::kInvalidArgument, "elementwise: the inputs differ in shape"};
  }
  return inputs[0];
}

}  // namespace

Result<Shape> Add::OutputShape(std::span<const Shape> inputs) const { return SameShape(inputs); }

Value Add::Reduce(const std::string&, std::span<Value> inputs, Builder&) const {
  return ValueOf(views::Add(inputs[0].view, inputs[1].view));
}

Result<Shape> Mul::OutputShape(std::span<const Shape> inputs) const { return SameShape(inputs); }

Value Mul::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  return ValueOf(b, gadgets::Mul(b, name, inputs[0].view, inputs[1].view, inputs[0].view.shape));
}

}  // namespace voizk::op
