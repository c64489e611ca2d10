// The kernels on Highway vectors: one source, compiled per target, the best one chosen at run time.
// What does not fill a vector goes to the plain version.
#include <bit>

#include "algebra/field/kernels.h"

#if !VOIZK_SCALAR

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algebra/field/kernels_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "algebra/field/kernels_table.h"
#include "algebra/field/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {
namespace {

#if !VOIZK_SIMD

// A processor without any of the vector units: overloads are chosen by the tables' types.
constexpr BaseKernels MakeBaseKernels() {
  return {plain::AddVec,     plain::SubVec,     plain::MulVec,     plain::MulScalarVec,
          plain::ConvertVec, plain::ConvertVec, plain::ConvertVec, plain::CanonicalBytes};
}
template <int D>
constexpr ExtKernels<D> MakeExtKernels() {
  return {plain::AddVec<D>,       plain::SubVec<D>,       plain::MulVec<D>,
          plain::MulScalarVec<D>, plain::InnerProduct<D>, plain::InnerProduct<D>,
          plain::InnerProduct<D>, plain::InnerProduct<D>, plain::Fold<D>,
          plain::Fold<D>,         plain::FoldPairs<D>,    plain::FoldPairs<D>,
          plain::Axpy<D>,         plain::AxpyRows<D>,     plain::EqExpand<D>};
}

#else  // VOIZK_SIMD

size_t WholeVectors(size_t n) { return n / Lanes() * Lanes(); }

// ---- base field ----

void AddBase(FpSpan a, FpSpan b, FpMutSpan out) {
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) Store(AddMod(Load(&a[i]), Load(&b[i])), &out[i]);
  plain::AddVec(a.subspan(n), b.subspan(n), out.subspan(n));
}

void SubBase(FpSpan a, FpSpan b, FpMutSpan out) {
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) Store(SubMod(Load(&a[i]), Load(&b[i])), &out[i]);
  plain::SubVec(a.subspan(n), b.subspan(n), out.subspan(n));
}

void MulBaseVec(FpSpan a, FpSpan b, FpMutSpan out) {
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) Store(MulMod(Load(&a[i]), Load(&b[i])), &out[i]);
  plain::MulVec(a.subspan(n), b.subspan(n), out.subspan(n));
}

void MulScalarBase(FpSpan a, Fp s, FpMutSpan out) {
  const size_t n = WholeVectors(out.size());
  const V32 factor = Broadcast(s);
  for (size_t i = 0; i < n; i += Lanes()) Store(MulMod(Load(&a[i]), factor), &out[i]);
  plain::MulScalarVec(a.subspan(n), s, out.subspan(n));
}

// |x| < p suffices: a negative x has x + p in [0, p), unsigned wrap makes it the smaller one.
HWY_INLINE V32 FromSigned(hn::Vec<hn::RebindToSigned<D32> > x, V32 r2) {
  const V32 u = hn::BitCast(D32(), x);
  return MulMod(hn::Min(u, hn::Add(u, hn::Set(D32(), Fp::kModulus))), r2);
}
HWY_INLINE V32 MontgomeryFactor() {  // 2^64 mod p, the raw form of 2^32
  return Broadcast(Fp::FromU64(uint64_t{1} << 32));
}

template <typename T>
void ConvertSmall(std::span<const T> a, FpMutSpan out) {
  const hn::RebindToSigned<D32> d;
  const hn::Rebind<T, decltype(d)> narrow;
  const V32 r2 = MontgomeryFactor();
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) {
    Store(FromSigned(hn::PromoteTo(d, hn::LoadU(narrow, &a[i])), r2), &out[i]);
  }
  plain::ConvertVec(a.subspan(n), out.subspan(n));
}

void ConvertInt32(std::span<const int32_t> a, FpMutSpan out) {
  const hn::RebindToSigned<D32> d;
  const V32 r2 = MontgomeryFactor(), p = hn::Set(D32(), Fp::kModulus);
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) {
    // x in [-2^31, 2^31): x < 0 gives x + p, still negative only below -p; x >= p gives x - p.
    const auto x = hn::LoadU(d, &a[i]);
    const V32 u = hn::BitCast(D32(), x);
    const V32 negative = hn::BitCast(D32(), hn::ShiftRight<31>(x));
    const V32 shifted = hn::Add(u, hn::And(negative, p));  // [-2^24 + 1, 2^31) as signed
    const V32 wrapped = hn::Min(shifted, hn::Add(shifted, p));
    Store(MulMod(hn::Min(wrapped, hn::Sub(wrapped, p)), r2), &out[i]);
  }
  plain::ConvertVec(a.subspan(n), out.subspan(n));
}

void CanonicalBytesBase(FpSpan a, std::span<uint8_t> out) {
  const size_t n = std::endian::native == std::endian::little ? WholeVectors(a.size()) : 0;
  const hn::Repartition<uint8_t, D32> d8;
  const V32 one = hn::Set(D32(), 1);
  for (size_t i = 0; i < n; i += Lanes()) {
    hn::StoreU(hn::BitCast(d8, MulMod(Load(&a[i]), one)), d8, &out[4 * i]);
  }
  plain::CanonicalBytes(a.subspan(n), out.subspan(4 * n));
}

constexpr BaseKernels MakeBaseKernels() {
  return {AddBase,
          SubBase,
          MulBaseVec,
          MulScalarBase,
          ConvertSmall<int8_t>,
          ConvertSmall<int16_t>,
          ConvertInt32,
          CanonicalBytesBase};
}

// ---- extension field, pointwise ----

template <int D>
void AddExtVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  for (int l = 0; l < D; ++l) {
    AddBase({a.limb(l), a.size()}, {b.limb(l), b.size()}, {out.limb(l), out.size()});
  }
}

template <int D>
void SubExtVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  for (int l = 0; l < D; ++l) {
    SubBase({a.limb(l), a.size()}, {b.limb(l), b.size()}, {out.limb(l), out.size()});
  }
}

template <int D>
ExtConstSpan<D> From(ExtConstSpan<D> a, size_t n) {
  return a.subspan(n, a.size() - n);
}
template <int D>
ExtSpan<D> From(ExtSpan<D> a, size_t n) {
  return a.subspan(n, a.size() - n);
}

template <int D>
void MulExtVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  for (size_t i = 0; i < n; i += Lanes()) {
    StoreExt<D>(MulExt<D>(LoadExt<D>(a, i), LoadExt<D>(b, i)), out, i);
  }
  plain::MulVec<D>(From<D>(a, n), From<D>(b, n), From<D>(out, n));
}

template <int D>
void MulScalarExt(ExtConstSpan<D> a, const Ext<D>& s, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  const VExtOperands<D> m = ScalarOperands<D>(s);
  for (size_t i = 0; i < n; i += Lanes()) {
    StoreExt<D>(MulExt<D>(LoadExt<D>(a, i), m), out, i);
  }
  plain::MulScalarVec<D>(From<D>(a, n), s, From<D>(out, n));
}

// ---- inner products ----

template <int D>
Ext<D> InnerBase(ExtConstSpan<D> a, FpSpan b) {
  const size_t n = b.size() / (2 * Lanes()) * (2 * Lanes());
  VExtSum<D> sum;
  sum.Clear();
  for (size_t i = 0; i < n; i += 2 * Lanes()) {
    sum.AddMulBase2(LoadExt<D>(a, i), Load(&b[i]), LoadExt<D>(a, i + Lanes()),
                    Load(&b[i] + Lanes()));
  }
  return sum.Sum() + plain::InnerProduct<D>(From<D>(a, n), b.subspan(n));
}

// Raw forms below 2^31 times |b| <= 2^15 sum to less than 2^62 over 2^16 products, so blocks of
// that many vectors need no reduction at all; the sum's residue is the raw form of the result.
template <int D, typename T>
Ext<D> InnerSmall(ExtConstSpan<D> a, std::span<const T> b) {
  const hn::RebindToSigned<D32> d;
  const hn::RebindToSigned<D64> d64;
  const hn::Rebind<T, decltype(d)> narrow;
  const size_t n = WholeVectors(b.size());
  const size_t block = (size_t{1} << 16) * Lanes();
  Ext<D> result = plain::InnerProduct<D>(From<D>(a, n), b.subspan(n));
  for (size_t start = 0; start < n; start += block) {
    const size_t end = start + block < n ? start + block : n;
    hn::Vec<decltype(d64)> even[D], odd[D];
    for (int l = 0; l < D; ++l) even[l] = odd[l] = hn::Zero(d64);
    for (size_t i = start; i < end; i += Lanes()) {
      const auto x = hn::PromoteTo(d, hn::LoadU(narrow, &b[i]));
      const auto x_odd = hn::BitCast(d, OddToEven(hn::BitCast(D32(), x)));
      for (int l = 0; l < D; ++l) {
        const V32 e = Load(a.limb(l) + i);
        even[l] = hn::Add(even[l], MulEvenSigned(x, hn::BitCast(d, e)));
        odd[l] = hn::Add(odd[l], MulEvenSigned(x_odd, hn::BitCast(d, OddToEven(e))));
      }
    }
    HWY_ALIGN int64_t lanes[HWY_MAX_BYTES / sizeof(int64_t)];
    for (int l = 0; l < D; ++l) {
      for (const auto& half : {even[l], odd[l]}) {
        hn::Store(half, d64, lanes);
        for (size_t k = 0; k < hn::Lanes(d64); ++k) {
          const int64_t r = lanes[k] % int64_t{Fp::kModulus};
          result[l] += Fp::FromRaw(static_cast<uint32_t>(r < 0 ? r + Fp::kModulus : r));
        }
      }
    }
  }
  return result;
}

template <int D>
Ext<D> InnerExt(ExtConstSpan<D> a, ExtConstSpan<D> b) {
  const size_t n = WholeVectors(b.size());
  VExtSum<D> sum;
  sum.Clear();
  for (size_t i = 0; i < n; i += Lanes()) {
    sum.AddMul(LoadExt<D>(a, i), Operands<D>(LoadExt<D>(b, i)));
  }
  return sum.Sum() + plain::InnerProduct<D>(From<D>(a, n), From<D>(b, n));
}

// ---- folding ----

template <int D>
HWY_INLINE VExt<D> FoldOne(const VExt<D>& lo, const VExt<D>& hi, const VExtOperands<D>& r) {
  return AddExt<D>(lo, MulExt<D>(SubExt<D>(hi, lo), r));
}
template <int D>
HWY_INLINE VExt<D> FoldOne(V32 lo, V32 hi, const VExt<D>& r) {
  VExt<D> v = MulBase<D>(r, SubMod(hi, lo));
  v.c[0] = AddMod(v.c[0], lo);
  return v;
}

template <int D>
void FoldExt(ExtConstSpan<D> lo, ExtConstSpan<D> hi, const Ext<D>& r, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  const VExtOperands<D> m = ScalarOperands<D>(r);
  for (size_t i = 0; i < n; i += Lanes()) {
    StoreExt<D>(FoldOne<D>(LoadExt<D>(lo, i), LoadExt<D>(hi, i), m), out, i);
  }
  plain::Fold<D>(From<D>(lo, n), From<D>(hi, n), r, From<D>(out, n));
}

template <int D>
void FoldBase(FpSpan lo, FpSpan hi, const Ext<D>& r, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  const VExt<D> v = BroadcastExt<D>(r);
  for (size_t i = 0; i < n; i += Lanes()) {
    StoreExt<D>(FoldOne<D>(Load(&lo[i]), Load(&hi[i]), v), out, i);
  }
  plain::Fold<D>(lo.subspan(n), hi.subspan(n), r, From<D>(out, n));
}

// Lanes 0, 2, 4, ... and 1, 3, 5, ... of the 2 Lanes() elements at p.
HWY_INLINE void LoadPairs(const Fp* p, V32& even, V32& odd) {
  hn::LoadInterleaved2(D32(), reinterpret_cast<const uint32_t*>(p), even, odd);
}

template <int D>
void FoldPairsExt(ExtConstSpan<D> a, const Ext<D>& r, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  const VExtOperands<D> m = ScalarOperands<D>(r);
  for (size_t i = 0; i < n; i += Lanes()) {
    VExt<D> lo, hi;
    for (int l = 0; l < D; ++l) LoadPairs(a.limb(l) + 2 * i, lo.c[l], hi.c[l]);
    StoreExt<D>(FoldOne<D>(lo, hi, m), out, i);
  }
  plain::FoldPairs<D>(From<D>(a, 2 * n), r, From<D>(out, n));
}

template <int D>
void FoldPairsBase(FpSpan a, const Ext<D>& r, ExtSpan<D> out) {
  const size_t n = WholeVectors(out.size());
  const VExt<D> v = BroadcastExt<D>(r);
  for (size_t i = 0; i < n; i += Lanes()) {
    V32 lo, hi;
    LoadPairs(&a[2 * i], lo, hi);
    StoreExt<D>(FoldOne<D>(lo, hi, v), out, i);
  }
  plain::FoldPairs<D>(a.subspan(2 * n), r, From<D>(out, n));
}

// ---- combinations ----

template <int D>
void AxpyExt(const Ext<D>& s, ExtConstSpan<D> x, ExtSpan<D> y) {
  const size_t n = WholeVectors(y.size());
  const VExtOperands<D> m = ScalarOperands<D>(s);
  for (size_t i = 0; i < n; i += Lanes()) {
    StoreExt<D>(AddExt<D>(LoadExt<D>(y, i), MulExt<D>(LoadExt<D>(x, i), m)), y, i);
  }
  plain::Axpy<D>(s, From<D>(x, n), From<D>(y, n));
}

// One pass over y for up to kRowGroup rows: few enough streams for the prefetchers, enough rows to
// pay for one reduction per coefficient.
constexpr size_t kRowGroup = 8;

template <int D>
void AxpyRowGroup(std::span<const Ext<D> > s, std::span<const FpSpan> rows, ExtSpan<D> y,
                  size_t n) {
  for (size_t i = 0; i < n; i += Lanes()) {
    VExtSum<D> sum;
    sum.Clear();
    size_t k = 0;
    for (; k + 2 <= rows.size(); k += 2) {
      sum.AddMulBase2(BroadcastExt<D>(s[k]), Load(&rows[k][i]), BroadcastExt<D>(s[k + 1]),
                      Load(&rows[k + 1][i]));
    }
    if (k < rows.size()) {
      sum.AddMulBase2(BroadcastExt<D>(s[k]), Load(&rows[k][i]), BroadcastExt<D>(Ext<D>()),
                      Zero32());
    }
    StoreExt<D>(AddExt<D>(LoadExt<D>(y, i), sum.Lanes()), y, i);
  }
}

template <int D>
void AxpyRowsVec(std::span<const Ext<D> > s, std::span<const FpSpan> rows, ExtSpan<D> y) {
  const size_t n = WholeVectors(y.size());
  for (size_t k = 0; k < rows.size(); k += kRowGroup) {
    const size_t count = rows.size() - k < kRowGroup ? rows.size() - k : kRowGroup;
    AxpyRowGroup<D>(s.subspan(k, count), rows.subspan(k, count), y, n);
  }
  for (size_t k = 0; k < rows.size(); ++k) {
    plain::Axpy<D>(s[k], rows[k].subspan(n, y.size() - n), From<D>(y, n));
  }
}

template <int D>
void EqExpandVec(ExtSpan<D> lo, ExtSpan<D> hi, const Ext<D>& r) {
  const size_t n = WholeVectors(lo.size());
  const VExtOperands<D> m = ScalarOperands<D>(r);
  for (size_t i = 0; i < n; i += Lanes()) {
    const VExt<D> old = LoadExt<D>(lo, i);
    const VExt<D> high = MulExt<D>(old, m);
    StoreExt<D>(high, hi, i);
    StoreExt<D>(SubExt<D>(old, high), lo, i);
  }
  plain::EqExpand<D>(From<D>(lo, n), From<D>(hi, n), r);
}

template <int D>
constexpr ExtKernels<D> MakeExtKernels() {
  return {AddExtVec<D>, SubExtVec<D>,          MulExtVec<D>,           MulScalarExt<D>,
          InnerBase<D>, InnerSmall<D, int8_t>, InnerSmall<D, int16_t>, InnerExt<D>,
          FoldExt<D>,   FoldBase<D>,           FoldPairsExt<D>,        FoldPairsBase<D>,
          AxpyExt<D>,   AxpyRowsVec<D>,        EqExpandVec<D>};
}

#endif  // VOIZK_SIMD

constexpr BaseKernels kBaseKernels = MakeBaseKernels();
template <int D>
constexpr ExtKernels<D> kExtKernels = MakeExtKernels<D>();

}  // namespace

const BaseKernels& BaseForTarget() { return kBaseKernels; }
const ExtKernels<4>& Ext4ForTarget() { return kExtKernels<4>; }
const ExtKernels<5>& Ext5ForTarget() { return kExtKernels<5>; }

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

HWY_EXPORT(BaseForTarget);
HWY_EXPORT(Ext4ForTarget);
HWY_EXPORT(Ext5ForTarget);

const BaseKernels& GetBaseKernels() { return HWY_DYNAMIC_DISPATCH(BaseForTarget)(); }
template <>
const ExtKernels<4>& GetExtKernels<4>() {
  return HWY_DYNAMIC_DISPATCH(Ext4ForTarget)();
}
template <>
const ExtKernels<5>& GetExtKernels<5>() {
  return HWY_DYNAMIC_DISPATCH(Ext5ForTarget)();
}

}  // namespace voizk

#endif  // HWY_ONCE
#endif  // !VOIZK_SCALAR
