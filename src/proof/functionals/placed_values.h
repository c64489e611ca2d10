// Row-major values at the addresses of an item.
#ifndef VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_
#define VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "algebra/field/kernels.h"
#include "relation/core/layout.h"

namespace voizk {

/// Calls fn(address, index, count) for each maximal piece of the shape with consecutive addresses
/// along its last dimension, indices row-major.
template <typename Fn>
void ForEachRow(const Placement& item, const Fn& fn) {
  const auto& dims = item.shape.dims;
  const size_t last = static_cast<size_t>(item.shape.rank) - 1;
  const uint64_t length = dims[last];
  const uint64_t rows = item.shape.Cells() / length;
  for (uint64_t row = 0; row < rows; ++row) {
    uint64_t rest = row, address = 0;
    int shift = last == 0 ? 0 : item.shape.DimBits(static_cast<int>(last));
    for (size_t d = last; d-- > 0;) {
      address += (rest % dims[d]) << shift;
      rest /= dims[d];
      if (d > 0) shift += item.shape.DimBits(static_cast<int>(d));
    }
    fn(item.base + address, row * length, length);
  }
}

/// space[address of i] = values[i] * factor; addresses that are no index's stay as they are.
inline void PlaceValues(const Placement& item, std::span<const int32_t> values, Fp factor,
                        FpMutSpan space) {
  ForEachRow(item, [&](uint64_t address, uint64_t index, uint64_t count) {
    const FpMutSpan row = space.subspan(address, count);
    ConvertVec(values.subspan(index, count), row);
    if (factor != Fp::kOne) MulScalarVec(row, factor, row);
  });
}

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_
