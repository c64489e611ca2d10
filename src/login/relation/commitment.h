// The credential commitment C = SHA-256(tag | context | salt | template) inside the relation,
// context = SHA-256(SHA-256(rp) | bundle digest): 32 + 32 + 32 + 64 bytes, the template in two's
// complement (docs/decision.md, 3).  voizk/credential.h computes the same in the clear.
#ifndef VOIZK_LOGIN_RELATION_COMMITMENT_H_
#define VOIZK_LOGIN_RELATION_COMMITMENT_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/hash/digest.h"
#include "relation/builder/builder.h"

namespace voizk {

inline constexpr std::string_view kTemplateTag = "voizk template v1";  // zero-padded to 32 bytes

/// Public inputs of the relation: SHA-256's state after the first block, tag and context, and C,
/// both as eight words in halves, [8][2].
inline constexpr char kCommitmentState[] = "commitment.state";
inline constexpr char kCommitmentDigest[] = "commitment.digest";

/// Declares them: state, digest.
std::pair<TensorId, TensorId> AddCommitmentInputs(Builder& b);

/// salt [32] in 0..255 and values [64] in -128..127 are tensors.
void RequireCommitment(Builder& b, TensorId salt, TensorId values);

/// The two public inputs.  The relying party's id is UTF-8.
std::vector<int32_t> CommitmentState(std::string_view relying_party, const Digest& bundle);
std::vector<int32_t> CommitmentDigest(const Digest& commitment);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_COMMITMENT_H_
