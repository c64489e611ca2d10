// The round kernels on Highway vectors over the part where both halves fill whole vectors; the rest
// goes to the plain version.
#include "proof/sumcheck/kernels.h"

#if VOIZK_SCALAR

namespace voizk {

#define VOIZK_FOR_DEGREE(D)                                                                  \
  template <>                                                                                \
  std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {           \
    return plain::DotRound<D>(a, b);                                                         \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {  \
    return plain::DotRound<D>(a, b);                                                         \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a,          \
                                       Halves<FpSpan> b) {                                   \
    return plain::TripleRound<D>(w, a, b);                                                   \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a, \
                                       Halves<ExtConstSpan<D>> b) {                          \
    return plain::TripleRound<D>(w, a, b);                                                   \
  }
VOIZK_FOR_DEGREE(4)
VOIZK_FOR_DEGREE(5)
#undef VOIZK_FOR_DEGREE

}  // namespace voizk

#else

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "proof/sumcheck/kernels_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "algebra/field/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {
namespace {

// Entries [n, size) of both halves.
template <int D>
Halves<ExtConstSpan<D>> From(const Halves<ExtConstSpan<D>>& h, size_t n) {
  return {h.lo.subspan(n, h.lo.size() - n), h.hi.subspan(n, h.hi.size() - n)};
}
template <int D>
Halves<FpSpan> From(const Halves<FpSpan>& h, size_t n) {
  return {h.lo.subspan(n), h.hi.subspan(n)};
}

#if VOIZK_SIMD

template <int D>
struct ExtLine {
  VExt<D> at_0, at_2, at_3;
};
template <int D>
HWY_INLINE ExtLine<D> LineOf(const Halves<ExtConstSpan<D>>& h, size_t i) {
  const VExt<D> lo = LoadExt<D>(h.lo, i), hi = LoadExt<D>(h.hi, i);
  const VExt<D> slope = SubExt<D>(hi, lo), at_2 = AddExt<D>(hi, slope);
  return {lo, at_2, AddExt<D>(at_2, slope)};
}
struct BaseLine {
  V32 at_0, at_2, at_3;
};
template <int D>
HWY_INLINE BaseLine LineOf(const Halves<FpSpan>& h, size_t i) {
  const V32 lo = Load(&h.lo[i]), hi = Load(&h.hi[i]);
  const V32 slope = SubMod(hi, lo), at_2 = AddMod(hi, slope);
  return {lo, at_2, AddMod(at_2, slope)};
}

template <int D>
std::array<Ext<D>, 2> DotBase(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {
  const size_t n = a.hi.size() / (2 * Lanes()) * (2 * Lanes());
  VExtSum<D> t0, t2;
  t0.Clear();
  t2.Clear();
  for (size_t i = 0; i < n; i += 2 * Lanes()) {
    const ExtLine<D> x = LineOf<D>(a, i), u = LineOf<D>(a, i + Lanes());
    const BaseLine y = LineOf<D>(b, i), v = LineOf<D>(b, i + Lanes());
    t0.AddMulBase2(x.at_0, y.at_0, u.at_0, v.at_0);
    t2.AddMulBase2(x.at_2, y.at_2, u.at_2, v.at_2);
  }
  auto t = plain::DotRound<D>(From<D>(a, n), From<D>(b, n));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  return t;
}

template <int D>
std::array<Ext<D>, 2> DotExt(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {
  const size_t n = a.hi.size() / Lanes() * Lanes();
  VExtSum<D> t0, t2;
  t0.Clear();
  t2.Clear();
  for (size_t i = 0; i < n; i += Lanes()) {
    const ExtLine<D> x = LineOf<D>(a, i), y = LineOf<D>(b, i);
    t0.AddMul(x.at_0, Operands<D>(y.at_0));
    t2.AddMul(x.at_2, Operands<D>(y.at_2));
  }
  auto t = plain::DotRound<D>(From<D>(a, n), From<D>(b, n));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  return t;
}

template <int D>
std::array<Ext<D>, 3> TripleBase(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a, Halves<FpSpan> b) {
  const size_t n = w.hi.size() / (2 * Lanes()) * (2 * Lanes());
  VExtSum<D> t0, t2, t3;
  t0.Clear();
  t2.Clear();
  t3.Clear();
  for (size_t i = 0; i < n; i += 2 * Lanes()) {
    const size_t k = i + Lanes();
    const ExtLine<D> z = LineOf<D>(w, i), z_next = LineOf<D>(w, k);
    const BaseLine x = LineOf<D>(a, i), x_next = LineOf<D>(a, k);
    const BaseLine y = LineOf<D>(b, i), y_next = LineOf<D>(b, k);
    t0.AddMulBase2(z.at_0, MulMod(x.at_0, y.at_0), z_next.at_0, MulMod(x_next.at_0, y_next.at_0));
    t2.AddMulBase2(z.at_2, MulMod(x.at_2, y.at_2), z_next.at_2, MulMod(x_next.at_2, y_next.at_2));
    t3.AddMulBase2(z.at_3, MulMod(x.at_3, y.at_3), z_next.at_3, MulMod(x_next.at_3, y_next.at_3));
  }
  auto t = plain::TripleRound<D>(From<D>(w, n), From<D>(a, n), From<D>(b, n));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  t[2] += t3.Sum();
  return t;
}

template <int D>
std::array<Ext<D>, 3> TripleExt(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a,
                                Halves<ExtConstSpan<D>> b) {
  const size_t n = w.hi.size() / Lanes() * Lanes();
  VExtSum<D> t0, t2, t3;
  t0.Clear();
  t2.Clear();
  t3.Clear();
  for (size_t i = 0; i < n; i += Lanes()) {
    const ExtLine<D> z = LineOf<D>(w, i), x = LineOf<D>(a, i), y = LineOf<D>(b, i);
    t0.AddMul(MulExt<D>(x.at_0, y.at_0), Operands<D>(z.at_0));
    t2.AddMul(MulExt<D>(x.at_2, y.at_2), Operands<D>(z.at_2));
    t3.AddMul(MulExt<D>(x.at_3, y.at_3), Operands<D>(z.at_3));
  }
  auto t = plain::TripleRound<D>(From<D>(w, n), From<D>(a, n), From<D>(b, n));
  t[0] += t0.Sum();
  t[1] += t2.Sum();
  t[2] += t3.Sum();
  return t;
}

#else  // VOIZK_SIMD: one lane has no odd neighbour

template <int D>
std::array<Ext<D>, 2> DotBase(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {
  return plain::DotRound<D>(a, b);
}
template <int D>
std::array<Ext<D>, 2> DotExt(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {
  return plain::DotRound<D>(a, b);
}
template <int D>
std::array<Ext<D>, 3> TripleBase(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a, Halves<FpSpan> b) {
  return plain::TripleRound<D>(w, a, b);
}
template <int D>
std::array<Ext<D>, 3> TripleExt(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a,
                                Halves<ExtConstSpan<D>> b) {
  return plain::TripleRound<D>(w, a, b);
}

#endif  // VOIZK_SIMD

}  // namespace

#define VOIZK_FOR_DEGREE(D)                                                                \
  std::array<Ext<D>, 2> DotBase##D(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {          \
    return DotBase<D>(a, b);                                                               \
  }                                                                                        \
  std::array<Ext<D>, 2> DotExt##D(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {  \
    return DotExt<D>(a, b);                                                                \
  }                                                                                        \
  std::array<Ext<D>, 3> TripleBase##D(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a,         \
                                      Halves<FpSpan> b) {                                  \
    return TripleBase<D>(w, a, b);                                                         \
  }                                                                                        \
  std::array<Ext<D>, 3> TripleExt##D(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a, \
                                     Halves<ExtConstSpan<D>> b) {                          \
    return TripleExt<D>(w, a, b);                                                          \
  }
VOIZK_FOR_DEGREE(4)
VOIZK_FOR_DEGREE(5)
#undef VOIZK_FOR_DEGREE

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

#define VOIZK_FOR_DEGREE(D)                                                                  \
  HWY_EXPORT(DotBase##D);                                                                    \
  HWY_EXPORT(DotExt##D);                                                                     \
  HWY_EXPORT(TripleBase##D);                                                                 \
  HWY_EXPORT(TripleExt##D);                                                                  \
  template <>                                                                                \
  std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b) {           \
    return HWY_DYNAMIC_DISPATCH(DotBase##D)(a, b);                                           \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 2> DotRound<D>(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b) {  \
    return HWY_DYNAMIC_DISPATCH(DotExt##D)(a, b);                                            \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a,          \
                                       Halves<FpSpan> b) {                                   \
    return HWY_DYNAMIC_DISPATCH(TripleBase##D)(w, a, b);                                     \
  }                                                                                          \
  template <>                                                                                \
  std::array<Ext<D>, 3> TripleRound<D>(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a, \
                                       Halves<ExtConstSpan<D>> b) {                          \
    return HWY_DYNAMIC_DISPATCH(TripleExt##D)(w, a, b);                                      \
  }
VOIZK_FOR_DEGREE(4)
VOIZK_FOR_DEGREE(5)
#undef VOIZK_FOR_DEGREE

}  // namespace voizk

#endif  // HWY_ONCE
#endif  // !VOIZK_SCALAR
