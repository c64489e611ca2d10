// The prover's leaves (column_leaf.h), all columns at once.  Tiles of rows arrive in order and are
// forgotten; what is kept is one SHA-256 state per column.
#ifndef VOIZK_PROOF_COMMIT_COLUMN_HASH_H_
#define VOIZK_PROOF_COMMIT_COLUMN_HASH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/secure.h"
#include "base/threads.h"
#include "crypto/hash/digest.h"
#include "crypto/hash/sha256_compress.h"
#include "proof/commit/column_leaf.h"

namespace voizk {

class ColumnHasher {
 public:
  /// salts: kSaltBytes per column; read here only.  pool is borrowed.
  ColumnHasher(size_t columns, ByteSpan salts, ThreadPool* pool);

  /// The next `rows` rows, 16 but for the last tile: cell (r, x) is tile[16 x + r], canonical.
  void Absorb(std::span<const uint32_t> tile, size_t rows);

  /// One digest per column; ends the hasher.
  std::vector<Digest> Finish();

 private:
  ThreadPool* pool_;
  SecureVector<Sha256State> states_;
  size_t cells_ = 0;             // absorbed by each column
  SecureVector<uint32_t> rest_;  // per column, the cells of a tile of less than 16 rows
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COLUMN_HASH_H_
