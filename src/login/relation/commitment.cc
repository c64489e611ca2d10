#include "login/relation/commitment.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/relation/sha256_relation.h"
#include "relation/gadgets/commit.h"

namespace voizk {

std::pair<TensorId, TensorId> AddCommitmentInputs(Builder& b) {
  const Shape words = MakeShape({kSha256Words, 2});
  const TensorId state = gadgets::Public(b, kCommitmentState, words, 0, 0xffff);
  return {state, gadgets::Public(b, kCommitmentDigest, words, 0, 0xffff)};
}

void RequireCommitment(Builder& b, TensorId salt, TensorId values) {
  const auto [state, digest] = AddCommitmentInputs(b);
  const std::vector<MessagePart> parts{{.bytes = {}, .secret = salt},
                                       {.bytes = {}, .secret = values, .is_signed = true}};
  AddSha256(b, "commitment", 2 * sizeof(Digest), state, parts, digest);
}

std::vector<int32_t> CommitmentState(std::string_view relying_party, const Digest& bundle) {
  const Digest party = Sha256Of(AsBytes(relying_party));
  const Digest context = Sha256().Update(party).Update(bundle).Finish();
  std::array<uint8_t, 2 * sizeof(Digest)> block{};  // the tag, padded with zeros, and the context
  std::copy(kTemplateTag.begin(), kTemplateTag.end(), block.begin());
  std::copy(context.begin(), context.end(), block.begin() + sizeof(Digest));
  return Sha256StateAfter(block);
}

std::vector<int32_t> CommitmentDigest(const Digest& commitment) { return HalvesOf(commitment); }

}  // namespace voizk
