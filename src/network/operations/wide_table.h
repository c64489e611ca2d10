// A function of an accumulator whose small values count as well as its large ones: a logarithm.
#ifndef VOIZK_NETWORK_OPERATIONS_WIDE_TABLE_H_
#define VOIZK_NETWORK_OPERATIONS_WIDE_TABLE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// g = floor(x / 2^fine_shift);  y = fine[g - fine_first] if fine_first <= g < fine_first + n_fine,
/// else h = floor(x / 2^shift);  y = table[clamp(h - first, 0, n - 1)]
/// Per element three cells and two lookups; rows: the certified range of x in both scales, and
/// 2^shift + 2^fine_shift.  kUnsupported where x may reach beyond 2^28 (2^29 if it is never
/// negative) or a scale has more than 2^19 rows.
class WideTable final : public Operation {
 public:
  struct Attributes {
    int shift = 1;  // at most 16
    int32_t first = 0;
    std::vector<int32_t> table;  // 16-bit values, at most 2^17
    int fine_shift = 0;          // below shift
    int32_t fine_first = 0;      // a multiple of 2^(shift - fine_shift), as the number of values
    std::vector<int32_t> fine;   // the same
  };
  explicit WideTable(Attributes attributes) : a_(std::move(attributes)) {}
  static WideTable Read(AttributeReader& attributes);

  std::string_view kind() const override { return "wide_table"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_WIDE_TABLE_H_
