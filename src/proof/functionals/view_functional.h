// Functionals on cells: for rank-one weights w on a view's shape,
//   sum_o w(o) view(o) = constant + sum_x f(x) cell(x),
// where f reads only addresses that are cells.  The prover adds f into the table E of the batch
// (add_functional.h); the verifier evaluates f's multilinear extension at a point, in time
// O(dimensions + weights), without a loop over cells (evaluate_functional.h).  Here is what both
// need.
#ifndef VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_
#define VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_

#include "proof/functionals/rank_one.h"
#include "relation/core/relation.h"

namespace voizk {

/// sum_o w(o) constant(o).
template <int D>
Ext<D> ConstantOfView(const View& view, const RankOne<D>& w);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_
