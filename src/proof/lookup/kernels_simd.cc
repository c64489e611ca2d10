// The fraction kernels on Highway vectors; what does not fill a vector goes to the plain version.
#include "proof/lookup/kernels.h"

#if VOIZK_SCALAR

namespace voizk {

template <int D>
void AddFractions(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                  ExtSpan<D> n, ExtSpan<D> q) {
  plain::AddFractions<D>(n0, n1, q0, q1, n, q);
}
template <int D>
std::array<Ext<D>, 2> FractionRound(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                    ExtConstSpan<D> eq) {
  return plain::FractionRound<D>(lo, hi, eq);
}
template <int D>
std::array<Ext<D>, 2> LookupRound(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                  const Ext<D>& shift, ExtConstSpan<D> eq) {
  return plain::LookupRound<D>(lo, hi, shift, eq);
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

}  // namespace voizk

#else

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "proof/lookup/kernels_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "algebra/field/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {
namespace {

#if VOIZK_SIMD

// a b + c d with one reduction per coefficient.
template <int D>
HWY_INLINE VExt<D> MulAdd(const VExt<D>& a, const VExt<D>& b, const VExt<D>& c, const VExt<D>& d) {
  VExtSum<D> sum;
  sum.Clear();
  sum.AddMul(a, Operands<D>(b));
  sum.AddMul(c, Operands<D>(d));
  return sum.Lanes();
}

template <int D>
void AddFractionsVec(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                     ExtSpan<D> n, ExtSpan<D> q) {
  const size_t count = n.size() / Lanes() * Lanes();
  for (size_t i = 0; i < count; i += Lanes()) {
    const VExt<D> a = LoadExt<D>(q0, i), b = LoadExt<D>(q1, i);
    const VExtOperands<D> a_operands = Operands<D>(a), b_operands = Operands<D>(b);
    VExtSum<D> sum;
    sum.Clear();
    sum.AddMul(LoadExt<D>(n0, i), b_operands);
    sum.AddMul(LoadExt<D>(n1, i), a_operands);
    StoreExt<D>(sum.Lanes(), n, i);
    StoreExt<D>(MulExt<D>(a, b_operands), q, i);
  }
  const size_t rest = n.size() - count;
  plain::AddFractions<D>(n0.subspan(count, rest), n1.subspan(count, rest), q0.subspan(count, rest),
                         q1.subspan(count, rest), n.subspan(count, rest), q.subspan(count, rest));
}

// 2 hi - lo
template <int D>
HWY_INLINE VExt<D> AtTwo(ExtConstSpan<D> lo, ExtConstSpan<D> hi, size_t i) {
  const VExt<D> b = LoadExt<D>(hi, i);
  return AddExt<D>(b, SubExt<D>(b, LoadExt<D>(lo, i)));
}

template <int D>
std::array<Ext<D>, 2> FractionRoundVec(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                       ExtConstSpan<D> eq) {
  const size_t count = eq.size() / Lanes() * Lanes();
  VExtSum<D> t0, t2;
  t0.Clear();
  t2.Clear();
  for (size_t i = 0; i < count; i += Lanes()) {
    const VExtOperands<D> weight = Operands<D>(LoadExt<D>(eq, i));
    t0.AddMul(MulAdd<D>(LoadExt<D>(lo.n0, i), LoadExt<D>(lo.q1, i), LoadExt<D>(lo.m1, i),
                        LoadExt<D>(lo.q0, i)),
              weight);
    t2.AddMul(MulAdd<D>(AtTwo<D>(lo.n0, hi.n0, i), AtTwo<D>(lo.q1, hi.q1, i),
                        AtTwo<D>(lo.m1, hi.m1, i), AtTwo<D>(lo.q0, hi.q0, i)),
              weight);
  }
  const size_t rest = eq.size() - count;
  std::array<Ext<D>, 2> t = plain::FractionRound<D>(
      lo.subspan(count, rest), hi.subspan(count, rest), eq.subspan(count, rest));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  return t;
}

template <int D>
std::array<Ext<D>, 2> LookupRoundVec(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                     const Ext<D>& shift, ExtConstSpan<D> eq) {
  const size_t count = eq.size() / Lanes() * Lanes();
  const VExt<D> s = BroadcastExt<D>(shift);
  VExtSum<D> t0, t2;
  t0.Clear();
  t2.Clear();
  for (size_t i = 0; i < count; i += Lanes()) {
    const VExtOperands<D> weight = Operands<D>(LoadExt<D>(eq, i));
    t0.AddMul(MulExt<D>(LoadExt<D>(lo.m1, i), AddExt<D>(LoadExt<D>(lo.q0, i), s)), weight);
    t2.AddMul(MulExt<D>(AtTwo<D>(lo.m1, hi.m1, i), AddExt<D>(AtTwo<D>(lo.q0, hi.q0, i), s)),
              weight);
  }
  const size_t rest = eq.size() - count;
  const auto tail = [&](const LookupSpans<D>& x) {
    return LookupSpans<D>{x.m1.subspan(count, rest), x.q0.subspan(count, rest)};
  };
  std::array<Ext<D>, 2> t =
      plain::LookupRound<D>(tail(lo), tail(hi), shift, eq.subspan(count, rest));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  return t;
}

#else  // VOIZK_SIMD: one lane has no odd neighbour

template <int D>
std::array<Ext<D>, 2> LookupRoundVec(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                     const Ext<D>& shift, ExtConstSpan<D> eq) {
  return plain::LookupRound<D>(lo, hi, shift, eq);
}

template <int D>
void AddFractionsVec(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                     ExtSpan<D> n, ExtSpan<D> q) {
  plain::AddFractions<D>(n0, n1, q0, q1, n, q);
}
template <int D>
std::array<Ext<D>, 2> FractionRoundVec(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                       ExtConstSpan<D> eq) {
  return plain::FractionRound<D>(lo, hi, eq);
}

#endif

}  // namespace

#define VOIZK_FOR_DEGREE(D)                                                                      \
  void AddFractions##D(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0,               \
                       ExtConstSpan<D> q1, ExtSpan<D> n, ExtSpan<D> q) {                         \
    AddFractionsVec<D>(n0, n1, q0, q1, n, q);                                                    \
  }                                                                                              \
  std::array<Ext<D>, 2> FractionRound##D(const FractionSpans<D>& lo, const FractionSpans<D>& hi, \
                                         ExtConstSpan<D> eq) {                                   \
    return FractionRoundVec<D>(lo, hi, eq);                                                      \
  }                                                                                              \
  std::array<Ext<D>, 2> LookupRound##D(const LookupSpans<D>& lo, const LookupSpans<D>& hi,       \
                                       const Ext<D>& shift, ExtConstSpan<D> eq) {                \
    return LookupRoundVec<D>(lo, hi, shift, eq);                                                 \
  }
VOIZK_FOR_DEGREE(4)
VOIZK_FOR_DEGREE(5)
#undef VOIZK_FOR_DEGREE

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

#define VOIZK_FOR_DEGREE(D)                                                                      \
  HWY_EXPORT(AddFractions##D);                                                                   \
  HWY_EXPORT(FractionRound##D);                                                                  \
  HWY_EXPORT(LookupRound##D);                                                                    \
  template <>                                                                                    \
  void AddFractions<D>(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0,               \
                       ExtConstSpan<D> q1, ExtSpan<D> n, ExtSpan<D> q) {                         \
    HWY_DYNAMIC_DISPATCH(AddFractions##D)(n0, n1, q0, q1, n, q);                                 \
  }                                                                                              \
  template <>                                                                                    \
  std::array<Ext<D>, 2> FractionRound<D>(const FractionSpans<D>& lo, const FractionSpans<D>& hi, \
                                         ExtConstSpan<D> eq) {                                   \
    return HWY_DYNAMIC_DISPATCH(FractionRound##D)(lo, hi, eq);                                   \
  }                                                                                              \
  template <>                                                                                    \
  std::array<Ext<D>, 2> LookupRound<D>(const LookupSpans<D>& lo, const LookupSpans<D>& hi,       \
                                       const Ext<D>& shift, ExtConstSpan<D> eq) {                \
    return HWY_DYNAMIC_DISPATCH(LookupRound##D)(lo, hi, shift, eq);                              \
  }
VOIZK_FOR_DEGREE(4)
VOIZK_FOR_DEGREE(5)
#undef VOIZK_FOR_DEGREE

}  // namespace voizk

#endif  // HWY_ONCE
#endif  // !VOIZK_SCALAR
