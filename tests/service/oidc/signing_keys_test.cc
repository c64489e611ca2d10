// Guards that tokens are signed as ES256 by the first key, held against OpenSSL's own verification;
// that only public parts are published; and that other keys than P-256 in PEM are refused.
#include "service/oidc/signing_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <nlohmann/json.hpp>

namespace voizk {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key MakeKey(const char* curve = "P-256") { return {EVP_EC_gen(curve), EVP_PKEY_free}; }

std::string PemOf(EVP_PKEY* key) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string Decoded(std::string_view text) {
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                              text.data(), text.size(), nullptr, &size, nullptr,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING),
            0);
  bytes.resize(size);
  return bytes;
}

/// RFC 7518, 3.4: r and s, 32 bytes each, become the DER that OpenSSL reads.
bool Verifies(EVP_PKEY* key, const std::string& signed_part, const std::string& signature) {
  if (signature.size() != 64) return false;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* const pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(pair, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair, &der);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool right = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                     EVP_DigestVerify(context, der, static_cast<size_t>(size),
                                      reinterpret_cast<const unsigned char*>(signed_part.data()),
                                      signed_part.size()) == 1;
  EVP_MD_CTX_free(context);
  OPENSSL_free(der);
  ECDSA_SIG_free(pair);
  return right;
}

TEST(SigningKeysTest, TheFirstKeySignsAndAllArePublished) {
  const Key first = MakeKey(), second = MakeKey();
  const std::string pem = PemOf(first.get()) + "\nin words\n" + PemOf(second.get());
  const auto keys = SigningKeys::Read(pem);
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  const Json published = Json::parse(keys->public_set());
  ASSERT_EQ(published["keys"].size(), 2u);
  for (const Json& key : published["keys"]) {
    EXPECT_EQ(key["crv"], "P-256");
    EXPECT_EQ(key["alg"], "ES256");
    EXPECT_FALSE(key.contains("d"));
  }
  const auto token = keys->Sign(R"({"sub":"ann"})");
  ASSERT_TRUE(token.ok());
  const size_t dot = token->find('.'), last = token->rfind('.');
  const Json header = Json::parse(Decoded(token->substr(0, dot)));
  EXPECT_EQ(header["alg"], "ES256");
  EXPECT_EQ(header["kid"], published["keys"][0]["kid"]);
  EXPECT_EQ(Decoded(token->substr(dot + 1, last - dot - 1)), R"({"sub":"ann"})");
  const std::string signature = Decoded(token->substr(last + 1));
  EXPECT_TRUE(Verifies(first.get(), token->substr(0, last), signature));
  EXPECT_FALSE(Verifies(second.get(), token->substr(0, last), signature));
  EXPECT_FALSE(Verifies(first.get(), token->substr(0, last) + "x", signature));
}

TEST(SigningKeysTest, OtherKeysAreRefused) {
  const std::string good = PemOf(MakeKey().get());
  const Key rsa(EVP_RSA_gen(2048), EVP_PKEY_free);
  std::string damaged = good;
  damaged[damaged.size() / 2] = '!';
  std::string many;
  for (int i = 0; i < 17; ++i) many += PemOf(MakeKey().get());
  for (const std::string& pem :
       {std::string(), std::string("nothing"), PemOf(MakeKey("P-384").get()), PemOf(rsa.get()),
        good + good, damaged, good + damaged, good.substr(0, good.size() / 2), many}) {
    const auto keys = SigningKeys::Read(pem);
    ASSERT_FALSE(keys.ok());
    EXPECT_EQ(keys.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(keys.error().message, Not(HasSubstr("BEGIN")));
  }
}

}  // namespace
}  // namespace voizk
