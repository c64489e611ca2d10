#include "crypto/hash/rng.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "crypto/hash/blake2b.h"

namespace voizk {

namespace {

constexpr size_t kBlockBytes = 64;  // of ChaCha20
constexpr uint32_t kMask31 = 0x7fffffffu;

}  // namespace

SecureRng::SecureRng(ByteSpan extra) {
  if (sodium_init() < 0) std::abort();  // no source of randomness: nothing may be proven
  std::array<uint8_t, 64> system;
  randombytes_buf(system.data(), system.size());
  Blake2bDigest digest =
      Blake2b().Update(AsBytes("voizk rng v1")).Update(system).Update(extra).Finish();
  std::copy_n(digest.begin(), key_.size(), key_.begin());
  sodium_memzero(system.data(), system.size());
  sodium_memzero(digest.data(), digest.size());
}

SecureRng::SecureRng(FromKey, const Key& key) : key_(key) {}

SecureRng::~SecureRng() {
  sodium_memzero(key_.data(), key_.size());
  sodium_memzero(buffer_.data(), buffer_.size());
}

SecureRng SecureRng::ForTest(uint64_t seed) {
  Key key{};
  StoreU64(seed, key.data());
  return SecureRng(FromKey{}, key);
}

SecureRng SecureRng::Split() {
  struct Erased {
    Key key;
    ~Erased() { sodium_memzero(key.data(), key.size()); }
  } child;
  Fill(child.key);
  return SecureRng(FromKey{}, child.key);
}

void SecureRng::Stream(std::span<uint8_t> out) {
  constexpr std::array<uint8_t, crypto_stream_chacha20_NONCEBYTES> kNonce{};
  std::memset(out.data(), 0, out.size());
  crypto_stream_chacha20_xor_ic(out.data(), out.data(), out.size(), kNonce.data(), next_block_,
                                key_.data());
  next_block_ += out.size() / kBlockBytes;
}

void SecureRng::Fill(std::span<uint8_t> out) {
  const size_t buffered = std::min(out.size(), kBufferBytes - used_);
  std::copy_n(buffer_.begin() + static_cast<long>(used_), buffered, out.begin());
  used_ += buffered;
  out = out.subspan(buffered);
  const size_t whole = out.size() / kBlockBytes * kBlockBytes;
  if (whole != 0) Stream(out.first(whole));
  out = out.subspan(whole);
  if (out.empty()) return;
  Stream(buffer_);
  std::copy_n(buffer_.begin(), out.size(), out.begin());
  used_ = out.size();
}

uint32_t SecureRng::NextU32() {
  std::array<uint8_t, 4> bytes;
  Fill(bytes);
  return LoadU32(bytes.data());
}

Fp SecureRng::NextFp() {
  for (;;) {
    // A uniform Montgomery form is a uniform element.
    const uint32_t raw = NextU32() & kMask31;
    if (raw < Fp::kModulus) return Fp::FromRaw(raw);
  }
}

void SecureRng::Fill(std::span<Fp> out) {
  constexpr size_t kChunk = 1024;
  std::array<uint8_t, 4 * kChunk> bytes;
  while (!out.empty()) {
    // About one value in 128 is rejected; what is still missing is drawn in the next turn.
    const size_t draws = std::min(kChunk, out.size());
    Fill(std::span(bytes).first(4 * draws));
    size_t kept = 0;
    for (size_t i = 0; i < draws; ++i) {
      const uint32_t raw = LoadU32(bytes.data() + 4 * i) & kMask31;
      out[kept] = Fp::FromRaw(raw);  // kept <= i, so this slot is ours even when rejected
      kept += raw < Fp::kModulus ? 1 : 0;
    }
    if (kept < draws) out[kept] = Fp();
    out = out.subspan(kept);
  }
  sodium_memzero(bytes.data(), bytes.size());
}

}  // namespace voizk
