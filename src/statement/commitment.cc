#include "statement/commitment.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
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

void RequireCommitment(Builder& b, TensorId salt, TensorId values, std::string_view relying_party,
                       const Digest& bundle, const Digest& commitment) {
  const Digest rp = Sha256Of(AsBytes(relying_party));
  const std::vector<MessagePart> parts{Public(Tag()),
                                       {.bytes = {}, .secret = salt},
                                       Public(rp),
                                       Public(bundle),
                                       {.bytes = {}, .secret = values, .is_signed = true}};
  AddSha256(b, "commitment", parts, commitment);
}

}  // namespace voizk
