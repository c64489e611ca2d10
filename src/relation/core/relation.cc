#include "relation/core/relation.h"

#include <algorithm>
#include <bit>

namespace voizk {

uint64_t Shape::Cells() const {
  uint64_t cells = 1;
  for (uint32_t d : dims) cells *= d;
  return cells;
}

int Shape::DimBits(int k) const {
  const uint32_t d = dims[static_cast<size_t>(k)];
  return d <= 1 ? 0 : static_cast<int>(std::bit_width(d - 1));
}

int Shape::InnerBits() const { return DimBits(1) + DimBits(2) + DimBits(3); }

uint64_t Shape::AddressCount() const { return static_cast<uint64_t>(dims[0]) << InnerBits(); }

Shape MakeShape(std::initializer_list<uint32_t> dims) {
  Shape shape;
  shape.rank = static_cast<int>(dims.size());
  // A longer list leaves a rank that IsValidShape refuses.
  const size_t n = std::min<size_t>(dims.size(), Shape::kMaxRank);
  std::copy_n(dims.begin(), n, shape.dims.begin());
  return shape;
}

}  // namespace voizk
