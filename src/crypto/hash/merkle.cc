#include "crypto/hash/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "crypto/hash/sha256.h"
#include "crypto/hash/sha256_compress.h"

namespace voizk {

namespace {

// Nodes hashed by one task: long enough to pay for waking a thread.
constexpr size_t kGrain = 256;

// The nodes [begin, end) of a heap-ordered tree from their children: messages of 65 bytes, two
// blocks each.
void HashNodes(std::vector<Digest>& nodes, size_t begin, size_t end) {
  constexpr size_t kBatch = 16, kBytes = 2 * kSha256BlockBytes;
  static_assert(sizeof(std::array<Digest, 2>) == kSha256BlockBytes, "children lie side by side");
  std::array<uint8_t, kBatch * kBytes> messages{};
  for (size_t k = 0; k < kBatch; ++k) {
    uint8_t* out = messages.data() + k * kBytes;
    out[0] = 0x01;
    // FIPS 180-4, section 5.1.1: a bit 1, zeros, the length of 520 bits.
    out[65] = 0x80;
    out[kBytes - 2] = 520 >> 8;
    out[kBytes - 1] = 520 & 255;
  }
  for (size_t first = begin; first < end; first += kBatch) {
    const size_t count = std::min(kBatch, end - first);
    std::array<Sha256State, kBatch> states;
    for (size_t k = 0; k < count; ++k) {
      std::memcpy(messages.data() + k * kBytes + 1, nodes.data() + 2 * (first + k),
                  kSha256BlockBytes);
    }
    const auto used = std::span(states).first(count);
    Sha256Compress(used, messages.data(), kBytes);
    Sha256Compress(used, messages.data() + kSha256BlockBytes, kBytes);
    for (size_t k = 0; k < count; ++k) nodes[first + k] = states[k].ToDigest();
  }
}

Digest HashNode(Sha256& hasher, const Digest& left, const Digest& right) {
  std::array<uint8_t, 65> message;
  message[0] = 0x01;
  std::copy(left.begin(), left.end(), message.begin() + 1);
  std::copy(right.begin(), right.end(), message.begin() + 33);
  return hasher.Update(message).Finish();
}

// Calls on_sibling(level index) for every node of this level that a multiproof must list, in
// order, and replaces the sorted level indices by those of the parents.
template <typename OnSibling>
void AscendLevel(std::vector<uint32_t>& level, OnSibling on_sibling) {
  size_t parents = 0;
  for (size_t k = 0; k < level.size(); ++k) {
    const uint32_t i = level[k];
    const bool pair = k + 1 < level.size() && level[k + 1] == (i ^ 1);
    if (pair) {
      ++k;
    } else {
      on_sibling(i ^ 1);
    }
    level[parents++] = i >> 1;
  }
  level.resize(parents);
}

}  // namespace

MerkleTree::MerkleTree(std::span<const Digest> leaves, ThreadPool& pool)
    : nodes_(2 * leaves.size()) {
  CheckInvariant(std::has_single_bit(leaves.size()),
                 "leaves of a Merkle tree that are no power of two");
  std::copy(leaves.begin(), leaves.end(), nodes_.begin() + static_cast<long>(leaves.size()));
  for (size_t width = leaves.size() / 2; width >= 1; width /= 2) {
    pool.ParallelFor(width, kGrain, [&](size_t begin, size_t end) {
      HashNodes(nodes_, width + begin, width + end);
    });
  }
}

std::vector<Digest> MerkleTree::Multiproof(std::span<const uint32_t> indices) const {
  std::vector<Digest> siblings;
  std::vector<uint32_t> level(indices.begin(), indices.end());
  for (size_t width = leaf_count(); width > 1; width /= 2) {
    AscendLevel(level, [&](uint32_t i) { siblings.push_back(nodes_[width + i]); });
  }
  return siblings;
}

size_t MultiproofSize(size_t leaf_count, std::span<const uint32_t> indices) {
  size_t count = 0;
  std::vector<uint32_t> level(indices.begin(), indices.end());
  for (size_t width = leaf_count; width > 1; width /= 2) {
    AscendLevel(level, [&](uint32_t) { ++count; });
  }
  return count;
}

MerkleVerdict VerifyMultiproof(const Digest& root, size_t leaf_count,
                               std::span<const uint32_t> indices, std::span<const Digest> digests,
                               std::span<const Digest> siblings) {
  if (!std::has_single_bit(leaf_count)) return MerkleVerdict::kLeafCountNotPowerOfTwo;
  if (indices.empty()) return MerkleVerdict::kNoIndices;
  if (digests.size() != indices.size()) return MerkleVerdict::kDigestCount;
  for (size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] >= leaf_count) return MerkleVerdict::kIndexOutOfRange;
    if (k > 0 && indices[k] <= indices[k - 1]) return MerkleVerdict::kIndicesNotSorted;
  }
  const size_t expected = MultiproofSize(leaf_count, indices);
  if (siblings.size() < expected) return MerkleVerdict::kSiblingsMissing;
  if (siblings.size() > expected) return MerkleVerdict::kSiblingsLeftOver;

  Sha256 hasher;
  std::vector<uint32_t> level(indices.begin(), indices.end());
  std::vector<Digest> values(digests.begin(), digests.end());
  size_t used = 0;
  for (size_t width = leaf_count; width > 1; width /= 2) {
    size_t parents = 0;
    for (size_t k = 0; k < level.size(); ++k) {
      const uint32_t i = level[k];
      const size_t own = k;
      const bool pair = k + 1 < level.size() && level[k + 1] == (i ^ 1);
      const Digest& sibling = pair ? values[++k] : siblings[used++];
      const bool is_left = (i & 1) == 0;
      values[parents] =
          is_left ? HashNode(hasher, values[own], sibling) : HashNode(hasher, sibling, values[own]);
      level[parents++] = i >> 1;
    }
    level.resize(parents);
  }
  return values[0] == root ? MerkleVerdict::kOk : MerkleVerdict::kRootMismatch;
}

}  // namespace voizk
