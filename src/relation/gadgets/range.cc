//   u = low + 2^k * top,  low in [0, 2^k) and top in [0, rows / 2^k) by lookups,
// is exact when 2^k divides rows; other bounds are shown from both sides with powers of two:
//   u in [0, 2^b)  and  rows - 1 - u in [0, 2^b).
#include "relation/gadgets/range.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"

namespace voizk::gadgets {
namespace {

constexpr int64_t kMaxRangeRows = int64_t{1} << 16;  // of a table that one lookup uses
constexpr int64_t kSmallRangeRows = int64_t{1} << 10;
constexpr int kMaxLimbBits = 15;
// Two limbs of 30 bits would reach 2^15 * (2^15 - 1) > p / 2.
constexpr int64_t kMaxRange = int64_t{1} << 29;

/// Bits of the low limb such that 2^k divides rows and both limbs' tables are small, as balanced as
/// possible; 0 if there is none.
int LowBits(int64_t rows) {
  const int bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(rows - 1)));
  int best = 0;
  for (int k = 1; k <= kMaxLimbBits; ++k) {
    const bool exact = rows % (int64_t{1} << k) == 0;
    if (!exact || (rows >> k) > (int64_t{1} << kMaxLimbBits)) continue;
    const auto imbalance = [&](int low) { return std::max(low, bits - low); };
    if (best == 0 || imbalance(k) <= imbalance(best)) best = k;
  }
  return best;
}

void RequireLimbs(Builder& b, const View& u, int low_bits, int64_t top_rows) {
  const int64_t unit = int64_t{1} << low_bits;
  const TensorId low = b.AddTensor("limb", u.shape, 0, unit - 1);
  b.AddStep(steps::Low({}, u, low_bits, low));
  RequireSmall(b, b.Identity(low), 0, unit - 1);
  b.AddLookup({.key = views::Sub(u, b.Identity(low)),
               .shift = low_bits,
               .value = {},
               .table = b.RangeTable(0, top_rows - 1)});
}

}  // namespace

void RefuseOutside(Builder& b, const View& v, int64_t lo, int64_t hi, std::string refusal) {
  if (refusal.empty()) {
    const Interval bound = b.Bound(v);
    if (bound.lo >= lo && bound.hi <= hi) return;
    refusal = "a value is out of range";
  }
  b.AddStep(steps::CheckRange(v, lo, hi, std::move(refusal)));
}

void RequireSmall(Builder& b, const View& v, int64_t lo, int64_t hi) {
  b.AddLookup({.key = v, .value = {}, .table = b.RangeTable(lo, hi)});
}

void RequireBelow(Builder& b, const View& u, int64_t rows) {
  if (rows < 1 || rows > kMaxRange) return b.Fail("range check of more than 29 bits");
  if (!b.Accepts(u, "range check")) return;
  // A row costs a lookup and a cell, and so does a low limb.
  const auto cells = static_cast<int64_t>(u.shape.Cells());
  if (rows <= kSmallRangeRows || rows <= std::min(kMaxRangeRows, cells) ||
      (rows <= kMaxRangeRows && b.FindRangeTable(0, rows - 1).has_value())) {
    return RequireSmall(b, u, 0, rows - 1);
  }
  if (const int k = LowBits(rows); k != 0) return RequireLimbs(b, u, k, rows >> k);
  const int64_t power = int64_t{1} << std::bit_width(static_cast<uint64_t>(rows - 1));
  RequireBelow(b, u, power);
  RequireBelow(b, views::Offset(views::Scale(u, -1), static_cast<int32_t>(rows - 1)), power);
}

void Range(Builder& b, const View& v, int64_t lo, int64_t hi, std::string refusal) {
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus || hi - lo >= kMaxRange) {
    return b.Fail("range check of more than 29 bits");
  }
  if (!b.Accepts(v, "range check")) return;
  RefuseOutside(b, v, lo, hi, std::move(refusal));
  RequireBelow(b, views::Offset(v, static_cast<int32_t>(-lo)), hi - lo + 1);
}

void NonNegative(Builder& b, const View& v, std::string refusal) {
  if (!b.Accepts(v, "non-negative")) return;
  const Interval bound = b.Bound(v);
  if (bound.hi < 0 || bound.hi >= kMaxRange) {
    return b.Fail("value to be shown non-negative never is, or exceeds 29 bits");
  }
  RefuseOutside(b, v, 0, bound.hi, std::move(refusal));
  RequireBelow(b, v, int64_t{1} << std::bit_width(static_cast<uint64_t>(bound.hi)));
}

TensorId FloorShift(Builder& b, const std::string& name, const View& v, int shift) {
  if (!b.Accepts(v, name) || shift < 1 || shift > kMaxShift) {
    b.Fail(name + ": this view or shift");
    return 0;
  }
  const Interval bound = b.Bound(v);
  if (!WithinHalf(bound)) {
    b.Fail(ErrorCode::kUnsupported, name + ": accumulator can leave (-p/2, p/2)");
    return 0;
  }
  const TensorId q = b.AddTensor(name, v.shape, bound.lo >> shift, bound.hi >> shift);
  b.AddStep(steps::Shift(name, v, shift, q));
  // v - 2^shift q in [0, 2^shift) has one solution over the integers, and the range of q leaves no
  // other mod p.
  Range(b, b.Identity(q), b.tensor(q).lo, b.tensor(q).hi);
  const int64_t unit = int64_t{1} << shift;
  RequireBelow(b, views::Sub(v, views::Scale(b.Identity(q), static_cast<int32_t>(unit))), unit);
  return q;
}

}  // namespace voizk::gadgets
