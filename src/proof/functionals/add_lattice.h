// The functional of a lattice commitment on the cells of one of its tensors
// (docs/protocol/lattice.md).  With weights w on the slots,
//   sum_s w[s] sum_j column_j[s] t_j(zeta_s),   t_j(X) = sum_c cell(1024 j + c) X^c,
// over the addresses that are cells.  The prover's side: its coefficients, added into E,
// an inverse transform per polynomial.
#ifndef VOIZK_PROOF_FUNCTIONALS_ADD_LATTICE_H_
#define VOIZK_PROOF_FUNCTIONALS_ADD_LATTICE_H_

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/functionals/rank_one.h"
#include "relation/core/layout.h"

namespace voizk {

/// e[x] += scalar * coefficient of address x.  columns: 1024 slots per polynomial of item.shape;
/// w.size() = 1024.
template <int D>
void AddLatticeFunctional(const Placement& item, FpSpan columns, ExtConstSpan<D> w,
                          const Ext<D>& scalar, ExtVec<D>* e, ThreadPool& pool);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_ADD_LATTICE_H_
