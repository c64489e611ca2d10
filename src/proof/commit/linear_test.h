// The linear test's public side: all affine constraints on the tableau combined into one weight
// polynomial per row.  Both sides compute it (docs/protocol/commitment.md, section 2).
//
//   sum_c r1^c A_c . P|_H = sum_c r1^c b_c,   c = 1, 2, ..   (never r1^0, which is the mask's)
//
// over the constraints of the run in order, then the copies X_e = pi, Y_e = pi' of each triple.
#ifndef VOIZK_PROOF_COMMIT_LINEAR_TEST_H_
#define VOIZK_PROOF_COMMIT_LINEAR_TEST_H_

#include <cstdint>
#include <vector>

#include "algebra/field/ext_array.h"
#include "proof/commit/params.h"
#include "proof/masked/constraints.h"

namespace voizk {

/// Where a variable lies: row of the tableau, and position p for the point eta^rev(p) of H, eta =
/// Fp::RootOfUnity(8), rev reversing 8 bits.
struct TableauCell {
  uint32_t row = 0;
  uint32_t position = 0;
};
TableauCell CellOf(Var var, const CommitParams& params);

template <int D>
struct LinearTest {
  std::vector<ExtVec<D>> weights;  // per tableau row: 256 coefficients of A^_i
  Ext<D> target;                   // sum_c r1^c b_c
};

/// constraints must be complete (its plan used up) and of the params' plan.
template <int D>
LinearTest<D> CombineConstraints(const CommitParams& params, const ConstraintSystem<D>& constraints,
                                 const Ext<D>& r1);

/// The first 256 entries: values on H by position before, coefficients after (lowest first).
template <int D>
void InterpolateOnH(ExtSpan<D> values);

/// The sum of f over H, from coefficients.
template <int D>
Ext<D> SumOnH(ExtConstSpan<D> coefficients);

extern template LinearTest<4> CombineConstraints(const CommitParams&, const ConstraintSystem<4>&,
                                                 const Ext<4>&);
extern template LinearTest<5> CombineConstraints(const CommitParams&, const ConstraintSystem<5>&,
                                                 const Ext<5>&);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_LINEAR_TEST_H_
