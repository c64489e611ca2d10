// SHA-256 by libsodium, in a WebAssembly build, which then has no need of OpenSSL.
#if defined(__EMSCRIPTEN__)

#include <sodium.h>

#include <algorithm>

#include "crypto/hash/sha256.h"
#include "crypto/hash/sha256_compress.h"

namespace voizk {

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

void Sha256::FreeState::operator()(State* state) const { delete state; }

Sha256::Sha256() : state_(new State) { crypto_hash_sha256_init(&state_->hash); }

Sha256::Sha256(const Sha256& other) : state_(new State(*other.state_)) {}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) *state_ = *other.state_;
  return *this;
}

Sha256& Sha256::Update(ByteSpan bytes) {
  crypto_hash_sha256_update(&state_->hash, bytes.data(), bytes.size());
  return *this;
}

Digest Sha256::Finish() {
  Digest digest;
  crypto_hash_sha256_final(&state_->hash, digest.data());
  crypto_hash_sha256_init(&state_->hash);
  return digest;
}

Digest Sha256Of(ByteSpan bytes) { return Sha256().Update(bytes).Finish(); }

namespace plain {

// A state that has read whole blocks only compresses 64 bytes at once, as they come.
void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  crypto_hash_sha256_state hash{};
  for (size_t i = 0; i < states.size(); ++i) {
    std::copy(states[i].words.begin(), states[i].words.end(), hash.state);
    hash.count = 0;
    crypto_hash_sha256_update(&hash, blocks + i * stride, kSha256BlockBytes);
    std::copy(hash.state, hash.state + 8, states[i].words.begin());
  }
}

}  // namespace plain

}  // namespace voizk

#endif
