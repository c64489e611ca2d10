// Fp: the prime field of p = 2^31 - 2^24 + 1 ("KoalaBear"), in Montgomery form.
//
// An element x is held as x * 2^32 mod p in [0, p), so equal elements have equal bits.  Since
// p < 2^31, sums of two elements fit 32 bits and sums of four products fit 64 bits
// (4 (p-1)^2 < 2^64): see Reduce64, on which the lazy reductions of ext.h and the kernels stand.
// p - 1 = 127 * 2^24; 3 generates the multiplicative group.
#ifndef VOIZK_ALGEBRA_FIELD_KOALA_BEAR_H_
#define VOIZK_ALGEBRA_FIELD_KOALA_BEAR_H_

#include <cstdint>
#include <span>
#include <type_traits>

namespace voizk {

class Fp {
 public:
  static constexpr uint32_t kModulus = 2130706433u;         // 2^31 - 2^24 + 1
  static constexpr uint32_t kModulusInverse = 0x81000001u;  // p^-1 mod 2^32
  static constexpr int kTwoAdicity = 24;
  static constexpr uint32_t kGenerator = 3;        // of the multiplicative group (tested)
  static constexpr size_t kBytes = 4;              // canonical encoding: u32 little endian, < p
  static constexpr double kBits = 30.98868468677;  // log2 p
  static const Fp kZero;
  static const Fp kOne;

  constexpr Fp() = default;  // zero

  /// v mod p, for any 32-bit v.  (Parsers reject v >= p before: see field/bytes.h.)
  static constexpr Fp FromU32(uint32_t v) {
    return FromRaw(MontgomeryReduce(static_cast<uint64_t>(v) * kR2));
  }
  /// v mod p, for any signed v.
  static constexpr Fp FromI64(int64_t v) {
    const int64_t r = v % static_cast<int64_t>(kModulus);
    return FromU32(static_cast<uint32_t>(r < 0 ? r + kModulus : r));
  }
  static constexpr Fp FromU64(uint64_t v) { return FromU32(static_cast<uint32_t>(v % kModulus)); }

  /// The representative in [0, p).
  constexpr uint32_t ToU32() const { return MontgomeryReduce(raw_); }
  /// The representative in [-(p-1)/2, (p-1)/2].
  constexpr int64_t ToCentered() const {
    const int64_t v = ToU32();
    return v > (kModulus - 1) / 2 ? v - kModulus : v;
  }

  /// The Montgomery form itself; raw < p.
  static constexpr Fp FromRaw(uint32_t raw) {
    Fp x;
    x.raw_ = raw;
    return x;
  }
  constexpr uint32_t raw() const { return raw_; }

  friend constexpr bool operator==(Fp a, Fp b) = default;
  friend constexpr Fp operator+(Fp a, Fp b) { return FromRaw(SubtractOnce(a.raw_ + b.raw_)); }
  friend constexpr Fp operator-(Fp a, Fp b) {
    const uint32_t d = a.raw_ - b.raw_;  // negative wraps to >= 2^31, where adding p wraps back
    const uint32_t e = d + kModulus;
    return FromRaw(e < d ? e : d);
  }
  friend constexpr Fp operator*(Fp a, Fp b) {
    return FromRaw(MontgomeryReduce(static_cast<uint64_t>(a.raw_) * b.raw_));
  }
  constexpr Fp operator-() const { return FromRaw(raw_ == 0 ? 0 : kModulus - raw_); }
  constexpr Fp& operator+=(Fp b) { return *this = *this + b; }
  constexpr Fp& operator-=(Fp b) { return *this = *this - b; }
  constexpr Fp& operator*=(Fp b) { return *this = *this * b; }
  constexpr Fp Square() const { return *this * *this; }

  constexpr Fp Pow(uint64_t e) const {
    Fp result = FromRaw(kR);
    for (Fp base = *this; e != 0; e >>= 1, base *= base) {
      if (e & 1) result *= base;
    }
    return result;
  }
  /// 1/x; the inverse of zero is given as zero, callers exclude it where it matters.
  constexpr Fp Inverse() const { return Pow(kModulus - 2); }
  constexpr bool IsZero() const { return raw_ == 0; }

  /// A primitive 2^log2_order-th root of unity, 0 <= log2_order <= kTwoAdicity, with
  /// RootOfUnity(k)^2 = RootOfUnity(k-1).
  static constexpr Fp RootOfUnity(int log2_order) {
    return FromU32(kGenerator).Pow((kModulus - 1) >> log2_order);
  }

  /// x / 2^32 mod p in [0, p), for x < p * 2^32.
  static constexpr uint32_t MontgomeryReduce(uint64_t x) {
    // u = x/p mod 2^32 makes x - u p divisible by 2^32; the quotient lies in (-p, p).
    const uint32_t u = static_cast<uint32_t>(x) * kModulusInverse;
    const uint32_t hi = static_cast<uint32_t>(x >> 32);
    const uint32_t up = static_cast<uint32_t>((static_cast<uint64_t>(u) * kModulus) >> 32);
    const uint32_t d = hi - up;
    const uint32_t e = d + kModulus;
    return e < d ? e : d;
  }
  /// x - p 2^32 if that is not negative, else x: below p 2^32 for x < 2 p 2^32, so that one
  /// MontgomeryReduce or two more products may follow.  Four products are below 2 p 2^32.
  static constexpr uint64_t Fold64(uint64_t x) {
    constexpr uint64_t kShifted = static_cast<uint64_t>(kModulus) << 32;
    return x >= kShifted ? x - kShifted : x;
  }
  /// x / 2^32 mod p for x < 2 p 2^32, hence for any sum of four products.
  static constexpr uint32_t Reduce64(uint64_t x) { return MontgomeryReduce(Fold64(x)); }

 private:
  static constexpr uint32_t kR = static_cast<uint32_t>((uint64_t{1} << 32) % kModulus);
  static constexpr uint32_t kR2 =
      static_cast<uint32_t>(static_cast<uint64_t>(kR) * kR % kModulus);  // 2^64 mod p
  static_assert(kModulus * kModulusInverse == 1u);

  static constexpr uint32_t SubtractOnce(uint32_t x) {
    const uint32_t y = x - kModulus;
    return y < x ? y : x;
  }

  uint32_t raw_ = 0;
};

inline constexpr Fp Fp::kZero = Fp();
inline constexpr Fp Fp::kOne = Fp::FromU32(1);

static_assert(sizeof(Fp) == 4 && std::is_trivially_copyable_v<Fp>);

using FpSpan = std::span<const Fp>;
using FpMutSpan = std::span<Fp>;

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_KOALA_BEAR_H_
