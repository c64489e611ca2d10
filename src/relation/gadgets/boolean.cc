#include "relation/gadgets/boolean.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {
namespace {

int64_t PowerAbove(int64_t x) { return int64_t{1} << std::bit_width(static_cast<uint64_t>(x)); }

}  // namespace

void RequireBoolean(Builder& b, const View& v) { b.AddProduct({.a = v, .b = v, .c = v}); }

void RequireBoolean(Builder& b, TensorId t) { RequireBoolean(b, b.Identity(t)); }

TensorId Boolean(Builder& b, std::string name, Shape shape) {
  const TensorId t = b.AddTensor(std::move(name), shape, 0, 1);
  RequireBoolean(b, t);
  return t;
}

TensorId IsNonNegative(Builder& b, std::string name, const View& v) {
  if (!b.Accepts(v, name)) return 0;
  const Interval bound = b.Bound(v);
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    b.Fail(ErrorCode::kUnsupported, name + ": sign of a value that can leave (-p/2, p/2)");
    return 0;
  }
  // bit = 1 leaves v in [0, 2^k), bit = 0 leaves v + 2^k in [0, 2^k), so v < 0.
  const int64_t power = std::max(PowerAbove(std::max<int64_t>(bound.hi, 0)),
                                 PowerAbove(std::max<int64_t>(-1 - bound.lo, 0)));
  if (power >= int64_t{1} << 30) {
    b.Fail(ErrorCode::kUnsupported, name + ": sign of a value of more than 29 bits");
    return 0;
  }
  const TensorId bit = Boolean(b, name, v.shape);
  b.AddStep(steps::GreaterEq(std::move(name), v, bit));
  const auto p = static_cast<int32_t>(power);
  RequireBelow(b, views::Offset(views::Sub(v, views::Scale(b.Identity(bit), p)), p), power);
  return bit;
}

TensorId Bits(Builder& b, std::string name, const View& v, int count, bool is_signed) {
  if (!b.Accepts(v, name) || v.shape.rank >= Shape::kMaxRank || count < 1 || count > 30) {
    b.Fail(name + ": bits of this view");
    return 0;
  }
  const int64_t half = int64_t{1} << (count - 1);
  RefuseOutside(b, v, is_signed ? -half : 0, is_signed ? half - 1 : 2 * half - 1, {});
  Shape shape = v.shape;
  shape.dims[static_cast<size_t>(shape.rank++)] = static_cast<uint32_t>(count);
  const TensorId t = Boolean(b, name, shape);
  b.AddStep(steps::Bits(std::move(name), v, count, t));
  // Bits recompose v over the integers, and binary (two's complement) digits are unique.
  std::vector<int32_t> weights;
  weights.reserve(static_cast<size_t>(count));
  for (int j = 0; j < count; ++j) weights.push_back(int32_t{1} << j);
  if (is_signed) weights.back() = -weights.back();
  b.AddEquality(views::Sub(views::SumOver(b, t, v.shape.rank, std::move(weights)), v));
  return t;
}

}  // namespace voizk::gadgets
