#include "functional/view_functional.h"

#include <algorithm>
#include <cassert>

#include "field/kernels.h"
#include "functional/convolution.h"
#include "functional/index_map.h"

namespace voizk {

namespace {

template <int D>
bool IsZero(const RankOne<D>& w) {
  if (w.scalar.IsZero()) return true;
  for (const auto& factor : w.factors) {
    if (std::all_of(factor.begin(), factor.end(), [](const Ext<D>& x) { return x.IsZero(); })) {
      return true;
    }
  }
  return false;
}

// The product of the vectors of dimensions 1, 2, 3 at their addresses (zero in the padding).
template <int D>
ExtVec<D> InnerVector(const Shape& shape, const RankOne<D>& w) {
  ExtVec<D> inner(size_t{1} << shape.InnerBits());
  const size_t p2 = size_t{1} << shape.DimBits(2), p3 = size_t{1} << shape.DimBits(3);
  for (size_t i1 = 0; i1 < shape.dims[1]; ++i1) {
    for (size_t i2 = 0; i2 < shape.dims[2]; ++i2) {
      const Ext<D> product = w.factors[1][i1] * w.factors[2][i2];
      for (size_t i3 = 0; i3 < shape.dims[3]; ++i3) {
        inner.set((i1 * p2 + i2) * p3 + i3, product * w.factors[3][i3]);
      }
    }
  }
  return inner;
}

}  // namespace

template <int D>
void AddRankOne(const Placement& item, const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* space,
                ThreadPool& pool) {
  if (IsZero(w)) return;
  Ext<D> factor = scalar * w.scalar;
  const size_t row = size_t{1} << item.shape.InnerBits();
  const auto base = static_cast<size_t>(item.base);
  const auto& outer = w.factors[0];
  if (row == 1) {
    for (size_t k = 1; k < Shape::kMaxRank; ++k) factor *= w.factors[k][0];
    const ExtVec<D> column = ExtVec<D>::From(outer);
    pool.ParallelFor(outer.size(), 4096, [&](size_t begin, size_t end) {
      Axpy<D>(factor, column.subspan(begin, end - begin),
              space->subspan(base + begin, end - begin));
    });
    return;
  }
  const ExtVec<D> inner = InnerVector(item.shape, w);
  pool.ParallelFor(outer.size(), std::max<size_t>(1, 4096 / row), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (outer[i].IsZero()) continue;
      Axpy<D>(factor * outer[i], inner.span(), space->subspan(base + i * row, row));
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
                                                view.shape, w);
      transposed.AddTo(factor, e->subspan(item.base, item.shape.AddressCount()), pool);
    }
  }
}

template <int D>
const RankOne<D>& CellPoint<D>::Window(TensorId tensor) {
  auto& window = windows_[tensor];
  if (!window) window = PlaceWeights<D>(z_, layout_.cells.items[tensor]);
  return *window;
}

template <int D>
Ext<D> InnerProduct(const RankOne<D>& a, const RankOne<D>& b) {
  Ext<D> product = a.scalar * b.scalar;
  for (size_t k = 0; k < Shape::kMaxRank; ++k) {
    assert(a.factors[k].size() == b.factors[k].size());
    Ext<D> sum;
    for (size_t i = 0; i < a.factors[k].size(); ++i) sum += a.factors[k][i] * b.factors[k][i];
    product *= sum;
  }
  return product;
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
      value = TransposedConvolution<D>(conv, relation.weights[conv.weights], shape, view.shape, w)
                  .InnerProduct(window);
    }
    sum += value * Fp::FromI64(term.coeff);
  }
  return sum;
}

template <int D>
Ext<D> ConstantOfView(const View& view, const RankOne<D>& w) {
  Ext<D> sum;
  for (const ConstantTerm& constant : view.constants) {
    // Row-major over the kept dimensions: fold the last kept dimension first.
    std::vector<Ext<D>> values(constant.values.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = Ext<D>::FromI64(constant.values[i]);
    Ext<D> broadcast = w.scalar;
    for (size_t d = Shape::kMaxRank; d-- > 0;) {
      if ((constant.dim_mask >> d & 1) == 0) {
        broadcast *= SumOf<D>(w.factors[d]);
        continue;
      }
      const size_t length = w.factors[d].size();
      std::vector<Ext<D>> folded(values.size() / length);
      for (size_t i = 0; i < folded.size(); ++i) {
        for (size_t j = 0; j < length; ++j) folded[i] += values[i * length + j] * w.factors[d][j];
      }
      values = std::move(folded);
    }
    assert(values.size() == 1);
    sum += broadcast * values[0];
  }
  return sum;
}

#define VOIZK_INSTANTIATE(D)                                                                     \
  template void AddViewFunctional<D>(const Relation&, const Layout&, const View&,                \
                                     const RankOne<D>&, const Ext<D>&, ExtVec<D>*, ThreadPool&); \
  template void AddRankOne<D>(const Placement&, const RankOne<D>&, const Ext<D>&, ExtVec<D>*,    \
                              ThreadPool&);                                                      \
  template class CellPoint<D>;                                                                   \
  template Ext<D> EvaluateViewFunctional<D>(const Relation&, const View&, const RankOne<D>&,     \
                                            CellPoint<D>&);                                      \
  template Ext<D> EvaluateTensorFunctional<D>(TensorId, const RankOne<D>&, CellPoint<D>&);       \
  template Ext<D> ConstantOfView<D>(const View&, const RankOne<D>&);                             \
  template Ext<D> InnerProduct<D>(const RankOne<D>&, const RankOne<D>&);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk
