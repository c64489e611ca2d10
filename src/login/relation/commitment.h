// The credential commitment C = SHA-256(tag | context | salt | template) inside the statement,
// context = SHA-256(SHA-256(rp) | bundle digest): 32 + 32 + 32 + 64 bytes, the template in two's
// complement (docs/decision.md, 3).  voizk/credential.h computes the same in the clear.
#ifndef VOIZK_LOGIN_RELATION_COMMITMENT_H_
#define VOIZK_LOGIN_RELATION_COMMITMENT_H_

#include <string_view>

#include "crypto/hash/digest.h"
#include "relation/builder/builder.h"

namespace voizk {

inline constexpr std::string_view kTemplateTag = "voizk template v1";  // zero-padded to 32 bytes

/// salt [32] in 0..255 and values [64] in -128..127 are tensors; the rest is public, C included.
/// The relying party's id is UTF-8.
void RequireCommitment(Builder& b, TensorId salt, TensorId values, std::string_view relying_party,
                       const Digest& bundle, const Digest& commitment);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_COMMITMENT_H_
