#include <sodium.h>

#include <algorithm>

#include "base/exceptions.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kTag = "voizk template v1";

}  // namespace

SecureArray<uint8_t, kCommitmentMessageBytes> CommitmentMessage(
    const VoiceTemplate& voice_template, const TemplateSalt& salt, std::string_view relying_party,
    const std::array<uint8_t, 32>& bundle_digest) {
  SecureArray<uint8_t, kCommitmentMessageBytes> message;
  auto out = message.begin();
  const auto append = [&out](const auto& bytes) {
    out = std::copy(bytes.begin(), bytes.end(), out);
  };
  append(PaddedTag(kTag));
  const Digest party = Sha256Of(AsBytes(relying_party));
  append(Sha256().Update(party).Update(bundle_digest).Finish());
  append(salt);
  for (const int8_t value : voice_template) *out++ = static_cast<uint8_t>(value);
  return message;
}

std::array<uint8_t, 32> ComputeCommitment(const VoiceTemplate& voice_template,
                                          const TemplateSalt& salt, std::string_view relying_party,
                                          const std::array<uint8_t, 32>& bundle_digest) {
  return Sha256Of(CommitmentMessage(voice_template, salt, relying_party, bundle_digest).span());
}

Result<TemplateSalt> MakeSalt() try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  TemplateSalt salt;
  randombytes_buf(salt.data(), salt.size());
  return salt;
} catch (...) {
  return ErrorOfException();
}

std::string PublicCredential::Id() const { return ToHex(ByteSpan(commitment).first(8)); }

PublicCredential SecretCredential::Public() const {
  return {relying_party, bundle_digest,
          ComputeCommitment(voice_template, salt, relying_party, bundle_digest)};
}

}  // namespace voizk
