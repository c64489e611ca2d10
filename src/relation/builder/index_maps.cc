#include "relation/builder/index_maps.h"

#include <algorithm>

#include "relation/builder/sources.h"

namespace voizk {

IndexMap IdentityMap(int rank) {
  IndexMap map;
  for (int d = 0; d < rank; ++d) map.sources.push_back(From(static_cast<uint32_t>(d)));
  return map;
}

Shape WithoutDim(const Shape& shape, size_t dim) {
  Shape out = shape;
  for (size_t d = dim; d + 1 < Shape::kMaxRank; ++d) out.dims[d] = out.dims[d + 1];
  out.dims[Shape::kMaxRank - 1] = 1;
  out.rank = std::max(1, shape.rank - 1);
  return out;
}

}  // namespace voizk
