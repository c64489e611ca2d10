#include "crypto/hash/blake2b.h"

#include <sodium.h>

#include <new>

namespace voizk {

namespace {

using State = crypto_generichash_blake2b_state;

State* As(uint8_t* bytes) { return std::launder(reinterpret_cast<State*>(bytes)); }

}  // namespace

Blake2b::Blake2b() {
  static_assert(sizeof(State) <= kStateBytes && alignof(State) <= 64);
  new (state_.data()) State;
  crypto_generichash_blake2b_init(As(state_.data()), nullptr, 0, 64);
}

Blake2b& Blake2b::Update(ByteSpan bytes) {
  crypto_generichash_blake2b_update(As(state_.data()), bytes.data(), bytes.size());
  return *this;
}

Blake2bDigest Blake2b::Finish() {
  Blake2bDigest digest;
  crypto_generichash_blake2b_final(As(state_.data()), digest.data(), digest.size());
  return digest;
}

Blake2bDigest Blake2bOf(ByteSpan bytes) { return Blake2b().Update(bytes).Finish(); }

}  // namespace voizk
