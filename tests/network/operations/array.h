// Plain arrays with indices, in which the tests state what operations mean.
#ifndef VOIZK_TESTS_NETWORK_OPERATIONS_ARRAY_H_
#define VOIZK_TESTS_NETWORK_OPERATIONS_ARRAY_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "network/operations/run_graph.h"

namespace voizk {

using Index = std::vector<int64_t>;

struct Array {
  std::vector<uint32_t> dims;
  std::vector<int32_t> cells;  // row-major

  size_t rank() const { return dims.size(); }
  int64_t dim(size_t d) const { return dims[d]; }
  bool Has(const Index& i) const {
    for (size_t d = 0; d < rank(); ++d) {
      if (i[d] < 0 || i[d] >= dim(d)) return false;
    }
    return true;
  }
  size_t Position(const Index& i) const {
    size_t at = 0;
    for (size_t d = 0; d < rank(); ++d) at = at * dims[d] + static_cast<size_t>(i[d]);
    return at;
  }
  int32_t at(const Index& i) const { return cells[Position(i)]; }
};

inline Shape ShapeOf(const Array& a) {
  Shape shape;
  shape.rank = static_cast<int>(a.rank());
  std::copy(a.dims.begin(), a.dims.end(), shape.dims.begin());
  return shape;
}

/// fn(index) at every index, in row-major order.
inline void ForEachIndex(const std::vector<uint32_t>& dims,
                         const std::function<void(const Index&)>& fn) {
  uint64_t count = 1;
  for (const uint32_t d : dims) count *= d;
  for (uint64_t n = 0; n < count; ++n) {
    Index index(dims.size());
    uint64_t rest = n;
    for (size_t d = dims.size(); d-- > 0;) {
      index[d] = static_cast<int64_t>(rest % dims[d]);
      rest /= dims[d];
    }
    fn(index);
  }
}

/// The array of fn(index).
inline Array Filled(const std::vector<uint32_t>& dims,
                    const std::function<int64_t(const Index&)>& fn) {
  Array a{dims, {}};
  ForEachIndex(dims, [&](const Index& i) { a.cells.push_back(static_cast<int32_t>(fn(i))); });
  return a;
}

inline Array SomeArray(std::vector<uint32_t> dims, int lo, int hi) {
  size_t count = 1;
  for (const uint32_t d : dims) count *= d;
  return {std::move(dims), SomeValues(count, lo, hi)};
}

inline std::vector<uint32_t> SomeDims(int rank_lo, int rank_hi, int longest) {
  std::vector<uint32_t> dims(SomeU(rank_lo, rank_hi));
  for (uint32_t& d : dims) d = SomeU(1, longest);
  return dims;
}

/// Committed cells but for multiplicities.
inline uint64_t CommittedCells(const Relation& r) {
  uint64_t cells = 0;
  for (size_t t = 0; t + r.multiplicities.size() < r.tensors.size(); ++t) {
    cells += r.tensors[t].shape.Cells();
  }
  return cells;
}

inline uint64_t LookupCount(const Relation& r) {
  uint64_t count = 0;
  for (const Lookup& lookup : r.lookups) count += lookup.key.shape.Cells();
  return count;
}

inline uint64_t ProductEntries(const Relation& r) {
  uint64_t count = 0;
  for (const Product& product : r.products) count += product.a.shape.Cells();
  return count;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_OPERATIONS_ARRAY_H_
