#include "proof/functionals/kernels.h"

namespace voizk::plain {

template <int D>
void AccumulateWeights(const int32_t* w, size_t stride, size_t outputs, size_t count,
                       const uint32_t* u, int64_t* const* sums) {
  for (size_t o = 0; o < outputs; ++o) {
    for (int l = 0; l < D; ++l) {
      const auto raw = static_cast<int64_t>(u[o * D + static_cast<size_t>(l)]);
      for (size_t i = 0; i < count; ++i) sums[l][i] += raw * w[o * stride + i];
    }
  }
}

template void AccumulateWeights<4>(const int32_t*, size_t, size_t, size_t, const uint32_t*,
                                   int64_t* const*);
template void AccumulateWeights<5>(const int32_t*, size_t, size_t, size_t, const uint32_t*,
                                   int64_t* const*);

}  // namespace voizk::plain
