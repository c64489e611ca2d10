// Walking over tensors whose elements are read at strides: broadcasting, transposing, slicing.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_STRIDED_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_STRIDED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "network/float_graph/tensor.h"

namespace voizk::float_op {

/// Row-major strides in elements.
std::vector<int64_t> StridesOf(const Dims& dims);

/// Numpy's rule: dims aligned at the end, each equal or 1.  Nothing if they do not fit.
std::optional<Dims> BroadcastDims(const Dims& a, const Dims& b);
/// Strides with which a tensor of dims `from` shows itself as `to`: 0 where it is repeated.
std::vector<int64_t> BroadcastStrides(const Dims& from, const Dims& to);

/// The product of dims [begin, end).
int64_t DimsProduct(const Dims& dims, size_t begin, size_t end);

/// Visits all rows (runs along the last dim) of `dims` in row-major order, and tells where each
/// of N strided operands stands: fn(offsets, length of the row).  Where nothing is to visit, or a
/// dim is 0, fn is not called.  A scalar is one row of length 1.
template <size_t N, typename Fn>
void ForEachRow(const Dims& dims, const std::array<std::vector<int64_t>, N>& strides, Fn&& fn) {
  for (const int64_t dim : dims) {
    if (dim == 0) return;
  }
  std::array<int64_t, N> offsets{};
  if (dims.empty()) {
    fn(offsets, int64_t{1});
    return;
  }
  const size_t outer = dims.size() - 1;
  std::vector<int64_t> index(outer, 0);
  while (true) {
    fn(offsets, dims.back());
    size_t d = outer;
    while (d > 0) {
      --d;
      for (size_t k = 0; k < N; ++k) offsets[k] += strides[k][d];
      if (++index[d] < dims[d]) break;
      for (size_t k = 0; k < N; ++k) offsets[k] -= strides[k][d] * dims[d];
      index[d] = 0;
      if (d == 0) return;
    }
    if (outer == 0) return;
  }
}

/// Stride along a row, 0 for a scalar.
inline int64_t RowStride(const std::vector<int64_t>& strides) {
  return strides.empty() ? 0 : strides.back();
}

/// Merges neighbouring dims that all operands walk through alike, so that rows get long.
template <size_t N>
void Collapse(Dims& dims, std::array<std::vector<int64_t>, N>& strides) {
  size_t kept = 0;
  for (size_t d = 1; d < dims.size(); ++d) {
    bool merge = true;
    for (size_t k = 0; k < N; ++k) merge &= strides[k][kept] == strides[k][d] * dims[d];
    if (merge) {
      dims[kept] *= dims[d];
    } else {
      ++kept;
      dims[kept] = dims[d];
    }
    for (size_t k = 0; k < N; ++k) strides[k][kept] = strides[k][d];
  }
  if (dims.empty()) return;
  dims.resize(kept + 1);
  for (size_t k = 0; k < N; ++k) strides[k].resize(kept + 1);
}

/// out (row-major, of `dims`) = in at `offset` and these strides.
template <typename T>
void CopyStrided(const T* in, int64_t offset, std::vector<int64_t> strides, Dims dims, T* out) {
  std::array<std::vector<int64_t>, 1> walk{std::move(strides)};
  Collapse<1>(dims, walk);
  ForEachRow<1>(dims, walk, [&](const std::array<int64_t, 1>& at, int64_t n) {
    const T* from = in + offset + at[0];
    const int64_t step = RowStride(walk[0]);
    for (int64_t i = 0; i < n; ++i) *out++ = from[i * step];
  });
}

}  // namespace voizk::float_op

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_STRIDED_H_
