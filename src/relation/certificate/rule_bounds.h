// What a rule says about the one tensor that it reads and that is not enforced yet.
#ifndef VOIZK_RELATION_CERTIFICATE_RULE_BOUNDS_H_
#define VOIZK_RELATION_CERTIFICATE_RULE_BOUNDS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "relation/certificate/bound.h"
#include "relation/certificate/interval.h"
#include "relation/certificate/rule.h"
#include "relation/core/relation.h"

namespace voizk {

/// Least and greatest key and value of every table.
struct TableRanges {
  explicit TableRanges(const Relation& r);
  /// 2^shift * key for the lookup's table: |key| <= 2^31 and shift <= 30, so no overflow.
  Interval Keys(const Lookup& l) const;
  std::vector<Interval> keys, values;
};

class RuleBounds {
 public:
  /// The relation, its tables' ranges and the bounder outlive this.
  RuleBounds(const Relation& r, const TableRanges& tables, ViewBounder* bounder)
      : r_(r), tables_(tables), bounder_(*bounder) {}

  /// The rule's target view is sign * t + rest.  An interval that holds every shown cell of t, in
  /// [-(p-1)/2, (p-1)/2]; nothing if the rule shows none.
  std::optional<Interval> OfTarget(const Rule& rule, const View& rest, int32_t sign);

 private:
  std::optional<Interval> OfRows(const Lookup& l, const View& rest);
  /// known - [rest], where `known` is what the constraint equates the target's view to.
  std::optional<Interval> Minus(const Interval& known, const View& rest);

  static constexpr uint64_t kMaxRowWork = uint64_t{1} << 27;  // table rows looked at

  const Relation& r_;
  const TableRanges& tables_;
  ViewBounder& bounder_;
  uint64_t row_work_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_RULE_BOUNDS_H_
