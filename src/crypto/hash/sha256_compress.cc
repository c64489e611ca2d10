#include "crypto/hash/sha256_compress.h"

#include "base/bytes.h"
#include "crypto/hash/sha256_lanes.h"

#if defined(__x86_64__) && !VOIZK_SCALAR
#define VOIZK_SHA_INSTRUCTIONS 1
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace voizk {

Digest Sha256State::ToDigest() const {
  Digest digest;
  for (size_t i = 0; i < words.size(); ++i) {
    StoreU32(__builtin_bswap32(words[i]), digest.data() + 4 * i);  // big-endian
  }
  return digest;
}

namespace {

// How many of the states were done: those of whole vectors of at least `least` lanes.
size_t CompressVectors(size_t least, std::span<Sha256State> states, const uint8_t* blocks,
                       size_t stride) {
  return Sha256Lanes() >= least ? Sha256CompressLanes(states, blocks, stride) : 0;
}

}  // namespace

#ifdef VOIZK_SHA_INSTRUCTIONS

namespace {

#define VOIZK_TARGET_SHA __attribute__((target("sha,sse4.1,ssse3")))

bool HasShaInstructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) {
    return false;
  }
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & (1U << 29)) != 0;
}

// One hash in registers: the state as the instructions want it (A B E F, C D G H) and the last 16
// words of the message schedule.
struct Lane {
  __m128i abef, cdgh, w[4];
};

VOIZK_TARGET_SHA inline void Load(const Sha256State& state, const uint8_t* block, Lane* lane) {
  const auto* words = reinterpret_cast<const __m128i*>(state.words.data());
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
  lane->abef = _mm_alignr_epi8(badc, hgfe, 8);
  lane->cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  for (int k = 0; k < 4; ++k) {
    lane->w[k] =
        _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + k), big_endian);
  }
}

VOIZK_TARGET_SHA inline void AddTo(const Lane& lane, Sha256State* state) {
  auto* words = reinterpret_cast<__m128i*>(state->words.data());
  const __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
  const __m128i abcd = _mm_blend_epi16(feba, dchg, 0xf0), efgh = _mm_alignr_epi8(dchg, feba, 8);
  _mm_storeu_si128(words, _mm_add_epi32(_mm_loadu_si128(words), abcd));
  _mm_storeu_si128(words + 1, _mm_add_epi32(_mm_loadu_si128(words + 1), efgh));
}

// Rounds 4 k .. 4 k + 3 with the words w[k % 4].
template <int k>
VOIZK_TARGET_SHA inline void FourRounds(Lane* lane) {
  const __m128i sum = _mm_add_epi32(
      lane->w[k % 4], _mm_loadu_si128(reinterpret_cast<const __m128i*>(kSha256K.data()) + k));
  lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
  lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

// w[k % 4] := words 16 + 4 (k % 16 - 4) .. of the schedule, the four that follow the other three.
template <int k>
VOIZK_TARGET_SHA inline void Schedule(Lane* lane) {
  __m128i* w = lane->w;
  const __m128i before = w[(k + 3) % 4];
  const __m128i seven_back = _mm_alignr_epi8(before, w[(k + 2) % 4], 4);
  w[k % 4] = _mm_sha256msg2_epu32(
      _mm_add_epi32(_mm_sha256msg1_epu32(w[k % 4], w[(k + 1) % 4]), seven_back), before);
}

template <int k, int kLanes>
VOIZK_TARGET_SHA inline void RoundsFrom(Lane* lanes) {
  if constexpr (k < 16) {
    for (int l = 0; l < kLanes; ++l) {
      if constexpr (k >= 4) Schedule<k>(&lanes[l]);
      FourRounds<k>(&lanes[l]);
    }
    RoundsFrom<k + 1, kLanes>(lanes);
  }
}

template <int kLanes>
VOIZK_TARGET_SHA void CompressLanes(Sha256State* states, const uint8_t* blocks, size_t stride) {
  Lane lanes[kLanes];
  for (int l = 0; l < kLanes; ++l) {
    Load(states[l], blocks + static_cast<size_t>(l) * stride, &lanes[l]);
  }
  RoundsFrom<0, kLanes>(lanes);
  for (int l = 0; l < kLanes; ++l) AddTo(lanes[l], &states[l]);
}

}  // namespace

void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  static const bool has_instructions = HasShaInstructions();
  // Sixteen lanes are faster than the instructions, eight are not.
  size_t i = CompressVectors(has_instructions ? 16 : 8, states, blocks, stride);
  if (!has_instructions) {
    return plain::Sha256Compress(states.subspan(i), blocks + i * stride, stride);
  }
  for (; i + 4 <= states.size(); i += 4) CompressLanes<4>(&states[i], blocks + i * stride, stride);
  for (; i + 2 <= states.size(); i += 2) CompressLanes<2>(&states[i], blocks + i * stride, stride);
  if (i < states.size()) CompressLanes<1>(&states[i], blocks + i * stride, stride);
}

#else

namespace {

// libsodium's compression, which the WebAssembly build stands on, is slower than four lanes.
#if defined(__EMSCRIPTEN__)
constexpr size_t kLeastLanes = 4;
#else
constexpr size_t kLeastLanes = 8;
#endif

}  // namespace

void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  const size_t i = CompressVectors(kLeastLanes, states, blocks, stride);
  plain::Sha256Compress(states.subspan(i), blocks + i * stride, stride);
}

#endif

}  // namespace voizk
