// The check of a signature: Ed25519 by libsodium, P-256 by OpenSSL.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include <memory>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "voizk/device.h"

namespace voizk {
namespace {

constexpr size_t kSignatureBytes = 64;
constexpr size_t kP256KeyBytes = 65;
constexpr uint8_t kUncompressed = 4;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

Status NoKey() { return {ErrorCode::kMalformed, "the device key is no key of its algorithm"}; }
Status NotSigned() {
  return Error{ErrorCode::kProofRejected, "the device key did not sign this login",
               Rejection{.check = Check::kValue}};
}

/// Null: no point of the curve (or no memory).
Key P256Key(const std::vector<uint8_t>& bytes) {
  if (bytes.size() != kP256KeyBytes || bytes[0] != kUncompressed) return nullptr;
  char group[] = "prime256v1";
  std::vector<uint8_t> point = bytes;
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_PKEY_CTX, Free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* raw = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters.data())) != 1) {
    return nullptr;
  }
  Key key(raw);
  const std::unique_ptr<EVP_PKEY_CTX, Free> checker(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return nullptr;
  return key;
}

bool VerifyP256(EVP_PKEY* key, std::span<const uint8_t> message,
                std::span<const uint8_t> signature) {
  const std::unique_ptr<ECDSA_SIG, Free> pair(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(signature.data(), 32, nullptr);
  BIGNUM* const s = BN_bin2bn(signature.data() + 32, 32, nullptr);
  if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return false;
  }
  std::array<uint8_t, 80> der{};  // two integers of at most 33 bytes, and three headers
  uint8_t* end = der.data();
  const int size = i2d_ECDSA_SIG(pair.get(), &end);
  if (size <= 0 || static_cast<size_t>(size) > der.size()) return false;
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), der.data(), static_cast<size_t>(size), message.data(),
                          message.size()) == 1;
}

}  // namespace

std::string_view Name(DeviceAlgorithm algorithm) {
  return algorithm == DeviceAlgorithm::kEd25519 ? "ed25519" : "p256";
}

Result<DeviceAlgorithm> ParseDeviceAlgorithm(std::string_view name) try {
  for (const auto algorithm : {DeviceAlgorithm::kEd25519, DeviceAlgorithm::kP256}) {
    if (Name(algorithm) == name) return algorithm;
  }
  return {ErrorCode::kUnsupported, "a device key is of \"ed25519\" or \"p256\""};
} catch (...) {
  return ErrorOfException();
}

Status CheckDevicePublicKey(const DevicePublicKey& key) try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "libsodium does not start"};
  if (key.algorithm == DeviceAlgorithm::kP256) return P256Key(key.bytes) ? Status() : NoKey();
  if (key.bytes.size() != crypto_sign_PUBLICKEYBYTES) return NoKey();
  // A point of small order would take one signature for many messages.
  std::array<uint8_t, crypto_scalarmult_curve25519_BYTES> unused{};
  return crypto_sign_ed25519_pk_to_curve25519(unused.data(), key.bytes.data()) == 0 ? Status()
                                                                                    : NoKey();
} catch (...) {
  return ErrorOfException();
}

Status VerifyDeviceSignature(const DevicePublicKey& key, std::span<const uint8_t> message,
                             std::span<const uint8_t> signature) try {
  VOIZK_RETURN_IF_ERROR(CheckDevicePublicKey(key));
  if (signature.size() != kSignatureBytes) return NotSigned();
  if (key.algorithm == DeviceAlgorithm::kP256) {
    return VerifyP256(P256Key(key.bytes).get(), message, signature) ? Status() : NotSigned();
  }
  const bool good = crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                                key.bytes.data()) == 0;
  return good ? Status() : NotSigned();
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
