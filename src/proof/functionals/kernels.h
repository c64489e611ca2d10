// The inner loop over weights, beside its plain sibling (same results bit for bit).
#ifndef VOIZK_PROOF_FUNCTIONALS_KERNELS_H_
#define VOIZK_PROOF_FUNCTIONALS_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "algebra/field/ext.h"

namespace voizk {

/// sums[l][i] += sum_{o < outputs} w[o * stride + i] * raw(u_o)_l over the integers, for i < count,
/// l < D: one pass over a block of weights.  raw(u_o)_l = u[o * D + l] < 2^31; the caller bounds
/// outputs so that no sum leaves int64.
template <int D>
void AccumulateWeights(const int32_t* w, size_t stride, size_t outputs, size_t count,
                       const uint32_t* u, int64_t* const* sums);

namespace plain {
template <int D>
void AccumulateWeights(const int32_t* w, size_t stride, size_t outputs, size_t count,
                       const uint32_t* u, int64_t* const* sums);
}  // namespace plain

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_KERNELS_H_
