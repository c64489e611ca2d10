// The salted leaves of the commitment.  Column x of the code matrix is hashed as
//   leaf_x = SHA-256(0x00 | x u32 | 27 zero bytes | salt_x (32 bytes) | cell u32 | cell u32 | ..)
// top row first, cells canonical, little endian.  0x00 separates leaves from inner nodes (0x01), x
// binds the position, the salt hides the column (F5).  The head is one block of SHA-256, and so are
// 16 cells, a line of a tile.
//
// Tiles of rows arrive in order and are forgotten; what is kept is one SHA-256 state per column.
#ifndef VOIZK_PROOF_COMMIT_COLUMN_HASH_H_
#define VOIZK_PROOF_COMMIT_COLUMN_HASH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/threads.h"
#include "crypto/hash/digest.h"

namespace voizk {

inline constexpr size_t kSaltBytes = 32;

class ColumnHasher {
 public:
  /// salts: kSaltBytes per column; read here only.  pool is borrowed.
  ColumnHasher(size_t columns, ByteSpan salts, ThreadPool* pool);
  ~ColumnHasher();

  /// The next `rows` (at most 16) rows: cell (r, x) is tile[16 x + r], canonical.
  void Absorb(std::span<const uint32_t> tile, size_t rows);

  /// One digest per column; ends the hasher.
  std::vector<Digest> Finish();

 private:
  struct State;  // of one column

  ThreadPool* pool_;
  std::vector<State> states_;
};

/// The leaf of column x from its bytes in a proof: salt, then cells.
Digest LeafDigest(uint32_t x, ByteSpan column);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COLUMN_HASH_H_
