#include "proof/commit/row_code.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "base/secure.h"

namespace voizk {

namespace {

std::span<Fp> AsTile(std::span<uint32_t> words) {
  static_assert(sizeof(Fp) == sizeof(uint32_t) && std::is_trivially_copyable_v<Fp>);
  return {reinterpret_cast<Fp*>(words.data()), words.size()};
}

}  // namespace

size_t RowCode::LoadTile(std::span<const RowCoefficients> rows, std::span<uint32_t> words) const {
  CheckInvariant(rows.size() <= kTileRows && words.size() == kTileRows * length(),
                 "shape of a tile");
  // Encoding is linear over F, so scaling the coefficients by 2^-32 makes the Montgomery form of
  // every value the canonical integer of the value that is wanted: the conversion costs one product
  // per coefficient instead of one per value.
  const Fp scale = Fp::FromRaw(1);
  size_t count = 0;
  for (const RowCoefficients& row : rows) count = std::max(count, row.size());
  SecureVector<Fp> scaled(rows.size() * count);  // zero behind each row's end
  std::vector<std::span<const Fp>> spans;
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::span<Fp> out = std::span(scaled).subspan(r * count, count);
    MulScalarVec(rows[r].head, scale, out.first(rows[r].head.size()));
    MulScalarVec(rows[r].tail, scale, out.subspan(rows[r].head.size(), rows[r].tail.size()));
    spans.push_back(out);
  }
  InterleaveRows(spans, count, AsTile(words));
  return count;
}

void RowCode::EncodeTile(std::span<const RowCoefficients> rows, std::span<uint32_t> words) const {
  const size_t count = LoadTile(rows, words);
  plan_.ForwardTile(AsTile(words), count);
}

void RowCode::EncodeTileAt(std::span<const RowCoefficients> rows,
                           std::span<const uint32_t> positions, std::span<uint32_t> words) const {
  const size_t count = LoadTile(rows, words);
  plan_.ForwardTileAt(AsTile(words), count, positions);
}

}  // namespace voizk
