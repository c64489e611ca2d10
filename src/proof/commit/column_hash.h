// The prover's leaves (column_leaf.h).  Lines of 16 cells of a column are hashed while they are in
// the cache of the thread that computed them, columns in any order, the lines of one from the top
// down; what is kept is one SHA-256 state per column.
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
  static constexpr size_t kLine = 16;  // cells: a block of SHA-256

  /// `cells` per column, at least 1; salts: kSaltBytes per column, read here only.
  ColumnHasher(size_t columns, size_t cells, ByteSpan salts, ThreadPool* pool);

  /// The next 16 cells, canonical, of the columns from `first` on: lines[16 k + r] is cell r of
  /// column first + k.  Any number of threads at a time on different columns.
  void Absorb(size_t first, std::span<const uint32_t> lines);
  /// The same with the last cells of these columns, 1 to 16, whose leaves are leaves()[first] and
  /// on after it.  Overwrites what lies behind the cells in a line.
  void AbsorbLast(size_t first, std::span<uint32_t> lines);

  /// One per column, once all are done; ends the hasher.
  std::vector<Digest> TakeLeaves() { return std::move(leaves_); }

 private:
  std::span<Sha256State> States(size_t first, size_t lines);

  size_t cells_;
  SecureVector<Sha256State> states_;
  std::vector<Digest> leaves_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COLUMN_HASH_H_
