// SHA-256's compression function on many independent hashes at once, for columns and Merkle nodes,
// whose messages are a few blocks each.  Sixteen run side by side in the lanes of AVX-512; else
// four with the SHA instructions of x86-64, of which one alone waits for its own results most of
// the time; else eight in the lanes of AVX2, or four in those of WebAssembly.  Elsewhere, and what
// fills no vector, the library of sha256.h compresses.
#ifndef VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_
#define VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/hash/digest.h"
#include "crypto/hash/sha256_constants.h"

namespace voizk {

inline constexpr size_t kSha256BlockBytes = 64;

/// The eight words, at first those before the first block.
struct Sha256State {
  std::array<uint32_t, 8> words = kSha256Initial;
  /// After the last block, padding included.
  Digest ToDigest() const;
};

/// states[i] absorbs the 64 bytes at blocks + i * stride.
void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride);

namespace plain {
/// The same by the library of sha256.h, one after the other.  (OpenSSL's EVP layer costs more per
/// call than a block does: these are its plain functions, deprecated in 3.0 but part of its ABI.)
void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride);
}  // namespace plain

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_
