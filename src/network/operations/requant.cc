#include "network/operations/requant.h"

#include <algorithm>
#include <bit>

#include "network/operations/limits.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/clamp.h"
#include "relation/gadgets/table.h"

namespace voizk::op {

namespace {

constexpr int kMaxTableBits = 16;

}  // namespace

Requant Requant::Read(AttributeReader& attributes) {
  Attributes a;
  a.shift = static_cast<int>(attributes.Int("shift", 0, kMaxRequantShift));
  a.mult = static_cast<int32_t>(attributes.Int("mult", 1, kMaxMultiplier));
  a.q = static_cast<int>(attributes.Int("q", 0, kMaxQ));
  a.lo = static_cast<int32_t>(attributes.Int("lo", INT16_MIN, INT16_MAX));
  a.hi = static_cast<int32_t>(attributes.Int("hi", INT16_MIN, INT16_MAX));
  a.table_bits = static_cast<int>(attributes.IntOr("table_bits", 0, kMaxTableBits, 0));
  a.wide = attributes.IntOr("wide", 0, 1, 0) == 1;
  return Requant(a);
}

Result<Shape> Requant::OutputShape(std::span<const Shape> inputs) const {
  if (a_.shift < 0 || a_.shift > kMaxRequantShift || a_.mult < 1 || a_.mult > kMaxMultiplier ||
      a_.q < 0 || a_.q > kMaxQ || a_.table_bits < 0 || a_.table_bits > kMaxTableBits) {
    return {ErrorCode::kLimitExceeded, "requant: shift, mult or q out of limits"};
  }
  if (a_.lo > a_.hi || a_.lo < INT16_MIN || a_.hi > INT16_MAX) {
    return {ErrorCode::kInvalidArgument, "requant: the clamp is no 16-bit range"};
  }
  if (a_.wide && (a_.mult != int64_t{1} << a_.q || a_.lo == a_.hi)) {
    return {ErrorCode::kInvalidArgument, "requant: only a shift to more than one value is wide"};
  }
  return inputs[0];
}

int32_t Requant::Round(int64_t h) const {
  const int64_t scaled = (2 * h + 1) * a_.mult + (int64_t{1} << a_.q);
  return static_cast<int32_t>(std::clamp<int64_t>(scaled >> (a_.q + 1), a_.lo, a_.hi));
}

Value Requant::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const View& v = inputs[0].view;
  if (a_.wide) {  // (2h+1) 2^q + 2^q over 2^(q+1) is h + 1
    return ValueOf(b, gadgets::ShiftClamp(b, name, views::Offset(v, int32_t{1} << a_.shift),
                                          a_.shift, a_.lo, a_.hi));
  }
  if (a_.mult != int64_t{1} << a_.q) {
    return ValueOf(b,
                   gadgets::Requant(b, name, v, a_.shift, [this](int64_t h) { return Round(h); }));
  }
  // A pure shift: its table depends on the clamp alone, so layers share one if they agree on its
  // rows.  Hence rows from -2^k to 2^k - 1 rather than the certified range exactly.
  const auto bound = b.Bound(v);
  const int64_t lo = bound.lo >> a_.shift, hi = bound.hi >> a_.shift;
  const int64_t reach = std::max(hi, -1 - lo);
  if (reach >= int64_t{1} << kMaxTableBits) {
    b.Fail(ErrorCode::kUnsupported, name + ": function table of more than 2^17 rows");
    return inputs[0];
  }
  const auto needed = static_cast<int>(std::bit_width(static_cast<uint64_t>(reach)));
  const int64_t half = int64_t{1} << std::max(needed, a_.table_bits);
  std::vector<int32_t> keys, values;
  for (int64_t h = -half; h < half; ++h) {
    keys.push_back(static_cast<int32_t>(h));
    values.push_back(Round(h));
  }
  const TableId table = b.AddTable(name, std::move(keys), std::move(values));
  return ValueOf(b, gadgets::LookupValue(b, name, v, a_.shift, table));
}

}  // namespace voizk::op
