#include "proof/functionals/evaluate_functional.h"

#include "proof/functionals/convolution.h"
#include "proof/functionals/index_map.h"

namespace voizk {

template <int D>
const RankOne<D>& CellPoint<D>::Window(TensorId tensor) {
  auto& window = windows_[tensor];
  if (!window) window = PlaceWeights<D>(z_, layout_.cells.items[tensor]);
  return *window;
}

template <int D>
Ext<D> EvaluateTensorFunctional(TensorId tensor, const RankOne<D>& w, CellPoint<D>& z) {
  return InnerProduct(w, z.Window(tensor));
}

template <int D>
Ext<D> EvaluateViewFunctional(const Relation& relation, const View& view, const RankOne<D>& w,
                              CellPoint<D>& z) {
  Ext<D> sum;
  for (const Term& term : view.terms) {
    const RankOne<D>& window = z.Window(term.tensor);
    const Shape& shape = relation.tensors[term.tensor].shape;
    Ext<D> value;
    if (const auto* map = std::get_if<IndexMap>(&term.op)) {
      value = InnerProduct(TransposeIndexMap<D>(*map, shape, view.shape, w), window);
    } else {
      const Conv& conv = std::get<Conv>(term.op);
      ThreadPool inline_only;
      value = TransposedConvolution<D>(conv, relation.weights[conv.weights], shape, view.shape, w,
                                       inline_only)
                  .InnerProduct(window);
    }
    sum += value * Fp::FromI64(term.coeff);
  }
  return sum;
}

#define VOIZK_INSTANTIATE(D)                                                                 \
  template class CellPoint<D>;                                                               \
  template Ext<D> EvaluateViewFunctional<D>(const Relation&, const View&, const RankOne<D>&, \
                                            CellPoint<D>&);                                  \
  template Ext<D> EvaluateTensorFunctional<D>(TensorId, const RankOne<D>&, CellPoint<D>&);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk
