// Credentials: the commitment's known answer and its dependence on every input, and sealing:
// nothing in clear, no altered file opens, damage is not a wrong passphrase.
#include "voizk/credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/store/sealing.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr std::string_view kPassphrase = "correct horse battery staple";

/// The credential of docs/formats.md; its commitment was computed there by Python's hashlib.
SecretCredential Example() {
  SecretCredential credential;
  for (size_t i = 0; i < kTemplateDims; ++i) {
    credential.voice_template[i] = static_cast<int8_t>(static_cast<int>(i) * 4 - 128);
  }
  for (size_t i = 0; i < 32; ++i) {
    credential.salt[i] = static_cast<uint8_t>(100 + i);
    credential.bundle_digest[i] = static_cast<uint8_t>(200 + i);
  }
  credential.relying_party = "example.org";
  credential.created_unix_s = 1'700'000'000;
  credential.label = "my desk";
  return credential;
}

constexpr GuessCost kCheap{.passes = 1, .memory_bytes = 8192};
Result<std::vector<uint8_t>> Cheap() { return SealCredentialAt(kCheap, Example(), kPassphrase); }

void ExpectEqual(const SecretCredential& a, const SecretCredential& b) {
  EXPECT_TRUE(std::ranges::equal(a.voice_template, b.voice_template));
  EXPECT_TRUE(std::ranges::equal(a.salt, b.salt));
  EXPECT_EQ(a.relying_party, b.relying_party);
  EXPECT_EQ(a.bundle_digest, b.bundle_digest);
  EXPECT_EQ(a.created_unix_s, b.created_unix_s);
  EXPECT_EQ(a.label, b.label);
}

/// Makes the checksum right again, as somebody who alters a file on purpose would.
void RepairChecksum(std::vector<uint8_t>* file) {
  const size_t end = file->size() - 32;
  const Digest sum =
      Sha256().Update(PaddedTag("voizk credential v1")).Update(ByteSpan(*file).first(end)).Finish();
  std::copy(sum.begin(), sum.end(), file->begin() + static_cast<ptrdiff_t>(end));
}

TEST(Commitment, KnownAnswerAndLayout) {
  const SecretCredential credential = Example();
  const auto message = CommitmentMessage(credential.voice_template, credential.salt,
                                         credential.relying_party, credential.bundle_digest);
  static_assert(message.size() == 160);
  EXPECT_EQ(message[0], 'v');
  EXPECT_EQ(message[16], '1');
  EXPECT_EQ(message[17], 0);
  const Digest context =
      Sha256().Update(Sha256Of(AsBytes("example.org"))).Update(credential.bundle_digest).Finish();
  EXPECT_TRUE(std::ranges::equal(message.span().subspan(32, 32), context));
  EXPECT_EQ(message[64], 100);
  EXPECT_EQ(message[96], 0x80);  // -128
  EXPECT_EQ(message[97], 0x84);
  EXPECT_EQ(message[159], 124);
  EXPECT_EQ(ToHex(credential.Public().commitment),
            "a717386baf156ad9d0ae391a058204d185e4d38700a3b2ae5187251d150073d0");
  EXPECT_EQ(credential.Public().Id(), "a717386baf156ad9");
}

TEST(Commitment, DependsOnEveryInput) {
  const PublicCredential base = Example().Public();
  const auto differs = [&](auto change) {
    SecretCredential credential = Example();
    change(credential);
    EXPECT_NE(credential.Public().commitment, base.commitment);
  };
  for (size_t i = 0; i < kTemplateDims; ++i) {
    differs([i](SecretCredential& c) { c.voice_template[i] = 1; });
  }
  for (size_t i = 0; i < 32; ++i) {
    differs([i](SecretCredential& c) { c.salt[i] ^= 1; });
    differs([i](SecretCredential& c) { c.bundle_digest[i] ^= 1; });
  }
  differs([](SecretCredential& c) { c.relying_party = "example.orh"; });
}

TEST(Commitment, TheSameVoiceTwiceHasNothingInCommon) {
  // Same template, same party: only the salt differs.  Two uniform 256-bit strings agree in 128
  // bits on average with deviation 8; 60 away from that happens once in 10^13.
  SecretCredential a = Example();
  SecretCredential b = Example();
  a.salt = std::move(MakeSalt()).value();
  b.salt = std::move(MakeSalt()).value();
  EXPECT_FALSE(std::ranges::equal(a.salt, b.salt));
  const auto ca = a.Public().commitment;
  const auto cb = b.Public().commitment;
  int different = 0;
  for (size_t i = 0; i < 32; ++i) different += std::popcount(static_cast<uint8_t>(ca[i] ^ cb[i]));
  EXPECT_GT(different, 68);
  EXPECT_LT(different, 188);
  EXPECT_NE(a.Public().Id(), b.Public().Id());
}

TEST(PublicCredential, JsonComesBackAndIsReadStrictly) {
  const PublicCredential credential = Example().Public();
  const std::string json = *PublicCredentialToJson(credential);
  const auto back = ParsePublicCredential(AsBytes(json));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, credential);
  for (size_t at = 0; at < json.size(); ++at) {
    std::string changed = json;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto parsed = ParsePublicCredential(AsBytes(changed));
    EXPECT_TRUE(!parsed.ok() || !(*parsed == credential)) << "byte " << at;
  }
  std::string other_id = json;
  other_id.replace(other_id.find("a717386b"), 8, "00000000");
  EXPECT_EQ(ParsePublicCredential(AsBytes(other_id)).error().code, ErrorCode::kMalformed);
  std::string version = json;
  version.replace(version.find("\"version\": 2"), 12, "\"version\": 1");
  EXPECT_EQ(ParsePublicCredential(AsBytes(version)).error().code, ErrorCode::kUnsupported);
}

TEST(SealedCredential, ComesBackAndHidesTheSecret) {
  const SecretCredential credential = Example();
  const auto file = SealCredentialAt(kCheap, credential, kPassphrase);
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto back = OpenCredential(*file, kPassphrase);
  ASSERT_TRUE(back.ok()) << back.error().message;
  ExpectEqual(*back, credential);
  EXPECT_EQ(*ReadSealedPublic(*file), credential.Public());
  // No 8 bytes of template, salt or label in clear.
  const auto absent = [&](const auto& secret) {
    for (size_t i = 0; i + 8 <= secret.size(); ++i) {
      const auto* at = reinterpret_cast<const uint8_t*>(secret.data()) + i;
      EXPECT_EQ(std::search(file->begin(), file->end(), at, at + 8), file->end());
    }
  };
  absent(credential.voice_template);
  absent(credential.salt);
  absent(credential.label + std::string("\0\0", 2));
  // The size tells nothing about the label, and no two files agree in salt, nonce or ciphertext.
  SecretCredential longer = Example();
  longer.label = std::string(kMaxLabelBytes, 'x');
  const auto second = SealCredentialAt(kCheap, longer, kPassphrase);
  EXPECT_EQ(second->size(), file->size());
  EXPECT_FALSE(std::equal(file->begin() + 24, file->begin() + 64, second->begin() + 24));
}

TEST(SealedCredential, AWrongPassphraseIsNoDamage) {
  const auto file = Cheap();
  for (std::string_view wrong : {"correct horse battery stapl", "correct horse battery staple ",
                                 "Correct horse battery staple"}) {
    EXPECT_EQ(OpenCredential(*file, wrong).error().code, ErrorCode::kWrongPassphrase);
  }
  EXPECT_EQ(OpenCredential(*file, std::string_view()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(OpenCredential(*file, std::string(1025, 'a')).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(SealedCredential, EveryFlippedBitIsDamageAndNotAWrongPassphrase) {
  const auto file = Cheap();
  for (size_t bit = 0; bit < 8 * file->size(); ++bit) {
    auto changed = *file;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const bool version = bit / 8 == 8 || bit / 8 == 9;
    const ErrorCode expected = version ? ErrorCode::kUnsupported : ErrorCode::kMalformed;
    ASSERT_EQ(ReadSealedPublic(changed).error().code, expected) << "bit " << bit;
    ASSERT_EQ(OpenCredential(changed, kPassphrase).error().code, expected) << "bit " << bit;
  }
  for (size_t size = 0; size < file->size(); ++size) {
    ASSERT_EQ(ReadSealedPublic(std::span(*file).first(size)).error().code, ErrorCode::kMalformed);
  }
  auto longer = *file;
  longer.push_back(0);
  EXPECT_EQ(ReadSealedPublic(longer).error().code, ErrorCode::kMalformed);
}

// With the checksum repaired the cipher's tag decides, over header and ciphertext alike.
TEST(SealedCredential, AlteredOnPurposeItDoesNotOpen) {
  const auto file = Cheap();
  const size_t name_at = 8 + 2 + 2 + 4 + 8 + 16 + 24 + 32 + 32 + 1;
  const size_t sealed_at = name_at + 11;
  for (const size_t at : {size_t{24}, size_t{40}, size_t{64}, size_t{96}, name_at, sealed_at,
                          sealed_at + 100, file->size() - 33}) {
    auto changed = *file;
    changed[at] ^= 1;
    RepairChecksum(&changed);
    EXPECT_EQ(OpenCredential(changed, kPassphrase).error().code, ErrorCode::kWrongPassphrase) << at;
  }
}

TEST(SealedCredential, DoesNotLetAFileAskForAllMemory) {
  const auto file = Cheap();
  const auto with = [&](size_t at, std::initializer_list<uint8_t> bytes) {
    auto changed = *file;
    std::copy(bytes.begin(), bytes.end(), changed.begin() + static_cast<ptrdiff_t>(at));
    RepairChecksum(&changed);
    return OpenCredential(changed, kPassphrase).error().code;
  };
  EXPECT_EQ(with(10, {2}), ErrorCode::kUnsupported);                              // another KDF
  EXPECT_EQ(with(11, {2}), ErrorCode::kUnsupported);                              // another cipher
  EXPECT_EQ(with(12, {9, 0, 0, 0}), ErrorCode::kUnsupported);                     // passes
  EXPECT_EQ(with(12, {0, 0, 0, 0}), ErrorCode::kUnsupported);                     //
  EXPECT_EQ(with(16, {0, 0, 0, 0, 0, 1, 0, 0}), ErrorCode::kUnsupported);         // 1 TiB
  EXPECT_EQ(with(16, {1, 0, 0, 0x20, 0, 0, 0, 0}), ErrorCode::kUnsupported);      // 512 MiB + 1
  EXPECT_EQ(with(16, {0, 0, 0, 0, 0, 0, 0, 0}), ErrorCode::kUnsupported);         //
  EXPECT_EQ(with(16, {0, 0x40, 0, 0, 0, 0, 0, 0}), ErrorCode::kWrongPassphrase);  // 16 KiB: allowed
}

// The price of a guess, as it stands in the file: above libsodium's "moderate" of 3 passes over 256
// MiB.
TEST(SealedCredential, AGuessIsDear) {
  const auto file = SealCredential(Example(), kPassphrase);
  EXPECT_EQ(LoadU32(file->data() + 12), 4U);
  EXPECT_EQ(LoadU64(file->data() + 16), uint64_t{256} << 20);
  EXPECT_EQ(SealCredential(Example(), std::string_view("1234567")).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(CheckNewPassphrase(std::string_view("1234567")).ok());
  EXPECT_TRUE(CheckNewPassphrase(std::string_view("12345678")).ok());
}

TEST(SealedCredential, RefusesWhatNoCredentialMayHold) {
  const auto refused = [](auto change) {
    SecretCredential credential = Example();
    change(credential);
    EXPECT_EQ(SealCredential(credential, kPassphrase).error().code, ErrorCode::kInvalidArgument);
  };
  refused([](SecretCredential& c) { c.label = std::string(65, 'x'); });
  refused([](SecretCredential& c) { c.label = "\x1b[31m"; });
  refused([](SecretCredential& c) { c.relying_party = "bank\xe2\x80\xae.example"; });
  refused([](SecretCredential& c) { c.relying_party = ""; });
  refused([](SecretCredential& c) { c.relying_party = "a\nb"; });
  EXPECT_EQ(SealCredential(Example(), std::string_view()).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
