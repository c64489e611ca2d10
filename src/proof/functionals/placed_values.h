// Row-major values at the addresses of an item.
#ifndef VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_
#define VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "algebra/field/kernels.h"
#include "base/threads.h"
#include "relation/core/layout.h"

namespace voizk {

/// Rows of the shape: pieces with consecutive addresses along its last dimension.
inline uint64_t RowsOf(const Placement& item) {
  return item.shape.Cells() / item.shape.dims[static_cast<size_t>(item.shape.rank) - 1];
}

/// Calls fn(address, index, count) for each of the rows [begin, end), indices row-major.
template <typename Fn>
void ForEachRow(const Placement& item, uint64_t begin, uint64_t end, const Fn& fn) {
  const auto& dims = item.shape.dims;
  const size_t last = static_cast<size_t>(item.shape.rank) - 1;
  const uint64_t length = dims[last];
  for (uint64_t row = begin; row < end; ++row) {
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

/// Likewise, for all rows.
template <typename Fn>
void ForEachRow(const Placement& item, const Fn& fn) {
  ForEachRow(item, 0, RowsOf(item), fn);
}

/// space[address of i] = values[i] * factor; addresses that are no index's stay as they are.
/// Without a pool on the caller's thread alone.
inline void PlaceValues(const Placement& item, std::span<const int32_t> values, Fp factor,
                        FpMutSpan space, ThreadPool* pool = nullptr) {
  constexpr uint64_t kGrain = 1 << 14;  // values
  const uint64_t rows = RowsOf(item), length = values.size() / rows;
  const auto place = [&](size_t begin, size_t end) {
    ForEachRow(item, begin, end, [&](uint64_t address, uint64_t index, uint64_t count) {
      const FpMutSpan row = space.subspan(address, count);
      ConvertVec(values.subspan(index, count), row);
      if (factor != Fp::kOne) MulScalarVec(row, factor, row);
    });
  };
  if (pool == nullptr) return place(0, rows);
  pool->ParallelFor(rows, std::max<uint64_t>(1, kGrain / length), place);
}

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_PLACED_VALUES_H_
