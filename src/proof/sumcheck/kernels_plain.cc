#include "proof/sumcheck/kernels.h"

namespace voizk::plain {

namespace {

Fp At(FpSpan a, size_t i) { return i < a.size() ? a[i] : Fp::kZero; }
template <int D>
Ext<D> At(ExtConstSpan<D> a, size_t i) {
  return i < a.size() ? a.get(i) : Ext<D>::kZero;
}

// The line through (0, lo_i), (1, hi_i) at 0, 2, 3.
template <typename F>
struct Line {
  F at_0, at_2, at_3;
};
template <typename Span>
auto LineOf(const Halves<Span>& h, size_t i) {
  const auto lo = At(h.lo, i), hi = At(h.hi, i);
  const auto slope = hi - lo;
  const auto at_2 = hi + slope;
  return Line<std::remove_cv_t<decltype(at_2)>>{lo, at_2, at_2 + slope};
}

template <int D, typename B>
std::array<Ext<D>, 2> Dot(const Halves<ExtConstSpan<D>>& a, const Halves<B>& b) {
  std::array<Ext<D>, 2> t;
  for (size_t i = 0; i < a.lo.size(); ++i) {
    const auto x = LineOf(a, i);
    const auto y = LineOf(b, i);
    t[0] += x.at_0 * y.at_0;
    t[1] += x.at_2 * y.at_2;
  }
  return t;
}

template <int D, typename A>
std::array<Ext<D>, 3> Triple(const Halves<ExtConstSpan<D>>& w, const Halves<A>& a,
                             const Halves<A>& b) {
  std::array<Ext<D>, 3> t;
  for (size_t i = 0; i < w.lo.size(); ++i) {
    const auto z = LineOf(w, i);
    const auto x = LineOf(a, i);
    const auto y = LineOf(b, i);
    t[0] += z.at_0 * (x.at_0 * y.at_0);
    t[1] += z.at_2 * (x.at_2 * y.at_2);
    t[2] += z.at_3 * (x.at_3 * y.at_3);
  }
  return t;
}

}  // namespace

template <int D>
std::array<Ext<D>, 2> DotRound(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {
  return Dot<D>(a, b);
}
template <int D>
std::array<Ext<D>, 2> DotRound(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {
  return Dot<D>(a, b);
}
template <int D>
std::array<Ext<D>, 3> TripleRound(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a, Halves<FpSpan> b) {
  return Triple<D>(w, a, b);
}
template <int D>
std::array<Ext<D>, 3> TripleRound(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a,
                                  Halves<ExtConstSpan<D>> b) {
  return Triple<D>(w, a, b);
}

#define VOIZK_INSTANTIATE(D)                                                                      \
  template std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>>, Halves<FpSpan>);            \
  template std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>>, Halves<ExtConstSpan<D>>);   \
  template std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>>, Halves<FpSpan>,          \
                                                Halves<FpSpan>);                                  \
  template std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>>, Halves<ExtConstSpan<D>>, \
                                                Halves<ExtConstSpan<D>>);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk::plain
