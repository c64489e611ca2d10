// Tens of thousands of interleaved hashes with short updates: the EVP layer costs more per update
// than a block does, so the plain SHA-256 functions of OpenSSL are used here (deprecated in 3.0 in
// favour of EVP, but part of its ABI; they use the same SHA-NI code).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proof/commit/column_hash.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace voizk {
namespace {

constexpr size_t kLine = 16;  // cells per column and tile

}  // namespace

struct ColumnHasher::State {
  SHA256_CTX context;
};

ColumnHasher::ColumnHasher(size_t columns, ByteSpan salts, ThreadPool* pool)
    : pool_(pool), states_(columns) {
  CheckInvariant(salts.size() == columns * kSaltBytes, "not one salt per column");
  for (size_t x = 0; x < columns; ++x) {
    SHA256_CTX* context = &states_[x].context;
    const auto head = LeafHead(static_cast<uint32_t>(x), salts.subspan(x * kSaltBytes, kSaltBytes));
    SHA256_Init(context);
    SHA256_Update(context, head.data(), head.size());
  }
}

ColumnHasher::~ColumnHasher() = default;

void ColumnHasher::Absorb(std::span<const uint32_t> tile, size_t rows) {
  static_assert(std::endian::native == std::endian::little, "words are hashed as they lie");
  CheckInvariant(rows <= kLine && tile.size() == states_.size() * kLine, "shape of a tile");
  constexpr size_t kGrain = 512;
  pool_->ParallelFor(states_.size(), kGrain, [&](size_t begin, size_t end) {
    for (size_t x = begin; x < end; ++x) {
      SHA256_Update(&states_[x].context, tile.data() + x * kLine, 4 * rows);
    }
  });
}

std::vector<Digest> ColumnHasher::Finish() {
  std::vector<Digest> digests(states_.size());
  for (size_t x = 0; x < digests.size(); ++x) {
    SHA256_Final(digests[x].data(), &states_[x].context);
  }
  return digests;
}

}  // namespace voizk
