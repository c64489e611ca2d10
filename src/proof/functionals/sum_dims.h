// Sums a tensor of integers over some of its dimensions with weights in K: what a product whose
// other factor does not depend on them needs before its sum-check (docs/protocol.md, step 3).
#ifndef VOIZK_PROOF_FUNCTIONALS_SUM_DIMS_H_
#define VOIZK_PROOF_FUNCTIONALS_SUM_DIMS_H_

#include <array>
#include <cstdint>
#include <span>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "relation/core/relation.h"

namespace voizk {

/// out(i) = sum over the dimensions d with weights of prod_d weights[d][i_d] values(i), row-major
/// over the shape in which these dimensions have length 1.  weights[d] is empty for a dimension
/// that stays, else it has its length.  Secret, as the values are.
template <int D>
ExtVec<D> SumDims(const Shape& shape, std::span<const int32_t> values,
                  const std::array<ExtVec<D>, Shape::kMaxRank>& weights, ThreadPool& pool);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_SUM_DIMS_H_
