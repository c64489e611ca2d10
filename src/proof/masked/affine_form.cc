#include "proof/masked/affine_form.h"

#include <utility>

namespace voizk {

template <int D>
AffineForm<D> AffineForm<D>::Constant(const K& c) {
  AffineForm form;
  form.constant_ = c;
  return form;
}

template <int D>
AffineForm<D> AffineForm<D>::Variable(Var v) {
  AffineForm form;
  form.terms_.push_back({v, K::kOne});
  return form;
}

template <int D>
AffineForm<D>& AffineForm<D>::operator+=(const K& c) {
  constant_ += c;
  return *this;
}

template <int D>
AffineForm<D>& AffineForm<D>::operator-=(const K& c) {
  constant_ -= c;
  return *this;
}

template <int D>
AffineForm<D>& AffineForm<D>::AddScaled(const AffineForm& other, const K& factor) {
  if (factor.IsZero()) return *this;
  constant_ += factor * other.constant_;
  std::vector<Term> merged;
  merged.reserve(terms_.size() + other.terms_.size());
  auto a = terms_.begin();
  auto b = other.terms_.begin();
  while (a != terms_.end() || b != other.terms_.end()) {
    if (b == other.terms_.end() || (a != terms_.end() && a->var < b->var)) {
      merged.push_back(*a++);
      continue;
    }
    Term term{b->var, factor * b->coeff};
    if (a != terms_.end() && a->var == b->var) term.coeff += (a++)->coeff;
    ++b;
    if (!term.coeff.IsZero()) merged.push_back(term);
  }
  terms_ = std::move(merged);
  return *this;
}

template <int D>
AffineForm<D>& AffineForm<D>::Scale(const K& factor) {
  constant_ *= factor;
  if (factor.IsZero()) terms_.clear();
  for (Term& term : terms_) term.coeff *= factor;
  return *this;
}

template class AffineForm<4>;
template class AffineForm<5>;

}  // namespace voizk
