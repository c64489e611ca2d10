// The butterflies on Highway vectors, two levels per pass (radix 4), depth first.
#include <algorithm>

#include "algebra/poly/ntt_kernels.h"

#if !VOIZK_SCALAR

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algebra/poly/ntt_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "algebra/field/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {

#if !VOIZK_SIMD

void NttBlockForTarget(Fp* data, size_t m, const Fp* twiddles, int level, size_t b,
                       int last_level) {
  plain::NttBlock(data, m, twiddles, level, b, last_level);
}
void NttTwoLevelsForTarget(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  plain::NttTwoLevels(in, out, m, pair);
}
void NttRemainderForTarget(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  plain::NttRemainder(in, count, m, s, out);
}
void NttAddUpperForTarget(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  plain::NttAddUpper(in, count, m, s, out);
}
void NttInterleaveForTarget(const Fp* const* rows, Fp scale, Fp* out) {
  plain::NttInterleave(rows, scale, out);
}
void NttPartialLevelForTarget(Fp* data, size_t m, size_t nonzero, Fp c) {
  plain::NttPartialLevel(data, m, nonzero, c);
}
void NttFinishGroupsForTarget(Fp* data, size_t groups, const Fp* twiddles) {
  plain::NttFinishGroups(data, groups, twiddles);
}
void InverseNttBlockForTarget(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                              int last_level) {
  plain::InverseNttBlock(data, m, inverse_twiddles, level, b, last_level);
}

#else  // VOIZK_SIMD

namespace {

// Vectors hold at most 16 lanes, so every element is a whole number of them.
using DElement = hn::CappedTag<uint32_t, kNttLanes>;
using VElement = hn::Vec<DElement>;

HWY_INLINE size_t Step() { return hn::Lanes(DElement()); }
HWY_INLINE VElement LoadElement(const Fp* p) {
  return hn::LoadU(DElement(), reinterpret_cast<const uint32_t*>(p));
}
HWY_INLINE void StoreElement(VElement v, Fp* p) {
  hn::StoreU(v, DElement(), reinterpret_cast<uint32_t*>(p));
}
// x - p 2^32 if that is not negative, else x, as Fold64.
template <class VWide>
HWY_INLINE VWide FoldWide(VWide x) {
  const hn::Repartition<uint64_t, DElement> wide;
  const auto p_high =
      hn::BitCast(DElement(), hn::Set(wide, static_cast<uint64_t>(Fp::kModulus) << 32));
  const VElement v = hn::BitCast(DElement(), x);
  return hn::BitCast(wide, hn::Min(v, hn::Sub(v, p_high)));
}
HWY_INLINE VElement Constant(Fp c) { return hn::Set(DElement(), c.raw()); }

HWY_INLINE void Butterfly(VElement& u, VElement& v, VElement c) {
  const VElement cv = MulModBroadcast(v, c);
  v = SubMod(u, cv);
  u = AddMod(u, cv);
}

// With a = c0 x1 + c0 c x3, b = c x2 and d = c1 x1 - c1 c x3 the four results are x0 + b + a,
// x0 + b - a, x0 - b + d, x0 - b - d: ten products as two butterflies after two would need eight,
// but three reductions and not four, and none waits for another.
void TwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  const VElement w = Constant(pair.c), w0 = Constant(pair.c0), w1 = Constant(pair.c1);
  const VElement wc0 = Constant(pair.c * pair.c0), wc1 = Constant(-(pair.c * pair.c1));
  const size_t quarter = m / 4 * kNttLanes;
  for (size_t j = 0; j < quarter; j += Step()) {
    const VElement x0 = LoadElement(in + j), x1 = LoadElement(in + quarter + j);
    const VElement x2 = LoadElement(in + 2 * quarter + j), x3 = LoadElement(in + 3 * quarter + j);
    const VElement x1_odd = OddToEven(x1), x3_odd = OddToEven(x3);
    const VElement b = MulModBroadcast(x2, w);
    const VElement a = ReduceMod(hn::Add(hn::MulEven(x1, w0), hn::MulEven(x3, wc0)),
                                 hn::Add(hn::MulEven(x1_odd, w0), hn::MulEven(x3_odd, wc0)));
    const VElement d = ReduceMod(hn::Add(hn::MulEven(x1, w1), hn::MulEven(x3, wc1)),
                                 hn::Add(hn::MulEven(x1_odd, w1), hn::MulEven(x3_odd, wc1)));
    const VElement low = AddMod(x0, b), high = SubMod(x0, b);
    StoreElement(AddMod(low, a), out + j);
    StoreElement(SubMod(low, a), out + quarter + j);
    StoreElement(AddMod(high, d), out + 2 * quarter + j);
    StoreElement(SubMod(high, d), out + 3 * quarter + j);
  }
}

void OneLevel(Fp* data, size_t m, Fp c) {
  const VElement w = Constant(c);
  const size_t half = m / 2 * kNttLanes;
  for (size_t j = 0; j < half; j += Step()) {
    VElement u = LoadElement(data + j), v = LoadElement(data + half + j);
    Butterfly(u, v, w);
    StoreElement(u, data + j);
    StoreElement(v, data + half + j);
  }
}

// A block of this many elements (32 KiB) is finished level by level; larger ones by recursion.
constexpr size_t kCachedElements = 512;

NttPair PairAt(const Fp* twiddles, int level, size_t b) {
  const size_t index = (size_t{1} << level) + b;
  return {twiddles[index], twiddles[2 * index], twiddles[2 * index + 1]};
}

void Block(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  if (last_level - level >= 2 && m > kCachedElements) {
    TwoLevels(data, data, m, PairAt(twiddles, level, b));
    for (size_t k = 0; k < 4; ++k) {
      Block(data + k * (m / 4) * kNttLanes, m / 4, twiddles, level + 2, 4 * b + k, last_level);
    }
    return;
  }
  size_t blocks = 1;
  for (; level + 2 <= last_level; level += 2, blocks *= 4, b *= 4, m /= 4) {
    for (size_t k = 0; k < blocks; ++k) {
      Fp* const block = data + k * m * kNttLanes;
      TwoLevels(block, block, m, PairAt(twiddles, level, b + k));
    }
  }
  if (level == last_level) return;
  for (size_t k = 0; k < blocks; ++k) {
    OneLevel(data + k * m * kNttLanes, m, twiddles[(size_t{1} << level) + b + k]);
  }
}

}  // namespace

void NttBlockForTarget(Fp* data, size_t m, const Fp* twiddles, int level, size_t b,
                       int last_level) {
  Block(data, m, twiddles, level, b, last_level);
}

void NttTwoLevelsForTarget(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  TwoLevels(in, out, m, pair);
}

// out_j = low_j + sum of w_k in_(j + k size), 0 <= k < kTerms, for begin <= j < end: at most three
// products, whose sum, below 3 p^2, is folded once.
template <size_t kTerms>
void AddTerms(const Fp* low, const Fp* in, size_t size, size_t begin, size_t end, const Fp* w,
              Fp* out) {
  static_assert(1 <= kTerms && kTerms <= 3);
  VElement c[kTerms];
  for (size_t k = 0; k < kTerms; ++k) c[k] = Constant(w[k]);
  for (size_t j = begin; j < end; j += Step()) {
    const VElement x0 = LoadElement(in + j);
    auto even = hn::MulEven(x0, c[0]), odd = hn::MulEven(OddToEven(x0), c[0]);
    for (size_t k = 1; k < kTerms; ++k) {
      const VElement x = LoadElement(in + j + k * size);
      even = hn::Add(even, hn::MulEven(x, c[k]));
      odd = hn::Add(odd, hn::MulEven(OddToEven(x), c[k]));
    }
    if (kTerms == 3) even = FoldWide(even), odd = FoldWide(odd);
    StoreElement(AddMod(LoadElement(low + j), ReduceMod(even, odd)), out + j);
  }
}

void AddTerms(size_t terms, const Fp* low, const Fp* in, size_t size, size_t begin, size_t end,
              const Fp* w, Fp* out) {
  if (terms == 3) return AddTerms<3>(low, in, size, begin, end, w, out);
  if (terms == 2) return AddTerms<2>(low, in, size, begin, end, w, out);
  if (terms == 1) return AddTerms<1>(low, in, size, begin, end, w, out);
  if (low != out) std::copy(low + begin, low + end, out + begin);
}

void NttRemainderForTarget(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  const size_t size = m * kNttLanes, end = count * kNttLanes;
  Fp power = s;
  const Fp* low = in;
  for (size_t first = std::min(size, end); first < end || low == in; first += 3 * size) {
    const Fp w[3] = {power, power * s, power * s * s};
    // The last term may be one of some elements only.
    const size_t left = first < end ? end - first : 0;
    const size_t terms = std::min<size_t>(3, left / size);
    const size_t more = terms < 3 ? left % size : 0;
    AddTerms(terms + 1, low, in + first, size, 0, more, w, out);
    AddTerms(terms, low, in + first, size, more, size, w, out);
    low = out;
    power = w[2] * s;
  }
}

void NttAddUpperForTarget(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  const VElement w = Constant(s);
  const size_t quarter = m / 4 * kNttLanes;
  for (size_t j = 0; j < (count - m) * kNttLanes; j += Step()) {
    const VElement upper = MulModBroadcast(LoadElement(in + m * kNttLanes + j), w);
    for (size_t q = 0; q < 4; ++q) {
      Fp* const at = out + q * quarter + j;
      StoreElement(AddMod(LoadElement(at), upper), at);
    }
  }
}

void NttInterleaveForTarget(const Fp* const* rows, Fp scale, Fp* out) {
  using D4 = hn::CappedTag<uint32_t, 4>;
  const D4 d4;
  const DElement d;
  const VElement w = Constant(scale);
  HWY_ALIGN uint32_t columns[4 * kNttLanes];  // four rows' values of one column, then the next's
  for (size_t i = 0; i < kNttLanes; i += Step()) {
    for (size_t r = 0; r < kNttLanes; r += 4) {
      const auto row = [&](size_t k)
                           HWY_ATTR { return MulModBroadcast(LoadElement(rows[r + k] + i), w); };
      hn::StoreInterleaved4(row(0), row(1), row(2), row(3), d, columns);
      for (size_t k = 0; k < Step(); ++k) {
        hn::StoreU(hn::Load(d4, columns + 4 * k), d4,
                   reinterpret_cast<uint32_t*>(out) + (i + k) * kNttLanes + r);
      }
    }
  }
}

void NttPartialLevelForTarget(Fp* data, size_t m, size_t nonzero, Fp c) {
  const VElement w = Constant(c);
  const size_t half = m / 2 * kNttLanes;
  size_t j = 0;
  for (; j < nonzero * kNttLanes; j += Step()) {
    VElement u = LoadElement(data + j), v = LoadElement(data + half + j);
    Butterfly(u, v, w);
    StoreElement(u, data + j);
    StoreElement(v, data + half + j);
  }
  for (; j < half; j += Step()) StoreElement(LoadElement(data + j), data + half + j);
}

void NttFinishGroupsForTarget(Fp* data, size_t groups, const Fp* twiddles) {
  // Quarters of a group as vectors of four for the first two levels; then, transposed, vectors of
  // the group's four blocks of four.
  using D4 = hn::CappedTag<uint32_t, 4>;
  using V4 = hn::Vec<D4>;
  const D4 d;
  const auto* const w = reinterpret_cast<const uint32_t*>(twiddles);
  const auto butterfly = [](V4& u, V4& v, V4 c) HWY_ATTR {
    const V4 cv = MulMod(v, c);
    v = SubMod(u, cv);
    u = AddMod(u, cv);
  };
  for (size_t g = 0; g < groups; ++g) {
    auto* const p = reinterpret_cast<uint32_t*>(data) + g * kNttLanes;
    V4 x0 = hn::LoadU(d, p), x1 = hn::LoadU(d, p + 4);
    V4 x2 = hn::LoadU(d, p + 8), x3 = hn::LoadU(d, p + 12);
    const V4 c = hn::Set(d, w[groups + g]);
    butterfly(x0, x2, c);
    butterfly(x1, x3, c);
    butterfly(x0, x1, hn::Set(d, w[2 * (groups + g)]));
    butterfly(x2, x3, hn::Set(d, w[2 * (groups + g) + 1]));
    HWY_ALIGN uint32_t buffer[kNttLanes];
    hn::Store(x0, d, buffer);
    hn::Store(x1, d, buffer + 4);
    hn::Store(x2, d, buffer + 8);
    hn::Store(x3, d, buffer + 12);
    hn::LoadInterleaved4(d, buffer, x0, x1, x2, x3);
    const V4 c4 = hn::LoadU(d, w + 4 * (groups + g));
    V4 left, right;
    hn::LoadInterleaved2(d, w + 8 * (groups + g), left, right);
    butterfly(x0, x2, c4);
    butterfly(x1, x3, c4);
    butterfly(x0, x1, left);
    butterfly(x2, x3, right);
    hn::StoreInterleaved4(x0, x1, x2, x3, d, p);
  }
}

void InverseNttBlockForTarget(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                              int last_level) {
  for (int l = last_level - 1; l >= level; --l) {
    const size_t blocks = size_t{1} << (l - level), size = m / blocks;
    const size_t half = size / 2 * kNttLanes;
    for (size_t k = 0; k < blocks; ++k) {
      const VElement c = Constant(inverse_twiddles[(size_t{1} << l) + b * blocks + k]);
      Fp* const block = data + k * size * kNttLanes;
      for (size_t j = 0; j < half; j += Step()) {
        const VElement u = LoadElement(block + j), v = LoadElement(block + half + j);
        StoreElement(AddMod(u, v), block + j);
        StoreElement(MulModBroadcast(SubMod(u, v), c), block + half + j);
      }
    }
  }
}

#endif  // VOIZK_SIMD

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

HWY_EXPORT(NttBlockForTarget);
HWY_EXPORT(NttTwoLevelsForTarget);
HWY_EXPORT(NttRemainderForTarget);
HWY_EXPORT(NttAddUpperForTarget);
HWY_EXPORT(NttInterleaveForTarget);
HWY_EXPORT(NttPartialLevelForTarget);
HWY_EXPORT(NttFinishGroupsForTarget);
HWY_EXPORT(InverseNttBlockForTarget);

void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  HWY_DYNAMIC_DISPATCH(NttBlockForTarget)(data, m, twiddles, level, b, last_level);
}
void NttTwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  HWY_DYNAMIC_DISPATCH(NttTwoLevelsForTarget)(in, out, m, pair);
}
void NttRemainder(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  HWY_DYNAMIC_DISPATCH(NttRemainderForTarget)(in, count, m, s, out);
}
void NttAddUpper(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  HWY_DYNAMIC_DISPATCH(NttAddUpperForTarget)(in, count, m, s, out);
}
void NttInterleave(const Fp* const* rows, Fp scale, Fp* out) {
  HWY_DYNAMIC_DISPATCH(NttInterleaveForTarget)(rows, scale, out);
}
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c) {
  HWY_DYNAMIC_DISPATCH(NttPartialLevelForTarget)(data, m, nonzero, c);
}
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles) {
  HWY_DYNAMIC_DISPATCH(NttFinishGroupsForTarget)(data, groups, twiddles);
}
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level) {
  HWY_DYNAMIC_DISPATCH(InverseNttBlockForTarget)(data, m, inverse_twiddles, level, b, last_level);
}

}  // namespace voizk

#endif  // HWY_ONCE

#else  // VOIZK_SCALAR

namespace voizk {

void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  plain::NttBlock(data, m, twiddles, level, b, last_level);
}
void NttTwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  plain::NttTwoLevels(in, out, m, pair);
}
void NttRemainder(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  plain::NttRemainder(in, count, m, s, out);
}
void NttAddUpper(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  plain::NttAddUpper(in, count, m, s, out);
}
void NttInterleave(const Fp* const* rows, Fp scale, Fp* out) {
  plain::NttInterleave(rows, scale, out);
}
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c) {
  plain::NttPartialLevel(data, m, nonzero, c);
}
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles) {
  plain::NttFinishGroups(data, groups, twiddles);
}
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level) {
  plain::InverseNttBlock(data, m, inverse_twiddles, level, b, last_level);
}

}  // namespace voizk

#endif
