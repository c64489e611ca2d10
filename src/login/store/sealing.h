// Below StoreCredential and ReplaceCredential: files that are sealed already, at a stated price.
#ifndef VOIZK_LOGIN_STORE_SEALING_H_
#define VOIZK_LOGIN_STORE_SEALING_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "voizk/credential.h"

namespace voizk {

/// What one guess at a passphrase costs: Argon2id's passes and memory.  libsodium's "moderate" is 3
/// passes over 256 MiB.
struct GuessCost {
  uint32_t passes = 4;
  uint64_t memory_bytes = uint64_t{1} << 28;
};

/// SealCredential at this price.  Only tests, which seal many, choose another than the default.
Result<std::vector<uint8_t>> SealCredentialAt(const GuessCost& cost,
                                              const SecretCredential& credential,
                                              std::span<const char> passphrase);

/// StoreCredential of a sealed file.  Also the errors of ReadSealedPublic.
Status StoreSealed(const std::string& folder, ByteSpan file, const PublishCredential& publish);
/// ReplaceCredential by a sealed file.
Status ReplaceSealed(const std::string& folder, const std::string& old_id, ByteSpan file,
                     const PublishCredential& publish);

}  // namespace voizk

#endif  // VOIZK_LOGIN_STORE_SEALING_H_
