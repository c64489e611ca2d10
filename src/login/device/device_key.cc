// The user's half: a key of Ed25519, and its file beside the credential.
#include <sodium.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "base/files.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "voizk/device.h"

namespace voizk {
namespace {

constexpr std::string_view kMagic = "voizkdev";
constexpr uint16_t kVersion = 1;
constexpr std::string_view kSealTag = "voizk device seal v1";
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kSealedBytes = 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kFileBytes = 8 + 2 + 32 + kNonceBytes + kSealedBytes;
static_assert(crypto_sign_SEEDBYTES == 32);

using SealKey = SecureArray<uint8_t, crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;

/// SHA-256(tag | salt): the credential's salt has 256 bits that nobody knows without opening the
/// credential, which the passphrase guards.
SealKey KeyOf(const SecretCredential& credential) {
  Digest digest = Sha256()
                      .Update(PaddedTag(kSealTag))
                      .Update(std::span<const uint8_t>(credential.salt.span()))
                      .Finish();
  const SealKey key(digest);
  SecureZero(digest.data(), digest.size());
  return key;
}

/// An id is 16 hexadecimal digits, so that nothing else becomes part of a path.
std::string PathOf(const std::string& folder, const SecretCredential& credential) {
  return folder + "/" + credential.Public().Id() + ".voizk-device";
}

}  // namespace

Result<DeviceKey> DeviceKey::Make() try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  DeviceKey key;
  randombytes_buf(key.seed_.data(), key.seed_.size());
  return key;
} catch (...) {
  return ErrorOfException();
}

DevicePublicKey DeviceKey::Public() const {
  SecureArray<uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  DevicePublicKey key{DeviceAlgorithm::kEd25519, std::vector<uint8_t>(crypto_sign_PUBLICKEYBYTES)};
  crypto_sign_seed_keypair(key.bytes.data(), secret.data(), seed_.data());
  return key;
}

Result<std::vector<uint8_t>> DeviceKey::Sign(std::span<const uint8_t> message) const try {
  SecureArray<uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> unused{};
  crypto_sign_seed_keypair(unused.data(), secret.data(), seed_.data());
  std::vector<uint8_t> signature(crypto_sign_BYTES);
  if (crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                           secret.data()) != 0) {
    return {ErrorCode::kInternal, "libsodium does not sign"};
  }
  return signature;
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> DeviceKey::Seal(const SecretCredential& credential) const try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  std::array<uint8_t, kNonceBytes> nonce{};
  randombytes_buf(nonce.data(), nonce.size());
  ByteWriter writer;
  writer.Bytes(AsBytes(kMagic));
  writer.U16(kVersion);
  writer.Bytes(credential.Public().commitment);
  writer.Bytes(nonce);
  const std::vector<uint8_t> authenticated = writer.bytes();
  const std::span<uint8_t> sealed = writer.Grow(kSealedBytes);
  const SealKey key = KeyOf(credential);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, seed_.data(), seed_.size(),
                                             authenticated.data(), authenticated.size(), nullptr,
                                             nonce.data(), key.data());
  return std::move(writer).Take();
} catch (...) {
  return ErrorOfException();
}

Result<DeviceKey> DeviceKey::Open(std::span<const uint8_t> file,
                                  const SecretCredential& credential) try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "libsodium does not start"};
  ByteReader reader(file, ErrorCode::kMalformed, "device key");
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&reader, kMagic, "device key of voizk"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, reader.U16());
  if (version != kVersion) {
    return {ErrorCode::kUnsupported, "device key: of a version that is not read here"};
  }
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan commitment, reader.Bytes(32));
  if (!std::ranges::equal(commitment, credential.Public().commitment)) {
    return {ErrorCode::kMalformed, "device key: it belongs to another credential"};
  }
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan nonce, reader.Bytes(kNonceBytes));
  const ByteSpan authenticated = file.first(reader.position());
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan sealed, reader.Bytes(kSealedBytes));
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  DeviceKey key;
  const SealKey seal = KeyOf(credential);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          key.seed_.data(), nullptr, nullptr, sealed.data(), sealed.size(), authenticated.data(),
          authenticated.size(), nonce.data(), seal.data()) != 0) {
    return {ErrorCode::kMalformed, "device key: damaged"};
  }
  return key;
} catch (...) {
  return ErrorOfException();
}

Status StoreDeviceKey(const std::string& folder, const SecretCredential& credential,
                      const DeviceKey& key) try {
  VOIZK_RETURN_IF_ERROR(CheckPrivateFolder(folder));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, key.Seal(credential));
  return WriteFileAtomically(PathOf(folder, credential), file, 0600, IfExists::kRefuse);
} catch (...) {
  return ErrorOfException();
}

Result<DeviceKey> LoadDeviceKey(const std::string& folder, const SecretCredential& credential) try {
  VOIZK_RETURN_IF_ERROR(CheckPrivateFolder(folder));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file,
                         ReadSmallFile(PathOf(folder, credential), kFileBytes));
  return DeviceKey::Open(file, credential);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
