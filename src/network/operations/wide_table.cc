#include "network/operations/wide_table.h"

#include <algorithm>

#include "network/operations/limits.h"
#include "relation/gadgets/two_scales.h"

namespace voizk::op {

namespace {

constexpr int kMostShift = 16;
constexpr size_t kMostValues = size_t{1} << 17;

bool IsTable(const std::vector<int32_t>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(),
                                        [](int32_t v) { return v >= INT16_MIN && v <= INT16_MAX; });
}

}  // namespace

WideTable WideTable::Read(AttributeReader& attributes) {
  Attributes a;
  a.shift = static_cast<int>(attributes.Int("shift", 1, kMostShift));
  a.first = static_cast<int32_t>(attributes.Int("first", INT32_MIN, INT32_MAX));
  a.table = attributes.Tensor("table", "int16", 1).values;
  a.fine_shift = static_cast<int>(attributes.Int("fine_shift", 0, kMostShift - 1));
  a.fine_first = static_cast<int32_t>(attributes.Int("fine_first", INT32_MIN, INT32_MAX));
  a.fine = attributes.Tensor("fine", "int16", 1).values;
  return WideTable(std::move(a));
}

Result<Shape> WideTable::OutputShape(std::span<const Shape> inputs) const {
  if (a_.shift < 1 || a_.shift > kMostShift || a_.fine_shift < 0 || a_.fine_shift >= a_.shift ||
      a_.table.size() > kMostValues || a_.fine.size() > kMostValues) {
    return {ErrorCode::kLimitExceeded, "wide_table: a shift or table out of limits"};
  }
  if (!IsTable(a_.table) || !IsTable(a_.fine)) {
    return {ErrorCode::kInvalidArgument, "wide_table: values of 16 bits, at least one"};
  }
  const int64_t parts = int64_t{1} << (a_.shift - a_.fine_shift);
  if (a_.fine_first % parts != 0 || static_cast<int64_t>(a_.fine.size()) % parts != 0) {
    return {ErrorCode::kInvalidArgument,
            "wide_table: fine values begin or end within a coarse one"};
  }
  return inputs[0];
}

Value WideTable::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto last = static_cast<int64_t>(a_.table.size()) - 1;
  gadgets::TwoScales scales;
  scales.shift = a_.shift;
  scales.fine_shift = a_.fine_shift;
  scales.fine_begin = a_.fine_first;
  scales.fine_end = a_.fine_first + static_cast<int64_t>(a_.fine.size());
  scales.coarse = [&](int64_t h) {
    return a_.table[static_cast<size_t>(std::clamp<int64_t>(h - a_.first, 0, last))];
  };
  scales.fine = [&](int64_t g) { return a_.fine[static_cast<size_t>(g - a_.fine_first)]; };
  return ValueOf(b, gadgets::LookupInTwoScales(b, name, inputs[0].view, scales));
}

}  // namespace voizk::op
