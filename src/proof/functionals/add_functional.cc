#include "proof/functionals/add_functional.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "proof/functionals/convolution.h"
#include "proof/functionals/index_map.h"

namespace voizk {

template <int D>
void AddRankOne(const Placement& item, const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* space,
                ThreadPool& pool) {
  if (w.scalar.IsZero()) return;
  Ext<D> factor = scalar * w.scalar;
  const size_t row = size_t{1} << item.shape.InnerBits();
  const auto base = static_cast<size_t>(item.base);
  const auto& outer = w.factors[0];
  if (row == 1) {
    for (size_t k = 1; k < Shape::kMaxRank; ++k) factor *= w.factors[k].get(0);
    pool.ParallelFor(outer.size(), 4096, [&](size_t begin, size_t end) {
      Axpy<D>(factor, outer.subspan(begin, end - begin), space->subspan(base + begin, end - begin));
    });
    return;
  }
  const ExtVec<D> inner = InnerVector(item.shape, w);
  pool.ParallelFor(outer.size(), std::max<size_t>(1, 4096 / row), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const Ext<D> weight = outer.get(i);
      if (weight.IsZero()) continue;
      Axpy<D>(factor * weight, inner.span(), space->subspan(base + i * row, row));
    }
  });
}

template <int D>
void AddViewFunctional(const Relation& relation, const Layout& layout, const View& view,
                       const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* e, ThreadPool& pool) {
  for (const Term& term : view.terms) {
    const Placement& item = layout.cells.items[term.tensor];
    const Ext<D> factor = scalar * Fp::FromI64(term.coeff);
    if (const auto* map = std::get_if<IndexMap>(&term.op)) {
      AddRankOne(item, TransposeIndexMap<D>(*map, item.shape, view.shape, w), factor, e, pool);
    } else {
      const Conv& conv = std::get<Conv>(term.op);
      const TransposedConvolution<D> transposed(conv, relation.weights[conv.weights], item.shape,
                                                view.shape, w, pool);
      transposed.AddTo(factor, e->subspan(item.base, item.shape.AddressCount()), pool);
    }
  }
}

#define VOIZK_INSTANTIATE(D)                                                                     \
  template void AddViewFunctional<D>(const Relation&, const Layout&, const View&,                \
                                     const RankOne<D>&, const Ext<D>&, ExtVec<D>*, ThreadPool&); \
  template void AddRankOne<D>(const Placement&, const RankOne<D>&, const Ext<D>&, ExtVec<D>*,    \
                              ThreadPool&);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk
