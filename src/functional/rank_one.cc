#include "functional/rank_one.h"

#include <cassert>

#include "poly/eq.h"

namespace voizk {

template <int D>
std::vector<Ext<D>> EqRange(std::span<const Ext<D>> point, uint64_t begin, size_t count) {
  return EqWindow<D>(point, begin, count).ToVector();
}

template <int D>
RankOne<D> PlaceWeights(std::span<const Ext<D>> point, const Placement& item) {
  const Shape& shape = item.shape;
  const auto inner_bits = static_cast<size_t>(shape.InnerBits());
  assert(inner_bits <= point.size());
  RankOne<D> w;
  const size_t outer_bits = point.size() - inner_bits;
  w.factors[0] = EqRange<D>(point.first(outer_bits), item.base >> inner_bits, shape.dims[0]);
  size_t used = outer_bits;
  for (int k = 1; k < Shape::kMaxRank; ++k) {
    const auto dim_bits = static_cast<size_t>(k < shape.rank ? shape.DimBits(k) : 0);
    const auto d = static_cast<size_t>(k);
    w.factors[d] = EqRange<D>(point.subspan(used, dim_bits), 0, shape.dims[d]);
    used += dim_bits;
  }
  assert(used == point.size());
  return w;
}

template <int D>
Ext<D> SumOf(std::span<const Ext<D>> values) {
  Ext<D> sum;
  for (const Ext<D>& v : values) sum += v;
  return sum;
}

template <int D>
Ext<D> SumOfWeights(const RankOne<D>& w) {
  Ext<D> product = w.scalar;
  for (const auto& factor : w.factors) product *= SumOf<D>(factor);
  return product;
}

template std::vector<Ext<4>> EqRange<4>(std::span<const Ext<4>>, uint64_t, size_t);
template std::vector<Ext<5>> EqRange<5>(std::span<const Ext<5>>, uint64_t, size_t);
template RankOne<4> PlaceWeights<4>(std::span<const Ext<4>>, const Placement&);
template RankOne<5> PlaceWeights<5>(std::span<const Ext<5>>, const Placement&);
template Ext<4> SumOf<4>(std::span<const Ext<4>>);
template Ext<5> SumOf<5>(std::span<const Ext<5>>);
template Ext<4> SumOfWeights<4>(const RankOne<4>&);
template Ext<5> SumOfWeights<5>(const RankOne<5>&);

}  // namespace voizk
