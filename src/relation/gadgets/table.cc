#include "relation/gadgets/table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {
namespace {

constexpr int64_t kMaxFunctionRows = int64_t{1} << 18;

}  // namespace

std::optional<TableId> FunctionTable(Builder& b, const std::string& name, const Interval& bound,
                                     int shift, const std::function<int32_t(int64_t)>& fn) {
  if (shift < 0 || shift > kMaxShift) {
    b.Fail(name + ": requantisation of this view or shift");
    return std::nullopt;
  }
  const int64_t lo = bound.lo >> shift, hi = bound.hi >> shift;
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    b.Fail(ErrorCode::kUnsupported, name + ": accumulator can leave (-p/2, p/2)");
    return std::nullopt;
  }
  if (hi - lo >= kMaxFunctionRows) {
    b.Fail(ErrorCode::kUnsupported, name + ": function table of more than 2^18 rows");
    return std::nullopt;
  }
  std::vector<int32_t> keys, values;
  for (int64_t k = lo; k <= hi; ++k) {
    keys.push_back(static_cast<int32_t>(k));
    values.push_back(fn(k));
  }
  return b.AddTable(name, std::move(keys), std::move(values));
}

TensorId Requant(Builder& b, std::string name, const View& v, int shift,
                 const std::function<int32_t(int64_t)>& fn) {
  if (!b.Accepts(v, name)) return 0;
  const auto table = FunctionTable(b, name, b.Bound(v), shift, fn);
  return table ? LookupValue(b, std::move(name), v, shift, *table) : 0;
}

TensorId LookupValue(Builder& b, std::string name, const View& v, int shift, TableId table,
                     std::string refusal) {
  if (!b.Accepts(v, name) || shift < 0 || shift > kMaxShift ||
      table >= b.relation().tables.size()) {
    b.Fail(name + ": lookup of this view, shift or table");
    return 0;
  }
  const auto& values = b.relation().tables[table].values;
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  const TensorId y = b.AddTensor(name, v.shape, *lo, *hi);
  LookupInto(b, std::move(name), v, shift, table, y, std::move(refusal));
  return y;
}

void LookupInto(Builder& b, std::string name, const View& v, int shift, TableId table, TensorId y,
                std::string refusal) {
  if (!b.Accepts(v, name) || shift < 0 || shift > kMaxShift ||
      table >= b.relation().tables.size() || !(b.tensor(y).shape == v.shape)) {
    return b.Fail(name + ": lookup of this view, shift or table");
  }
  // v = low + 2^shift * hi with low in [0, 2^shift) makes hi the floor, and (hi, y) a row of T.
  if (refusal.empty()) refusal = name + ": no row of its table";
  if (shift == 0) {
    b.AddStep(steps::Table(std::move(name), v, y, table, std::move(refusal)));
    b.AddLookup({v, 0, true, b.Identity(y), table});
    return;
  }
  const int64_t unit = int64_t{1} << shift;
  const TensorId low = b.AddTensor(name + " low part", v.shape, 0, unit - 1);
  b.AddStep(steps::Requant(std::move(name), v, shift, low, y, table, std::move(refusal)));
  RequireBelow(b, b.Identity(low), unit);
  b.AddLookup({views::Sub(v, b.Identity(low)), shift, true, b.Identity(y), table});
}

}  // namespace voizk::gadgets
