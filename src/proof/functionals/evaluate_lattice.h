// The functional of a lattice commitment on the cells of one of its tensors
// (docs/protocol/lattice.md).  With weights w on the slots,
//   sum_s w[s] sum_j column_j[s] t_j(zeta_s),   t_j(X) = sum_c cell(1024 j + c) X^c,
// over the addresses that are cells.  The verifier's side: its multilinear extension at a
// point, in one pass over the columns.
#ifndef VOIZK_PROOF_FUNCTIONALS_EVALUATE_LATTICE_H_
#define VOIZK_PROOF_FUNCTIONALS_EVALUATE_LATTICE_H_

#include "algebra/field/ext_array.h"
#include "proof/functionals/rank_one.h"
#include "relation/core/layout.h"

namespace voizk {

/// The multilinear extension at z, where window is eq(z, .) on the tensor's cells, of shape
/// `shape`. columns: 1024 slots per polynomial of the shape; w.size() = 1024.
template <int D>
Ext<D> EvaluateLatticeFunctional(const Shape& shape, FpSpan columns, ExtConstSpan<D> w,
                                 const RankOne<D>& window);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_EVALUATE_LATTICE_H_
