// Intervals of integers and the prime that they are compared with.
#ifndef VOIZK_RELATION_CERTIFICATE_INTERVAL_H_
#define VOIZK_RELATION_CERTIFICATE_INTERVAL_H_

#include <cstdint>

namespace voizk {

inline constexpr int64_t kHalfModulus = 1065353216;        // (p - 1) / 2, p = 2^31 - 2^24 + 1
inline constexpr int64_t kModulus = 2 * kHalfModulus + 1;  // p

struct Interval {
  int64_t lo = 0;
  int64_t hi = 0;
};

/// Within [-(p-1)/2, (p-1)/2], where a residue determines its integer.
constexpr bool WithinHalf(const Interval& i) {
  return i.lo >= -kHalfModulus && i.hi <= kHalfModulus;
}

/// Within [-p, p]: sums and differences of two such intervals stay far inside int64.
constexpr bool WithinModulus(const Interval& i) { return i.lo >= -kModulus && i.hi <= kModulus; }

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_INTERVAL_H_
