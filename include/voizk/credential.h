// Credentials: a voice template that stays with its user, and the commitment to it that the relying
// party stores.  The secret part is a key, not a biometric reading: whoever holds it decrypted can
// make audio that is accepted.  Formats: docs/formats.md.
#ifndef VOIZK_CREDENTIAL_H_
#define VOIZK_CREDENTIAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
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
/// Of a new credential: NIST SP 800-63B's least for a secret that a person remembers.  The file can
/// be guessed at off line, so longer is better; Argon2id makes each guess cost 256 MiB.
inline constexpr size_t kMinPassphraseBytes = 8;

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
  /// For the user's own eyes: UTF-8, every character visible (login/store/text.h), 0 .. 64 bytes.
  std::string label;

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

/// 8 .. 1024 bytes.  kInvalidArgument.
Status CheckNewPassphrase(std::span<const char> passphrase);

/// The file of one credential: public part in clear, secret part under XChaCha20-Poly1305 with a
/// key by Argon2id (4 passes over 256 MiB, 0.7 s of a 2023 core; above libsodium's "moderate").
/// kInvalidArgument: passphrase (CheckNewPassphrase), label or relying party out of range;
/// kOutOfMemory.
Result<std::vector<uint8_t>> SealCredential(const SecretCredential& credential,
                                            std::span<const char> passphrase);
/// The public part of such a file; checks the file's checksum, needs no passphrase.
/// kMalformed, kUnsupported.
Result<PublicCredential> ReadSealedPublic(std::span<const uint8_t> file);
/// The whole; the passphrase has 1 .. 1024 bytes.  What a file may ask of Argon2id is bounded (8
/// passes, 512 MiB; kUnsupported).  kMalformed: damaged; kWrongPassphrase: undamaged, but this
/// passphrase does not open it (or somebody altered it and repaired the checksum: the two cannot be
/// told apart).
Result<SecretCredential> OpenCredential(std::span<const uint8_t> file,
                                        std::span<const char> passphrase);

/// One file of a credential folder, whether it can be read or not.
struct StoredCredential {
  std::string path;
  Result<PublicCredential> credential;
};

/// Hands out the public part, e.g. to a file; called when the credential is durably stored and
/// before an older one is deleted.  If it fails, the credential is removed again, so that trying
/// once more does not make a second one.
using PublishCredential = std::function<Status(const PublicCredential&)>;

/// Writes <folder>/<id>.voizk-credential, mode 0600 (folder made if absent, mode 0700; one that is
/// there must be private, base/files.h).  Atomic: at every moment, killed or out of disk space, the
/// folder holds the file whole or not at all, and only ciphertext is ever written.
/// kInvalidArgument (also: exists already), kIo, the error of `publish`.
Status StoreCredential(const std::string& folder, const SecretCredential& credential,
                       std::span<const char> passphrase, const PublishCredential& publish = {});
/// All credentials of the folder by path; a damaged one is listed with its error.  kIo,
/// kInvalidArgument (not private).  An absent folder holds none.
Result<std::vector<StoredCredential>> ListCredentials(const std::string& folder);
/// The public part.  kNotFound; kMalformed: it is there, and damaged; kIo, kInvalidArgument.
Result<PublicCredential> FindCredential(const std::string& folder, const std::string& id);
/// The id of the folder's one credential for this relying party.  kNotFound: none;
/// kMalformed: none that can be read, and some are damaged; kInvalidArgument: several (the text
/// lists their ids).
Result<std::string> OnlyCredential(const std::string& folder, const std::string& relying_party);
/// As FindCredential, then as OpenCredential.
Result<SecretCredential> LoadCredential(const std::string& folder, const std::string& id,
                                        std::span<const char> passphrase);
/// kNotFound, kIo.  Also removes damaged files of that name, and the credential's device key
/// (device.h).
Status DeleteCredential(const std::string& folder, const std::string& id);
/// `old_id` may make way for a credential at this relying party.  Errors of FindCredential;
/// kInvalidArgument: it is another party's.
Status CheckReplaceable(const std::string& folder, const std::string& old_id,
                        const std::string& relying_party);
/// Re-enrolment: stores the new one durably, publishes it, then deletes `old_id`.  Interrupted in
/// between, both exist.  Of several processes that replace one id, one succeeds.  Errors of
/// CheckReplaceable (nothing is stored then) and StoreCredential (the old one stays then).
Status ReplaceCredential(const std::string& folder, const std::string& old_id,
                         const SecretCredential& credential, std::span<const char> passphrase,
                         const PublishCredential& publish = {});

}  // namespace voizk

#endif  // VOIZK_CREDENTIAL_H_
