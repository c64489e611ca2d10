// Which Highway targets our kernels are built for; include before hwy/highway.h.
//
// SSSE3 and AVX3_DL offer these kernels nothing over their neighbours and only cost compile time.
// SVE and RVV vectors have no compile-time size, and our kernels keep vectors in arrays.
#ifndef VOIZK_ALGEBRA_FIELD_SIMD_TARGETS_H_
#define VOIZK_ALGEBRA_FIELD_SIMD_TARGETS_H_

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#endif  // VOIZK_ALGEBRA_FIELD_SIMD_TARGETS_H_
