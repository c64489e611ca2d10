#include "proof/commit/column_leaf.h"

#include "crypto/hash/sha256.h"

namespace voizk {

Digest LeafDigest(uint32_t x, ByteSpan column) {
  return Sha256()
      .Update(LeafHead(x, column.first(kSaltBytes)))
      .Update(column.subspan(kSaltBytes))
      .Finish();
}

Digest ResponseLeafDigest(uint32_t x, ByteSpan cells) {
  constexpr std::array<uint8_t, kSaltBytes> kNoSalt{};
  return Sha256().Update(LeafHead(x, kNoSalt)).Update(cells).Finish();
}

}  // namespace voizk
