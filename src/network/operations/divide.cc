#include "network/operations/divide.h"

#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/division.h"

namespace voizk::op {

namespace {

Status CheckBits(int bits) {
  if (bits >= 0 && bits <= kMaxRequantShift) return {};
  return {ErrorCode::kLimitExceeded, "bits out of limits"};
}

View Shifted(Builder& b, const std::string& name, const View& x, int bits) {
  return b.Checked(views::Scale(x, int32_t{1} << bits), name);
}

}  // namespace

Div Div::Read(AttributeReader& attributes) {
  return Div(static_cast<int>(attributes.Int("bits", 0, kMaxRequantShift)));
}

Result<Shape> Div::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_RETURN_IF_ERROR(CheckBits(bits_));
  return BroadcastShape(inputs[0], inputs[1]);
}

Value Div::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = BroadcastShape(inputs[0].view.shape, inputs[1].view.shape);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const View n = Shifted(b, name, BroadcastTo(b, name, inputs[0], *out), bits_);
  const View d = BroadcastTo(b, name, inputs[1], *out);
  if (b.failed()) return inputs[0];
  return ValueOf(b, gadgets::FloorDiv(b, name, n, d, {}, name + ": division by less than 1"));
}

Sqrt Sqrt::Read(AttributeReader& attributes) {
  return Sqrt(static_cast<int>(attributes.Int("bits", 0, kMaxRequantShift)));
}

Result<Shape> Sqrt::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_RETURN_IF_ERROR(CheckBits(bits_));
  return inputs[0];
}

Value Sqrt::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const View v = Shifted(b, name, inputs[0].view, bits_);
  if (b.failed()) return inputs[0];
  return ValueOf(b, gadgets::Isqrt(b, name, v));
}

}  // namespace voizk::op
