// Builder's constraints with their steps.  Each gadget says beside its constraints why they pin the
// value; all divisions and signs are bounded from both sides (F13).
#include <algorithm>
#include <bit>
#include <cmath>

#include "relation/builder/builder.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

constexpr int64_t kMaxFunctionRows = int64_t{1} << 16;

int64_t PowerAbove(int64_t x) { return int64_t{1} << std::bit_width(static_cast<uint64_t>(x)); }

int64_t FloorOf(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }  // b > 0

int64_t IntegerRoot(int64_t x) {
  auto s = static_cast<int64_t>(std::sqrt(static_cast<double>(x)));
  while (s * s > x) --s;
  while ((s + 1) * (s + 1) <= x) ++s;
  return s;
}

}  // namespace

TensorId Builder::Requant(std::string name, const View& v, int shift,
                          const std::function<int32_t(int64_t)>& fn) {
  if (!Accepts(v, name) || shift < 0 || shift > kMaxShift) {
    Fail(name + ": requantisation of this view or shift");
    return 0;
  }
  const Interval bound = Bound(v);
  const int64_t lo = bound.lo >> shift, hi = bound.hi >> shift;
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, name + ": accumulator can leave (-p/2, p/2)");
    return 0;
  }
  if (hi - lo >= kMaxFunctionRows) {
    Fail(ErrorCode::kUnsupported, name + ": function table of more than 2^16 rows");
    return 0;
  }
  std::vector<int32_t> keys, values;
  for (int64_t k = lo; k <= hi; ++k) {
    keys.push_back(static_cast<int32_t>(k));
    values.push_back(fn(k));
  }
  const TableId table = AddTable(name, std::move(keys), std::move(values));
  return LookupValue(std::move(name), v, shift, table);
}

TensorId Builder::LookupValue(std::string name, const View& v, int shift, TableId table,
                              std::string refusal) {
  if (!Accepts(v, name) || shift < 0 || shift > kMaxShift || table >= relation_.tables.size()) {
    Fail(name + ": lookup of this view, shift or table");
    return 0;
  }
  const auto& values = relation_.tables[table].values;
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  const TensorId y = AddTensor(name, v.shape, *lo, *hi);
  // v = low + 2^shift * hi with low in [0, 2^shift) makes hi the floor, and (hi, y) a row of T.
  if (refusal.empty()) refusal = name + ": no row of its table";
  if (shift == 0) {
    AddStep({StepKind::kTable, name, {v}, {y}, table, {0}, std::move(refusal)});
    AddLookup({v, 0, true, Identity(y), table});
    return y;
  }
  const int64_t unit = int64_t{1} << shift;
  const TensorId low = AddTensor(name + " low part", v.shape, 0, unit - 1);
  AddStep({StepKind::kRequant, name, {v}, {low, y}, table, {shift}, std::move(refusal)});
  RangeFromZero(Identity(low), unit);
  AddLookup({Sub(v, Identity(low)), shift, true, Identity(y), table});
  return y;
}

TensorId Builder::Materialise(std::string name, const View& v) {
  if (!Accepts(v, name)) return 0;
  const Interval bound = Bound(v);
  const TensorId t = AddTensor(name, v.shape, bound.lo, bound.hi);
  AddStep({StepKind::kMaterial, std::move(name), {v}, {t}, 0, {}, {}});
  AddEquality(Sub(v, Identity(t)));
  return t;
}

TensorId Builder::Mul(std::string name, const View& a, const View& b, Shape out) {
  if (!Accepts(a, name) || !Accepts(b, name)) return 0;
  bool fits = IsValidShape(out) && a.shape == b.shape && out.rank <= a.shape.rank;
  for (size_t d = 0; fits && d < static_cast<size_t>(out.rank); ++d) {
    fits = out.dims[d] == a.shape.dims[d];
  }
  if (!fits) {
    Fail(name + ": product of these shapes");
    return 0;
  }
  const Interval bound = ViewBounder(relation_).BoundProduct({a, b, View{out, {}, {}}});
  const TensorId t = AddTensor(name, out, bound.lo, bound.hi);
  AddStep({StepKind::kProduct, std::move(name), {a, b}, {t}, 0, {}, {}});
  AddProduct({a, b, Identity(t)});
  return t;
}

TensorId Builder::Boolean(std::string name, Shape shape, Step step) {
  const TensorId t = AddTensor(std::move(name), shape, 0, 1);
  if (step.outputs.empty()) step.outputs.resize(1);
  step.outputs[0] = t;
  AddStep(std::move(step));
  AddProduct({Identity(t), Identity(t), Identity(t)});
  return t;
}

TensorId Builder::IsNonNegative(std::string name, const View& v) {
  if (!Accepts(v, name)) return 0;
  const Interval bound = Bound(v);
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, name + ": sign of a value that can leave (-p/2, p/2)");
    return 0;
  }
  // bit = 1 leaves v in [0, 2^k), bit = 0 leaves v + 2^k in [0, 2^k), so v < 0.
  const int64_t power = std::max(PowerAbove(std::max<int64_t>(bound.hi, 0)),
                                 PowerAbove(std::max<int64_t>(-1 - bound.lo, 0)));
  if (power >= int64_t{1} << 30) {
    Fail(ErrorCode::kUnsupported, name + ": sign of a value of more than 29 bits");
    return 0;
  }
  const TensorId bit = Boolean(name, v.shape, {StepKind::kGreaterEq, name, {v}, {}, 0, {}, {}});
  const auto p = static_cast<int32_t>(power);
  RangeFromZero(Offset(Sub(v, Scale(Identity(bit), p)), p), power);
  return bit;
}

TensorId Builder::FloorDiv(std::string name, const View& n, const View& d) {
  if (!Accepts(n, name) || !Accepts(d, name)) return 0;
  const Interval num = Bound(n), den = Bound(d);
  if (!(n.shape == d.shape) || den.hi < 1 || den.hi >= int64_t{1} << 29 || num.lo < -kHalfModulus ||
      num.hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, name + ": division of these shapes or ranges");
    return 0;
  }
  if (den.lo < 1) NonNegative(Offset(d, -1), name + ": divisor is not positive");
  const int64_t least = std::max<int64_t>(den.lo, 1);
  const int64_t lo = FloorOf(num.lo, num.lo < 0 ? least : den.hi);
  const int64_t hi = FloorOf(num.hi, num.hi < 0 ? den.hi : least);
  const TensorId q = AddTensor(name, n.shape, lo, hi);
  const TensorId r = AddTensor(name + " remainder", n.shape, 0, den.hi - 1);
  AddStep({StepKind::kFloorDiv, name, {n, d}, {q, r}, 0, {}, {}});
  // n = q*d + r with 0 <= r <= d - 1 over the integers has one solution.
  RangeFromZero(Offset(Identity(q), static_cast<int32_t>(-lo)), hi - lo + 1);
  RangeFromZero(Identity(r), PowerAbove(den.hi - 1));
  RangeFromZero(Offset(Sub(d, Identity(r)), -1), PowerAbove(den.hi - 1));
  AddProduct({Identity(q), d, Sub(n, Identity(r))});
  return q;
}

TensorId Builder::Isqrt(std::string name, const View& v) {
  if (!Accepts(v, name)) return 0;
  const Interval bound = Bound(v);
  if (bound.hi < 0 || bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, name + ": square root of this range");
    return 0;
  }
  if (bound.lo < 0) CheckStep(v, 0, bound.hi, name + ": square root of a negative number");
  const int64_t root = IntegerRoot(bound.hi);
  const TensorId s = AddTensor(name, v.shape, 0, root);
  const TensorId r = AddTensor(name + " remainder", v.shape, 0, 2 * root);
  AddStep({StepKind::kIsqrt, name, {v}, {s, r}, 0, {}, {}});
  // v = s^2 + r with 0 <= r <= 2s, i.e. s^2 <= v < (s+1)^2, has one solution s >= 0.
  RangeFromZero(Identity(s), root + 1);
  RangeFromZero(Identity(r), PowerAbove(2 * root));
  RangeFromZero(Sub(Scale(Identity(s), 2), Identity(r)), PowerAbove(2 * root));
  AddProduct({Identity(s), Identity(s), Sub(v, Identity(r))});
  return s;
}

TensorId Builder::Bits(std::string name, const View& v, int bits, bool is_signed) {
  if (!Accepts(v, name) || v.shape.rank >= Shape::kMaxRank || bits < 1 || bits > 30) {
    Fail(name + ": bits of this view");
    return 0;
  }
  const int64_t half = int64_t{1} << (bits - 1);
  CheckStep(v, is_signed ? -half : 0, is_signed ? half - 1 : 2 * half - 1, {});
  Shape shape = v.shape;
  shape.dims[static_cast<size_t>(shape.rank++)] = static_cast<uint32_t>(bits);
  const TensorId t = Boolean(name, shape, {StepKind::kBits, name, {v}, {}, 0, {bits}, {}});
  // Bits recompose v over the integers, and binary (two's complement) digits are unique.
  std::vector<int32_t> weights;
  for (int j = 0; j < bits; ++j) weights.push_back(int32_t{1} << j);
  if (is_signed) weights.back() = -weights.back();
  AddEquality(Sub(SumOver(t, v.shape.rank, std::move(weights)), v));
  return t;
}

}  // namespace voizk
