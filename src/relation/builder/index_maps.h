// Index maps and shapes that several ways of reading a tensor begin with.
#ifndef VOIZK_RELATION_BUILDER_INDEX_MAPS_H_
#define VOIZK_RELATION_BUILDER_INDEX_MAPS_H_

#include <cstddef>

#include "relation/core/relation.h"

namespace voizk {

/// Every dimension from the output dimension of the same number.
IndexMap IdentityMap(int rank);

/// shape without dimension `dim`; of rank 1, [1].
Shape WithoutDim(const Shape& shape, size_t dim);

}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_INDEX_MAPS_H_
