// BLAKE2b-512 (RFC 7693, unkeyed) over libsodium: the transcript's hash, kept apart from SHA-256,
// which proofs compute inside, so that no hash proven inside draws the challenges.
#ifndef VOIZK_CRYPTO_HASH_BLAKE2B_H_
#define VOIZK_CRYPTO_HASH_BLAKE2B_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace voizk {

using Blake2bDigest = std::array<uint8_t, 64>;

/// An incremental hasher; copies continue from the same state.
class Blake2b {
 public:
  Blake2b();
  Blake2b& Update(ByteSpan bytes);
  /// The digest of everything so far; the object is used up.
  Blake2bDigest Finish();

 private:
  static constexpr size_t kStateBytes = 384;  // checked against libsodium in blake2b.cc
  alignas(64) std::array<uint8_t, kStateBytes> state_;
};

Blake2bDigest Blake2bOf(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_BLAKE2B_H_
