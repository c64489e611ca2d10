#include "proof/functionals/rank_one.h"

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"

namespace voizk {

template <int D>
RankOne<D> PlaceWeights(std::span<const Ext<D>> point, const Placement& item) {
  const Shape& shape = item.shape;
  const auto inner_bits = static_cast<size_t>(shape.InnerBits());
  CheckInvariant(inner_bits <= point.size(), "a point of another space");
  RankOne<D> w;
  const size_t outer_bits = point.size() - inner_bits;
  w.factors[0] = EqWindow<D>(point.first(outer_bits), item.base >> inner_bits, shape.dims[0]);
  size_t used = outer_bits;
  for (int k = 1; k < Shape::kMaxRank; ++k) {
    const auto dim_bits = static_cast<size_t>(k < shape.rank ? shape.DimBits(k) : 0);
    const auto d = static_cast<size_t>(k);
    w.factors[d] = EqWindow<D>(point.subspan(used, dim_bits), 0, shape.dims[d]);
    used += dim_bits;
  }
  CheckInvariant(used == point.size(), "a point of another space");
  return w;
}

template <int D>
ExtVec<D> InnerVector(const Shape& shape, const RankOne<D>& w) {
  ExtVec<D> inner(size_t{1} << shape.InnerBits());
  const size_t p2 = size_t{1} << shape.DimBits(2), p3 = size_t{1} << shape.DimBits(3);
  const size_t n3 = shape.dims[3];
  for (size_t i1 = 0; i1 < shape.dims[1]; ++i1) {
    if (p3 == 1) {
      MulScalarVec<D>(w.factors[2].span(), w.factors[1].get(i1) * w.factors[3].get(0),
                      inner.subspan(i1 * p2, shape.dims[2]));
      continue;
    }
    for (size_t i2 = 0; i2 < shape.dims[2]; ++i2) {
      MulScalarVec<D>(w.factors[3].span(), w.factors[1].get(i1) * w.factors[2].get(i2),
                      inner.subspan((i1 * p2 + i2) * p3, n3));
    }
  }
  return inner;
}

template <int D>
Ext<D> SumOf(ExtConstSpan<D> values) {
  CheckInvariant(values.size() < uint64_t{1} << 33,
                 "a sum of too many values");  // sums of raw representatives stay below 2^64
  Ext<D> sum;
  for (int l = 0; l < D; ++l) {
    const Fp* limb = values.limb(l);
    uint64_t raw = 0;
    for (size_t i = 0; i < values.size(); ++i) raw += limb[i].raw();
    sum[l] = Fp::FromRaw(static_cast<uint32_t>(raw % Fp::kModulus));
  }
  return sum;
}

template <int D>
Ext<D> SumOfWeights(const RankOne<D>& w) {
  Ext<D> product = w.scalar;
  for (const auto& factor : w.factors) product *= SumOf<D>(factor.span());
  return product;
}

template <int D>
Ext<D> InnerProduct(const RankOne<D>& a, const RankOne<D>& b) {
  Ext<D> product = a.scalar * b.scalar;
  for (size_t k = 0; k < Shape::kMaxRank; ++k) {
    product *= InnerProduct<D>(a.factors[k].span(), b.factors[k].span());
  }
  return product;
}

template <int D>
Ext<D> InnerProductWithValues(const RankOne<D>& w, uint32_t dim_mask,
                              std::span<const int32_t> values) {
  // Row-major over the kept dimensions: fold the last kept dimension first.
  ExtVec<D> folded(values.size());
  ConvertVec(values, FpMutSpan(folded.limb(0), folded.size()));
  Ext<D> broadcast = w.scalar;
  for (size_t d = Shape::kMaxRank; d-- > 0;) {
    const ExtConstSpan<D> factor = w.factors[d].span();
    if ((dim_mask >> d & 1) == 0) {
      broadcast *= SumOf<D>(factor);
      continue;
    }
    const size_t length = factor.size(), rows = folded.size() / length;
    for (size_t i = 0; i < rows; ++i) {
      // Row i is read before value i <= row i's first is written.
      folded.set(i, InnerProduct<D>(folded.subspan(i * length, length), factor));
    }
    folded.Truncate(rows);
  }
  CheckInvariant(folded.size() == 1, "values of another shape than their weights");
  return broadcast * folded.get(0);
}

template RankOne<4> PlaceWeights<4>(std::span<const Ext<4>>, const Placement&);
template RankOne<5> PlaceWeights<5>(std::span<const Ext<5>>, const Placement&);
template ExtVec<4> InnerVector<4>(const Shape&, const RankOne<4>&);
template ExtVec<5> InnerVector<5>(const Shape&, const RankOne<5>&);
template Ext<4> SumOf<4>(ExtConstSpan<4>);
template Ext<5> SumOf<5>(ExtConstSpan<5>);
template Ext<4> SumOfWeights<4>(const RankOne<4>&);
template Ext<5> SumOfWeights<5>(const RankOne<5>&);
template Ext<4> InnerProduct<4>(const RankOne<4>&, const RankOne<4>&);
template Ext<5> InnerProduct<5>(const RankOne<5>&, const RankOne<5>&);
template Ext<4> InnerProductWithValues<4>(const RankOne<4>&, uint32_t, std::span<const int32_t>);
template Ext<5> InnerProductWithValues<5>(const RankOne<5>&, uint32_t, std::span<const int32_t>);

}  // namespace voizk
