// Inner loops of the functionals, each beside its plain sibling (same results bit for bit).
#ifndef VOIZK_FUNCTIONAL_KERNELS_H_
#define VOIZK_FUNCTIONAL_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "field/ext_array.h"

namespace voizk {

/// sums[l][i] += w[i] * raw(u_l) over the integers, l < D, i < count: the caller bounds the number
/// of calls so that no sum leaves int64.
template <int D>
void AccumulateWeights(const int32_t* w, size_t count, const Ext<D>& u, int64_t* const* sums);

}  // namespace voizk

#endif  // VOIZK_FUNCTIONAL_KERNELS_H_
