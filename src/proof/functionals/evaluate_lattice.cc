#include "proof/functionals/evaluate_lattice.h"

#include <algorithm>
#include <array>
#include <vector>

#include "algebra/field/kernels.h"
#include "crypto/lattice/columns.h"

namespace voizk {

namespace {

// Limb by limb, values at all points of the plan.
template <int D>
ExtVec<D> Transform(const NttPlan& plan, ExtConstSpan<D> coefficients) {
  ExtVec<D> values = ExtVec<D>::Uninitialized(plan.size());
  for (int l = 0; l < D; ++l) {
    plan.Forward(FpSpan(coefficients.limb(l), coefficients.size()),
                 FpMutSpan(values.limb(l), values.size()));
  }
  return values;
}

// sum over the indices i0 of dimension 0 of outer[i0] column_(i0), where one index has whole
// polynomials, of which this is number `chunk` of `chunks`.
template <int D>
ExtVec<D> SumOfWhole(FpSpan columns, ExtConstSpan<D> outer, size_t chunk, size_t chunks) {
  constexpr size_t kRows = 64;  // with one reduction
  ExtVec<D> sum(kLatticeDegree);
  std::vector<Ext<D>> scalars;
  std::vector<FpSpan> rows;
  for (size_t i0 = 0; i0 < outer.size(); ++i0) {
    scalars.push_back(outer.get(i0));
    rows.push_back(columns.subspan((i0 * chunks + chunk) * kLatticeDegree, kLatticeDegree));
    if (rows.size() < kRows && i0 + 1 < outer.size()) continue;
    AxpyRows<D>(scalars, rows, sum.span());
    scalars.clear();
    rows.clear();
  }
  return sum;
}

// The same where 2^bits addresses belong to one index, less than a polynomial's: of the G indices
// in polynomial j,
//   sum_g outer[G j + g] zeta_s^(2^bits g)
// is a polynomial at the power y = zeta_s^(2^bits), which has G values, each in a stretch of 2^bits
// slots.
template <int D>
ExtVec<D> SumOfParts(FpSpan columns, ExtConstSpan<D> outer, int bits) {
  const int log_parts = kLatticeLogDegree - bits;
  const size_t parts = size_t{1} << log_parts, stretch = size_t{1} << bits;
  const NttPlan plan(log_parts, Fp::RootOfUnity(log_parts + 1), NttPlan::Use::kForward);
  ExtVec<D> sum(kLatticeDegree);
  std::vector<Fp> weighted(kLatticeDegree);
  for (size_t j = 0; j * parts < outer.size(); ++j) {
    const size_t first = j * parts;
    const ExtVec<D> y =
        Transform<D>(plan, outer.subspan(first, std::min(parts, outer.size() - first)));
    const FpSpan column = columns.subspan(j * kLatticeDegree, kLatticeDegree);
    for (int l = 0; l < D; ++l) {
      for (size_t u = 0; u < parts; ++u) {
        std::fill_n(&weighted[u * stretch], stretch, y.limb(l)[u]);
      }
      MulVec(FpSpan(weighted), column, FpMutSpan(weighted));
      const FpMutSpan out(sum.limb(l), kLatticeDegree);
      AddVec(FpSpan(out), FpSpan(weighted), out);
    }
  }
  return sum;
}

}  // namespace

template <int D>
Ext<D> EvaluateLatticeFunctional(const Shape& shape, FpSpan columns, ExtConstSpan<D> w,
                                 const RankOne<D>& window) {
  const int bits = shape.InnerBits();
  const ExtVec<D> inner = InnerVector(shape, window);
  const size_t piece = std::min(inner.size(), kLatticeDegree), chunks = inner.size() / piece;
  Ext<D> sum;
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    ExtVec<D> values = Transform<D>(LatticeSlots(), inner.subspan(chunk * piece, piece));
    MulVec<D>(values.span(), w, values.span());
    const ExtVec<D> columns_sum =
        bits >= kLatticeLogDegree ? SumOfWhole<D>(columns, window.factors[0].span(), chunk, chunks)
                                  : SumOfParts<D>(columns, window.factors[0].span(), bits);
    sum += InnerProduct<D>(values.span(), columns_sum.span());
  }
  return window.scalar * sum;
}

template Ext<4> EvaluateLatticeFunctional<4>(const Shape&, FpSpan, ExtConstSpan<4>,
                                             const RankOne<4>&);
template Ext<5> EvaluateLatticeFunctional<5>(const Shape&, FpSpan, ExtConstSpan<5>,
                                             const RankOne<5>&);

}  // namespace voizk
