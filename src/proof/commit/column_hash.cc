#include "proof/commit/column_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace voizk {
namespace {

constexpr size_t kLine = 16;  // cells per column and tile: a block
constexpr size_t kGrain = 512;

}  // namespace

ColumnHasher::ColumnHasher(size_t columns, ByteSpan salts, ThreadPool* pool)
    : pool_(pool), states_(columns) {
  CheckInvariant(salts.size() == columns * kSaltBytes, "not one salt per column");
  static_assert(sizeof(LeafHead(0, {})) == kSha256BlockBytes);
  pool_->ParallelFor(columns, kGrain, [&](size_t begin, size_t end) {
    SecureVector<uint8_t> heads((end - begin) * kSha256BlockBytes);
    for (size_t x = begin; x < end; ++x) {
      const auto head =
          LeafHead(static_cast<uint32_t>(x), salts.subspan(x * kSaltBytes, kSaltBytes));
      std::copy(head.begin(), head.end(),
                heads.begin() + static_cast<ptrdiff_t>((x - begin) * kSha256BlockBytes));
    }
    Sha256Compress(std::span(states_).subspan(begin, end - begin), heads.data(), kSha256BlockBytes);
  });
}

void ColumnHasher::Absorb(std::span<const uint32_t> tile, size_t rows) {
  static_assert(std::endian::native == std::endian::little, "words are hashed as they lie");
  CheckInvariant(
      rows >= 1 && rows <= kLine && tile.size() == states_.size() * kLine && cells_ % kLine == 0,
      "shape of a tile");
  cells_ += rows;
  if (rows < kLine) {  // the last tile: kept for Finish, which pads it
    rest_.resize(states_.size() * rows);
    for (size_t x = 0; x < states_.size(); ++x) {
      std::copy_n(tile.data() + x * kLine, rows, rest_.data() + x * rows);
    }
    return;
  }
  pool_->ParallelFor(states_.size(), kGrain, [&](size_t begin, size_t end) {
    Sha256Compress(std::span(states_).subspan(begin, end - begin),
                   reinterpret_cast<const uint8_t*>(tile.data() + begin * kLine),
                   kSha256BlockBytes);
  });
}

std::vector<Digest> ColumnHasher::Finish() {
  // FIPS 180-4, section 5.1.1: what is left, a bit 1, zeros, the length in bits.
  const size_t rows = cells_ % kLine, left = 4 * rows;
  const size_t blocks = left + 9 <= kSha256BlockBytes ? 1 : 2, bytes = blocks * kSha256BlockBytes;
  const uint64_t bits = 8 * (kSha256BlockBytes + 4 * uint64_t{cells_});
  std::vector<Digest> digests(states_.size());
  pool_->ParallelFor(digests.size(), kGrain, [&](size_t begin, size_t end) {
    SecureVector<uint8_t> ends((end - begin) * bytes);
    for (size_t x = begin; x < end; ++x) {
      uint8_t* out = ends.data() + (x - begin) * bytes;
      if (left > 0) std::memcpy(out, rest_.data() + x * rows, left);
      out[left] = 0x80;
      for (size_t b = 0; b < 8; ++b) {
        out[bytes - 1 - b] = static_cast<uint8_t>(bits >> (8 * b));
      }
    }
    const auto states = std::span(states_).subspan(begin, end - begin);
    for (size_t b = 0; b < blocks; ++b) {
      Sha256Compress(states, ends.data() + b * kSha256BlockBytes, bytes);
    }
    for (size_t x = begin; x < end; ++x) digests[x] = states_[x].ToDigest();
  });
  return digests;
}

}  // namespace voizk
