// Credentials: a voice template that stays with its user, and the commitment to it that the relying
// party stores.  The secret part is a key, not a biometric reading: whoever holds it decrypted can
// make audio that is accepted.  Formats: docs/formats.md.
#ifndef VOIZK_CREDENTIAL_H_
#define VOIZK_CREDENTIAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk {

inline constexpr size_t kTemplateDims = 64;
inline constexpr size_t kCommitmentMessageBytes = 160;
inline constexpr size_t kMaxLabelBytes = 64;
inline constexpr size_t kMaxPassphraseBytes = 1024;

using VoiceTemplate = SecureArray<int8_t, kTemplateDims>;
using TemplateSalt = SecureArray<uint8_t, 32>;

/// What the relying party stores; nothing in it tells anything about the voice, and two of one
/// person have nothing in common.
struct PublicCredential {
  std::string relying_party;
  std::array<uint8_t, 32> bundle_digest{};
  std::array<uint8_t, 32> commitment{};

  /// Names the credential: the first 8 bytes of the commitment in lower-case hex.
  std::string Id() const;
  bool operator==(const PublicCredential&) const = default;
};

/// What opens the commitment.
struct SecretCredential {
  VoiceTemplate voice_template;
  TemplateSalt salt;
  std::string relying_party;
  std::array<uint8_t, 32> bundle_digest{};
  int64_t created_unix_s = 0;
  std::string label;  // for the user's own eyes: UTF-8 without control characters, 0 .. 64 bytes

  PublicCredential Public() const;
};

/// 32 bytes of the operating system's randomness.
Result<TemplateSalt> MakeSalt();

/// The message under the commitment, four parts at fixed places:
///   0   "voizk template v1" and 15 zero bytes
///   32  SHA-256(SHA-256(relying party, UTF-8) | bundle digest)
///   64  salt
///   96  template, int8 in two's complement, in index order
/// SHA-256 pads its 160 bytes to three blocks.  The first is public, so a login proves two.
SecureArray<uint8_t, kCommitmentMessageBytes> CommitmentMessage(
    const VoiceTemplate& voice_template, const TemplateSalt& salt, std::string_view relying_party,
    const std::array<uint8_t, 32>& bundle_digest);

/// C = SHA-256(CommitmentMessage(...)).  Hiding by the salt's 256 bits, binding by SHA-256.
std::array<uint8_t, 32> ComputeCommitment(const VoiceTemplate& voice_template,
                                          const TemplateSalt& salt, std::string_view relying_party,
                                          const std::array<uint8_t, 32>& bundle_digest);

/// The public part as JSON, and back.  kInvalidArgument; kMalformed, kUnsupported, kLimitExceeded.
Result<std::string> PublicCredentialToJson(const PublicCredential& credential);
Result<PublicCredential> ParsePublicCredential(std::span<const uint8_t> json);

/// The file of one credential: public part in clear, secret part under XChaCha20-Poly1305 with a
/// key by Argon2id (interactive limits: 2 passes over 64 MiB) from the passphrase, 1 .. 1024 bytes.
/// kInvalidArgument: passphrase, label or relying party out of range; kLimitExceeded: no memory.
Result<std::vector<uint8_t>> SealCredential(const SecretCredential& credential,
                                            std::span<const char> passphrase);
/// The public part of such a file; checks the file's checksum, needs no passphrase.
/// kMalformed, kUnsupported.
Result<PublicCredential> ReadSealedPublic(std::span<const uint8_t> file);
/// The whole.  kMalformed: damaged; kWrongPassphrase: undamaged, but this passphrase does not open
/// it (or somebody altered it and repaired the checksum: the two cannot be told apart).
Result<SecretCredential> OpenCredential(std::span<const uint8_t> file,
                                        std::span<const char> passphrase);

/// One file of a credential folder, whether it can be read or not.
struct StoredCredential {
  std::string path;
  Result<PublicCredential> credential;
};

/// Writes <folder>/<id>.voizk-credential, mode 0600 (folder made if absent, mode 0700).  Atomic: at
/// every moment, killed or out of disk space, the folder holds the file whole or not at all, and
/// only ciphertext is ever written.  kInvalidArgument (also: exists already), kIo.
Status StoreCredential(const std::string& folder, const SecretCredential& credential,
                       std::span<const char> passphrase);
/// All credentials of the folder by path; a damaged one is listed with its error.  kIo.  An absent
/// folder holds none.
Result<std::vector<StoredCredential>> ListCredentials(const std::string& folder);
/// kNotFound; else as OpenCredential.
Result<SecretCredential> LoadCredential(const std::string& folder, const std::string& id,
                                        std::span<const char> passphrase);
/// kNotFound, kIo.  Also removes damaged files of that name.
Status DeleteCredential(const std::string& folder, const std::string& id);
/// Re-enrolment: stores the new one durably, then deletes `old_id`.  Interrupted in between, both
/// exist.  kNotFound: there is no `old_id`; nothing is stored then.
Status ReplaceCredential(const std::string& folder, const std::string& old_id,
                         const SecretCredential& credential, std::span<const char> passphrase);

}  // namespace voizk

#endif  // VOIZK_CREDENTIAL_H_
