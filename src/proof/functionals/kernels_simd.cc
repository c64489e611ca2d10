// The weights kernel on Highway vectors: a block of weights at a time, whose sums stay in registers
// while all outputs pass.
#include "proof/functionals/kernels.h"

#if VOIZK_SCALAR

namespace voizk {

template <int D>
void AccumulateWeights(const int32_t* w, size_t stride, size_t outputs, size_t count,
                       const uint32_t* u, int64_t* const* sums) {
  plain::AccumulateWeights<D>(w, stride, outputs, count, u, sums);
}
template void AccumulateWeights<4>(const int32_t*, size_t, size_t, size_t, const uint32_t*,
                                   int64_t* const*);
template void AccumulateWeights<5>(const int32_t*, size_t, size_t, size_t, const uint32_t*,
                                   int64_t* const*);

}  // namespace voizk

#else

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "proof/functionals/kernels_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "algebra/field/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {
namespace {

// Weights [from, count) of every output; what the vectors below leave over.
template <int D>
void Rest(const int32_t* w, size_t stride, size_t outputs, size_t count, size_t from,
          const uint32_t* u, int64_t* const* sums) {
  for (size_t o = 0; o < outputs; ++o) {
    for (int l = 0; l < D; ++l) {
      const auto raw = static_cast<int64_t>(u[o * D + static_cast<size_t>(l)]);
      for (size_t i = from; i < count; ++i) sums[l][i] += raw * w[o * stride + i];
    }
  }
}

#if VOIZK_SIMD

// Even and odd lanes of two vectors of weights times one limb: signed 32 x 32 -> 64 bits, and raw
// values are below 2^31, so they are the same number signed.
template <int D>
void AccumulateVec(const int32_t* w, size_t stride, size_t outputs, size_t count, const uint32_t* u,
                   int64_t* const* sums) {
  const hn::ScalableTag<int32_t> d32;
  const hn::Repartition<int64_t, decltype(d32)> d64;
  using V = hn::Vec<decltype(d64)>;
  const size_t lanes = hn::Lanes(d32);
  HWY_ALIGN int64_t even_lanes[HWY_MAX_BYTES / 8], odd_lanes[HWY_MAX_BYTES / 8];
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    V even[D], odd[D];
    for (int l = 0; l < D; ++l) even[l] = odd[l] = hn::Zero(d64);
    for (size_t o = 0; o < outputs; ++o) {
      const auto x = hn::LoadU(d32, w + o * stride + i);
      const auto x_odd = hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(d64, x)));
      for (size_t l = 0; l < D; ++l) {
        const auto raw = hn::Set(d32, static_cast<int32_t>(u[o * D + l]));
        even[l] = hn::Add(even[l], MulEvenSigned(x, raw));
        odd[l] = hn::Add(odd[l], MulEvenSigned(x_odd, raw));
      }
    }
    for (int l = 0; l < D; ++l) {
      hn::Store(even[l], d64, even_lanes);
      hn::Store(odd[l], d64, odd_lanes);
      for (size_t k = 0; k < lanes / 2; ++k) {
        sums[l][i + 2 * k] += even_lanes[k];
        sums[l][i + 2 * k + 1] += odd_lanes[k];
      }
    }
  }
  Rest<D>(w, stride, outputs, count, i, u, sums);
}

#else  // VOIZK_SIMD: one lane has no odd neighbour

template <int D>
void AccumulateVec(const int32_t* w, size_t stride, size_t outputs, size_t count, const uint32_t* u,
                   int64_t* const* sums) {
  Rest<D>(w, stride, outputs, count, 0, u, sums);
}

#endif  // VOIZK_SIMD

}  // namespace

void Accumulate4(const int32_t* w, size_t stride, size_t outputs, size_t count, const uint32_t* u,
                 int64_t* const* sums) {
  AccumulateVec<4>(w, stride, outputs, count, u, sums);
}
void Accumulate5(const int32_t* w, size_t stride, size_t outputs, size_t count, const uint32_t* u,
                 int64_t* const* sums) {
  AccumulateVec<5>(w, stride, outputs, count, u, sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

HWY_EXPORT(Accumulate4);
HWY_EXPORT(Accumulate5);
template <>
void AccumulateWeights<4>(const int32_t* w, size_t stride, size_t outputs, size_t count,
                          const uint32_t* u, int64_t* const* sums) {
  HWY_DYNAMIC_DISPATCH(Accumulate4)(w, stride, outputs, count, u, sums);
}
template <>
void AccumulateWeights<5>(const int32_t* w, size_t stride, size_t outputs, size_t count,
                          const uint32_t* u, int64_t* const* sums) {
  HWY_DYNAMIC_DISPATCH(Accumulate5)(w, stride, outputs, count, u, sums);
}

}  // namespace voizk

#endif  // HWY_ONCE
#endif  // !VOIZK_SCALAR
