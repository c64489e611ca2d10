// SHA-256 inside the relation against OpenSSL, and what a lying prover can do to its cells.
#include "login/relation/sha256_relation.h"

#include <gtest/gtest.h>

#include <random>

#include "crypto/hash/sha256.h"
#include "login/relation/commitment.h"
#include "relation/gadgets/commit.h"
#include "support/relation_harness.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

std::vector<uint8_t> RandomBytes(size_t n, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<uint8_t> bytes(n);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(rng());
  return bytes;
}

std::vector<int32_t> AsCells(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// The blocks that lie wholly in the first `open` bytes are hashed outside.
size_t Before(size_t open) { return open / 64 * 64; }

// The first `open` bytes public, the rest secret.
RelationHarness Hash(const std::vector<uint8_t>& message, size_t open) {
  Builder b;
  const TensorId state = gadgets::Public(b, "state", MakeShape({kSha256Words, 2}), 0, 0xffff);
  const TensorId digest = gadgets::Public(b, "digest", MakeShape({kSha256Words, 2}), 0, 0xffff);
  std::vector<MessagePart> parts;
  const size_t before = Before(open);
  if (open > before) {
    parts.push_back({.bytes = {message.begin() + long(before), message.begin() + long(open)}});
  }
  if (open < message.size()) {
    const auto size = static_cast<uint32_t>(message.size() - open);
    parts.push_back(
        {.bytes = {}, .secret = gadgets::Input(b, "secret", MakeShape({size}), 0, 255)});
  }
  AddSha256(b, "sha", before, state, parts, digest);
  return RelationHarness(std::move(b));
}

Inputs InputsOf(const std::vector<uint8_t>& message, size_t open, const Digest& digest) {
  const std::vector<uint8_t> secret(message.begin() + long(open), message.end());
  Inputs inputs{{"state", Sha256StateAfter(std::span(message).first(Before(open)))},
                {"digest", HalvesOf(digest)}};
  if (!secret.empty()) inputs["secret"] = AsCells(secret);
  return inputs;
}
Inputs InputsOf(const std::vector<uint8_t>& message, size_t open) {
  return InputsOf(message, open, Sha256Of(message));
}

class Sha256Lengths : public ::testing::TestWithParam<size_t> {};

TEST_P(Sha256Lengths, AgreesWithOpenSsl) {
  const size_t length = GetParam();
  for (const size_t open : {size_t{0}, length / 8 * 4}) {
    const auto message = RandomBytes(length, static_cast<uint32_t>(length + open));
    const RelationHarness h = Hash(message, open);
    ASSERT_TRUE(h.ok());
    const auto w = h.Run(InputsOf(message, open));
    ASSERT_TRUE(w.ok()) << w.error().message;
    const Status checked = CheckRelation(h.relation(), *w, h.publics());
    EXPECT_TRUE(checked.ok()) << checked.error().message;
  }
}

// One, two and four blocks; 52 and 56 bytes lie on both sides of where the padding spills over.
INSTANTIATE_TEST_SUITE_P(Lengths, Sha256Lengths, ::testing::Values(4, 52, 56, 64, 192));

// Public leading blocks are hashed outside; what is left starts from the state after them.
TEST(Sha256RelationTest, SkipsPublicBlocks) {
  const auto message = RandomBytes(192, 8);
  for (const size_t open : {size_t{64}, size_t{100}, size_t{128}, size_t{192}}) {
    const RelationHarness h = Hash(message, open);
    ASSERT_TRUE(h.ok());
    const auto w = h.Run(InputsOf(message, open));
    ASSERT_TRUE(w.ok()) << w.error().message;
    EXPECT_TRUE(CheckRelation(h.relation(), *w, h.publics()).ok()) << open;
    EXPECT_EQ((*w)[h.Find("sha.w")].size(), (4 - open / 64) * 64 * 32) << open;
  }
}

TEST(Sha256RelationTest, RejectsAnotherDigest) {
  const auto message = RandomBytes(64, 1);
  const Digest right = Sha256Of(message);
  for (const size_t byte : {0U, 7U, 16U, 31U}) {
    Digest wrong = right;
    wrong[byte] ^= 1;
    const RelationHarness h = Hash(message, 0);
    const auto w = h.Run(InputsOf(message, 0, wrong));
    ASSERT_TRUE(w.ok());
    EXPECT_FALSE(CheckRelation(h.relation(), *w, h.publics()).ok());
  }
}

TEST(Sha256RelationTest, NoBitCanFlip) {
  const auto message = RandomBytes(32, 2);
  const RelationHarness h = Hash(message, 8);
  const auto w = h.Run(InputsOf(message, 8));
  ASSERT_TRUE(w.ok());
  std::mt19937 rng(3);
  for (const char* name :
       {"sha.a", "sha.e", "sha.w", "sha.S0", "sha.S1", "sha.maj", "sha.ch", "sha.s0", "sha.s1"}) {
    const TensorId t = h.Find(name);
    for (int trial = 0; trial < 60; ++trial) {
      const size_t cell = rng() % (*w)[t].size();
      EXPECT_FALSE(h.AcceptsWith(*w, t, cell, 1 - (*w)[t][cell])) << name << " " << cell;
    }
  }
}

// Sums that are right mod p or mod 2^32, but with carries that are not the word's.
TEST(Sha256RelationTest, NoCarryCanMove) {
  const auto message = RandomBytes(32, 4);
  const RelationHarness h = Hash(message, 0);
  const auto w = h.Run(InputsOf(message, 0));
  ASSERT_TRUE(w.ok());
  for (const char* name :
       {"sha.carry_e", "sha.carry_a", "sha.carry_w", "sha.chain_a", "sha.chain_e"}) {
    const TensorId t = h.Find(name);
    for (size_t cell = 0; cell < (*w)[t].size(); ++cell) {
      for (const int32_t step : {-1, 1}) {
        EXPECT_FALSE(h.AcceptsWith(*w, t, cell, (*w)[t][cell] + step)) << name << " " << cell;
      }
    }
  }
}

// A carry one too small, made up for by a top bit of 2 or 3: the sum is right, the word is not one.
TEST(Sha256RelationTest, NoWordAboveItsRange) {
  const auto message = RandomBytes(32, 5);
  const RelationHarness h = Hash(message, 0);
  const auto w = h.Run(InputsOf(message, 0));
  ASSERT_TRUE(w.ok());
  Witness lie = *w;
  lie[h.Find("sha.e")][4 * 32] += 2;  // 2^16 in the high half of E[4]
  lie[h.Find("sha.carry_e")][0] -= 1;
  EXPECT_FALSE(h.Accepts(lie));
  EXPECT_FALSE(h.AcceptsWith(*w, h.Find("secret"), 0, (*w)[h.Find("secret")][0] + 256));
}

TEST(Sha256RelationTest, RefusesPartsThatAreNoWords) {
  Builder b;
  const TensorId words = gadgets::Public(b, "words", MakeShape({kSha256Words, 2}), 0, 0xffff);
  AddSha256(b, "sha", 0, words, std::vector<MessagePart>{{.bytes = {1, 2, 3}}}, words);
  EXPECT_TRUE(b.failed());
}

TEST(CommitmentTest, BindsSaltAndSignedTemplate) {
  const auto salt = RandomBytes(32, 6);
  VoiceTemplate values;
  std::mt19937 rng(7);
  for (int8_t& v : values) v = static_cast<int8_t>(static_cast<int>(rng() % 255) - 127);
  values[0] = -127;
  values[1] = 127;
  TemplateSalt secret_salt;
  std::copy(salt.begin(), salt.end(), secret_salt.begin());
  const Digest bundle = Sha256Of(salt);
  const Digest c = ComputeCommitment(values, secret_salt, "example.org", bundle);

  Builder b;
  const TensorId s = gadgets::Input(b, "salt", MakeShape({32}), 0, 255);
  const TensorId t = gadgets::Input(b, "template", MakeShape({64}), -127, 127);
  RequireCommitment(b, s, t);
  const RelationHarness h(std::move(b));
  ASSERT_TRUE(h.ok());
  const Inputs inputs{{"salt", AsCells(salt)},
                      {"template", {values.begin(), values.end()}},
                      {kCommitmentState, CommitmentState("example.org", bundle)},
                      {kCommitmentDigest, CommitmentDigest(c)}};
  const auto w = h.Run(inputs);
  ASSERT_TRUE(w.ok()) << w.error().message;
  const Status checked = CheckRelation(h.relation(), *w, h.publics());
  EXPECT_TRUE(checked.ok()) << checked.error().message;
  for (size_t i = 0; i < 64; i += 9) {
    EXPECT_FALSE(h.AcceptsWith(*w, h.Find("template"), i, values[i] == 0 ? 1 : -values[i]));
    EXPECT_FALSE(h.AcceptsWith(*w, h.Find("salt"), i / 2, salt[i / 2] ^ 1));
  }
  // docs/decision.md states these counts.
  const RelationSize size = SizeOf(h.relation());
  EXPECT_EQ(size.lookups, 832U);
  std::printf("commitment: cells %lu lookups %lu rows %lu products %lu\n", size.cells, size.lookups,
              size.rows, size.products);
}

}  // namespace
}  // namespace voizk
