#include "proof/functionals/view_functional.h"

namespace voizk {

template <int D>
Ext<D> ConstantOfView(const View& view, const RankOne<D>& w) {
  Ext<D> sum;
  for (const ConstantTerm& constant : view.constants) {
    sum += InnerProductWithValues<D>(w, constant.dim_mask, constant.values);
  }
  return sum;
}

template Ext<4> ConstantOfView<4>(const View&, const RankOne<4>&);
template Ext<5> ConstantOfView<5>(const View&, const RankOne<5>&);

}  // namespace voizk
