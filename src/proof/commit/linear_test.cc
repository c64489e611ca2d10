#include "proof/commit/linear_test.h"

#include "algebra/poly/ntt.h"
#include "base/check.h"

namespace voizk {

TableauCell CellOf(Var var, const CommitParams& params) {
  const uint32_t block = var.index / CommitParams::kPadWidth;
  const uint32_t position = var.index % CommitParams::kPadWidth;
  if (var.kind == VarKind::kPad) return {block, position};
  const uint32_t offset = static_cast<uint32_t>(var.kind) - static_cast<uint32_t>(VarKind::kX);
  return {params.pad_rows() + 3 * block + offset, position};
}

template <int D>
LinearTest<D> CombineConstraints(const CommitParams& params, const ConstraintSystem<D>& constraints,
                                 const Ext<D>& r1) {
  const PadPlan& plan = constraints.plan();
  CheckInvariant(constraints.IsComplete(), "pads or triples of the plan are left over");
  CheckInvariant(plan.pads == params.pads && plan.triples.size() == params.triples,
                 "constraints of another plan than the commitment's");
  LinearTest<D> test;
  for (uint32_t i = 0; i < params.tableau_rows(); ++i) {
    test.weights.emplace_back(CommitParams::kPadWidth);
  }
  const auto add = [&](Var var, const Ext<D>& coeff) {
    const TableauCell cell = CellOf(var, params);
    ExtVec<D>& row = test.weights[cell.row];
    row.set(cell.position, row.get(cell.position) + coeff);
  };
  Ext<D> power = r1;
  for (const AffineForm<D>& form : constraints.constraints()) {
    for (const auto& term : form.terms()) add(term.var, power * term.coeff);
    test.target -= power * form.constant();
    power *= r1;
  }
  for (uint32_t e = 0; e < params.triples; ++e) {
    add({VarKind::kX, e}, power);
    add({VarKind::kPad, plan.triples[e].first}, -power);
    power *= r1;
    add({VarKind::kY, e}, power);
    add({VarKind::kPad, plan.triples[e].second}, -power);
    power *= r1;
  }
  for (ExtVec<D>& row : test.weights) InterpolateOnH<D>(row.span());
  return test;
}

template <int D>
void InterpolateOnH(ExtSpan<D> values) {
  const NttPlan plan(CommitParams::kLogPadWidth, Fp::kOne);
  for (int l = 0; l < D; ++l) plan.Inverse({values.limb(l), CommitParams::kPadWidth});
}

template <int D>
Ext<D> SumOnH(ExtConstSpan<D> coefficients) {
  // The powers X^j sum to 256 over H where 256 divides j, and to 0 elsewhere.
  Ext<D> sum;
  for (size_t j = 0; j < coefficients.size(); j += CommitParams::kPadWidth) {
    sum += coefficients.get(j);
  }
  return sum * Fp::FromU32(CommitParams::kPadWidth);
}

template LinearTest<4> CombineConstraints(const CommitParams&, const ConstraintSystem<4>&,
                                          const Ext<4>&);
template LinearTest<5> CombineConstraints(const CommitParams&, const ConstraintSystem<5>&,
                                          const Ext<5>&);
template void InterpolateOnH<4>(ExtSpan<4>);
template void InterpolateOnH<5>(ExtSpan<5>);
template Ext<4> SumOnH<4>(ExtConstSpan<4>);
template Ext<5> SumOnH<5>(ExtConstSpan<5>);

}  // namespace voizk
