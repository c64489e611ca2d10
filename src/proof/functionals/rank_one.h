// Rank-one weights: a K-valued array over a shape that is a scalar times a product of one vector
// per dimension.  For an item placed in an address space and a point r of that space,
//   W(r)[i] = eq(r, base + address(i))
// is rank one (relation/core/layout.h), and everything the protocol does with a view starts from
// it.
#ifndef VOIZK_PROOF_FUNCTIONALS_RANK_ONE_H_
#define VOIZK_PROOF_FUNCTIONALS_RANK_ONE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "relation/core/layout.h"

namespace voizk {

/// value(i) = scalar * prod_k factors[k][i_k].  factors[k].size() is the length of dimension k, so
/// one element for the dimensions that a shape does not have.
template <int D>
struct RankOne {
  Ext<D> scalar = Ext<D>::kOne;
  std::array<ExtVec<D>, Shape::kMaxRank> factors;
};

/// The factor of a dimension of length 1 with weight 1.
template <int D>
ExtVec<D> UnitFactor() {
  return ExtVec<D>::From(std::array{Ext<D>::kOne});
}

/// W(r) of an item, with scalar 1.  point.size() is the number of bits of its space.
template <int D>
RankOne<D> PlaceWeights(std::span<const Ext<D>> point, const Placement& item);

/// sum of the entries of a vector.
template <int D>
Ext<D> SumOf(ExtConstSpan<D> values);

/// The product of the vectors of dimensions 1, 2, 3 at the addresses of one index of dimension 0:
/// 2^InnerBits elements, zero at addresses that are no index's.  Without the scalar.
template <int D>
ExtVec<D> InnerVector(const Shape& shape, const RankOne<D>& w);

/// sum_i value(i) over the whole shape.
template <int D>
Ext<D> SumOfWeights(const RankOne<D>& w);

/// sum_i a(i) b(i) of two rank-one arrays over one shape.
template <int D>
Ext<D> InnerProduct(const RankOne<D>& a, const RankOne<D>& b);

/// sum_i w(i) values(i), where values vary along the dimensions in dim_mask (bit d), row-major, and
/// are the same along the others.
template <int D>
Ext<D> InnerProductWithValues(const RankOne<D>& w, uint32_t dim_mask,
                              std::span<const int32_t> values);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_RANK_ONE_H_
