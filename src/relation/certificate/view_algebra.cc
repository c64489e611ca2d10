#include "relation/certificate/view_algebra.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace voizk {
namespace {

constexpr size_t kMaxCompared = 64;  // beyond so many terms, equal ones are not looked for

/// a + factor * b, which is below 2^63 in size, or nothing if it is no int32.
std::optional<int32_t> Sum(int32_t a, int32_t factor, int32_t b) {
  const int64_t sum = int64_t{a} + int64_t{factor} * b;
  if (!std::in_range<int32_t>(sum)) return std::nullopt;
  return static_cast<int32_t>(sum);
}

/// false: factor * term has a coefficient that is no int32.
bool AddTerm(View* v, const Term& term, int32_t factor) {
  const std::optional<int32_t> scaled = Sum(0, factor, term.coeff);
  if (!scaled) return false;
  if (v->terms.size() <= kMaxCompared) {
    for (size_t i = 0; i < v->terms.size(); ++i) {
      Term& t = v->terms[i];
      if (t.tensor != term.tensor || !(t.op == term.op)) continue;
      const std::optional<int32_t> sum = Sum(t.coeff, 1, *scaled);
      if (!sum) continue;
      t.coeff = *sum;
      if (t.coeff == 0) v->terms.erase(v->terms.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
  }
  if (*scaled == 0) return true;
  v->terms.push_back(term);
  v->terms.back().coeff = *scaled;
  return true;
}

/// to + factor * from in every place (to empty: zeros), or nothing if one of them is no int32.
std::optional<std::vector<int32_t>> Merged(const std::vector<int32_t>& to, int32_t factor,
                                           const std::vector<int32_t>& from) {
  std::vector<int32_t> sums(from.size());
  for (size_t j = 0; j < from.size(); ++j) {
    const std::optional<int32_t> sum = Sum(to.empty() ? 0 : to[j], factor, from[j]);
    if (!sum) return std::nullopt;
    sums[j] = *sum;
  }
  return sums;
}

bool IsZero(const std::vector<int32_t>& v) {
  return std::all_of(v.begin(), v.end(), [](int32_t x) { return x == 0; });
}

/// false: factor * c has a value that is no int32.
bool AddConstant(View* v, const ConstantTerm& c, int32_t factor) {
  for (size_t i = 0; i < v->constants.size(); ++i) {
    ConstantTerm& k = v->constants[i];
    if (k.dim_mask != c.dim_mask || k.values.size() != c.values.size()) continue;
    auto sum = Merged(k.values, factor, c.values);
    if (!sum) continue;
    k.values = std::move(*sum);
    if (IsZero(k.values)) v->constants.erase(v->constants.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  auto scaled = Merged({}, factor, c.values);
  if (!scaled) return false;
  if (!IsZero(*scaled)) v->constants.push_back({c.dim_mask, std::move(*scaled)});
  return true;
}

}  // namespace

std::optional<View> Combine(View a, const View& b, int32_t factor) {
  if (!(a.shape == b.shape)) return std::nullopt;
  for (const Term& t : b.terms) {
    if (!AddTerm(&a, t, factor)) return std::nullopt;
  }
  for (const ConstantTerm& c : b.constants) {
    if (!AddConstant(&a, c, factor)) return std::nullopt;
  }
  return a;
}

View WithoutTerm(const View& v, size_t index) {
  View rest = v;
  rest.terms.erase(rest.terms.begin() + static_cast<std::ptrdiff_t>(index));
  return rest;
}

}  // namespace voizk
