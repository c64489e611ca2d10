// SHA-256's compression function on many independent hashes at once, for columns and Merkle nodes,
// whose messages are a few blocks each.  With the SHA instructions of x86-64 two hashes run side by
// side: one alone waits for its own results most of the time.  Elsewhere OpenSSL compresses.
#ifndef VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_
#define VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/hash/digest.h"

namespace voizk {

inline constexpr size_t kSha256BlockBytes = 64;

/// The eight words of FIPS 180-4, section 5.3.3, before the first block.
struct Sha256State {
  std::array<uint32_t, 8> words = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  /// After the last block, padding included.
  Digest ToDigest() const;
};

/// states[i] absorbs the 64 bytes at blocks + i * stride.
void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride);

namespace plain {
/// The same by OpenSSL, one after the other.
void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride);
}  // namespace plain

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_SHA256_COMPRESS_H_
