#include "proof/commit/product_sum.h"

#include "algebra/field/kernels.h"
#include "base/check.h"

namespace voizk {

template <int D>
ExtVec<D> ValuesOf(const NttPlan& plan, ExtConstSpan<D> f) {
  ExtVec<D> values = ExtVec<D>::Secret(plan.size());
  for (int l = 0; l < D; ++l) {
    plan.Forward({f.limb(l), f.size()}, {values.limb(l), values.size()});
  }
  return values;
}

template <int D>
void ProductSum<D>::Add(const ExtVec<D>& a, const ExtVec<D>& b) {
  ExtVec<D> product = ExtVec<D>::Secret(values_.size());
  MulVec<D>(a.span(), b.span(), product.span());
  AddVec<D>(values_.span(), product.span(), values_.span());
}

template <int D>
void ProductSum<D>::AddTo(ExtSpan<D> sum) {
  CheckInvariant(sum.size() <= values_.size(), "length of a sum of products");
  for (int l = 0; l < D; ++l) plan_->Inverse({values_.limb(l), values_.size()});
  AddVec<D>(sum, values_.subspan(0, sum.size()), sum);
}

template ExtVec<4> ValuesOf<4>(const NttPlan&, ExtConstSpan<4>);
template ExtVec<5> ValuesOf<5>(const NttPlan&, ExtConstSpan<5>);
template class ProductSum<4>;
template class ProductSum<5>;

}  // namespace voizk
