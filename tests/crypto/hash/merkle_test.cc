// Merkle trees: the root by definition, openings of every subset, and each fault of an opening
// under its own verdict.
#include "crypto/hash/merkle.h"

#include <gtest/gtest.h>

#include <random>

#include "crypto/hash/sha256.h"

namespace voizk {
namespace {

std::vector<Digest> MakeLeaves(size_t n) {
  std::vector<Digest> leaves(n);
  for (size_t i = 0; i < n; ++i) {
    const uint8_t bytes[] = {0, static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)};
    leaves[i] = Sha256Of(bytes);
  }
  return leaves;
}

std::vector<Digest> Select(const std::vector<Digest>& leaves, std::span<const uint32_t> indices) {
  std::vector<Digest> selected;
  for (const uint32_t i : indices) selected.push_back(leaves[i]);
  return selected;
}

// A valid opening of leaves 1, 2, 3, 6 and 12 of 16, to be tampered with.
class MerkleTamper : public testing::Test {
 protected:
  MerkleVerdict Verify() const {
    return VerifyMultiproof(root, leaf_count, indices, digests, siblings);
  }
  ThreadPool pool;
  std::vector<Digest> leaves = MakeLeaves(16);
  MerkleTree tree{leaves, pool};
  Digest root = tree.root();
  size_t leaf_count = 16;
  std::vector<uint32_t> indices = {1, 2, 3, 6, 12};
  std::vector<Digest> digests = Select(leaves, indices);
  std::vector<Digest> siblings = tree.Multiproof(indices);
};

TEST(Merkle, RootFollowsTheDefinition) {
  ThreadPool pool;
  const std::vector<Digest> leaves = MakeLeaves(2);
  std::vector<uint8_t> message = {0x01};
  message.insert(message.end(), leaves[0].begin(), leaves[0].end());
  message.insert(message.end(), leaves[1].begin(), leaves[1].end());
  EXPECT_EQ(MerkleTree(leaves, pool).root(), Sha256Of(message));
  EXPECT_EQ(MerkleTree(std::span(leaves).first(1), pool).root(), leaves[0]);
}

TEST(Merkle, ThreadsDoNotChangeTheTree) {
  const std::vector<Digest> leaves = MakeLeaves(2048);
  ThreadPool one(1), three(3);
  EXPECT_EQ(MerkleTree(leaves, one).root(), MerkleTree(leaves, three).root());
}

TEST(Merkle, EverySubsetOfEightLeavesVerifies) {
  ThreadPool pool;
  const std::vector<Digest> leaves = MakeLeaves(8);
  const MerkleTree tree(leaves, pool);
  for (uint32_t set = 1; set < 256; ++set) {
    std::vector<uint32_t> indices;
    for (uint32_t i = 0; i < 8; ++i) {
      if (set >> i & 1) indices.push_back(i);
    }
    const std::vector<Digest> siblings = tree.Multiproof(indices);
    EXPECT_EQ(siblings.size(), MultiproofSize(8, indices));
    EXPECT_EQ(VerifyMultiproof(tree.root(), 8, indices, Select(leaves, indices), siblings),
              MerkleVerdict::kOk)
        << set;
  }
}

TEST(Merkle, SingleOpeningListsThePathFromTheLeafUp) {
  ThreadPool pool;
  const std::vector<Digest> leaves = MakeLeaves(8);
  const MerkleTree tree(leaves, pool);
  const std::vector<uint32_t> indices = {5};
  const std::vector<Digest> siblings = tree.Multiproof(indices);
  ASSERT_EQ(siblings.size(), 3u);
  EXPECT_EQ(siblings[0], leaves[4]);
}

TEST(Merkle, OneLeafTree) {
  const std::vector<Digest> leaves = MakeLeaves(1);
  const std::vector<uint32_t> indices = {0};
  EXPECT_EQ(VerifyMultiproof(leaves[0], 1, indices, leaves, {}), MerkleVerdict::kOk);
}

TEST_F(MerkleTamper, HonestProofIsAccepted) { EXPECT_EQ(Verify(), MerkleVerdict::kOk); }

TEST_F(MerkleTamper, LeafCountNotPowerOfTwo) {
  leaf_count = 15;
  EXPECT_EQ(Verify(), MerkleVerdict::kLeafCountNotPowerOfTwo);
  leaf_count = 0;
  EXPECT_EQ(Verify(), MerkleVerdict::kLeafCountNotPowerOfTwo);
}

TEST_F(MerkleTamper, NoIndices) {
  indices.clear();
  digests.clear();
  EXPECT_EQ(Verify(), MerkleVerdict::kNoIndices);
}

TEST_F(MerkleTamper, DigestCount) {
  digests.pop_back();
  EXPECT_EQ(Verify(), MerkleVerdict::kDigestCount);
}

TEST_F(MerkleTamper, IndexOutOfRange) {
  indices.back() = 16;
  EXPECT_EQ(Verify(), MerkleVerdict::kIndexOutOfRange);
  indices.back() = ~0u;
  EXPECT_EQ(Verify(), MerkleVerdict::kIndexOutOfRange);
}

TEST_F(MerkleTamper, IndicesNotSorted) {
  std::swap(indices[0], indices[1]);
  EXPECT_EQ(Verify(), MerkleVerdict::kIndicesNotSorted);
  indices = {1, 2, 2, 6, 12};
  EXPECT_EQ(Verify(), MerkleVerdict::kIndicesNotSorted);
}

TEST_F(MerkleTamper, SiblingsMissing) {
  siblings.pop_back();
  EXPECT_EQ(Verify(), MerkleVerdict::kSiblingsMissing);
}

TEST_F(MerkleTamper, SiblingsLeftOver) {
  siblings.push_back(siblings[0]);
  EXPECT_EQ(Verify(), MerkleVerdict::kSiblingsLeftOver);
}

TEST_F(MerkleTamper, EveryFlippedByteIsARootMismatch) {
  for (auto* list : {&digests, &siblings}) {
    for (Digest& digest : *list) {
      digest[7] ^= 1;
      EXPECT_EQ(Verify(), MerkleVerdict::kRootMismatch);
      digest[7] ^= 1;
    }
  }
  root[31] ^= 0x80;
  EXPECT_EQ(Verify(), MerkleVerdict::kRootMismatch);
}

TEST_F(MerkleTamper, SwappedLeavesAreARootMismatch) {
  std::swap(digests[1], digests[2]);
  EXPECT_EQ(Verify(), MerkleVerdict::kRootMismatch);
}

TEST_F(MerkleTamper, LeafAtAnotherIndexIsARootMismatch) {
  indices[4] = 13;
  EXPECT_EQ(Verify(), MerkleVerdict::kRootMismatch);
}

}  // namespace
}  // namespace voizk
