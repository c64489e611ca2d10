#include "relation/certificate/rule_bounds.h"

#include <algorithm>

#include "relation/certificate/view_algebra.h"

namespace voizk {
namespace {

/// Least and greatest, in a loop that compilers vectorise (std::minmax_element is none).  v is not
/// empty.
Interval RangeOf(const std::vector<int32_t>& v) {
  int32_t lo = v[0], hi = v[0];
  for (const int32_t x : v) {
    lo = std::min(lo, x);
    hi = std::max(hi, x);
  }
  return {lo, hi};
}

}  // namespace

TableRanges::TableRanges(const Relation& r) {
  for (const Table& t : r.tables) {
    keys.push_back(RangeOf(t.keys));
    values.push_back(RangeOf(t.values));
  }
}

Interval TableRanges::Keys(const Lookup& l) const {
  const int64_t unit = int64_t{1} << l.shift;
  return {keys[l.table].lo * unit, keys[l.table].hi * unit};
}

std::optional<Interval> RuleBounds::Minus(const Interval& known, const View& rest) {
  const Interval b = bounder_.Bound(rest);
  if (!WithinHalf(known) || !WithinModulus(b)) return std::nullopt;
  return Interval{known.lo - b.hi, known.hi - b.lo};
}

std::optional<Interval> RuleBounds::OfTarget(const Rule& rule, const View& rest, int32_t sign) {
  std::optional<Interval> all;
  switch (rule.kind) {
    case Rule::Kind::kKey:
      all = Minus(tables_.Keys(r_.lookups[rule.index]), rest);
      break;
    case Rule::Kind::kValue:
      all = Minus(tables_.values[r_.lookups[rule.index].table], rest);
      break;
    case Rule::Kind::kRows:
      all = OfRows(r_.lookups[rule.index], rest);
      break;
    case Rule::Kind::kEquality:
      all = Minus({0, 0}, rest);
      break;
    case Rule::Kind::kPublicInput: {
      const PublicInput& p = r_.publics[rule.index];
      all = Minus({p.lo, p.hi}, rest);
      break;
    }
    case Rule::Kind::kProduct: {
      const Product& p = r_.products[rule.index];
      all = bounder_.BoundProduct({p.a, p.b, rest});
      break;
    }
  }
  // Outside (-p/2, p/2) the interval does not determine the integer behind a residue.
  if (!all || !WithinHalf(*all)) return std::nullopt;
  return sign > 0 ? *all : Interval{-all->hi, -all->lo};
}

// value = target + rest with (key, value) in the table.  In the row (k, x), rest = k - D where
// D = key - rest, so rest lies in [rest] and in k - [D], and target = x - rest.  (A maximum of two:
// key = a - b, value = y - b, D = a.)
std::optional<Interval> RuleBounds::OfRows(const Lookup& l, const View& rest) {
  const Table& table = r_.tables[l.table];
  row_work_ += table.keys.size();
  if (row_work_ > kMaxRowWork || !WithinHalf(bounder_.Bound(l.key)) ||
      !WithinHalf(tables_.Keys(l))) {
    return std::nullopt;
  }
  const std::optional<View> difference = Combine(l.key, rest, -1);
  if (!difference) return std::nullopt;
  const Interval b = bounder_.Bound(rest), d = bounder_.Bound(*difference);
  if (!WithinHalf(b) || !WithinHalf(d)) return std::nullopt;
  const int64_t unit = int64_t{1} << l.shift;
  Interval all{INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const int64_t at = table.keys[i] * unit;
    const int64_t lo = std::max(b.lo, at - d.hi);
    const int64_t hi = std::min(b.hi, at - d.lo);
    if (lo > hi) continue;
    all.lo = std::min(all.lo, table.values[i] - hi);
    all.hi = std::max(all.hi, table.values[i] - lo);
  }
  if (all.lo > all.hi) return std::nullopt;
  return all;
}

}  // namespace voizk
