// The transcript: known answers of docs/protocol/transcript.md, no two sequences of calls alike,
// challenges uniform and dependent on all that came before.
#include "crypto/transcript/transcript.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace voizk {
namespace {

std::string StateHead(const Transcript& t) {
  std::string hex;
  for (size_t i = 0; i < 16; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", t.state()[i]);
    hex += digits;
  }
  return hex;
}

template <int D>
Ext<D> Make(const std::array<uint32_t, D>& values) {
  Ext<D> x;
  for (int i = 0; i < D; ++i) x[i] = Fp::FromU32(values[static_cast<size_t>(i)]);
  return x;
}

// Computed from docs/protocol/transcript.md with Python's hashlib (the listing stands there).
TEST(Transcript, KnownAnswers) {
  Transcript t;
  EXPECT_EQ(StateHead(t), "4807de339e6792ffe36e60fe07ee9168");
  t.AbsorbText("rp", "example.org");
  EXPECT_EQ(StateHead(t), "d2265933c4bd82512db3be5b34f6a34e");
  t.AbsorbU64("bucket", 3);
  EXPECT_EQ(StateHead(t), "3fa5f5f16c3694b12485d3abcc553172");
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(i);
  t.AbsorbDigest("root", digest);
  EXPECT_EQ(StateHead(t), "af52b8bf9e1a42ca9d228560f43f8a08");
  const std::array<Fp, 3> column = {Fp::FromU32(1), Fp::FromU32(2), -Fp::kOne};
  t.AbsorbFp("column", column);
  EXPECT_EQ(StateHead(t), "4c0ed8c21ffc2c5d23473cfbd8220080");
  t.AbsorbExt("value", Make<4>({1, 2, 3, 4}));
  EXPECT_EQ(StateHead(t), "ebb0e45c776bad1f16a2759a0771e61d");
  t.AbsorbExt("value", Make<5>({1, 2, 3, 4, 5}));
  EXPECT_EQ(StateHead(t), "5ae7a78ae377d0266c194e83365a770b");
  EXPECT_EQ(t.ChallengeExts<4>("alpha", 2),
            (std::vector<Ext<4>>{Make<4>({1972347305, 2124336688, 1091107534, 841278210}),
                                 Make<4>({1692503196, 1211633753, 1893850836, 153750645})}));
  EXPECT_EQ(t.ChallengeExt<5>("beta"),
            Make<5>({313235804, 1620721562, 796911034, 356908149, 2048945971}));
  EXPECT_EQ(t.ChallengeIndices("queries", 1000, 10),
            (std::vector<uint32_t>{50, 241, 337, 374, 490, 512, 662, 729, 868, 962}));
  EXPECT_EQ(StateHead(t), "5d5922e75ac416f128fe77ae76afdb6a");
}

TEST(Transcript, LongListsHashAsOnePayload) {
  // More elements than the serialisation buffer holds, against a plain byte absorb's length rule.
  std::vector<Ext<5>> values(1000, Make<5>({5, 4, 3, 2, 1}));
  Transcript a, b;
  a.AbsorbExt<5>("v", values);
  values[999][4] = Fp::FromU32(2);
  b.AbsorbExt<5>("v", values);
  EXPECT_NE(a.state(), b.state());
}

// Any two different sequences of calls must leave different states.
TEST(Transcript, CallsAreSeparatedByTypeLabelLengthAndOrder) {
  std::set<Blake2bDigest> states;
  size_t calls = 0;
  const auto record = [&](auto fill) {
    Transcript t;
    fill(t);
    states.insert(t.state());
    ++calls;
  };
  using T = Transcript&;
  const Fp one = Fp::kOne;
  record([](T) {});
  record([](T t) { t.AbsorbText("a", ""); });
  record([](T t) { t.AbsorbText("", "a"); });
  record([](T t) { t.AbsorbText("ab", "c"); });
  record([](T t) { t.AbsorbText("a", "bc"); });
  record([](T t) { t.AbsorbText("a", "b"), t.AbsorbText("a", "c"); });
  record([](T t) { t.AbsorbText("a", "c"), t.AbsorbText("a", "b"); });
  record([](T t) { t.AbsorbU64("a", 1); });
  record([](T t) { t.AbsorbText("a", std::string_view("\1\0\0\0\0\0\0\0", 8)); });
  record([&](T t) { t.AbsorbFp("a", std::span(&one, 1)); });
  record([](T t) { t.AbsorbText("a", std::string_view("\1\0\0\0", 4)); });
  record([](T t) { t.AbsorbExt("a", Ext<4>::kOne); });
  record([](T t) { t.AbsorbExt("a", Ext<5>::kOne); });
  record([](T t) { t.AbsorbFp("a", std::array<Fp, 4>{Fp::kOne}); });
  record([](T t) { t.AbsorbExt<4>("a", std::span<const Ext<4>>()); });
  record([](T t) { t.AbsorbDigest("a", {}); });
  record([](T t) { t.Absorb("a", std::array<uint8_t, 32>{}); });
  record([](T t) { t.ChallengeExt<4>("a"); });
  record([](T t) { t.ChallengeExt<5>("a"); });
  record([](T t) { t.ChallengeExts<4>("a", 2); });
  record([](T t) { t.ChallengeIndices("a", 4, 1); });
  record([](T t) { t.ChallengeIndices("a", 4, 2); });
  EXPECT_EQ(states.size(), calls);
}

TEST(Transcript, ChallengesDependOnEverythingBefore) {
  Transcript a, b;
  a.AbsorbU64("x", 1);
  b.AbsorbU64("x", 2);
  EXPECT_NE(a.ChallengeExt<4>("r"), b.ChallengeExt<4>("r"));
  Transcript c;
  const auto first = c.ChallengeExt<4>("r");
  EXPECT_NE(first, c.ChallengeExt<4>("r")) << "a repeated label must give a fresh challenge";
  Transcript d;
  EXPECT_NE(first, d.ChallengeExt<4>("s"));
}

TEST(Transcript, IndicesAreDistinctSortedAndInRange) {
  Transcript t;
  for (const uint32_t n : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    const std::vector<uint32_t> all = t.ChallengeIndices("i", n, n);
    for (uint32_t i = 0; i < n; ++i) ASSERT_EQ(all[i], i);
    const std::vector<uint32_t> some = t.ChallengeIndices("i", n, (n + 1) / 2);
    ASSERT_EQ(some.size(), (n + 1) / 2);
    for (size_t i = 1; i < some.size(); ++i) ASSERT_LT(some[i - 1], some[i]);
    ASSERT_LT(some.back(), n);
  }
}

TEST(Transcript, IndicesAreUniform) {
  Transcript t;
  std::vector<int> hits(10);
  for (int round = 0; round < 2000; ++round) {
    for (const uint32_t i : t.ChallengeIndices("i", 10, 3)) ++hits[i];
  }
  for (const int h : hits) EXPECT_NEAR(h, 600, 6 * 20.5);  // sqrt(2000 * 0.3 * 0.7) = 20.5
}

}  // namespace
}  // namespace voizk
