// A binary Merkle tree over SHA-256 and proofs for sets of leaves.
//
//   inner node = SHA-256(0x01 | left | right)
//
// Leaf digests come from the caller, who hashes them under a tag other than 0x01.  The number of
// leaves is a power of two that both sides know, so a node's position is fixed by its level.
//
// A multiproof lists the siblings that cannot be computed: level by level from the leaves up, in
// each level by ascending index.  Its length follows from the index set alone.
#ifndef VOIZK_CRYPTO_HASH_MERKLE_H_
#define VOIZK_CRYPTO_HASH_MERKLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "crypto/hash/digest.h"

namespace voizk {

class MerkleTree {
 public:
  /// leaves.size() must be a power of two, at least 1 (checked).
  MerkleTree(std::span<const Digest> leaves, ThreadPool& pool);

  const Digest& root() const { return nodes_[1]; }
  size_t leaf_count() const { return nodes_.size() / 2; }
  const Digest& leaf(size_t i) const { return nodes_[leaf_count() + i]; }

  /// Siblings for strictly increasing leaf indices (checked), in the order described above.
  std::vector<Digest> Multiproof(std::span<const uint32_t> indices) const;

 private:
  std::vector<Digest> nodes_;  // heap order: root at 1, children of i at 2i and 2i+1; 0 unused
};

enum class MerkleVerdict {
  kOk,
  kLeafCountNotPowerOfTwo,
  kNoIndices,
  kDigestCount,       // not one digest per index
  kIndexOutOfRange,   //
  kIndicesNotSorted,  // not strictly increasing
  kSiblingsMissing,   //
  kSiblingsLeftOver,  //
  kRootMismatch,      //
};

/// Number of siblings in the multiproof of these strictly increasing indices below leaf_count.
size_t MultiproofSize(size_t leaf_count, std::span<const uint32_t> indices);

/// Do the leaves digests[k] at indices[k] belong to the tree with this root?  Accepts any input
/// whatever; memory is O(indices.size()).
MerkleVerdict VerifyMultiproof(const Digest& root, size_t leaf_count,
                               std::span<const uint32_t> indices, std::span<const Digest> digests,
                               std::span<const Digest> siblings);

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_MERKLE_H_
