#include "network/operations/limbs.h"

#include <utility>

#include "network/operations/limits.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/range.h"

namespace voizk::op {

namespace {

constexpr int kMostBits = 16;  // of either part

}  // namespace

Limbs Limbs::Read(AttributeReader& attributes) {
  return Limbs(static_cast<int>(attributes.Int("shift", 1, kMostBits)));
}

Result<Shape> Limbs::OutputShape(std::span<const Shape> inputs) const {
  if (shift_ < 1 || shift_ > kMostBits) {
    return {ErrorCode::kLimitExceeded, "limbs: the shift is out of limits"};
  }
  Shape out = inputs[0];
  uint32_t& last = out.dims[static_cast<size_t>(out.rank - 1)];
  if (last > kMaxLength / 2) return {ErrorCode::kLimitExceeded, "limbs: too many channels"};
  last *= 2;
  return out;
}

Value Limbs::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const View& v = inputs[0].view;
  if (!b.Accepts(v, name)) return inputs[0];
  const Interval bound = b.Bound(v);
  const int64_t first = bound.lo >> shift_, last = bound.hi >> shift_;
  if (last - first >= int64_t{1} << kMostBits || bound.lo < -kHalfModulus ||
      bound.hi > kHalfModulus) {
    b.Fail(ErrorCode::kUnsupported, name + ": the high part has more than 2^16 values");
    return inputs[0];
  }
  const int64_t unit = int64_t{1} << shift_;
  const TensorId low = b.AddTensor(name + " low", v.shape, 0, unit - 1);
  const TensorId high = b.AddTensor(name + " high", v.shape, first, last);
  b.AddStep(steps::Low(name + " low", v, shift_, low));
  b.AddStep(steps::Shift(name + " high", v, shift_, high));
  gadgets::RequireSmall(b, b.Identity(low), 0, unit - 1);
  gadgets::RequireSmall(b, b.Identity(high), first, last);
  // One solution over the integers, and both sides keep within p / 2 of each other.
  const View whole =
      views::Add(b.Identity(low), views::Scale(b.Identity(high), static_cast<int32_t>(unit)));
  b.AddEquality(views::Sub(v, whole));

  View both = b.Identity(low);
  const auto d = static_cast<size_t>(both.shape.rank - 1);
  const auto beyond = -static_cast<int32_t>(both.shape.dims[d]);
  both.shape.dims[d] *= 2;
  IndexMap map;
  for (int i = 0; i < both.shape.rank; ++i) map.sources.push_back(From(static_cast<uint32_t>(i)));
  map.sources[d] = From(static_cast<uint32_t>(d), 1, beyond);
  both.terms.push_back({high, 1, std::move(map)});
  return ValueOf(b.Checked(std::move(both), name));
}

}  // namespace voizk::op
