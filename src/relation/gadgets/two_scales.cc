#include "relation/gadgets/two_scales.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"

namespace voizk::gadgets {
namespace {

constexpr int kMostShift = 16;
constexpr int64_t kMostRows = int64_t{1} << 19;  // of one scale

/// Rows (key, value), the smaller keys first.
struct Rows {
  std::vector<int32_t> keys, values;
  void Add(int64_t key, int32_t value) {
    keys.push_back(static_cast<int32_t>(key));
    values.push_back(value);
  }
};

/// Remainders of both scales, and which of them: 0 coarse, 1 fine.
Rows RemainderRows(const TwoScales& s) {
  Rows rows;
  for (int64_t low = 0; low < int64_t{1} << s.shift; ++low) rows.Add(low, 0);
  for (int64_t low = 0; low < int64_t{1} << s.fine_shift; ++low) rows.Add(low, 1);
  return rows;
}

/// Begin and end of both scales in units of a coarse value.
struct Parts {
  int64_t first, last;  // of what v can be
  int64_t fine_begin, fine_end;
};

Rows ValueRows(const TwoScales& s, const Interval& bound, const Parts& p, int64_t gap) {
  Rows rows;
  const int64_t first = std::max(s.fine_begin, bound.lo >> s.fine_shift);
  const int64_t last = std::min(s.fine_end - 1, bound.hi >> s.fine_shift);
  for (int64_t g = first; g <= last; ++g)
    rows.Add(g * (int64_t{1} << s.fine_shift) - gap, s.fine(g));
  for (int64_t h = p.first; h <= p.last; ++h) {
    if (h < p.fine_begin || h >= p.fine_end) rows.Add(h * (int64_t{1} << s.shift), s.coarse(h));
  }
  return rows;
}

}  // namespace

TensorId LookupInTwoScales(Builder& b, const std::string& name, const View& v, const TwoScales& s) {
  if (!b.Accepts(v, name)) return 0;
  const int apart = s.shift - s.fine_shift;
  const bool ordered = s.fine_shift >= 0 && apart >= 1 && s.shift <= kMostShift;
  const int64_t within = ordered ? (int64_t{1} << apart) - 1 : 0;
  if (!ordered || (s.fine_begin & within) != 0 || (s.fine_end & within) != 0 ||
      s.fine_end <= s.fine_begin) {
    b.Fail(name + ": scales that do not fit each other");
    return 0;
  }
  const Interval bound = b.Bound(v);
  const int64_t unit = int64_t{1} << s.shift;
  const int64_t gap = bound.hi - bound.lo + 2 * unit;
  if (!WithinHalf(bound) || bound.lo - unit - gap < -kHalfModulus || gap >= int64_t{1} << 30) {
    b.Fail(ErrorCode::kUnsupported, name + ": keys of two scales can leave (-p/2, p/2)");
    return 0;
  }
  const Parts parts{bound.lo >> s.shift, bound.hi >> s.shift, s.fine_begin >> apart,
                    s.fine_end >> apart};
  if (parts.last - parts.first >= kMostRows || s.fine_end - s.fine_begin > kMostRows) {
    b.Fail(ErrorCode::kUnsupported, name + ": a scale of more than 2^19 rows");
    return 0;
  }
  Rows remainders = RemainderRows(s), rows = ValueRows(s, bound, parts, gap);
  const auto [least, most] = std::minmax_element(rows.values.begin(), rows.values.end());
  const TensorId y = b.AddTensor(name, v.shape, *least, *most);
  const TensorId low = b.AddTensor(name + " low part", v.shape, 0, unit - 1);
  const TensorId fine = b.AddTensor(name + " fine", v.shape, 0, 1);
  const TableId remainder_table =
      b.AddTable("remainders", std::move(remainders.keys), std::move(remainders.values));
  const TableId table = b.AddTable(name, std::move(rows.keys), std::move(rows.values));
  b.AddStep(steps::TwoScales(name, v, s.shift, s.fine_shift,
                             s.fine_begin * (int64_t{1} << s.fine_shift),
                             s.fine_end * (int64_t{1} << s.fine_shift), low, fine));
  b.AddLookup({b.Identity(low), 0, true, b.Identity(fine), remainder_table});
  const View key = views::Sub(views::Sub(v, b.Identity(low)),
                              views::Scale(b.Identity(fine), static_cast<int32_t>(gap)));
  b.AddStep(steps::Table(name, key, y, table, name + ": no row of its table"));
  b.AddLookup({key, 0, true, b.Identity(y), table});
  return y;
}

}  // namespace voizk::gadgets
