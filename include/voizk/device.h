// The device key: a signature beside the voice, so that a stolen template alone does not log in.
// Each login's assertion signs the challenge, the proof and the credential together.  Formats:
// docs/formats.md.
#ifndef VOIZK_DEVICE_H_
#define VOIZK_DEVICE_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk {

enum class DeviceAlgorithm : uint8_t {
  kEd25519,  // RFC 8032; public key 32 bytes, signature 64
  kP256,     // ECDSA with SHA-256; public key 65 bytes (uncompressed), signature r | s, 64 bytes:
             // what a browser's WebCrypto gives
};
/// "ed25519", "p256"
std::string_view Name(DeviceAlgorithm algorithm);
/// kUnsupported: none of those names.
Result<DeviceAlgorithm> ParseDeviceAlgorithm(std::string_view name);

struct DevicePublicKey {
  DeviceAlgorithm algorithm = DeviceAlgorithm::kEd25519;
  std::vector<uint8_t> bytes;

  bool operator==(const DevicePublicKey&) const = default;
};

/// What is signed at a login: 128 bytes,
///   pad32("voizk device login v1") | ChallengeDigest | SHA-256(login proof file) | commitment.
/// kInvalidArgument: the challenge.
Result<std::array<uint8_t, 128>> DeviceLoginMessage(const Challenge& challenge,
                                                    std::span<const uint8_t> proof,
                                                    const PublicCredential& credential);

/// What is signed when the key is registered, to show that whoever registers it has it: 96 bytes,
///   pad32("voizk device key v1") | registration id | commitment.
std::array<uint8_t, 96> DeviceRegistrationMessage(const std::array<uint8_t, 32>& registration,
                                                  const PublicCredential& credential);

/// kMalformed: no key of its algorithm (another length; no point of the curve).
Status CheckDevicePublicKey(const DevicePublicKey& key);

/// kProofRejected: not this key's signature of this message.  kMalformed: of the key.
Status VerifyDeviceSignature(const DevicePublicKey& key, std::span<const uint8_t> message,
                             std::span<const uint8_t> signature);

/// The secret part, Ed25519.  It stays on the device that made it.
class DeviceKey {
 public:
  /// From the operating system's randomness.  kInternal.
  static Result<DeviceKey> Make();
  DevicePublicKey Public() const;
  /// 64 bytes.
  Result<std::vector<uint8_t>> Sign(std::span<const uint8_t> message) const;

  /// The file that holds it beside its credential, 114 bytes; what seals it is drawn from the salt
  /// inside the credential, so that whoever opens the one opens the other.
  Result<std::vector<uint8_t>> Seal(const SecretCredential& credential) const;
  /// kMalformed: damaged, or another credential's; kUnsupported.
  static Result<DeviceKey> Open(std::span<const uint8_t> file, const SecretCredential& credential);

 private:
  SecureArray<uint8_t, 32> seed_;
};

/// <folder>/<id>.voizk-device beside the credential's file, mode 0600, whole or not at all;
/// DeleteCredential removes it too.  kIo; kInvalidArgument: there is one already.
Status StoreDeviceKey(const std::string& folder, const SecretCredential& credential,
                      const DeviceKey& key);
/// kNotFound: this credential has none here.  Errors of Open; kIo, kInvalidArgument.
Result<DeviceKey> LoadDeviceKey(const std::string& folder, const SecretCredential& credential);

}  // namespace voizk

#endif  // VOIZK_DEVICE_H_
