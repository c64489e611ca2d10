// The leaves of a matrix, and its opened columns, against rows that are encoded one by one and
// hashed column by column: for every number of threads, hence of blocks, numbers of rows that fill
// no tile, rows of every length in one tile.
#include "proof/commit/code_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "crypto/hash/rng.h"
#include "proof/commit/column_leaf.h"

namespace voizk {
namespace {

struct Matrix {
  struct Row {
    std::vector<Fp> head, tail;
  };
  RowCode code;
  std::vector<Row> rows;
  std::vector<uint8_t> salts;

  // Rows of a quarter of the code's length and some randomisers, then short ones, then longer ones
  // without a tail.
  Matrix(int log_n, size_t count) : code(log_n) {
    SecureRng rng = SecureRng::ForTest(count);
    const size_t w = code.length() / 4;
    for (size_t r = 0; r < count; ++r) {
      const bool sparse = r % 40 >= 33;
      rows.push_back(
          {std::vector<Fp>(sparse ? r % 7 : w), std::vector<Fp>(sparse ? r % 5 : 3 + w / 64)});
      if (r % 11 == 10) rows.back() = {std::vector<Fp>(w + w / 3), {}};
      rng.Fill(std::span<Fp>(rows.back().head));
      rng.Fill(std::span<Fp>(rows.back().tail));
    }
    salts.resize(code.length() * kSaltBytes);
    rng.Fill(std::span<uint8_t>(salts));
  }
  RowCoefficients At(size_t r) const { return {rows[r].head, rows[r].tail}; }
  CodeMatrix On(ThreadPool* pool) const {
    return CodeMatrix(
        &code, rows.size(), [this](size_t r) { return At(r); }, pool);
  }
  // The bytes of every column, salt first.
  std::vector<std::vector<uint8_t>> Columns() const {
    std::vector<std::vector<uint8_t>> columns(code.length());
    for (size_t x = 0; x < columns.size(); ++x) {
      columns[x].assign(salts.begin() + static_cast<ptrdiff_t>(x * kSaltBytes),
                        salts.begin() + static_cast<ptrdiff_t>((x + 1) * kSaltBytes));
    }
    std::vector<Fp> values(code.length());
    for (const Row& row : rows) {
      std::vector<Fp> f = row.head;
      f.insert(f.end(), row.tail.begin(), row.tail.end());
      code.Encode(f, values);
      for (size_t x = 0; x < columns.size(); ++x) {
        const uint32_t cell = values[x].ToU32();
        for (int b = 0; b < 4; ++b) columns[x].push_back(static_cast<uint8_t>(cell >> (8 * b)));
      }
    }
    return columns;
  }
};

TEST(CodeMatrix, LeavesAndOpenedColumnsForEveryNumberOfThreads) {
  for (const auto& [log_n, count] : std::vector<std::pair<int, size_t>>{
           {4, 1}, {6, 5}, {8, 16}, {9, 17}, {10, 14}, {11, 33}, {12, 79}, {13, 31}}) {
    const Matrix matrix(log_n, count);
    const auto columns = matrix.Columns();
    std::vector<uint32_t> positions;
    for (uint32_t x = 3; x < columns.size(); x = 2 * x + 1) positions.push_back(x);
    for (const size_t threads : {1, 2, 3, 4, 5, 8, 16}) {
      ThreadPool pool(threads);
      const CodeMatrix coded = matrix.On(&pool);
      const std::vector<Digest> leaves = coded.Leaves(matrix.salts);
      ASSERT_EQ(leaves.size(), columns.size());
      for (size_t x = 0; x < leaves.size(); ++x) {
        ASSERT_EQ(leaves[x], LeafDigest(static_cast<uint32_t>(x), columns[x]))
            << log_n << " " << count << " " << threads << " " << x;
      }
      const size_t stride = 4 * count + 8;
      std::vector<uint8_t> opened(positions.size() * stride);
      coded.ReadColumns(positions, stride, opened);
      for (size_t k = 0; k < positions.size(); ++k) {
        const std::vector<uint8_t>& column = columns[positions[k]];
        ASSERT_TRUE(std::equal(column.begin() + kSaltBytes, column.end(),
                               opened.begin() + static_cast<ptrdiff_t>(k * stride)))
            << log_n << " " << count << " " << threads << " " << positions[k];
      }
    }
  }
}

}  // namespace
}  // namespace voizk
