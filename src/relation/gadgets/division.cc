#include "relation/gadgets/division.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {
namespace {

constexpr int64_t kMaxDivisor = int64_t{1} << 29;  // d - 1 - r is range-checked

int64_t FloorOf(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }  // b > 0

int64_t IntegerRoot(int64_t x) {
  auto s = static_cast<int64_t>(std::sqrt(static_cast<double>(x)));
  while (s * s > x) --s;
  while ((s + 1) * (s + 1) <= x) ++s;
  return s;
}

/// floor(n / d) for all n and all d >= 1 of these ranges.
Interval QuotientOf(const Interval& n, const Interval& d) {
  const int64_t least = std::max<int64_t>(d.lo, 1);
  return {FloorOf(n.lo, n.lo < 0 ? least : d.hi), FloorOf(n.hi, n.hi < 0 ? d.hi : least)};
}

/// q*d + r = n and r <= d - 1, for an r that is shown not to be negative.
void RequireProper(Builder& b, const View& n, const View& d, TensorId q, TensorId r) {
  NonNegative(b, views::Offset(views::Sub(d, b.Identity(r)), -1));
  b.AddProduct({.a = b.Identity(q), .b = d, .c = views::Sub(n, b.Identity(r))});
}

}  // namespace

void RequireDivision(Builder& b, const View& n, const View& d, TensorId q, TensorId r) {
  Range(b, b.Identity(r), b.tensor(r).lo, b.tensor(r).hi);
  RequireProper(b, n, d, q, r);
}

TensorId FloorDiv(Builder& b, const std::string& name, const View& n, const View& d,
                  std::optional<Interval> quotient, const std::string& refusal) {
  if (!b.Accepts(n, name) || !b.Accepts(d, name)) return 0;
  const Interval num = b.Bound(n), den = b.Bound(d);
  if (!(n.shape == d.shape) || den.hi < 1 || den.hi >= kMaxDivisor ||
      (!quotient && !WithinHalf(num))) {
    b.Fail(ErrorCode::kUnsupported, name + ": division of these shapes or ranges");
    return 0;
  }
  const Interval range = quotient.value_or(QuotientOf(num, den));
  const TensorId q = b.AddTensor(name, n.shape, range.lo, range.hi);
  const TensorId r = b.AddTensor(name + " remainder", n.shape, 0, den.hi - 1);
  b.AddStep(steps::FloorDiv(name, n, d, q, r, refusal));
  Range(b, b.Identity(q), range.lo, range.hi);
  // r <= d - 1 bounds r from above; r's own table may end at the next power of two.
  if (quotient) {
    RequireDivision(b, n, d, q, r);
  } else {
    NonNegative(b, b.Identity(r));
    RequireProper(b, n, d, q, r);
  }
  return q;
}

TensorId FloorDiv(Builder& b, const std::string& name, const View& n, int32_t d,
                  Interval quotient) {
  if (!b.Accepts(n, name)) return 0;
  if (d < 1) {
    b.Fail(name + ": division by a constant below 1");
    return 0;
  }
  const TensorId q = b.AddTensor(name, n.shape, quotient.lo, quotient.hi);
  b.AddStep(steps::Quotient(name, n, views::Constant(n.shape, d), q));
  Range(b, b.Identity(q), quotient.lo, quotient.hi);
  Range(b, views::Sub(n, views::Scale(b.Identity(q), d)), 0, d - 1);
  return q;
}

TensorId Isqrt(Builder& b, const std::string& name, const View& v) {
  if (!b.Accepts(v, name)) return 0;
  const Interval bound = b.Bound(v);
  if (bound.hi < 0 || !WithinHalf(bound)) {
    b.Fail(ErrorCode::kUnsupported, name + ": square root of this range");
    return 0;
  }
  if (bound.lo < 0) RefuseOutside(b, v, 0, bound.hi, name + ": square root of a negative number");
  const int64_t root = IntegerRoot(bound.hi);
  const TensorId s = b.AddTensor(name, v.shape, 0, root);
  const TensorId r = b.AddTensor(name + " remainder", v.shape, 0, 2 * root);
  b.AddStep(steps::Isqrt(name, v, s, r));
  // v = s^2 + r with 0 <= r <= 2s, i.e. s^2 <= v < (s+1)^2, has one solution s >= 0.
  const int64_t power = int64_t{1} << std::bit_width(static_cast<uint64_t>(2 * root));
  RequireBelow(b, b.Identity(s), root + 1);
  RequireBelow(b, b.Identity(r), power);
  RequireBelow(b, views::Sub(views::Scale(b.Identity(s), 2), b.Identity(r)), power);
  b.AddProduct({b.Identity(s), b.Identity(s), views::Sub(v, b.Identity(r))});
  return s;
}

}  // namespace voizk::gadgets
