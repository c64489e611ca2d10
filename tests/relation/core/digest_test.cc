// A relation's bytes and digest: one encoding, strictly read, no changed byte unnoticed, hostile
// counts refused before they allocate.
#include "relation/core/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "relation/builder/builder.h"
#include "relation/builder/views.h"
#include "relation/certificate/certificate.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/table.h"
#include "relation/support/random_views.h"

namespace voizk {
namespace {

/// Some of everything; not certified.
Relation AnyRelation(uint64_t seed) {
  RandomViews random(seed);
  Relation r;
  for (int n = 0; n < 2; ++n) {
    r.lookups.push_back({random.AnyView(&r, n == 1), 3, n == 1, {}, 0});
    if (n == 1) r.lookups.back().value = random.AnyView(&r, false);
    r.products.push_back(
        {random.AnyView(&r, false), random.AnyView(&r, true), random.AnyView(&r, false)});
    r.equalities.push_back({random.AnyView(&r, true)});
    r.publics.push_back({"", random.AnyView(&r, true), -7 - n, int64_t{1} << (30 * n)});
  }
  r.tables.push_back({"", {0, 300, -5}, {100000, 2, 3}});
  r.multiplicities.push_back(static_cast<TensorId>(r.tensors.size()));
  r.tensors.push_back({"", MakeShape({3}), 0, 7});
  return r;
}

Relation CertifiedRelation() {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({9, 4}), -128, 127);
  const WeightsId w = b.AddWeights(MakeShape({2, 3, 4}), std::vector<int32_t>(24, -3));
  const std::vector<int32_t> bias{5, -6};
  const View conv = views::Conv1d(b, x, w, bias, 4, 2, 1, 1, 1);
  const TensorId y =
      gadgets::Requant(b, "y", conv, 5, [](int64_t v) { return static_cast<int32_t>(v); });
  gadgets::Max(b, "max", b.Identity(y), MakeShape({4}));
  auto r = std::move(b).Finish();
  EXPECT_TRUE(r.ok()) << r.error().message;
  return *r;
}

// Lattice commitments stand behind everything else, and an empty list of them is not written.
TEST(Serialisation, LatticeCommitmentsAreTheLastThing) {
  Relation r = AnyRelation(1);
  const std::vector<uint8_t> without = SerializeRelation(r);
  const auto digest = RelationDigest(r);
  r.commitments = {{{0, 7}, 3}, {{2}, 1}};
  std::vector<uint8_t> bytes = SerializeRelation(r);
  EXPECT_TRUE(std::equal(without.begin(), without.end(), bytes.begin()));
  EXPECT_EQ(bytes.size(), without.size() + 4 + (4 + 2 * 4 + 4) + (4 + 4 + 4));
  EXPECT_NE(RelationDigest(r), digest);
  const auto parsed = ParseRelation(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->commitments, r.commitments);
  EXPECT_TRUE(ParseRelation(without)->commitments.empty());
  for (size_t size = without.size() + 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseRelation(std::span(bytes).first(size)).ok()) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(ParseRelation(bytes).ok());
  std::vector<uint8_t> empty = without;
  empty.resize(empty.size() + 4);  // u32 0
  EXPECT_FALSE(ParseRelation(empty).ok());
  empty.back() = 0xff;  // four billion
  EXPECT_FALSE(ParseRelation(empty).ok());
}

RC_GTEST_PROP(Serialisation, RoundTrips, (uint64_t seed)) {
  const Relation r = AnyRelation(seed);
  const std::vector<uint8_t> bytes = SerializeRelation(r);
  const auto parsed = ParseRelation(bytes);
  RC_ASSERT(parsed.ok());
  RC_ASSERT(SerializeRelation(*parsed) == bytes);
  RC_ASSERT(parsed->lookups[1].key == r.lookups[1].key);
  RC_ASSERT(parsed->lookups[1].value == r.lookups[1].value);
  RC_ASSERT(parsed->products[0].b == r.products[0].b);
  RC_ASSERT(parsed->equalities[0].v == r.equalities[0].v);
  RC_ASSERT(parsed->publics.size() == 2);
  RC_ASSERT(parsed->publics[1].v == r.publics[1].v);
  RC_ASSERT(parsed->publics[1].lo == r.publics[1].lo);
  RC_ASSERT(parsed->publics[1].hi == r.publics[1].hi);
  RC_ASSERT(parsed->tables[0].keys == r.tables[0].keys);
  RC_ASSERT(parsed->weights.size() == r.weights.size());
  RC_ASSERT(parsed->multiplicities == r.multiplicities);
}

TEST(Serialisation, EveryTruncationAndExtensionIsAnError) {
  std::vector<uint8_t> bytes = SerializeRelation(CertifiedRelation());
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto r = ParseRelation(std::span(bytes).first(n));
    ASSERT_FALSE(r.ok()) << n;
    EXPECT_EQ(r.error().code, ErrorCode::kMalformed);
  }
  bytes.push_back(0);
  EXPECT_FALSE(ParseRelation(bytes).ok());
}

TEST(Serialisation, EveryChangedByteChangesTheRelationOrIsAnError) {
  const std::vector<uint8_t> bytes = SerializeRelation(CertifiedRelation());
  for (size_t n = 0; n < bytes.size(); ++n) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> changed = bytes;
      changed[n] = static_cast<uint8_t>(changed[n] ^ flip);
      const auto r = ParseRelation(changed);
      if (!r.ok()) continue;
      EXPECT_EQ(SerializeRelation(*r), changed) << n;
      (void)Certify(*r).ok();  // typed errors only: the sanitizers watch
    }
  }
}

TEST(Serialisation, IntegersTakeTheirNarrowestWidth) {
  Relation r;
  r.weights.push_back({MakeShape({2}), {-128, 127}});
  const size_t narrow = SerializeRelation(r).size();
  r.weights[0].values[1] = 128;
  EXPECT_EQ(SerializeRelation(r).size(), narrow + 2);
  r.weights[0].values[0] = -32769;
  EXPECT_EQ(SerializeRelation(r).size(), narrow + 6);
  EXPECT_EQ(ParseRelation(SerializeRelation(r))->weights[0].values[0], -32769);
}

TEST(Serialisation, WiderIntegersThanNeededAreRefused) {
  Relation r;
  r.weights.push_back({MakeShape({1}), {300}});
  std::vector<uint8_t> bytes = SerializeRelation(r);
  // tensors, weights: counts; shape: 5 bytes; then count, width, value.
  const size_t value = 4 + 4 + 5 + 4 + 1;
  ASSERT_EQ(bytes[value], 300 & 255);
  bytes[value + 1] = 0;
  EXPECT_FALSE(ParseRelation(bytes).ok());
}

TEST(Serialisation, HugeCountsAreErrorsBeforeTheyAreAllocations) {
  const std::vector<uint8_t> bytes(64, 0xff);
  EXPECT_FALSE(ParseRelation(bytes).ok());
  std::vector<uint8_t> weights{0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 4};
  EXPECT_FALSE(ParseRelation(weights).ok());
}

TEST(Digest, IgnoresNamesAndStepsOnly) {
  const Relation r = CertifiedRelation();
  Relation renamed = r;
  renamed.tensors[0].name = "another";
  renamed.steps.clear();
  EXPECT_EQ(RelationDigest(renamed), RelationDigest(r));
  Relation changed = r;
  changed.weights[0].values[7] += 1;
  EXPECT_NE(RelationDigest(changed), RelationDigest(r));
}

TEST(Digest, OfTheEmptyRelationIsKnown) {
  // Python: hashlib.sha256(b"voizk relation v2" + bytes(32)).hexdigest()
  const std::array<uint8_t, 32> digest = RelationDigest(Relation{});
  EXPECT_EQ(digest[0], 0x2c);
  EXPECT_EQ(digest[31], 0x9e);
}

}  // namespace
}  // namespace voizk
