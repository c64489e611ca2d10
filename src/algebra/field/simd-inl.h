// Vectors of field elements for Highway kernels.  Included once per target, inside the including
// file's foreach_target loop (the include guard follows Highway's pattern); see
// field/kernels_simd.cc for a file that uses it.
//
// A V32 holds one Fp per 32-bit lane in Montgomery form, always below p.  64-bit sums of products
// are kept for the even and the odd lanes apart.  Bounds, with P = p 2^32 (p^2 < P / 2.01):
//   one product                          below P / 2
//   four products                        below 2 P
//   a folded sum and two products        below 2 P
//   Fold64: 2 P -> P        ReduceMod: P -> an Fp
#if defined(VOIZK_ALGEBRA_FIELD_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VOIZK_ALGEBRA_FIELD_SIMD_INL_H_
#undef VOIZK_ALGEBRA_FIELD_SIMD_INL_H_
#else
#define VOIZK_ALGEBRA_FIELD_SIMD_INL_H_
#endif

#include <hwy/highway.h>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "algebra/field/koala_bear.h"

// Highway's targets without vectors lack MulEven: kernel files use their plain versions there.
#undef VOIZK_SIMD
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
#define VOIZK_SIMD 0
#else
#define VOIZK_SIMD 1

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::ScalableTag<uint32_t>;
using D64 = hn::Repartition<uint64_t, D32>;
using V32 = hn::Vec<D32>;
using V64 = hn::Vec<D64>;

HWY_INLINE size_t Lanes() { return hn::Lanes(D32()); }

HWY_INLINE V32 Load(const Fp* p) { return hn::LoadU(D32(), reinterpret_cast<const uint32_t*>(p)); }
HWY_INLINE void Store(V32 v, Fp* p) { hn::StoreU(v, D32(), reinterpret_cast<uint32_t*>(p)); }
HWY_INLINE V32 Broadcast(Fp x) { return hn::Set(D32(), x.raw()); }
HWY_INLINE V32 Zero32() { return hn::Zero(D32()); }

// Templates over V, so that kernels may also use shorter vectors.
template <class V>
HWY_INLINE V AddMod(V a, V b) {
  const hn::DFromV<V> d;
  const V sum = hn::Add(a, b);
  return hn::Min(sum, hn::Sub(sum, hn::Set(d, Fp::kModulus)));
}
template <class V>
HWY_INLINE V SubMod(V a, V b) {
  const hn::DFromV<V> d;
  const V difference = hn::Sub(a, b);
  return hn::Min(difference, hn::Add(difference, hn::Set(d, Fp::kModulus)));
}

/// Lane 2i takes the value of lane 2i+1 (the odd lanes of the result are zero), for MulEven.
template <class V>
HWY_INLINE V OddToEven(V a) {
  const hn::DFromV<V> d;
  const hn::Repartition<uint64_t, decltype(d)> wide;
  return hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a)));
}

/// Even lanes of x, signed, times those of y, which are not negative.  For WebAssembly
/// Highway 1.0.3 multiplies signed lanes as if they were unsigned: 2^32 y too much where x is
/// negative.
template <class V>
HWY_INLINE auto MulEvenSigned(V x, V y) {
#if HWY_TARGET == HWY_WASM || HWY_TARGET == HWY_WASM_EMU256
  const hn::DFromV<V> d;
  const hn::Repartition<int64_t, decltype(d)> wide;
  const hn::Repartition<uint32_t, decltype(d)> u;
  const auto product = hn::BitCast(wide, hn::MulEven(hn::BitCast(u, x), hn::BitCast(u, y)));
  const auto excess = hn::BitCast(wide, hn::And(hn::BroadcastSignBit(x), y));
  return hn::Sub(product, hn::ShiftLeft<32>(excess));
#else
  return hn::MulEven(x, y);
#endif
}

/// x - P if that is not negative, else x.
HWY_INLINE V64 Fold64(V64 x) {
  const V32 p_high = hn::BitCast(D32(), hn::Set(D64(), static_cast<uint64_t>(Fp::kModulus) << 32));
  const V32 v = hn::BitCast(D32(), x);
  // The low halves are equal, so the lanewise minimum leaves them alone.
  return hn::BitCast(D64(), hn::Min(v, hn::Sub(v, p_high)));
}
/// Montgomery reduction of sums below P of the even and of the odd lanes.
template <class VWide>
HWY_INLINE auto ReduceMod(VWide even, VWide odd) {
  const hn::Repartition<uint32_t, hn::DFromV<VWide> > d;
  const auto inverse = hn::Set(d, Fp::kModulusInverse);
  const auto p = hn::Set(d, Fp::kModulus);
  const auto difference = [&](VWide x) HWY_ATTR {
    const auto u = hn::MulEven(hn::BitCast(d, x), inverse);
    return hn::BitCast(d, hn::Sub(x, hn::MulEven(hn::BitCast(d, u), p)));
  };
  // The low halves are 0; the even lanes' high halves come down beside the odd lanes'.
  const auto high = hn::OddEven(difference(odd), OddToEven(difference(even)));
  return hn::Min(high, hn::Add(high, p));
}

template <class V>
HWY_INLINE V MulMod(V a, V b) {
  return ReduceMod(hn::MulEven(a, b), hn::MulEven(OddToEven(a), OddToEven(b)));
}
/// The same when all lanes of b are equal.
template <class V>
HWY_INLINE V MulModBroadcast(V a, V b) {
  return ReduceMod(hn::MulEven(a, b), hn::MulEven(OddToEven(a), b));
}

/// Sum of the lanes in the field.
HWY_INLINE Fp SumLanes(V32 v) {
  HWY_ALIGN uint32_t lanes[HWY_MAX_BYTES / sizeof(uint32_t)];
  hn::Store(v, D32(), lanes);
  uint64_t sum = 0;
  for (size_t i = 0; i < Lanes(); ++i) sum += lanes[i];
  return Fp::FromRaw(static_cast<uint32_t>(sum % Fp::kModulus));
}

// ---- extension elements, one per lane ----

template <int D>
struct VExt {
  V32 c[D];
};

template <int D>
HWY_INLINE VExt<D> LoadExt(ExtConstSpan<D> a, size_t i) {
  VExt<D> v;
  for (int l = 0; l < D; ++l) v.c[l] = Load(a.limb(l) + i);
  return v;
}
template <int D>
HWY_INLINE void StoreExt(const VExt<D>& v, ExtSpan<D> a, size_t i) {
  for (int l = 0; l < D; ++l) Store(v.c[l], a.limb(l) + i);
}
template <int D>
HWY_INLINE VExt<D> BroadcastExt(const Ext<D>& x) {
  VExt<D> v;
  for (int l = 0; l < D; ++l) v.c[l] = Broadcast(x[l]);
  return v;
}
template <int D>
HWY_INLINE VExt<D> AddExt(const VExt<D>& a, const VExt<D>& b) {
  VExt<D> v;
  for (int l = 0; l < D; ++l) v.c[l] = AddMod(a.c[l], b.c[l]);
  return v;
}
template <int D>
HWY_INLINE VExt<D> SubExt(const VExt<D>& a, const VExt<D>& b) {
  VExt<D> v;
  for (int l = 0; l < D; ++l) v.c[l] = SubMod(a.c[l], b.c[l]);
  return v;
}
template <int D>
HWY_INLINE Ext<D> SumLanesExt(const VExt<D>& v) {
  Ext<D> sum;
  for (int l = 0; l < D; ++l) sum[l] = SumLanes(v.c[l]);
  return sum;
}

/// The operands of "times b" (ExtMulShape) for the even and for the odd lanes: prepare once what
/// multiplies many vectors.
template <int D>
struct VExtOperands {
  static constexpr size_t kCount = ExtMulShape<D>::kOperands;
  V32 even[kCount];
  V32 odd[kCount];
};
template <int D>
HWY_INLINE VExtOperands<D> Operands(const VExt<D>& b) {
  VExtOperands<D> m;
  for (int l = 0; l < D; ++l) m.even[l] = b.c[l];
  if constexpr (D == 4) {
    for (int l = 1; l < 4; ++l) m.even[3 + l] = AddMod(AddMod(b.c[l], b.c[l]), b.c[l]);
  } else {
    m.even[5] = SubMod(b.c[1], b.c[4]);
    m.even[6] = SubMod(b.c[0], b.c[3]);
    m.even[7] = SubMod(b.c[4], b.c[2]);
    m.even[8] = SubMod(b.c[3], m.even[5]);
  }
  for (size_t k = 0; k < m.kCount; ++k) m.odd[k] = OddToEven(m.even[k]);
  return m;
}
/// The same for a scalar: every lane equal, so even and odd operands coincide.
template <int D>
HWY_INLINE VExtOperands<D> ScalarOperands(const Ext<D>& s) {
  VExtOperands<D> m;
  const auto operands = ExtMulShape<D>::Operands(s.coefficients());
  for (size_t k = 0; k < m.kCount; ++k) m.even[k] = m.odd[k] = Broadcast(operands[k]);
  return m;
}

/// Row k of M(b) times a, for the lanes that a and m hold in even position: below P.
template <int D>
HWY_INLINE V64 MulRow(const V32* HWY_RESTRICT a, const V32* HWY_RESTRICT m, size_t k) {
  const auto& row = ExtMulShape<D>::kRows[k];
  V64 sum = hn::Add(hn::Add(hn::MulEven(a[0], m[row[0]]), hn::MulEven(a[1], m[row[1]])),
                    hn::Add(hn::MulEven(a[2], m[row[2]]), hn::MulEven(a[3], m[row[3]])));
  sum = Fold64(sum);
  if constexpr (D == 5) sum = Fold64(hn::Add(sum, hn::MulEven(a[4], m[row[4]])));
  return sum;
}

template <int D>
HWY_INLINE VExt<D> MulExt(const VExt<D>& a, const VExtOperands<D>& m) {
  V32 odd[D];
  for (int l = 0; l < D; ++l) odd[l] = OddToEven(a.c[l]);
  VExt<D> v;
  for (size_t k = 0; k < D; ++k) {
    v.c[k] = ReduceMod(MulRow<D>(a.c, m.even, k), MulRow<D>(odd, m.odd, k));
  }
  return v;
}
template <int D>
HWY_INLINE VExt<D> MulExt(const VExt<D>& a, const VExt<D>& b) {
  return MulExt<D>(a, Operands<D>(b));
}
/// Times one base element per lane.
template <int D>
HWY_INLINE VExt<D> MulBase(const VExt<D>& a, V32 s) {
  const V32 s_odd = OddToEven(s);
  VExt<D> v;
  for (int l = 0; l < D; ++l) {
    v.c[l] = ReduceMod(hn::MulEven(a.c[l], s), hn::MulEven(OddToEven(a.c[l]), s_odd));
  }
  return v;
}

/// Running sum of products in K, one per lane: reduced only by Sum().
template <int D>
struct VExtSum {
  V64 even[D], odd[D];
  HWY_INLINE void Clear() {
    for (int l = 0; l < D; ++l) even[l] = odd[l] = hn::Zero(D64());
  }
  /// += a b
  HWY_INLINE void AddMul(const VExt<D>& a, const VExtOperands<D>& m) {
    V32 a_odd[D];
    for (int l = 0; l < D; ++l) a_odd[l] = OddToEven(a.c[l]);
    for (size_t k = 0; k < D; ++k) {
      even[k] = AddRow(even[k], a.c, m.even, k);
      odd[k] = AddRow(odd[k], a_odd, m.odd, k);
    }
  }
  /// += a[0] s[0] + a[1] s[1], the s in the base field.
  HWY_INLINE void AddMulBase2(const VExt<D>& a0, V32 s0, const VExt<D>& a1, V32 s1) {
    const V32 s0_odd = OddToEven(s0), s1_odd = OddToEven(s1);
    for (int l = 0; l < D; ++l) {
      even[l] =
          Fold64(hn::Add(hn::Add(even[l], hn::MulEven(a0.c[l], s0)), hn::MulEven(a1.c[l], s1)));
      odd[l] = Fold64(hn::Add(hn::Add(odd[l], hn::MulEven(OddToEven(a0.c[l]), s0_odd)),
                              hn::MulEven(OddToEven(a1.c[l]), s1_odd)));
    }
  }
  HWY_INLINE VExt<D> Lanes() const {
    VExt<D> v;
    for (int l = 0; l < D; ++l) v.c[l] = ReduceMod(even[l], odd[l]);
    return v;
  }
  HWY_INLINE Ext<D> Sum() const { return SumLanesExt<D>(Lanes()); }

 private:
  static HWY_INLINE V64 AddRow(V64 sum, const V32* a, const V32* m, size_t k) {
    const auto& row = ExtMulShape<D>::kRows[k];
    sum = hn::Add(sum, hn::Add(hn::MulEven(a[0], m[row[0]]), hn::MulEven(a[1], m[row[1]])));
    sum = Fold64(sum);
    sum = hn::Add(sum, hn::Add(hn::MulEven(a[2], m[row[2]]), hn::MulEven(a[3], m[row[3]])));
    sum = Fold64(sum);
    if constexpr (D == 5) sum = Fold64(hn::Add(sum, hn::MulEven(a[4], m[row[4]])));
    return sum;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#endif  // VOIZK_SIMD

#endif  // per-target include guard
