#include "crypto/lattice/columns.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "base/bytes.h"
#include "crypto/hash/blake2b.h"

namespace voizk {

namespace {

// The nonce of b; those of a_j are j.
constexpr uint64_t kSaltColumn = UINT64_MAX;

// One word in 128 is dropped, 8 of an element with a deviation of 3: this many bytes suffice.
constexpr size_t kStreamBytes = 4 * kLatticeDegree + 512;
constexpr uint32_t kMask31 = 0x7fffffffu;

// The words of ChaCha20(key, nonce) from block 0 on, their top bit cleared, those below p.
void Expand(const uint8_t* key, uint64_t nonce, std::span<Fp> slots) {
  std::array<uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce_bytes;
  StoreU64(nonce, nonce_bytes.data());
  std::vector<uint8_t> stream(kStreamBytes);
  for (;;) {
    crypto_stream_chacha20(stream.data(), stream.size(), nonce_bytes.data(), key);
    size_t filled = 0;
    for (size_t at = 0; at < stream.size() && filled < slots.size(); at += 4) {
      const uint32_t word = LoadU32(&stream[at]) & kMask31;
      if (word < Fp::kModulus) slots[filled++] = Fp::FromU32(word);
    }
    if (filled == slots.size()) return;
    stream.resize(2 * stream.size());  // the same stream, further
  }
}

}  // namespace

const NttPlan& LatticeSlots() {
  static const NttPlan plan(kLatticeLogDegree, Fp::RootOfUnity(kLatticeLogDegree + 1));
  return plan;
}

LatticeColumns::LatticeColumns(size_t count)
    : columns_(count * kLatticeDegree), salt_(2 * kLatticeDegree, Fp::kOne) {
  if (sodium_init() < 0) std::abort();
  const Blake2bDigest key = Blake2bOf(AsBytes("voizk lattice columns v1"));
  static_assert(sizeof(Blake2bDigest) >= crypto_stream_chacha20_KEYBYTES);
  for (size_t j = 0; j < count; ++j) {
    Expand(key.data(), j, std::span(columns_).subspan(j * kLatticeDegree, kLatticeDegree));
  }
  Expand(key.data(), kSaltColumn, std::span(salt_).first(kLatticeDegree));
}

}  // namespace voizk
