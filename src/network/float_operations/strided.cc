#include "network/float_operations/strided.h"

#include <algorithm>

namespace voizk::float_op {

std::vector<int64_t> StridesOf(const Dims& dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    strides[d] = step;
    step *= std::max<int64_t>(dims[d], 1);
  }
  return strides;
}

std::optional<Dims> BroadcastDims(const Dims& a, const Dims& b) {
  const size_t rank = std::max(a.size(), b.size());
  Dims out(rank);
  for (size_t d = 0; d < rank; ++d) {
    const int64_t x = d + a.size() < rank ? 1 : a[d + a.size() - rank];
    const int64_t y = d + b.size() < rank ? 1 : b[d + b.size() - rank];
    if (x != y && x != 1 && y != 1) return std::nullopt;
    out[d] = x == 1 ? y : x;
  }
  return out;
}

std::vector<int64_t> BroadcastStrides(const Dims& from, const Dims& to) {
  const std::vector<int64_t> own = StridesOf(from);
  std::vector<int64_t> strides(to.size(), 0);
  for (size_t d = 0; d < from.size(); ++d) {
    if (from[d] != 1) strides[d + to.size() - from.size()] = own[d];
  }
  return strides;
}

int64_t DimsProduct(const Dims& dims, size_t begin, size_t end) {
  int64_t product = 1;
  for (size_t d = begin; d < end; ++d) product *= dims[d];
  return product;
}

}  // namespace voizk::float_op
