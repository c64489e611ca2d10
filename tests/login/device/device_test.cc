// Guards the device key: what is signed names challenge, proof, credential and purpose, and nothing
// else passes; keys that would take any signature are refused; the sealed file opens with its
// credential only.  Known answers come from RFC 8032 and RFC 6979, not from our code.
#include "voizk/device.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>

#include "base/bytes.h"
#include "support/temp_dir.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

std::vector<uint8_t> Hex(std::string_view text) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

SecretCredential Secret(uint8_t seed) {
  SecretCredential credential;
  for (size_t i = 0; i < kTemplateDims; ++i) {
    credential.voice_template[i] = static_cast<int8_t>(static_cast<int>(i) - 30);
  }
  credential.salt[0] = seed;
  credential.relying_party = "bank.example";
  return credential;
}

Challenge ChallengeOf(uint8_t seed) {
  Challenge challenge{.relying_party = "bank.example",
                      .digits = {1, 2, 3, 4, 5},
                      .issued_unix_s = 1000,
                      .expires_unix_s = 1100};
  challenge.nonce[0] = seed;
  return challenge;
}

// RFC 8032, 7.1, TEST 3.
TEST(Device, Ed25519IsThatOfTheRfc) {
  DevicePublicKey key{DeviceAlgorithm::kEd25519,
                      Hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")};
  std::vector<uint8_t> signature =
      Hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
          "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  const std::vector<uint8_t> message = Hex("af82");
  EXPECT_TRUE(VerifyDeviceSignature(key, message, signature).ok());
  signature[10] ^= 1;
  EXPECT_EQ(VerifyDeviceSignature(key, message, signature).error().code, ErrorCode::kProofRejected);
}

// RFC 6979, A.2.5: P-256 with SHA-256, message "sample".
TEST(Device, P256IsThatOfTheRfc) {
  DevicePublicKey key{DeviceAlgorithm::kP256,
                      Hex("04"
                          "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                          "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")};
  std::vector<uint8_t> signature =
      Hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
          "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_TRUE(VerifyDeviceSignature(key, AsBytes("sample"), signature).ok());
  EXPECT_FALSE(VerifyDeviceSignature(key, AsBytes("samplf"), signature).ok());
  signature[63] ^= 1;
  EXPECT_FALSE(VerifyDeviceSignature(key, AsBytes("sample"), signature).ok());
  key.bytes[64] ^= 1;
  EXPECT_EQ(CheckDevicePublicKey(key).error().code, ErrorCode::kMalformed) << "off the curve";
}

TEST(Device, KeysAndSignaturesOfOddShapesAreRefused) {
  const auto small = [](uint8_t first) {
    DevicePublicKey key{DeviceAlgorithm::kEd25519, std::vector<uint8_t>(32)};
    key.bytes[0] = first;
    return key;
  };
  EXPECT_FALSE(CheckDevicePublicKey(small(0)).ok()) << "order 4";
  EXPECT_FALSE(CheckDevicePublicKey(small(1)).ok()) << "order 1";
  EXPECT_FALSE(CheckDevicePublicKey({DeviceAlgorithm::kEd25519, {}}).ok());
  EXPECT_FALSE(CheckDevicePublicKey({DeviceAlgorithm::kP256, {}}).ok());
  EXPECT_FALSE(CheckDevicePublicKey({DeviceAlgorithm::kP256, std::vector<uint8_t>(65)}).ok());
  std::vector<uint8_t> compressed(33, 2);
  EXPECT_FALSE(CheckDevicePublicKey({DeviceAlgorithm::kP256, compressed}).ok());
  const auto made = DeviceKey::Make();
  ASSERT_TRUE(made.ok());
  for (const size_t size : {0, 1, 63, 65, 1000}) {
    const std::vector<uint8_t> signature(size);
    EXPECT_FALSE(VerifyDeviceSignature(made->Public(), AsBytes("x"), signature).ok());
  }
  EXPECT_FALSE(ParseDeviceAlgorithm("rsa").ok());
  EXPECT_FALSE(ParseDeviceAlgorithm("").ok());
}

TEST(Device, ASignatureIsOfOneChallengeProofCredentialAndPurpose) {
  const auto key = DeviceKey::Make();
  ASSERT_TRUE(key.ok());
  const PublicCredential credential = Secret(1).Public();
  const std::vector<uint8_t> proof = {1, 2, 3};
  const auto message = DeviceLoginMessage(ChallengeOf(1), proof, credential);
  ASSERT_TRUE(message.ok());
  const auto signature = key->Sign(*message);
  ASSERT_TRUE(signature.ok());
  EXPECT_TRUE(VerifyDeviceSignature(key->Public(), *message, *signature).ok());

  const std::vector<uint8_t> other_proof = {1, 2, 4};
  const auto nonce = DeviceLoginMessage(ChallengeOf(2), proof, credential);
  const auto altered = DeviceLoginMessage(ChallengeOf(1), other_proof, credential);
  const auto person = DeviceLoginMessage(ChallengeOf(1), proof, Secret(2).Public());
  for (const auto* other : {&nonce, &altered, &person}) {
    ASSERT_TRUE(other->ok());
    EXPECT_FALSE(VerifyDeviceSignature(key->Public(), **other, *signature).ok());
  }
  const auto stranger = DeviceKey::Make();
  ASSERT_TRUE(stranger.ok());
  EXPECT_FALSE(VerifyDeviceSignature(stranger->Public(), *message, *signature).ok());
  const auto registration = DeviceRegistrationMessage({7}, credential);
  const auto registered = key->Sign(registration);
  ASSERT_TRUE(registered.ok());
  EXPECT_TRUE(VerifyDeviceSignature(key->Public(), registration, *registered).ok());
  EXPECT_FALSE(VerifyDeviceSignature(key->Public(), *message, *registered).ok());
  EXPECT_NE(registration, DeviceRegistrationMessage({8}, credential));
}

TEST(Device, TheMessagesAreThoseOfTheDocument) {
  const PublicCredential credential = Secret(1).Public();
  const auto message = DeviceLoginMessage(ChallengeOf(1), AsBytes("abc"), credential);
  ASSERT_TRUE(message.ok());
  const auto digest = ChallengeDigest(ChallengeOf(1));
  ASSERT_TRUE(digest.ok());
  std::vector<uint8_t> expected(32);
  std::ranges::copy(AsBytes("voizk device login v1"), expected.begin());
  expected.insert(expected.end(), digest->begin(), digest->end());
  // FIPS 180-4's example.
  const auto abc = Hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expected.insert(expected.end(), abc.begin(), abc.end());
  expected.insert(expected.end(), credential.commitment.begin(), credential.commitment.end());
  EXPECT_TRUE(std::ranges::equal(*message, expected));
}

TEST(Device, TheFileIsItsOwnersNeverReplacedAndGoesWithItsCredential) {
  const TempDir dir;
  const std::string folder = dir / "credentials";
  const SecretCredential credential = Secret(1);
  const std::string id = credential.Public().Id();
  ASSERT_TRUE(StoreCredential(folder, credential, std::string_view("a passphrase")).ok());
  EXPECT_EQ(LoadDeviceKey(folder, credential).error().code, ErrorCode::kNotFound);
  const auto first = DeviceKey::Make(), second = DeviceKey::Make();
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(StoreDeviceKey(folder, credential, *first).ok());
  EXPECT_EQ(StoreDeviceKey(folder, credential, *second).error().code, ErrorCode::kInvalidArgument);
  const auto loaded = LoadDeviceKey(folder, credential);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->Public(), first->Public()) << "the first one stays";
  const std::string path = folder + "/" + id + ".voizk-device";
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  ASSERT_TRUE(DeleteCredential(folder, id).ok());
  EXPECT_NE(stat(path.c_str(), &info), 0) << "a key without its credential stays behind";
  EXPECT_EQ(LoadDeviceKey(folder, credential).error().code, ErrorCode::kNotFound);
}

TEST(Device, TheFileOpensWithItsCredentialOnlyAndEveryByteCounts) {
  const SecretCredential credential = Secret(1);
  const auto key = DeviceKey::Make();
  ASSERT_TRUE(key.ok());
  const auto file = key->Seal(credential);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->size(), 114u);
  const auto opened = DeviceKey::Open(*file, credential);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->Public(), key->Public());
  EXPECT_FALSE(DeviceKey::Open(*file, Secret(2)).ok());
  for (size_t i = 0; i < file->size(); ++i) {
    std::vector<uint8_t> altered = *file;
    altered[i] ^= 0x10;
    EXPECT_FALSE(DeviceKey::Open(altered, credential).ok()) << i;
    EXPECT_FALSE(DeviceKey::Open(std::span(*file).first(i), credential).ok()) << i;
  }
  std::vector<uint8_t> longer = *file;
  longer.push_back(0);
  EXPECT_FALSE(DeviceKey::Open(longer, credential).ok());
}

}  // namespace
}  // namespace voizk
