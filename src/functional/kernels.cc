#include "functional/kernels.h"

namespace voizk {

template <int D>
void AccumulateWeights(const int32_t* w, size_t count, const Ext<D>& u, int64_t* const* sums) {
  for (int l = 0; l < D; ++l) {
    const auto raw = static_cast<int64_t>(u[l].raw());
    int64_t* sum = sums[l];
    for (size_t i = 0; i < count; ++i) sum[i] += raw * w[i];
  }
}

template void AccumulateWeights<4>(const int32_t*, size_t, const Ext<4>&, int64_t* const*);
template void AccumulateWeights<5>(const int32_t*, size_t, const Ext<5>&, int64_t* const*);

}  // namespace voizk
