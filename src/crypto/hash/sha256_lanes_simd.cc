// FIPS 180-4, section 6.2.2, lane by lane: word i of all hashes in one Highway vector.
#include "crypto/hash/sha256_lanes.h"

#if !VOIZK_SCALAR

#include "algebra/field/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "crypto/hash/sha256_lanes_simd.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

size_t LanesForTarget() { return 1; }
size_t CompressForTarget(std::span<Sha256State>, const uint8_t*, size_t) { return 0; }

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kMostLanes = 16;
using D = hn::CappedTag<uint32_t, kMostLanes>;
using V = hn::Vec<D>;

HWY_INLINE size_t Lanes() { return hn::Lanes(D()); }

// Four words of each hash, lane l's at from + l * stride, to and from four vectors of one word
// each.  A vector is Lanes() / 4 blocks of four lanes: row r of a buffer takes the words of lanes
// r, r + 4, .., and each block is transposed.
struct Rows {
  HWY_ALIGN uint32_t words[4 * kMostLanes];

  uint32_t* Of(size_t lane) { return words + (lane % 4) * Lanes() + lane / 4 * 4; }
  HWY_INLINE void Transpose(V* v) {
    const D d;
    const hn::Repartition<uint64_t, D> wide;
    const auto pair = [&](V x) HWY_ATTR { return hn::BitCast(wide, x); };
    const V ab_low = hn::InterleaveLower(d, v[0], v[1]),
            ab_high = hn::InterleaveUpper(d, v[0], v[1]);
    const V cd_low = hn::InterleaveLower(d, v[2], v[3]),
            cd_high = hn::InterleaveUpper(d, v[2], v[3]);
    v[0] = hn::BitCast(d, hn::InterleaveLower(wide, pair(ab_low), pair(cd_low)));
    v[1] = hn::BitCast(d, hn::InterleaveUpper(wide, pair(ab_low), pair(cd_low)));
    v[2] = hn::BitCast(d, hn::InterleaveLower(wide, pair(ab_high), pair(cd_high)));
    v[3] = hn::BitCast(d, hn::InterleaveUpper(wide, pair(ab_high), pair(cd_high)));
  }
  HWY_INLINE void Gather(const uint8_t* from, size_t stride) {
    for (size_t l = 0; l < Lanes(); ++l) hwy::CopyBytes<16>(from + l * stride, Of(l));
  }
  HWY_INLINE void Load(V* v) {
    for (size_t r = 0; r < 4; ++r) v[r] = hn::Load(D(), words + r * Lanes());
    Transpose(v);
  }
  HWY_INLINE void Store(V* v, uint8_t* to, size_t stride) {
    Transpose(v);
    for (size_t r = 0; r < 4; ++r) hn::Store(v[r], D(), words + r * Lanes());
    for (size_t l = 0; l < Lanes(); ++l) hwy::CopyBytes<16>(Of(l), to + l * stride);
  }
};

// Bit by bit, `yes` where mask is 1: one instruction of AVX-512.  (Highway's selection looks at
// whole bytes elsewhere.)
HWY_INLINE V Select(V mask, V yes, V no) {
#if HWY_TARGET <= HWY_AVX3
  return hn::IfVecThenElse(mask, yes, no);
#else
  return hn::Xor(no, hn::And(mask, hn::Xor(yes, no)));
#endif
}

// The state rotates through s: in round i, a is s[-i mod 8].
template <size_t i, bool kExtend>
HWY_INLINE void RoundsFrom(const uint32_t* k, V* w, V* s) {
  if constexpr (i < 16) {
    if constexpr (kExtend) {
      const V x = w[(i + 1) % 16], y = w[(i + 14) % 16];
      const V sigma0 =
          hn::Xor3(hn::RotateRight<7>(x), hn::RotateRight<18>(x), hn::ShiftRight<3>(x));
      const V sigma1 =
          hn::Xor3(hn::RotateRight<17>(y), hn::RotateRight<19>(y), hn::ShiftRight<10>(y));
      w[i] = hn::Add(hn::Add(w[i], sigma0), hn::Add(w[(i + 9) % 16], sigma1));
    }
    const auto at = [](size_t word) { return (word + 16 - i) % 8; };
    const V a = s[at(0)], b = s[at(1)], c = s[at(2)];
    const V e = s[at(4)], f = s[at(5)], g = s[at(6)];
    const V sum1 = hn::Xor3(hn::RotateRight<6>(e), hn::RotateRight<11>(e), hn::RotateRight<25>(e));
    const V choice = Select(e, f, g);
    const V t1 =
        hn::Add(hn::Add(hn::Add(s[at(7)], sum1), choice), hn::Add(w[i], hn::Set(D(), k[i])));
    const V sum0 = hn::Xor3(hn::RotateRight<2>(a), hn::RotateRight<13>(a), hn::RotateRight<22>(a));
    const V majority = Select(hn::Xor(a, b), c, b);
    s[at(3)] = hn::Add(s[at(3)], t1);                 // the next e
    s[at(7)] = hn::Add(t1, hn::Add(sum0, majority));  // the next a
    RoundsFrom<i + 1, kExtend>(k, w, s);
  }
}

void CompressOnce(Sha256State* states, const uint8_t* blocks, size_t stride) {
  constexpr size_t kStateStride = sizeof(Sha256State);
  static_assert(kStateStride == 8 * sizeof(uint32_t));
  auto* const words = reinterpret_cast<uint8_t*>(states);
  // All are gathered before the first is loaded: a vector waits until its parts are in the cache.
  Rows rows[6];
  for (size_t q = 0; q < 4; ++q) rows[q].Gather(blocks + 16 * q, stride);
  for (size_t q = 0; q < 2; ++q) rows[4 + q].Gather(words + 16 * q, kStateStride);
  V w[16], s[8], before[8];
  for (size_t q = 0; q < 4; ++q) rows[q].Load(w + 4 * q);
  for (V& word : w) {  // to little endian: rotated by 8 or 24 bits
    const V high = hn::And(word, hn::Set(D(), 0xff00ff00u)), low = hn::Xor(word, high);
    word = hn::Or(hn::RotateRight<24>(high), hn::RotateRight<8>(low));
  }
  for (size_t q = 0; q < 2; ++q) rows[4 + q].Load(s + 4 * q);
  for (size_t i = 0; i < 8; ++i) before[i] = s[i];
  RoundsFrom<0, false>(kSha256K.data(), w, s);
  for (size_t t = 16; t < 64; t += 16) RoundsFrom<0, true>(kSha256K.data() + t, w, s);
  for (size_t i = 0; i < 8; ++i) s[i] = hn::Add(s[i], before[i]);
  for (size_t q = 0; q < 2; ++q) rows[q].Store(s + 4 * q, words + 16 * q, kStateStride);
}

}  // namespace

size_t LanesForTarget() { return Lanes(); }

size_t CompressForTarget(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  size_t i = 0;
  for (; i + Lanes() <= states.size(); i += Lanes()) {
    CompressOnce(&states[i], blocks + i * stride, stride);
  }
  return i;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace voizk {

HWY_EXPORT(LanesForTarget);
HWY_EXPORT(CompressForTarget);

size_t Sha256Lanes() { return HWY_DYNAMIC_DISPATCH(LanesForTarget)(); }
size_t Sha256CompressLanes(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  return HWY_DYNAMIC_DISPATCH(CompressForTarget)(states, blocks, stride);
}

}  // namespace voizk

#endif  // HWY_ONCE

#else  // VOIZK_SCALAR

namespace voizk {

size_t Sha256Lanes() { return 1; }
size_t Sha256CompressLanes(std::span<Sha256State>, const uint8_t*, size_t) { return 0; }

}  // namespace voizk

#endif
