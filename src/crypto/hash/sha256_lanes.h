// SHA-256's compression on as many hashes at once as a vector has lanes.  Private to
// src/crypto/hash: sha256_compress.h chooses.
#ifndef VOIZK_CRYPTO_HASH_SHA256_LANES_H_
#define VOIZK_CRYPTO_HASH_SHA256_LANES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/hash/sha256_compress.h"

namespace voizk {

/// 16 with AVX-512, 8 with AVX2, 4 with shorter vectors, 1 without any.
size_t Sha256Lanes();

/// states[i] absorbs the 64 bytes at blocks + i * stride, for as many whole vectors of states as
/// there are; how many states that were.
size_t Sha256CompressLanes(std::span<Sha256State> states, const uint8_t* blocks, size_t stride);

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_SHA256_LANES_H_
