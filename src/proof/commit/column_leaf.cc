#include "proof/commit/column_leaf.h"

#include <algorithm>

#include "crypto/hash/sha256.h"

namespace voizk {

std::array<uint8_t, 64> LeafHead(uint32_t x, ByteSpan salt) {
  std::array<uint8_t, 64> head{};
  StoreU32(x, head.data() + 1);
  std::copy(salt.begin(), salt.end(), head.begin() + 32);
  return head;
}

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
