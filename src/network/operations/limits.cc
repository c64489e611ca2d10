#include "network/operations/limits.h"

#include <bit>
#include <string>

#include "relation/core/structure.h"

namespace voizk::op {

Status CheckValueShape(const Shape& shape) {
  for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
    if (shape.dims[d] == 0 || shape.dims[d] > kMaxLength) {
      return {ErrorCode::kLimitExceeded, "a dimension is zero or above 2^20"};
    }
  }
  static_assert(kMaxCells >= kMaxAddresses);
  if (!IsValidShape(shape)) {  // counts in bits: four lengths of 2^20 would wrap a product
    return {
        ErrorCode::kLimitExceeded,
        "a value has more than 2^" + std::to_string(std::bit_width(kMaxAddresses) - 1) + " cells"};
  }
  return {};
}

}  // namespace voizk::op
