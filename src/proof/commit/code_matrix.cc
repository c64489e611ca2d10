#include "proof/commit/code_matrix.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/secure.h"
#include "proof/commit/column_hash.h"

namespace voizk {
namespace {

constexpr size_t kLoadGrain = 512;  // coefficients of each row

// Blocks of columns that are encoded apart, as levels of the transform.  At rate 1/4 a quarter of
// the columns depends on the coefficients as they are, but for the few above its length.  A
// sixteenth takes some products more, a twentieth of the whole time, and is for more threads.
constexpr int kQuarters = 2, kSixteenths = 4;
int LevelFor(size_t threads) { return threads <= 2 ? kQuarters : kSixteenths; }

size_t LongestOf(std::span<const RowCoefficients> rows) {
  size_t count = 0;
  for (const RowCoefficients& row : rows) count = std::max(count, row.size());
  return count;
}

// Room for a block of columns per thread, made when it is first needed.
class Buffers {
 public:
  explicit Buffers(size_t words) : words_(words) {}

  // One of them for the length of a scope.
  class Lease {
   public:
    explicit Lease(Buffers* all) : all_(all), words_(all->Take()) {}
    ~Lease() { all_->Give(std::move(words_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    std::span<uint32_t> span() const { return *words_; }

   private:
    Buffers* all_;
    std::unique_ptr<SecureVector<uint32_t>> words_;
  };

 private:
  using Words = std::unique_ptr<SecureVector<uint32_t>>;
  Words Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        Words words = std::move(free_.back());
        free_.pop_back();
        return words;
      }
    }
    auto words = std::make_unique<SecureVector<uint32_t>>(words_);
    const std::lock_guard lock(mutex_);
    free_.reserve(++made_);  // so that giving back cannot fail
    return words;
  }
  void Give(Words words) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(words));
  }

  size_t words_;
  std::mutex mutex_;
  size_t made_ = 0;
  std::vector<Words> free_;
};

}  // namespace

CodeMatrix::CodeMatrix(const RowCode* code, size_t rows,
                       std::function<RowCoefficients(size_t)> row_of, ThreadPool* pool)
    : code_(code), rows_(rows), row_of_(std::move(row_of)), pool_(pool) {}

std::vector<RowCoefficients> CodeMatrix::TileRows(size_t first_row) const {
  std::vector<RowCoefficients> rows;
  const size_t end = std::min(rows_, first_row + kTileRows);
  for (size_t row = first_row; row < end; ++row) rows.push_back(row_of_(row));
  return rows;
}

size_t CodeMatrix::BlockColumns(int level) const { return code_->length() >> level; }

std::vector<Digest> CodeMatrix::Leaves(ByteSpan salts) const {
  const int level = LevelFor(pool_->threads());
  ColumnHasher hasher(code_->length(), rows_, salts, pool_);
  Buffers buffers(kTileRows * BlockColumns(level));
  SecureVector<Fp> coefficients;
  for (size_t tile = 0; tile < Tiles(); ++tile) {
    const std::vector<RowCoefficients> rows = TileRows(tile * kTileRows);
    const size_t room = NttPlan::TileRoom(LongestOf(rows));
    if (coefficients.size() < kTileRows * room) coefficients = SecureVector<Fp>(kTileRows * room);
    pool_->ParallelFor(room, kLoadGrain, [&](size_t begin, size_t end) {
      RowCode::LoadTile(rows, begin, end, coefficients);
    });
    const bool last = tile + 1 == Tiles();
    const RowCode::OnColumns hash = [&](size_t first, std::span<uint32_t> lines) {
      last ? hasher.AbsorbLast(first, lines) : hasher.Absorb(first, lines);
    };
    pool_->ParallelFor(size_t{1} << level, 1, [&](size_t begin, size_t end) {
      const Buffers::Lease words(&buffers);
      for (size_t b = begin; b < end; ++b) {
        code_->EncodeBlock(std::span(coefficients).first(kTileRows * room), level, b, words.span(),
                           hash);
      }
    });
  }
  return hasher.TakeLeaves();
}

void CodeMatrix::ReadColumns(std::span<const uint32_t> positions, size_t stride,
                             std::span<uint8_t> columns) const {
  CheckInvariant(
      stride >= 4 * rows_ &&
          (positions.empty() || columns.size() >= (positions.size() - 1) * stride + 4 * rows_),
      "room for columns");
  const size_t block = BlockColumns(kQuarters);
  pool_->ParallelFor(Tiles(), 1, [&](size_t begin, size_t end) {
    SecureVector<uint32_t> words(kTileRows * block);
    SecureVector<Fp> coefficients;
    for (size_t tile = begin; tile < end; ++tile) {
      const std::vector<RowCoefficients> rows = TileRows(tile * kTileRows);
      const size_t room = NttPlan::TileRoom(LongestOf(rows));
      if (coefficients.size() < kTileRows * room) coefficients = SecureVector<Fp>(kTileRows * room);
      RowCode::LoadTile(rows, 0, room, coefficients);
      size_t k = 0;
      for (size_t b = 0; b < size_t{1} << kQuarters; ++b) {
        code_->EncodeBlockAt(std::span(coefficients).first(kTileRows * room), kQuarters, b,
                             positions, words);
        for (; k < positions.size() && positions[k] < (b + 1) * block; ++k) {
          uint8_t* out = columns.data() + k * stride + 4 * tile * kTileRows;
          const uint32_t* line = words.data() + kTileRows * (positions[k] - b * block);
          for (size_t r = 0; r < rows.size(); ++r) StoreU32(line[r], out + 4 * r);
        }
      }
    }
  });
}

}  // namespace voizk
