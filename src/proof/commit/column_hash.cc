#include "proof/commit/column_hash.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace voizk {
namespace {

constexpr size_t kGrain = 256;

// SHA-256 reads words with the most significant byte first.
uint32_t BigEndian(uint64_t word) { return __builtin_bswap32(static_cast<uint32_t>(word)); }

}  // namespace

ColumnHasher::ColumnHasher(size_t columns, size_t cells, ByteSpan salts, ThreadPool* pool)
    : cells_(cells), states_(columns), leaves_(columns) {
  CheckInvariant(cells > 0 && salts.size() == columns * kSaltBytes,
                 "no cells, or not one salt per column");
  static_assert(sizeof(LeafHead(0, {})) == kSha256BlockBytes);
  pool->ParallelFor(columns, kGrain, [&](size_t begin, size_t end) {
    SecureArray<std::array<uint8_t, kSha256BlockBytes>, kGrain> heads;
    for (; begin < end; begin += kGrain) {
      const size_t count = std::min(kGrain, end - begin);
      for (size_t k = 0; k < count; ++k) {
        const size_t x = begin + k;
        heads[k] = LeafHead(static_cast<uint32_t>(x), salts.subspan(x * kSaltBytes, kSaltBytes));
      }
      Sha256Compress(std::span(states_).subspan(begin, count), heads[0].data(), kSha256BlockBytes);
    }
  });
}

std::span<Sha256State> ColumnHasher::States(size_t first, size_t lines) {
  CheckInvariant(
      lines % kLine == 0 && first <= states_.size() && lines / kLine <= states_.size() - first,
      "shape of lines");
  return std::span(states_).subspan(first, lines / kLine);
}

void ColumnHasher::Absorb(size_t first, std::span<const uint32_t> lines) {
  static_assert(std::endian::native == std::endian::little, "words are hashed as they lie");
  Sha256Compress(States(first, lines.size()), reinterpret_cast<const uint8_t*>(lines.data()),
                 kSha256BlockBytes);
}

void ColumnHasher::AbsorbLast(size_t first, std::span<uint32_t> lines) {
  const std::span<Sha256State> states = States(first, lines.size());
  // FIPS 180-4, section 5.1.1: the cells are followed by a bit 1, zeros, the length in bits; in
  // their own line, or in one more, which is the same for all columns.
  const uint64_t bits = 8 * (kSha256BlockBytes + sizeof(uint32_t) * uint64_t{cells_});
  const size_t used = (cells_ - 1) % kLine + 1;
  const bool fits = used + 3 <= kLine;
  std::array<uint32_t, 2 * kLine> end{};
  end[used] = BigEndian(uint32_t{1} << 31);
  uint32_t* const length = &end[(fits ? kLine : 2 * kLine) - 2];
  length[0] = BigEndian(bits >> 32);
  length[1] = BigEndian(bits);
  std::array<uint32_t, kLine> cells{};
  std::fill_n(cells.begin(), used, ~uint32_t{0});
  for (size_t at = 0; at < lines.size(); at += kLine) {
    for (size_t r = 0; r < kLine; ++r) lines[at + r] = (lines[at + r] & cells[r]) | end[r];
  }
  Absorb(first, lines);
  if (!fits) Sha256Compress(states, reinterpret_cast<const uint8_t*>(&end[kLine]), 0);
  for (size_t k = 0; k < states.size(); ++k) leaves_[first + k] = states[k].ToDigest();
}

}  // namespace voizk
