// Index maps, transposed: A^T w of rank-one weights is rank one again, because every output
// dimension feeds at most one input dimension (relation.h).
#ifndef VOIZK_PROOF_FUNCTIONALS_INDEX_MAP_H_
#define VOIZK_PROOF_FUNCTIONALS_INDEX_MAP_H_

#include "proof/functionals/rank_one.h"
#include "relation/core/relation.h"

namespace voizk {

/// v over the input's shape with  sum_o w(o) (map t)(o) = sum_i v(i) t(i)  for every tensor t of
/// shape `in`.  w lives on the shape `out`.
template <int D>
RankOne<D> TransposeIndexMap(const IndexMap& map, const Shape& in, const Shape& out,
                             const RankOne<D>& w);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_INDEX_MAP_H_
