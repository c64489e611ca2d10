#include "relation/view_algebra.h"

#include <algorithm>
#include <limits>

namespace voizk {
namespace {

constexpr size_t kMaxCompared = 64;  // beyond so many terms, equal ones are not looked for

int32_t Saturated(int64_t x) {
  return static_cast<int32_t>(std::clamp<int64_t>(x, std::numeric_limits<int32_t>::min() + 1,
                                                  std::numeric_limits<int32_t>::max()));
}

void AddTerm(View* v, const Term& term, int64_t factor) {
  const int64_t scaled =
      std::clamp<int64_t>(factor, -(int64_t{1} << 31), int64_t{1} << 31) * term.coeff;
  if (v->terms.size() <= kMaxCompared) {
    for (size_t i = 0; i < v->terms.size(); ++i) {
      Term& t = v->terms[i];
      if (t.tensor != term.tensor || !(t.op == term.op)) continue;
      t.coeff = Saturated(t.coeff + scaled);
      if (t.coeff == 0) v->terms.erase(v->terms.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
  if (scaled == 0) return;
  v->terms.push_back(term);
  v->terms.back().coeff = Saturated(scaled);
}

void AddConstant(View* v, const ConstantTerm& c, int64_t factor) {
  const int64_t f = std::clamp<int64_t>(factor, -(int64_t{1} << 31), int64_t{1} << 31);
  for (size_t i = 0; i < v->constants.size(); ++i) {
    ConstantTerm& k = v->constants[i];
    if (k.dim_mask != c.dim_mask || k.values.size() != c.values.size()) continue;
    bool zero = true;
    for (size_t j = 0; j < k.values.size(); ++j) {
      k.values[j] = Saturated(k.values[j] + f * c.values[j]);
      zero = zero && k.values[j] == 0;
    }
    if (zero) v->constants.erase(v->constants.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
  ConstantTerm scaled = c;
  bool zero = true;
  for (int32_t& x : scaled.values) {
    x = Saturated(f * x);
    zero = zero && x == 0;
  }
  if (!zero) v->constants.push_back(std::move(scaled));
}

}  // namespace

View Combine(View a, const View& b, int64_t factor) {
  if (!(a.shape == b.shape)) {
    View nothing;
    nothing.shape.rank = 0;
    return nothing;
  }
  for (const Term& t : b.terms) AddTerm(&a, t, factor);
  for (const ConstantTerm& c : b.constants) AddConstant(&a, c, factor);
  return a;
}

View WithoutTerm(const View& v, size_t index) {
  View rest = v;
  rest.terms.erase(rest.terms.begin() + static_cast<std::ptrdiff_t>(index));
  return rest;
}

}  // namespace voizk
