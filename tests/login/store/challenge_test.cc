// Challenges as bytes and JSON: known encoding, both forms strict, no changed bit unnoticed,
// phrases uniform, expiry to the second.
#include "voizk/challenge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/bytes.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr int64_t kNow = 1'700'000'000;

/// The challenge of docs/formats.md; its digest was computed there by Python's hashlib.
Challenge Example() {
  Challenge challenge;
  for (size_t i = 0; i < 32; ++i) challenge.nonce[i] = static_cast<uint8_t>(i);
  challenge.relying_party = "example.org";
  challenge.digits = {4, 0, 9, 1, 7};
  challenge.issued_unix_s = kNow;
  challenge.expires_unix_s = kNow + 120;
  return challenge;
}

Result<Challenge> Parse(const std::string& text) { return ParseChallenge(AsBytes(text)); }

TEST(Challenge, KnownEncodingAndDigest) {
  const auto bytes = EncodeChallenge(Example());
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(ToHex(*bytes),
            "766f697a6b63686c0100000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            "00f153650000000078f15365000000000b6578616d706c652e6f7267050400090107");
  const auto digest = ChallengeDigest(Example());
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(ToHex(*digest), "79187d0718e82a6751f93efa6a1cb2606009ce9f56df48cf37aee33853eb3e70");
}

TEST(Challenge, BothFormsComeBack) {
  for (size_t digits = kMinPhraseDigits; digits <= kMaxPhraseDigits; ++digits) {
    const auto made = MakeChallenge("b\xc3\xbc\"\\cher.example", digits, kNow, 60);
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(made->digits.size(), digits);
    EXPECT_EQ(made->expires_unix_s, kNow + 60);
    const auto from_bytes = ParseChallenge(*EncodeChallenge(*made));
    ASSERT_TRUE(from_bytes.ok()) << from_bytes.error().message;
    EXPECT_EQ(*from_bytes, *made);
    const auto from_json = Parse(*ChallengeToJson(*made));
    ASSERT_TRUE(from_json.ok()) << from_json.error().message;
    EXPECT_EQ(*from_json, *made);
  }
}

TEST(Challenge, EveryFlippedBitIsAnErrorOrAnotherDigest) {
  const auto bytes = EncodeChallenge(Example());
  const auto digest = ChallengeDigest(Example());
  for (size_t bit = 0; bit < 8 * bytes->size(); ++bit) {
    auto changed = *bytes;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const auto parsed = ParseChallenge(changed);
    if (!parsed.ok()) {
      EXPECT_THAT(parsed.error().code,
                  testing::AnyOf(ErrorCode::kMalformed, ErrorCode::kUnsupported));
      continue;
    }
    EXPECT_NE(*ChallengeDigest(*parsed), *digest) << "bit " << bit;
    EXPECT_EQ(*EncodeChallenge(*parsed), changed) << "not canonical at bit " << bit;
  }
  for (size_t size = 0; size < bytes->size(); ++size) {
    EXPECT_FALSE(ParseChallenge(std::span(*bytes).first(size)).ok()) << size;
  }
  auto longer = *bytes;
  longer.push_back(0);
  EXPECT_EQ(ParseChallenge(longer).error().code, ErrorCode::kMalformed);
}

TEST(Challenge, EveryChangedByteOfTheJsonIsAnErrorOrAnotherDigest) {
  const std::string json = *ChallengeToJson(Example());
  int refused = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    std::string changed = json;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto parsed = Parse(changed);
    refused += parsed.ok() ? 0 : 1;
    if (!parsed.ok()) continue;
    EXPECT_TRUE(CheckChallenge(*parsed).ok());
    EXPECT_NE(*ChallengeDigest(*parsed), *ChallengeDigest(Example())) << "byte " << at;
  }
  EXPECT_GT(refused, static_cast<int>(json.size() / 2));
}

TEST(Challenge, JsonIsReadStrictly) {
  const std::string json = *ChallengeToJson(Example());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = json;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_TRUE(Parse(" \n" + json).ok());
  const std::vector<std::pair<std::string, ErrorCode>> cases = {
      {with("\"version\": 2", "\"version\": 1"), ErrorCode::kUnsupported},
      {with("\"version\": 2", "\"version\": \"2\""), ErrorCode::kMalformed},
      {with("voizk-challenge", "voizk-credential"), ErrorCode::kMalformed},
      {with("\"40917\"", "40917"), ErrorCode::kMalformed},
      {with("40917", "40997"), ErrorCode::kMalformed},
      {with("40917", "4091"), ErrorCode::kMalformed},
      {with("40917", "409171717"), ErrorCode::kMalformed},
      {with("40917", "4091x"), ErrorCode::kMalformed},
      {with("1700000000", "1700000000.0"), ErrorCode::kMalformed},
      {with("1700000000", "-5"), ErrorCode::kMalformed},
      {with("1700000000", "9007199254740992"), ErrorCode::kMalformed},
      {with("1700000000", "1700000120"), ErrorCode::kMalformed},
      {with("1700000120", "1700090000"), ErrorCode::kMalformed},
      {with("00010203", "0001020"), ErrorCode::kMalformed},
      {with("0a0b0c0d", "0A0b0c0d"), ErrorCode::kMalformed},
      {with("example.org", "bank\xe2\x80\x8b.example"), ErrorCode::kMalformed},
      {with("example.org", ""), ErrorCode::kMalformed},
      {with("example.org", "a\\u0000b"), ErrorCode::kMalformed},
      {with("example.org", std::string(254, 'a')), ErrorCode::kMalformed},
      {with("\"phrase\"", "\"phrases\""), ErrorCode::kMalformed},
      {with("{", "{\"extra\": 1,"), ErrorCode::kMalformed},
      {with("{", "{\"phrase\": \"12345\","), ErrorCode::kMalformed},  // a name twice
      {with("}", "}}"), ErrorCode::kMalformed},
      {"{}", ErrorCode::kMalformed},
      {"{", ErrorCode::kMalformed},
      {" []", ErrorCode::kMalformed},
      {" " + std::string(3000, '['), ErrorCode::kMalformed},
      {" " + std::string(5000, ' ') + json, ErrorCode::kLimitExceeded},
  };
  for (const auto& [text, code] : cases) {
    const auto parsed = Parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, code) << text << parsed.error().message;
  }
}

TEST(Challenge, RulesAreCheckedBeforeAnythingIsWritten) {
  const auto refused = [](auto change) {
    Challenge challenge = Example();
    change(challenge);
    EXPECT_EQ(CheckChallenge(challenge).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(EncodeChallenge(challenge).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(ChallengeDigest(challenge).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(ChallengeToJson(challenge).error().code, ErrorCode::kInvalidArgument);
  };
  refused([](Challenge& c) { c.relying_party = ""; });
  refused([](Challenge& c) { c.relying_party = std::string(254, 'a'); });
  refused([](Challenge& c) { c.relying_party = "\xff"; });
  refused([](Challenge& c) { c.digits = {1, 2, 3, 4}; });
  refused([](Challenge& c) { c.digits = {1, 2, 3, 4, 5, 6, 7, 8, 9}; });
  refused([](Challenge& c) { c.digits[2] = 10; });
  refused([](Challenge& c) { c.digits[2] = c.digits[3]; });
  refused([](Challenge& c) { c.issued_unix_s = -1; });
  refused([](Challenge& c) { c.expires_unix_s = c.issued_unix_s; });
  refused([](Challenge& c) { c.expires_unix_s = c.issued_unix_s + kMaxChallengeSeconds + 1; });
  refused([](Challenge& c) { c.expires_unix_s = INT64_MAX; });
}

TEST(MakeChallenge, RefusesWhatNoChallengeMayBe) {
  for (const auto& [name, digits, now, life] :
       std::vector<std::tuple<std::string, size_t, int64_t, int64_t>>{{"", 6, kNow, 60},
                                                                      {"a\nb", 6, kNow, 60},
                                                                      {"a", 4, kNow, 60},
                                                                      {"a", 9, kNow, 60},
                                                                      {"a", 6, kNow, 0},
                                                                      {"a", 6, kNow, 86401},
                                                                      {"a", 6, -1, 60},
                                                                      {"a", 6, INT64_MAX, 60}}) {
    EXPECT_EQ(MakeChallenge(name, digits, now, life).error().code, ErrorCode::kInvalidArgument);
  }
}

// Uniform over phrases without equal neighbours: every digit equally likely at the start, every
// other digit equally likely behind each digit.  4000 phrases of 8: 28,000 transitions over 90
// cells; chi-square with 89 degrees of freedom exceeds 150 once in 2 * 10^4 runs.
TEST(MakeChallenge, PhrasesAreUniform) {
  std::map<int, int> first;
  std::map<std::pair<int, int>, int> pairs;
  std::set<std::array<uint8_t, 32>> nonces;
  constexpr int kPhrases = 4000;
  for (int i = 0; i < kPhrases; ++i) {
    const auto challenge = MakeChallenge("a", 8, kNow, 60);
    ASSERT_TRUE(challenge.ok());
    nonces.insert(challenge->nonce);
    ++first[challenge->digits[0]];
    for (size_t k = 1; k < 8; ++k) ++pairs[{challenge->digits[k - 1], challenge->digits[k]}];
  }
  EXPECT_EQ(nonces.size(), static_cast<size_t>(kPhrases));
  const auto chi_square = [](const auto& counts, double expected) {
    double sum = 0;
    for (const auto& [cell, count] : counts)
      sum += (count - expected) * (count - expected) / expected;
    return sum;
  };
  ASSERT_EQ(first.size(), 10U);
  ASSERT_EQ(pairs.size(), 90U);
  EXPECT_LT(chi_square(first, kPhrases / 10.0), 38);  // 9 degrees of freedom, 2 * 10^-5
  EXPECT_LT(chi_square(pairs, kPhrases * 7 / 90.0), 150);
}

TEST(CheckChallengeTime, EndsAtExpiry) {
  const Challenge challenge = Example();
  const auto code_at = [&](int64_t now) {
    const Status status = CheckChallengeTime(challenge, now);
    return status.ok()                                           ? std::string("ok")
           : status.error().code == ErrorCode::kChallengeExpired ? "expired"
                                                                 : "?";
  };
  EXPECT_EQ(code_at(kNow), "ok");
  EXPECT_EQ(code_at(kNow + 119), "ok");
  EXPECT_EQ(code_at(kNow + 120), "expired");
  EXPECT_EQ(code_at(kNow - 60), "ok");
  EXPECT_EQ(code_at(kNow - 61), "expired");
}

// The text tells a person what the file is not, in words.
TEST(ParseChallenge, ForeignFilesAreNamed) {
  for (const char* foreign : {"", "voizkcrd", "RIFF....WAVEfmt "}) {
    const auto parsed = Parse(foreign);
    ASSERT_EQ(parsed.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(parsed.error().message, testing::HasSubstr("no challenge of voizk")) << foreign;
  }
}

TEST(ParseChallenge, RandomBytesNeverCrash) {
  std::mt19937 random(1);
  const auto whole = *EncodeChallenge(Example());
  const std::string json = *ChallengeToJson(Example());
  for (int trial = 0; trial < 3000; ++trial) {
    std::vector<uint8_t> bytes =
        trial % 2 == 0 ? whole : std::vector<uint8_t>(json.begin(), json.end());
    for (int k = 0; k < 1 + trial % 4; ++k)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    if (trial % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto parsed = ParseChallenge(bytes);
    if (parsed.ok()) {
      EXPECT_TRUE(CheckChallenge(*parsed).ok());
    }
  }
}

}  // namespace
}  // namespace voizk
