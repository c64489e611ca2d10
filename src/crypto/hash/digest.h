// A 32-byte digest.
#ifndef VOIZK_CRYPTO_HASH_DIGEST_H_
#define VOIZK_CRYPTO_HASH_DIGEST_H_

#include <array>
#include <cstdint>

namespace voizk {

using Digest = std::array<uint8_t, 32>;

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_DIGEST_H_
