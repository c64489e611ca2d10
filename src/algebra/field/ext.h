// Ext<D>: the extension field K of Fp from which challenges are drawn.
//
//   D = 4:  Fp[x] / (x^4 - 3)          |K| = 2^123.95
//   D = 5:  Fp[x] / (x^5 + x^2 - 1)    |K| = 2^154.94   (5 does not divide p-1: no binomial)
//
// Both are irreducible (tests/algebra/field/ext_test.cc checks Rabin's criterion).  An element is
// its coefficient vector, lowest power first; coefficient 0 alone is the embedded base field.
//
// Multiplication: c = M(b) a with M(b) the matrix of "times b".  Every entry of M(b) is one
// reduced element, so every coefficient of c is a sum of D 62-bit products, reduced once.
#ifndef VOIZK_ALGEBRA_FIELD_EXT_H_
#define VOIZK_ALGEBRA_FIELD_EXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "algebra/field/koala_bear.h"

namespace voizk {

/// The matrix M(b) of "times b": entry (k, i), the factor of a_i in coefficient k of the product,
/// is operand kRows[k][i] of Operands(b).
template <int D>
struct ExtMulShape;

template <>
struct ExtMulShape<4> {
  static constexpr size_t kOperands = 7;  // b0 b1 b2 b3 3b1 3b2 3b3
  static constexpr std::array<std::array<uint8_t, 4>, 4> kRows = {
      {{0, 6, 5, 4}, {1, 0, 6, 5}, {2, 1, 0, 6}, {3, 2, 1, 0}}};
  static constexpr std::array<Fp, kOperands> Operands(const std::array<Fp, 4>& b) {
    return {b[0], b[1], b[2], b[3], b[1] + b[1] + b[1], b[2] + b[2] + b[2], b[3] + b[3] + b[3]};
  }
};

template <>
struct ExtMulShape<5> {
  // x^5 = 1 - x^2, so x times (m0 .. m4) is (m4, m0, m1 - m4, m2, m3).
  static constexpr size_t kOperands = 9;  // b0 b1 b2 b3 b4 b1-b4 b0-b3 b4-b2 b3-(b1-b4)
  static constexpr std::array<std::array<uint8_t, 5>, 5> kRows = {
      {{0, 4, 3, 2, 5}, {1, 0, 4, 3, 2}, {2, 5, 6, 7, 8}, {3, 2, 5, 6, 7}, {4, 3, 2, 5, 6}}};
  static constexpr std::array<Fp, kOperands> Operands(const std::array<Fp, 5>& b) {
    const Fp e14 = b[1] - b[4];
    return {b[0], b[1], b[2], b[3], b[4], e14, b[0] - b[3], b[4] - b[2], b[3] - e14};
  }
};

template <int D>
class Ext {
  static_assert(D == 4 || D == 5);

 public:
  static constexpr int kDegree = D;
  static constexpr size_t kBytes = 4 * D;         // D canonical u32, little endian
  static constexpr double kBits = D * Fp::kBits;  // log2 |K|
  static const Ext kZero;
  static const Ext kOne;

  constexpr Ext() = default;  // zero
  constexpr explicit Ext(const std::array<Fp, D>& coefficients) : c_(coefficients) {}
  static constexpr Ext FromBase(Fp x) {
    Ext r;
    r.c_[0] = x;
    return r;
  }
  static constexpr Ext FromI64(int64_t v) { return FromBase(Fp::FromI64(v)); }
  /// The basis element x^i, 0 <= i < D.
  static constexpr Ext Basis(int i) {
    Ext r;
    r[i] = Fp::kOne;
    return r;
  }

  constexpr Fp& operator[](int i) { return c_[static_cast<size_t>(i)]; }
  constexpr const Fp& operator[](int i) const { return c_[static_cast<size_t>(i)]; }
  constexpr const std::array<Fp, D>& coefficients() const { return c_; }

  friend constexpr bool operator==(const Ext& a, const Ext& b) = default;
  friend constexpr Ext operator+(const Ext& a, const Ext& b) {
    Ext r;
    for (int i = 0; i < D; ++i) r[i] = a[i] + b[i];
    return r;
  }
  friend constexpr Ext operator-(const Ext& a, const Ext& b) {
    Ext r;
    for (int i = 0; i < D; ++i) r[i] = a[i] - b[i];
    return r;
  }
  constexpr Ext operator-() const { return Ext() - *this; }
  friend constexpr Ext operator*(const Ext& a, Fp b) {
    Ext r;
    for (int i = 0; i < D; ++i) r[i] = a[i] * b;
    return r;
  }
  friend constexpr Ext operator*(Fp a, const Ext& b) { return b * a; }
  friend constexpr Ext operator+(const Ext& a, Fp b) {
    Ext r = a;
    r[0] += b;
    return r;
  }
  friend constexpr Ext operator-(const Ext& a, Fp b) {
    Ext r = a;
    r[0] -= b;
    return r;
  }
  friend constexpr Ext operator*(const Ext& a, const Ext& b) {
    const std::array<Fp, Shape::kOperands> m = Shape::Operands(b.c_);
    Ext r;
    for (size_t k = 0; k < D; ++k) r.c_[k] = Dot(a, m, Shape::kRows[k]);
    return r;
  }
  constexpr Ext& operator+=(const Ext& b) { return *this = *this + b; }
  constexpr Ext& operator-=(const Ext& b) { return *this = *this - b; }
  constexpr Ext& operator*=(const Ext& b) { return *this = *this * b; }
  constexpr Ext& operator*=(Fp b) { return *this = *this * b; }
  constexpr Ext Square() const { return *this * *this; }
  constexpr Ext Double() const { return *this + *this; }

  constexpr Ext Pow(uint64_t e) const {
    Ext result = FromBase(Fp::kOne);
    for (Ext base = *this; e != 0; e >>= 1, base *= base) {
      if (e & 1) result *= base;
    }
    return result;
  }
  /// a^p, a linear map over Fp.
  constexpr Ext Frobenius() const;
  /// 1/a; the inverse of zero is given as zero, callers exclude it where it matters.
  constexpr Ext Inverse() const {
    // a * prod_{j=1}^{D-1} a^(p^j) is the norm, an element of Fp.
    Ext conjugate = Frobenius();
    Ext product = conjugate;
    for (int j = 2; j < D; ++j) {
      conjugate = conjugate.Frobenius();
      product *= conjugate;
    }
    return product * (*this * product)[0].Inverse();
  }
  constexpr bool IsZero() const { return *this == Ext(); }

 private:
  using Shape = ExtMulShape<D>;
  static constexpr Fp Dot(const Ext& a, const std::array<Fp, Shape::kOperands>& m,
                          const std::array<uint8_t, D>& row) {
    uint64_t sum = 0;
    for (size_t i = 0; i < 4; ++i) sum += static_cast<uint64_t>(a.c_[i].raw()) * m[row[i]].raw();
    if constexpr (D == 5) {
      // Fold64 leaves less than p 2^32 < 2.02 p^2; one more product stays below 2 p 2^32.
      sum = Fp::Fold64(sum) + static_cast<uint64_t>(a.c_[4].raw()) * m[row[4]].raw();
    }
    return Fp::FromRaw(Fp::Reduce64(sum));
  }

  std::array<Fp, D> c_{};
};

template <int D>
inline constexpr Ext<D> Ext<D>::kZero = Ext<D>();
template <int D>
inline constexpr Ext<D> Ext<D>::kOne = Ext<D>::FromBase(Fp::kOne);
namespace internal {

template <int D>
constexpr std::array<Ext<D>, D> MakeFrobeniusTable() {
  std::array<Ext<D>, D> table;
  const Ext<D> xp = Ext<D>::Basis(1).Pow(Fp::kModulus);
  table[0] = Ext<D>::FromBase(Fp::kOne);
  for (size_t i = 1; i < D; ++i) table[i] = table[i - 1] * xp;
  return table;
}
/// (x^i)^p for i < D.
template <int D>
inline constexpr std::array<Ext<D>, D> kFrobeniusTable = MakeFrobeniusTable<D>();

}  // namespace internal

template <int D>
constexpr Ext<D> Ext<D>::Frobenius() const {
  Ext r;
  for (size_t i = 0; i < D; ++i) r += internal::kFrobeniusTable<D>[i] * c_[i];
  return r;
}

/// Inverts every element in place with one inversion and 3 multiplications each; zeros stay zero.
template <typename F>
void BatchInvert(std::span<F> xs);

extern template void BatchInvert(std::span<Fp>);
extern template void BatchInvert(std::span<Ext<4>>);
extern template void BatchInvert(std::span<Ext<5>>);

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_EXT_H_
