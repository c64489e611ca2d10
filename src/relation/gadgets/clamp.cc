#include "relation/gadgets/clamp.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk::gadgets {

namespace {

/// excess * gap = 0 everywhere, both in ranges that begin at 0.  Where their product may wrap, by a
/// boolean that is 1 wherever excess is not 0.
void RequireOneZero(Builder& b, const std::string& name, const View& excess, View gap) {
  const View zero = views::Constant(excess.shape, 0);
  const int64_t most = b.Bound(excess).hi;
  if (most * b.Bound(gap).hi < kHalfModulus) return b.AddProduct({excess, std::move(gap), zero});
  const TensorId some = Boolean(b, name + " some", excess.shape);
  b.AddStep(steps::GreaterEq(name + " some", views::Offset(excess, -1), some));
  const View flag = b.Identity(some);
  RequireBelow(b, views::Sub(views::Scale(flag, static_cast<int32_t>(most)), excess), most + 1);
  b.AddProduct({flag, std::move(gap), zero});
}

// With u = floor(v / 2^shift) - lo = mid + 2^bits * top, mid in [0, 2^bits): e tells by a table of
// top whether it is negative, 0 or positive, and y is a table's entry for mid + 2^bits * e.
struct Tables {
  int bits = 0;  // hi - lo + 1 = 2^bits
  Interval top;
};

/// Where that costs less than to show the excess: a clamp so wide that its products need booleans.
std::optional<Tables> WorthTables(const Builder& b, const View& v, int shift, int64_t lo,
                                  int64_t hi) {
  constexpr int64_t kMostRows = int64_t{1} << 16;  // of either part
  constexpr int kFewestBits = 6;
  const auto count = static_cast<uint64_t>(hi - lo + 1);
  const Interval reach = b.Bound(v);
  if (!std::has_single_bit(count)) return std::nullopt;
  Tables tables;
  tables.bits = std::countr_zero(count);
  // Up to powers of two, so that clamps share a table of sides.
  const int64_t least = ((reach.lo >> shift) - lo) >> tables.bits,
                most = ((reach.hi >> shift) - lo) >> tables.bits;
  const auto far = static_cast<uint64_t>(std::max<int64_t>({most, -1 - least, 1}));
  tables.top.hi = (int64_t{1} << std::bit_width(far)) - 1;
  tables.top.lo = -1 - tables.top.hi;
  const int64_t reachable = kHalfModulus >> (shift + tables.bits);
  if (tables.top.hi >= reachable) tables.top = {least, most};
  if (least < -reachable || most > reachable) return std::nullopt;
  const int64_t rows = tables.top.hi - tables.top.lo + 1;
  const int64_t offset = -lo * (int64_t{1} << shift);  // what is looked up is v + offset
  const bool fits = reach.lo + offset >= -kHalfModulus && reach.hi + offset <= kHalfModulus &&
                    std::abs(offset) < kHalfModulus && tables.bits >= kFewestBits &&
                    hi - lo < kMostRows && rows <= kMostRows && shift + tables.bits < 29;
  if (!fits || 4 * count + static_cast<uint64_t>(rows) > 8 * v.shape.Cells()) return std::nullopt;
  return tables;
}

TensorId ClampByTables(Builder& b, const std::string& name, const View& v, int shift, int64_t lo,
                       const Tables& tables) {
  const int64_t count = int64_t{1} << tables.bits, unit = int64_t{1} << shift;
  const View above = views::Offset(v, static_cast<int32_t>(-lo * unit));
  std::vector<int32_t> tops, signs, keys, values;
  for (int64_t top = tables.top.lo; top <= tables.top.hi; ++top) {
    tops.push_back(static_cast<int32_t>(top));
    signs.push_back(top < 0 ? -1 : top > 0 ? 1 : 0);
  }
  for (int64_t key = -count; key < 2 * count; ++key) {
    keys.push_back(static_cast<int32_t>(key));
    values.push_back(static_cast<int32_t>(lo + std::clamp<int64_t>(key, 0, count - 1)));
  }
  const TableId sign = b.AddTable(name + " side", std::move(tops), std::move(signs));
  const TableId clamp = b.AddTable(name, std::move(keys), std::move(values));
  const TensorId within = b.AddTensor(name + " within", v.shape, 0, count * unit - 1);
  const TensorId side = b.AddTensor(name + " side", v.shape, -1, 1);
  b.AddStep(steps::Requant(name + " side", above, shift + tables.bits, within, side, sign,
                           name + ": no row of its table"));
  b.AddLookup(
      {views::Sub(above, b.Identity(within)), shift + tables.bits, true, b.Identity(side), sign});
  TensorId mid = within;
  if (shift > 0) {
    mid = b.AddTensor(name + " index", v.shape, 0, count - 1);
    b.AddStep(steps::Shift(name + " index", b.Identity(within), shift, mid));
    RequireBelow(
        b,
        views::Sub(b.Identity(within), views::Scale(b.Identity(mid), static_cast<int32_t>(unit))),
        unit);
  }
  RequireBelow(b, b.Identity(mid), count);
  return LookupValue(
      b, name,
      views::Add(b.Identity(mid), views::Scale(b.Identity(side), static_cast<int32_t>(count))), 0,
      clamp);
}

}  // namespace

TensorId ShiftClamp(Builder& b, const std::string& name, const View& v, int shift, int64_t lo,
                    int64_t hi) {
  if (!b.Accepts(v, name) || lo >= hi || lo < -kHalfModulus || hi > kHalfModulus || shift < 0 ||
      shift > 29) {
    b.Fail(name + ": no range or shift of a clamp");
    return b.AddTensor(name, v.shape, 0, 0);
  }
  const Interval reach = b.Bound(v);
  if (reach.lo < -kHalfModulus || reach.hi > kHalfModulus) {
    b.Fail(ErrorCode::kUnsupported, name + ": accumulator can leave (-p/2, p/2)");
    return b.AddTensor(name, v.shape, 0, 0);
  }
  if (const auto tables = WorthTables(b, v, shift, lo, hi)) {
    return ClampByTables(b, name, v, shift, lo, *tables);
  }
  const int64_t most_over = (reach.hi >> shift) - hi, most_under = lo - (reach.lo >> shift);
  const TensorId y = b.AddTensor(name, v.shape, lo, hi);
  const auto add = [&](const char* part, int64_t most) -> std::optional<TensorId> {
    if (most <= 0) return std::nullopt;
    return b.AddTensor(name + part, v.shape, 0, most);
  };
  const auto low = add(" low", (int64_t{1} << shift) - 1), over = add(" over", most_over),
             under = add(" under", most_under);
  b.AddStep(steps::ShiftClamp(name, v, shift, lo, hi, y, low, over, under));

  RequireBelow(b, views::Offset(b.Identity(y), static_cast<int32_t>(-lo)), hi - lo + 1);
  View whole = b.Identity(y);  // floor(v / 2^shift)
  if (over) {
    RequireBelow(b, b.Identity(*over), most_over + 1);
    RequireOneZero(b, name + " over", b.Identity(*over),
                   views::Offset(views::Scale(b.Identity(y), -1), static_cast<int32_t>(hi)));
    whole = views::Add(std::move(whole), b.Identity(*over));
  }
  if (under) {
    RequireBelow(b, b.Identity(*under), most_under + 1);
    RequireOneZero(b, name + " under", b.Identity(*under),
                   views::Offset(b.Identity(y), static_cast<int32_t>(-lo)));
    whole = views::Sub(std::move(whole), b.Identity(*under));
  }
  View rest = views::Sub(v, views::Scale(whole, int32_t{1} << shift));
  if (low) {
    RequireBelow(b, b.Identity(*low), int64_t{1} << shift);
    rest = views::Sub(std::move(rest), b.Identity(*low));
  }
  b.AddEquality(std::move(rest));
  return y;
}

}  // namespace voizk::gadgets
