// The salted leaves of the commitment.  Column x of the code matrix is hashed as
//   leaf_x = SHA-256(0x00 | x u32 | 27 zero bytes | salt_x (32 bytes) | cell u32 | cell u32 | ..)
// and a column of the responses, which are public, in the same way with a salt of zeros: top row
// first, cells canonical, little endian.  0x00 separates leaves from inner nodes (0x01), x
// binds the position, the salt hides the column (docs/protocol/pitfalls.md, "unsalted leaves").
// The head is one block of SHA-256, and so are 16 cells, a line of a tile.
#ifndef VOIZK_PROOF_COMMIT_COLUMN_LEAF_H_
#define VOIZK_PROOF_COMMIT_COLUMN_LEAF_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "crypto/hash/digest.h"

namespace voizk {

inline constexpr size_t kSaltBytes = 32;

/// What precedes the cells: tag 0x00, position, zeros, salt (kSaltBytes).
inline std::array<uint8_t, 64> LeafHead(uint32_t x, ByteSpan salt) {
  std::array<uint8_t, 64> head{};
  StoreU32(x, head.data() + 1);
  std::memcpy(head.data() + kSaltBytes, salt.data(), kSaltBytes);
  return head;
}

/// The leaf of column x from its bytes in a proof: salt, then cells.
Digest LeafDigest(uint32_t x, ByteSpan column);
/// The leaf of column x of the responses from its bytes in a proof: cells.
Digest ResponseLeafDigest(uint32_t x, ByteSpan cells);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COLUMN_LEAF_H_
