// A matrix of code words over F, encoded wherever it is read and never kept: of the commitment
// (secret) and of the responses (public).  Sixteen rows, a tile, are encoded side by side, a block
// of columns at a time: what a thread computes of a block it hashes before it computes more.
#ifndef VOIZK_PROOF_COMMIT_CODE_MATRIX_H_
#define VOIZK_PROOF_COMMIT_CODE_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/threads.h"
#include "crypto/hash/digest.h"
#include "proof/commit/row_code.h"

namespace voizk {

class CodeMatrix {
 public:
  /// row_of(r): the coefficients of row r < rows, called by any thread.  code, of at least 16
  /// columns, and pool are borrowed.
  CodeMatrix(const RowCode* code, size_t rows, std::function<RowCoefficients(size_t)> row_of,
             ThreadPool* pool);

  /// The leaf of every column (column_leaf.h); salts: kSaltBytes per column.
  std::vector<Digest> Leaves(ByteSpan salts) const;

  /// The cells of the k-th of these columns, 4 bytes each, go to columns[k * stride] and on.  Rows
  /// are encoded again.
  void ReadColumns(std::span<const uint32_t> positions, size_t stride,
                   std::span<uint8_t> columns) const;

 private:
  static constexpr size_t kTileRows = RowCode::kTileRows;
  size_t Tiles() const { return (rows_ + kTileRows - 1) / kTileRows; }
  // Columns of one of 2^level blocks.
  size_t BlockColumns(int level) const;
  // The rows from first_row on, up to a tile.
  std::vector<RowCoefficients> TileRows(size_t first_row) const;

  const RowCode* code_;
  size_t rows_;
  std::function<RowCoefficients(size_t)> row_of_;
  ThreadPool* pool_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_CODE_MATRIX_H_
