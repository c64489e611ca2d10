#include "network/operations/table_activation.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "relation/gadgets/table.h"

namespace voizk::op {

TableActivation TableActivation::Read(AttributeReader& attributes) {
  Attributes a;
  a.shift = static_cast<int>(attributes.Int("shift", 0, kMaxRequantShift));
  a.first = static_cast<int32_t>(attributes.Int("first", INT32_MIN, INT32_MAX));
  a.table = attributes.Tensor("table", "int16", 1).values;
  return TableActivation(std::move(a));
}

Result<Shape> TableActivation::OutputShape(std::span<const Shape> inputs) const {
  if (a_.shift < 0 || a_.shift > kMaxRequantShift || a_.table.size() > size_t{1} << 16) {
    return {ErrorCode::kLimitExceeded, "table_activation: shift or table out of limits"};
  }
  const bool narrow = std::all_of(a_.table.begin(), a_.table.end(),
                                  [](int32_t v) { return v >= INT16_MIN && v <= INT16_MAX; });
  if (a_.table.empty() || !narrow) {
    return {ErrorCode::kInvalidArgument, "table_activation: values of 16 bits, at least one"};
  }
  return inputs[0];
}

Value TableActivation::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto last = static_cast<int64_t>(a_.table.size()) - 1;
  return ValueOf(b, gadgets::Requant(b, name, inputs[0].view, a_.shift, [&](int64_t h) {
                   return a_.table[static_cast<size_t>(std::clamp<int64_t>(h - a_.first, 0, last))];
                 }));
}

}  // namespace voizk::op
