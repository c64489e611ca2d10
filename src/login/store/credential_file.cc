// The file of one credential (docs/formats.md): header in clear, secret part sealed, checksum.
#include <sodium.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "base/sizes.h"
#include "crypto/hash/sha256.h"
#include "login/store/sealing.h"
#include "login/store/text.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kMagic = "voizkcrd";
constexpr std::string_view kChecksumTag = "voizk credential v1";
constexpr uint16_t kVersion = 1;
constexpr uint8_t kArgon2id13 = 1;
constexpr uint8_t kXChaCha20Poly1305 = 1;
// A file may ask for more than we write; a planted one at most for four times our time.
constexpr uint32_t kMaxPasses = 8;
constexpr uint64_t kMaxMemoryBytes = uint64_t{1} << 29;
static_assert(GuessCost().passes > crypto_pwhash_OPSLIMIT_MODERATE &&
              GuessCost().memory_bytes >= crypto_pwhash_MEMLIMIT_MODERATE);
constexpr size_t kSecretBytes = kTemplateDims + 32 + 8 + 1 + kMaxLabelBytes;
constexpr size_t kSealedBytes = kSecretBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kChecksumBytes = 32;

struct Header {
  GuessCost cost;
  std::array<uint8_t, crypto_pwhash_SALTBYTES> kdf_salt{};
  std::array<uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> nonce{};
  PublicCredential credential;
};

/// A file taken apart, checksum and version verified.
struct Parts {
  Header header;
  ByteSpan authenticated;  // everything before the sealed part
  ByteSpan sealed;
};

Digest Checksum(ByteSpan before) {
  return Sha256().Update(PaddedTag(kChecksumTag)).Update(before).Finish();
}

template <size_t N>
Status ReadArray(ByteReader* reader, std::array<uint8_t, N>* out) {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, reader->Bytes(N));
  std::copy(bytes.begin(), bytes.end(), out->begin());
  return {};
}

std::vector<uint8_t> EncodeHeader(const Header& header) {
  ByteWriter writer;
  writer.Bytes(AsBytes(kMagic));
  writer.U16(kVersion);
  writer.U8(kArgon2id13);
  writer.U8(kXChaCha20Poly1305);
  writer.U32(header.cost.passes);
  writer.U64(header.cost.memory_bytes);
  writer.Bytes(header.kdf_salt);
  writer.Bytes(header.nonce);
  writer.Bytes(header.credential.bundle_digest);
  writer.Bytes(header.credential.commitment);
  writer.U8(static_cast<uint8_t>(header.credential.relying_party.size()));
  writer.Bytes(AsBytes(header.credential.relying_party));
  return std::move(writer).Take();
}

Result<Parts> TakeApart(ByteSpan file) {
  ByteReader reader(file, ErrorCode::kMalformed, "credential");
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&reader, kMagic, "credential file of voizk"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, reader.U16());
  if (version != kVersion) {
    return {ErrorCode::kUnsupported,
            "credential: version " + std::to_string(version) + "; this program reads version 1"};
  }
  if (file.size() < kChecksumBytes + kSealedBytes) return reader.Fail("truncated");
  const ByteSpan before = file.first(file.size() - kChecksumBytes);
  const auto checksum = Checksum(before);
  if (!std::equal(checksum.begin(), checksum.end(), file.last(kChecksumBytes).begin())) {
    return {ErrorCode::kMalformed, "credential: damaged (the checksum does not match)"};
  }
  Parts parts;
  Header& header = parts.header;
  VOIZK_ASSIGN_OR_RETURN(const uint8_t kdf, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t cipher, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(header.cost.passes, reader.U32());
  VOIZK_ASSIGN_OR_RETURN(header.cost.memory_bytes, reader.U64());
  if (kdf != kArgon2id13 || cipher != kXChaCha20Poly1305 ||
      header.cost.passes < crypto_pwhash_OPSLIMIT_MIN || header.cost.passes > kMaxPasses ||
      header.cost.memory_bytes < crypto_pwhash_MEMLIMIT_MIN ||
      header.cost.memory_bytes > kMaxMemoryBytes) {
    return {ErrorCode::kUnsupported, "credential: encrypted in a way that is not read here"};
  }
  VOIZK_RETURN_IF_ERROR(ReadArray(&reader, &header.kdf_salt));
  VOIZK_RETURN_IF_ERROR(ReadArray(&reader, &header.nonce));
  VOIZK_RETURN_IF_ERROR(ReadArray(&reader, &header.credential.bundle_digest));
  VOIZK_RETURN_IF_ERROR(ReadArray(&reader, &header.credential.commitment));
  VOIZK_ASSIGN_OR_RETURN(const uint8_t name_bytes, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan name, reader.Bytes(name_bytes));
  header.credential.relying_party.assign(name.begin(), name.end());
  const Status checked = CheckRelyingParty(header.credential.relying_party);
  if (!checked.ok()) return reader.Fail(checked.error().message);
  parts.authenticated = file.first(reader.position());
  VOIZK_ASSIGN_OR_RETURN(parts.sealed, reader.Bytes(kSealedBytes));
  VOIZK_RETURN_IF_ERROR(reader.Bytes(kChecksumBytes).status());
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  return parts;
}

Status CheckPassphrase(std::span<const char> passphrase) {
  if (passphrase.empty() || passphrase.size() > kMaxPassphraseBytes) {
    return {ErrorCode::kInvalidArgument, "a passphrase has 1 to 1024 bytes"};
  }
  return {};
}

using Key = SecureArray<uint8_t, crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;

Result<Key> DeriveKey(const Header& header, std::span<const char> passphrase) {
  Key key;
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(),
                    header.kdf_salt.data(), header.cost.passes, ToSize(header.cost.memory_bytes),
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return {ErrorCode::kOutOfMemory, "there is not enough memory to derive the key"};
  }
  return key;
}

using SecretBytes = SecureArray<uint8_t, kSecretBytes>;

/// template | salt | created | label length | label, filled with zeros so that its length is
/// hidden.
SecretBytes EncodeSecret(const SecretCredential& credential) {
  SecretBytes bytes;
  uint8_t* out = bytes.data();
  for (const int8_t value : credential.voice_template) *out++ = static_cast<uint8_t>(value);
  out = std::copy(credential.salt.begin(), credential.salt.end(), out);
  StoreU64(static_cast<uint64_t>(credential.created_unix_s), out);
  out[8] = static_cast<uint8_t>(credential.label.size());
  std::copy(credential.label.begin(), credential.label.end(), out + 9);
  return bytes;
}

/// False if the label is not what EncodeSecret writes.
bool DecodeSecret(const SecretBytes& bytes, SecretCredential* credential) {
  const uint8_t* in = bytes.data();
  for (int8_t& value : credential->voice_template) value = static_cast<int8_t>(*in++);
  std::copy_n(in, 32, credential->salt.begin());
  in += 32;
  credential->created_unix_s = static_cast<int64_t>(LoadU64(in));
  const size_t label_bytes = in[8];
  in += 9;
  if (label_bytes > kMaxLabelBytes) return false;
  credential->label.assign(in, in + label_bytes);
  return IsVisibleUtf8(credential->label) &&
         std::all_of(in + label_bytes, in + kMaxLabelBytes, [](uint8_t b) { return b == 0; });
}

}  // namespace

Status CheckNewPassphrase(std::span<const char> passphrase) try {
  VOIZK_RETURN_IF_ERROR(CheckPassphrase(passphrase));
  if (passphrase.size() >= kMinPassphraseBytes) return {};
  return {
      ErrorCode::kInvalidArgument,
      "a new passphrase has at least 8 bytes: whoever copies the file can try shorter ones out"};
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> SealCredential(const SecretCredential& credential,
                                            std::span<const char> passphrase) try {
  return SealCredentialAt(GuessCost(), credential, passphrase);
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> SealCredentialAt(const GuessCost& cost,
                                              const SecretCredential& credential,
                                              std::span<const char> passphrase) try {
  VOIZK_RETURN_IF_ERROR(CheckNewPassphrase(passphrase));
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(credential.relying_party));
  if (credential.label.size() > kMaxLabelBytes || !IsVisibleUtf8(credential.label)) {
    return {ErrorCode::kInvalidArgument,
            "a label has at most 64 bytes of UTF-8, every character of it visible"};
  }
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  Header header;
  header.cost = cost;
  header.credential = credential.Public();
  randombytes_buf(header.kdf_salt.data(), header.kdf_salt.size());
  randombytes_buf(header.nonce.data(), header.nonce.size());
  VOIZK_ASSIGN_OR_RETURN(const Key key, DeriveKey(header, passphrase));

  ByteWriter writer;
  const std::vector<uint8_t> authenticated = EncodeHeader(header);
  writer.Bytes(authenticated);
  const std::span<uint8_t> sealed = writer.Grow(kSealedBytes);
  const SecretBytes secret = EncodeSecret(credential);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, secret.data(), secret.size(),
                                             authenticated.data(), authenticated.size(), nullptr,
                                             header.nonce.data(), key.data());
  writer.Bytes(Checksum(writer.bytes()));
  return std::move(writer).Take();
} catch (...) {
  return ErrorOfException();
}

Result<PublicCredential> ReadSealedPublic(std::span<const uint8_t> file) try {
  VOIZK_ASSIGN_OR_RETURN(const Parts parts, TakeApart(file));
  return parts.header.credential;
} catch (...) {
  return ErrorOfException();
}

Result<SecretCredential> OpenCredential(std::span<const uint8_t> file,
                                        std::span<const char> passphrase) try {
  VOIZK_RETURN_IF_ERROR(CheckPassphrase(passphrase));
  VOIZK_ASSIGN_OR_RETURN(const Parts parts, TakeApart(file));
  if (sodium_init() < 0) return {ErrorCode::kInternal, "libsodium does not start"};
  VOIZK_ASSIGN_OR_RETURN(const Key key, DeriveKey(parts.header, passphrase));
  SecretBytes secret;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          secret.data(), nullptr, nullptr, parts.sealed.data(), parts.sealed.size(),
          parts.authenticated.data(), parts.authenticated.size(), parts.header.nonce.data(),
          key.data()) != 0) {
    return {ErrorCode::kWrongPassphrase, "the passphrase does not open this credential"};
  }
  SecretCredential credential;
  credential.relying_party = parts.header.credential.relying_party;
  credential.bundle_digest = parts.header.credential.bundle_digest;
  if (!DecodeSecret(secret, &credential) || !(credential.Public() == parts.header.credential)) {
    return {ErrorCode::kMalformed, "credential: its parts do not belong together"};
  }
  return credential;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
