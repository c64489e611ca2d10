// Sums of products of polynomials over K, by their values on a group of roots of unity: the
// schoolbook's products of some hundreds of coefficients took a tenth of a small network's proof.
#ifndef VOIZK_PROOF_COMMIT_PRODUCT_SUM_H_
#define VOIZK_PROOF_COMMIT_PRODUCT_SUM_H_

#include <cstddef>

#include "algebra/field/ext_array.h"
#include "algebra/poly/ntt.h"

namespace voizk {

/// The values of f at the plan's points, limb by limb.  f may be secret: what comes out is wiped.
template <int D>
ExtVec<D> ValuesOf(const NttPlan& plan, ExtConstSpan<D> f);

template <int D>
class ProductSum {
 public:
  /// Of at most plan.size() coefficients; plan is borrowed and works both ways.
  explicit ProductSum(const NttPlan* plan)
      : plan_(plan), values_(ExtVec<D>::SecretZeros(plan->size())) {}

  /// += a b, both given by ValuesOf.
  void Add(const ExtVec<D>& a, const ExtVec<D>& b);
  /// sum += the first sum.size() coefficients, which must be all; ends the object.
  void AddTo(ExtSpan<D> sum);

 private:
  const NttPlan* plan_;
  ExtVec<D> values_;
};

extern template ExtVec<4> ValuesOf<4>(const NttPlan&, ExtConstSpan<4>);
extern template ExtVec<5> ValuesOf<5>(const NttPlan&, ExtConstSpan<5>);
extern template class ProductSum<4>;
extern template class ProductSum<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_PRODUCT_SUM_H_
