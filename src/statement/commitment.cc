#include "statement/commitment.h"

#include <algorithm>
#include <vector>

#include "base/secure.h"
#include "hash/sha256.h"
#include "statement/sha256_relation.h"

namespace voizk {
namespace {

Digest Tag() {
  Digest tag{};
  std::copy(kTemplateTag.begin(), kTemplateTag.end(), tag.begin());
  return tag;
}

MessagePart Public(const Digest& bytes) { return {.bytes = {bytes.begin(), bytes.end()}}; }

}  // namespace

Digest RelyingPartyDigest(std::string_view relying_party) {
  const std::vector<uint8_t> bytes(relying_party.begin(), relying_party.end());
  return Sha256Of(bytes);
}

Digest CommitTemplate(std::span<const uint8_t, 32> salt, const Digest& relying_party,
                      const Digest& bundle, std::span<const int8_t> values) {
  SecureVector<uint8_t> message;
  const auto append = [&](auto range) {
    message.insert(message.end(), range.begin(), range.end());
  };
  append(Tag());
  append(salt);
  append(relying_party);
  append(bundle);
  for (const int8_t v : values) message.push_back(static_cast<uint8_t>(v));
  return Sha256Of(message);
}

void RequireCommitment(Builder& b, TensorId salt, TensorId values, const Digest& relying_party,
                       const Digest& bundle, const Digest& commitment) {
  const std::vector<MessagePart> parts{Public(Tag()),
                                       {.bytes = {}, .secret = salt},
                                       Public(relying_party),
                                       Public(bundle),
                                       {.bytes = {}, .secret = values, .is_signed = true}};
  AddSha256(b, "commitment", parts, commitment);
}

}  // namespace voizk
