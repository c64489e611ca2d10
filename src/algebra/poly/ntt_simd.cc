// The butterflies on Highway vectors, two levels per pass (radix 4), depth first.
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
HWY_INLINE VElement Constant(Fp c) { return hn::Set(DElement(), c.raw()); }

HWY_INLINE void Butterfly(VElement& u, VElement& v, VElement c) {
  const VElement cv = MulModBroadcast(v, c);
  v = SubMod(u, cv);
  u = AddMod(u, cv);
}

void TwoLevels(Fp* data, size_t m, Fp c, Fp c0, Fp c1) {
  const VElement w = Constant(c), w0 = Constant(c0), w1 = Constant(c1);
  const size_t quarter = m / 4 * kNttLanes;
  for (size_t j = 0; j < quarter; j += Step()) {
    VElement x0 = LoadElement(data + j), x1 = LoadElement(data + quarter + j);
    VElement x2 = LoadElement(data + 2 * quarter + j), x3 = LoadElement(data + 3 * quarter + j);
    Butterfly(x0, x2, w);
    Butterfly(x1, x3, w);
    Butterfly(x0, x1, w0);
    Butterfly(x2, x3, w1);
    StoreElement(x0, data + j);
    StoreElement(x1, data + quarter + j);
    StoreElement(x2, data + 2 * quarter + j);
    StoreElement(x3, data + 3 * quarter + j);
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

void Block(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  if (last_level - level >= 2 && m > kCachedElements) {
    const size_t index = (size_t{1} << level) + b;
    TwoLevels(data, m, twiddles[index], twiddles[2 * index], twiddles[2 * index + 1]);
    for (size_t k = 0; k < 4; ++k) {
      Block(data + k * (m / 4) * kNttLanes, m / 4, twiddles, level + 2, 4 * b + k, last_level);
    }
    return;
  }
  size_t blocks = 1;
  for (; level + 2 <= last_level; level += 2, blocks *= 4, b *= 4, m /= 4) {
    for (size_t k = 0; k < blocks; ++k) {
      const size_t index = (size_t{1} << level) + b + k;
      TwoLevels(data + k * m * kNttLanes, m, twiddles[index], twiddles[2 * index],
                twiddles[2 * index + 1]);
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
HWY_EXPORT(NttPartialLevelForTarget);
HWY_EXPORT(NttFinishGroupsForTarget);
HWY_EXPORT(InverseNttBlockForTarget);

void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  HWY_DYNAMIC_DISPATCH(NttBlockForTarget)(data, m, twiddles, level, b, last_level);
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
