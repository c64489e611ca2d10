// Adds one index map (relation.h, IndexMap) of a tensor, or one public constant, to a view's
// values; all arithmetic mod 2^32, as in matmul.h.
#ifndef VOIZK_RELATION_EXECUTION_INDEX_MAP_H_
#define VOIZK_RELATION_EXECUTION_INDEX_MAP_H_

#include <cstdint>
#include <span>

#include "relation/core/relation.h"

namespace voizk {

/// out[o] += coeff * sum over kSum dims of in[map(o)], row-major; `in_shape` and `out_shape` give
/// the sizes.  Memory-bound, hence one thread.
void AddIndexMap(const IndexMap& map, int32_t coeff, const Shape& in_shape,
                 std::span<const int32_t> in, const Shape& out_shape, std::span<int32_t> out);

/// out[o] += the constant at o.
void AddConstant(const ConstantTerm& constant, const Shape& out_shape, std::span<int32_t> out);

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_INDEX_MAP_H_
