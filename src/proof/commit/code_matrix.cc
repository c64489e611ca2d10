#include "proof/commit/code_matrix.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/secure.h"
#include "proof/commit/column_hash.h"

namespace voizk {

CodeMatrix::CodeMatrix(const RowCode* code, size_t rows,
                       std::function<RowCoefficients(size_t)> row_of, ThreadPool* pool)
    : code_(code), rows_(rows), row_of_(std::move(row_of)), pool_(pool) {}

std::vector<RowCoefficients> CodeMatrix::TileRows(size_t first_row) const {
  std::vector<RowCoefficients> rows;
  const size_t end = std::min(rows_, first_row + kTileRows);
  for (size_t row = first_row; row < end; ++row) rows.push_back(row_of_(row));
  return rows;
}

std::vector<Digest> CodeMatrix::Leaves(ByteSpan salts) const {
  const size_t tile_size = kTileRows * code_->length();
  ColumnHasher hasher(code_->length(), salts, pool_);
  // As many tiles at a time as there are threads.
  const size_t batch = std::min(Tiles(), pool_->threads());
  SecureVector<uint32_t> words(batch * tile_size);
  for (size_t begin = 0; begin < Tiles(); begin += batch) {
    const size_t count = std::min(batch, Tiles() - begin);
    const auto tile = [&](size_t k) { return std::span(words).subspan(k * tile_size, tile_size); };
    pool_->ParallelFor(count, 1, [&](size_t first, size_t last) {
      for (size_t k = first; k < last; ++k) {
        code_->EncodeTile(TileRows((begin + k) * kTileRows), tile(k));
      }
    });
    for (size_t k = 0; k < count; ++k) {
      const size_t first_row = (begin + k) * kTileRows;
      hasher.Absorb(tile(k), std::min(kTileRows, rows_ - first_row));
    }
  }
  return hasher.Finish();
}

void CodeMatrix::ReadColumns(std::span<const uint32_t> positions, size_t stride,
                             std::span<uint8_t> columns) const {
  CheckInvariant(
      stride >= 4 * rows_ &&
          (positions.empty() || columns.size() >= (positions.size() - 1) * stride + 4 * rows_),
      "room for columns");
  pool_->ParallelFor(Tiles(), 1, [&](size_t begin, size_t end) {
    SecureVector<uint32_t> words(kTileRows * code_->length());
    for (size_t first_row = begin * kTileRows; first_row < end * kTileRows;
         first_row += kTileRows) {
      const std::vector<RowCoefficients> rows = TileRows(first_row);
      code_->EncodeTileAt(rows, positions, words);
      for (size_t k = 0; k < positions.size(); ++k) {
        uint8_t* out = columns.data() + k * stride + 4 * first_row;
        const uint32_t* line = words.data() + kTileRows * positions[k];
        for (size_t r = 0; r < rows.size(); ++r) StoreU32(line[r], out + 4 * r);
      }
    }
  });
}

}  // namespace voizk
