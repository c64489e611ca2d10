// Error probabilities as integers, rounded up, so that every platform and language computes the
// same parameters (docs/protocol.md, section 5).
#ifndef VOIZK_PROOF_COMMIT_UPPER_BOUND_H_
#define VOIZK_PROOF_COMMIT_UPPER_BOUND_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace voizk {

__extension__ typedef unsigned __int128 Uint128;

/// An error in units of 2^-192.  Above 2^-64 it is kAnyError.
using ErrorUnits = Uint128;
inline constexpr int kErrorUnitBits = 192;
inline constexpr ErrorUnits kAnyError = ~ErrorUnits{0};

/// 2^-bits, 64 < bits <= 192.
constexpr ErrorUnits ErrorOfBits(int bits) { return ErrorUnits{1} << (kErrorUnitBits - bits); }

constexpr ErrorUnits AddErrors(ErrorUnits a, ErrorUnits b) {
  return b > kAnyError - a ? kAnyError : a + b;
}

/// For people; nothing is decided by it.
inline double BitsOf(ErrorUnits error) {
  if (error == 0) return std::numeric_limits<double>::infinity();
  return kErrorUnitBits - std::log2(static_cast<double>(error));
}

/// mantissa * 2^exponent, 2^63 <= mantissa < 2^64; products are rounded up.
class UpperBound {
 public:
  constexpr UpperBound(uint64_t mantissa, int exponent)
      : mantissa_(mantissa), exponent_(exponent) {}
  static constexpr UpperBound One() { return {uint64_t{1} << 63, -63}; }

  constexpr UpperBound operator*(const UpperBound& other) const {
    const Uint128 product = Uint128{mantissa_} * other.mantissa_;  // at least 2^126
    const int shift = product >> 127 != 0 ? 64 : 63;
    const Uint128 rounded = (product + ((Uint128{1} << shift) - 1)) >> shift;
    const int exponent = exponent_ + other.exponent_ + shift;
    if (rounded >> 64 != 0) return {uint64_t{1} << 63, exponent + 1};
    return {static_cast<uint64_t>(rounded), exponent};
  }
  /// By squaring, from the most significant bit of n on.
  constexpr UpperBound Power(uint32_t n) const {
    UpperBound result = One();
    for (int bit = static_cast<int>(std::bit_width(n)) - 1; bit >= 0; --bit) {
      result = result * result;
      if ((n >> bit & 1) != 0) result = result * *this;
    }
    return result;
  }
  constexpr bool IsAtMostTwoTo(int exponent) const {
    const int own = exponent_ + 63;  // 2^own <= this < 2^(own + 1)
    return own < exponent || (own == exponent && mantissa_ == uint64_t{1} << 63);
  }
  constexpr ErrorUnits Units() const {
    const int shift = exponent_ + kErrorUnitBits;
    if (shift > 64) return kAnyError;
    if (shift >= 0) return ErrorUnits{mantissa_} << shift;
    if (shift <= -64) return 1;
    return (ErrorUnits{mantissa_} + ((ErrorUnits{1} << -shift) - 1)) >> -shift;
  }

 private:
  uint64_t mantissa_;
  int exponent_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_UPPER_BOUND_H_
