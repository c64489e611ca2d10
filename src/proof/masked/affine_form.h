// AffineForm: a secret scalar as both sides see it, constant + sum of coefficient * variable with
// public constant and coefficients.  Variables are entries of the committed pad tableau
// (docs/protocol.md, section 3).  The value is never computed, only constrained.
#ifndef VOIZK_PROOF_MASKED_AFFINE_FORM_H_
#define VOIZK_PROOF_MASKED_AFFINE_FORM_H_

#include <compare>
#include <cstdint>
#include <vector>

#include "algebra/field/ext.h"

namespace voizk {

enum class VarKind : uint8_t {
  kPad,  // pi_index
  kX,    // first factor of triple `index`: a copy of its pad
  kY,    // second factor
  kZ,    // the product of the two
};

struct Var {
  VarKind kind = VarKind::kPad;
  uint32_t index = 0;
  friend auto operator<=>(const Var&, const Var&) = default;
};

template <int D>
class AffineForm {
 public:
  using K = Ext<D>;
  struct Term {
    Var var;
    K coeff;
  };

  AffineForm() = default;  // zero
  static AffineForm Constant(const K& c);
  static AffineForm Variable(Var v);

  const K& constant() const { return constant_; }
  /// Strictly ascending variables, no zero coefficients.
  const std::vector<Term>& terms() const { return terms_; }

  AffineForm& operator+=(const AffineForm& other) { return AddScaled(other, K::kOne); }
  AffineForm& operator-=(const AffineForm& other) { return AddScaled(other, -K::kOne); }
  AffineForm& operator+=(const K& c);
  AffineForm& operator-=(const K& c);
  /// *this += factor * other.
  AffineForm& AddScaled(const AffineForm& other, const K& factor);
  AffineForm& Scale(const K& factor);

  friend AffineForm operator+(AffineForm a, const AffineForm& b) { return a += b; }
  friend AffineForm operator-(AffineForm a, const AffineForm& b) { return a -= b; }
  friend AffineForm operator*(AffineForm a, const K& factor) { return a.Scale(factor); }
  friend AffineForm operator*(const K& factor, AffineForm a) { return a.Scale(factor); }

 private:
  K constant_;
  std::vector<Term> terms_;
};

extern template class AffineForm<4>;
extern template class AffineForm<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_AFFINE_FORM_H_
