// Which dimensions of a product take part in its sum-check, and which are summed before it
// (docs/protocol.md, step 3).
#ifndef VOIZK_RELATION_CORE_PRODUCT_DIMS_H_
#define VOIZK_RELATION_CORE_PRODUCT_DIMS_H_

#include <array>
#include <cstdint>

#include "relation/core/relation.h"

namespace voizk {

/// Bit d: the view depends on its dimension d: an affine source names it, a window cuts it, a
/// constant varies along it, or a term is a convolution.  Read off the view, not its values: along
/// the other dimensions its values are certainly alike.
uint32_t DependsOn(const View& v);

enum class ProductDim : uint8_t {
  kKept,    // both factors depend on it, or its length is 1
  kSumInA,  // b does not depend on it
  kSumInB,  // a does not depend on it
};
using ProductDims = std::array<ProductDim, Shape::kMaxRank>;

/// Of every dimension of a's shape; those beyond its rank are kept.
ProductDims DimsOf(const Product& p);

/// The shape of a, with 1 for every dimension that is not kept: what the product's sum-check runs
/// over.
Shape KeptShape(const Product& p);

/// v at index 0 of the dimensions d with dims[d] == without, on which it must not depend; they have
/// length 1 in the result.
View AtIndexZero(const View& v, const ProductDims& dims, ProductDim without);

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_PRODUCT_DIMS_H_
