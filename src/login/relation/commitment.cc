#include "login/relation/commitment.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/relation/sha256_relation.h"

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
  // The first block, tag and context, is public.
  const Digest party = Sha256Of(AsBytes(relying_party));
  const Digest context = Sha256().Update(party).Update(bundle).Finish();
  const std::vector<MessagePart> parts{Public(Tag()),
                                       Public(context),
                                       {.bytes = {}, .secret = salt},
                                       {.bytes = {}, .secret = values, .is_signed = true}};
  AddSha256(b, "commitment", parts, commitment);
}

}  // namespace voizk
