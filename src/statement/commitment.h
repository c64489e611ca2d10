// The credential commitment C = SHA-256(tag | salt | SHA-256(rp) | bundle digest | template):
// 32 + 32 + 32 + 32 + 64 bytes, the template in two's complement (docs/decision.md, 3).
#ifndef VOIZK_STATEMENT_COMMITMENT_H_
#define VOIZK_STATEMENT_COMMITMENT_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "hash/digest.h"
#include "relation/builder.h"

namespace voizk {

inline constexpr std::string_view kTemplateTag = "voizk-template-v1";  // zero-padded to 32 bytes
inline constexpr uint32_t kSaltSize = 32;

/// SHA-256 of the relying party's id (UTF-8).
Digest RelyingPartyDigest(std::string_view relying_party);

Digest CommitTemplate(std::span<const uint8_t, 32> salt, const Digest& relying_party,
                      const Digest& bundle, std::span<const int8_t> values);

/// salt [32] in 0..255 and values [64] in -128..127 are tensors; C is public.
void RequireCommitment(Builder& b, TensorId salt, TensorId values, const Digest& relying_party,
                       const Digest& bundle, const Digest& commitment);

}  // namespace voizk

#endif  // VOIZK_STATEMENT_COMMITMENT_H_
