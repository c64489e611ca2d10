#include "proof/lookup/kernels.h"

namespace voizk::plain {

template <int D>
void AddFractions(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                  ExtSpan<D> n, ExtSpan<D> q) {
  for (size_t i = 0; i < n.size(); ++i) {
    const Ext<D> a = q0.get(i), b = q1.get(i);
    n.set(i, n0.get(i) * b + n1.get(i) * a);
    q.set(i, a * b);
  }
}

template <int D>
std::array<Ext<D>, 2> FractionRound(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                    ExtConstSpan<D> eq) {
  std::array<Ext<D>, 2> t;
  // p(2) = 2 p(1) - p(0)
  const auto at_2 = [](ExtSpan<D> a, ExtSpan<D> b, size_t i) {
    return b.get(i).Double() - a.get(i);
  };
  for (size_t i = 0; i < eq.size(); ++i) {
    const Ext<D> weight = eq.get(i);
    t[0] += weight * (lo.n0.get(i) * lo.q1.get(i) + lo.m1.get(i) * lo.q0.get(i));
    t[1] += weight * (at_2(lo.n0, hi.n0, i) * at_2(lo.q1, hi.q1, i) +
                      at_2(lo.m1, hi.m1, i) * at_2(lo.q0, hi.q0, i));
  }
  return t;
}

template <int D>
std::array<Ext<D>, 2> LookupRound(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                  const Ext<D>& shift, ExtConstSpan<D> eq) {
  std::array<Ext<D>, 2> t;
  for (size_t i = 0; i < eq.size(); ++i) {
    const Ext<D> m = lo.m1.get(i), q = lo.q0.get(i);
    t[0] += eq.get(i) * m * (q + shift);
    t[1] += eq.get(i) * (hi.m1.get(i).Double() - m) * (hi.q0.get(i).Double() - q + shift);
  }
  return t;
}

#define VOIZK_INSTANTIATE(D)                                                                  \
  template std::array<Ext<D>, 2> LookupRound<D>(const LookupSpans<D>&, const LookupSpans<D>&, \
                                                const Ext<D>&, ExtConstSpan<D>);              \
  template void AddFractions<D>(ExtConstSpan<D>, ExtConstSpan<D>, ExtConstSpan<D>,            \
                                ExtConstSpan<D>, ExtSpan<D>, ExtSpan<D>);                     \
  template std::array<Ext<D>, 2> FractionRound<D>(const FractionSpans<D>&,                    \
                                                  const FractionSpans<D>&, ExtConstSpan<D>);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk::plain
