// Builder's range checks: by one lookup, or by a committed low limb and a virtual top limb.
//
//   u = low + 2^k * top,  low in [0, 2^k) and top in [0, rows / 2^k) by lookups,
// is exact when 2^k divides rows; other bounds are shown from both sides with powers of two:
//   u in [0, 2^b)  and  rows - 1 - u in [0, 2^b).
#include <algorithm>
#include <bit>

#include "relation/builder/builder.h"

namespace voizk {
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
    const auto imbalance = [&](int b) { return std::max(b, bits - b); };
    if (best == 0 || imbalance(k) <= imbalance(best)) best = k;
  }
  return best;
}

}  // namespace

void Builder::CheckStep(const View& v, int64_t lo, int64_t hi, std::string refusal) {
  if (refusal.empty()) {
    const Interval bound = Bound(v);
    if (bound.lo >= lo && bound.hi <= hi) return;
    refusal = "a value is out of range";
  }
  AddStep({StepKind::kCheckRange, {}, {v}, {}, 0, {lo, hi}, std::move(refusal)});
}

void Builder::RangeLookup(const View& u, int64_t rows) {
  AddLookup({u, 0, false, {}, RangeTable(0, rows - 1)});
}

void Builder::RangeLimbs(const View& u, int low_bits, int64_t top_rows) {
  const int64_t unit = int64_t{1} << low_bits;
  const TensorId low = AddTensor("limb", u.shape, 0, unit - 1);
  AddStep({StepKind::kLow, {}, {u}, {low}, 0, {low_bits}, {}});
  RangeLookup(Identity(low), unit);
  AddLookup({Sub(u, Identity(low)), low_bits, false, {}, RangeTable(0, top_rows - 1)});
}

void Builder::RangeFromZero(const View& u, int64_t rows) {
  if (rows < 1 || rows > kMaxRange) return Fail("range check of more than 29 bits");
  if (!Accepts(u, "range check")) return;
  // A row costs a lookup and a cell, and so does a low limb.
  const auto cells = static_cast<int64_t>(u.shape.Cells());
  if (rows <= kSmallRangeRows || rows <= std::min(kMaxRangeRows, cells) ||
      (rows <= kMaxRangeRows && FindRangeTable(0, rows - 1).has_value())) {
    return RangeLookup(u, rows);
  }
  if (const int k = LowBits(rows); k != 0) return RangeLimbs(u, k, rows >> k);
  const int64_t power = int64_t{1} << std::bit_width(static_cast<uint64_t>(rows - 1));
  RangeFromZero(u, power);
  RangeFromZero(Offset(Scale(u, -1), static_cast<int32_t>(rows - 1)), power);
}

void Builder::Range(const View& v, int64_t lo, int64_t hi, std::string refusal) {
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus || hi - lo >= kMaxRange) {
    return Fail("range check of more than 29 bits");
  }
  if (!Accepts(v, "range check")) return;
  CheckStep(v, lo, hi, std::move(refusal));
  RangeFromZero(Offset(v, static_cast<int32_t>(-lo)), hi - lo + 1);
}

void Builder::NonNegative(const View& v, std::string refusal) {
  if (!Accepts(v, "non-negative")) return;
  const Interval bound = Bound(v);
  if (bound.hi < 0 || bound.hi >= kMaxRange) {
    return Fail("value to be shown non-negative never is, or exceeds 29 bits");
  }
  CheckStep(v, 0, bound.hi, std::move(refusal));
  RangeFromZero(v, int64_t{1} << std::bit_width(static_cast<uint64_t>(bound.hi)));
}

}  // namespace voizk
