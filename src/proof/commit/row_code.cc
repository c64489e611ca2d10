#include "proof/commit/row_code.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/secure.h"

namespace voizk {

namespace {

constexpr size_t kTile = RowCode::kTileRows;

std::span<Fp> AsTile(std::span<uint32_t> words) {
  static_assert(sizeof(Fp) == sizeof(uint32_t) && std::is_trivially_copyable_v<Fp>);
  return {reinterpret_cast<Fp*>(words.data()), words.size()};
}
std::span<uint32_t> AsWords(std::span<Fp> tile) {
  return {reinterpret_cast<uint32_t*>(tile.data()), tile.size()};
}

// Coefficients i .. i + 15 of a row: where they lie, or, if they are not all in one place, in
// `joined`.
const Fp* SixteenOf(const RowCoefficients& row, size_t i, Fp* joined) {
  const size_t head = row.head.size();
  if (i + kTile <= head) return row.head.data() + i;
  if (i >= head && i + kTile <= row.size()) return row.tail.data() + (i - head);
  for (size_t k = 0; k < kTile; ++k) {
    const size_t at = i + k;
    joined[k] = at < head ? row.head[at] : at < row.size() ? row.tail[at - head] : Fp::kZero;
  }
  return joined;
}

}  // namespace

void RowCode::LoadTile(std::span<const RowCoefficients> rows, size_t begin, size_t end,
                       std::span<Fp> tile) {
  CheckInvariant(rows.size() <= kTileRows && begin % kTileRows == 0 && end % kTileRows == 0 &&
                     begin <= end && tile.size() >= kTileRows * end,
                 "shape of a tile");
  // Encoding is linear over F, so scaling the coefficients by 2^-32 makes the Montgomery form of
  // every value the canonical integer of the value that is wanted: the conversion costs one product
  // per coefficient instead of one per value.
  const Fp scale = Fp::FromRaw(1);
  SecureArray<Fp, kTileRows * kTileRows> joined;
  std::array<const Fp*, kTileRows> at;
  for (size_t i = begin; i < end; i += kTileRows) {
    for (size_t r = 0; r < kTileRows; ++r) {
      const RowCoefficients row = r < rows.size() ? rows[r] : RowCoefficients{};
      at[r] = SixteenOf(row, i, joined.data() + r * kTileRows);
    }
    InterleaveRows(at, scale, tile.data() + i * kTileRows);
  }
}

void RowCode::EncodeBlock(std::span<const Fp> tile, int level, size_t b, std::span<uint32_t> words,
                          const OnColumns& on_columns) const {
  plan_.ForwardTileBlock(tile, level, b, AsTile(words), [&](size_t first, std::span<Fp> part) {
    on_columns(first, AsWords(part));
  });
}

void RowCode::EncodeBlockAt(std::span<const Fp> tile, int level, size_t b,
                            std::span<const uint32_t> positions, std::span<uint32_t> words) const {
  plan_.ForwardTileBlockAt(tile, level, b, positions, AsTile(words));
}

}  // namespace voizk
