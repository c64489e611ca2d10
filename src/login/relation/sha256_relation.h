// SHA-256 (FIPS 180-4) of a message of public length, partly secret, from a state to a digest that
// are tensors: public inputs, as a rule.
//
// Words exceed p, so no word is ever one field element (docs/protocol/pitfalls.md): words
// are rows of 32 bit cells, sums are taken on 16-bit halves with range-checked carries, and an
// equation over the halves is exact over the integers.
//
// Notation: block n = 0..B-1, round t = 0..63, bit index i = 0..31 with i = 0 the most significant
// (weight 2^(31-i)), so that byte k of a big-endian word is bits 8k..8k+7.  The working variables
// are two streams of words: with a0 = A[t+3], b = A[t+2], c = A[t+1], d = A[t] and likewise
// e, f, g, h = E[t+3..t], round t reads
//   E[t+4] = A[t] + E[t] + S1(E[t+3]) + Ch(E[t+3],E[t+2],E[t+1]) + K[t] + W[t]       mod 2^32
//   A[t+4] = E[t+4] - A[t] + S0(A[t+3]) + Maj(A[t+3],A[t+2],A[t+1])                 mod 2^32
//   W[t]   = s1(W[t-2]) + W[t-7] + s0(W[t-15]) + W[t-16],  t >= 16                  mod 2^32
// Leading blocks that are wholly public need not be in the relation: the state is the one after
// them (B counts the others).
//
// Tensors (18,100 cells a block):
//   A, E [68][B][32], W [64][B][32]            bits
//   exclusive or of three rotations x+y+z = s + 2k: k [..][B][32] committed, s and k boolean
//   Maj: the carry k of a+b+c = s + 2k, committed;  Ch = g + z, z = e*(f-g) committed
//   carries of the halves [..][B][2], index 0 the high half
#ifndef VOIZK_LOGIN_RELATION_SHA256_RELATION_H_
#define VOIZK_LOGIN_RELATION_SHA256_RELATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/hash/digest.h"
#include "crypto/hash/sha256_constants.h"
#include "relation/builder/builder.h"

namespace voizk {

/// One stretch of the message; its length must be a multiple of 4 bytes.
struct MessagePart {
  std::vector<uint8_t> bytes;        // public bytes, or
  std::optional<TensorId> secret{};  // a rank-1 tensor of bytes
  bool is_signed = false;            // secret cells are -128..127, hashed in two's complement
};

/// Named hint that computes every cell from the secret bytes (login/hints).
/// views: the state [8][2], then the secret parts in order.  params: B, then for each of the 64*B
/// bytes of the padded message its value, or -1 if it is the next secret byte.
/// outputs: Sha256Output order.
inline constexpr char kSha256Hint[] = "sha256";

enum Sha256Output : size_t {
  kShaA,       // [68][B][32]
  kShaE,       // [68][B][32]
  kShaW,       // [64][B][32]
  kShaBig0,    // [64][B][32] carries k of S0
  kShaBig1,    // [64][B][32] carries k of S1
  kShaMaj,     // [64][B][32]
  kShaCh,      // [64][B][32] e*(f-g)
  kShaSmall0,  // [48][B][32] carries k of s0 of W[t-15], t = 16 + index
  kShaSmall1,  // [48][B][32] carries k of s1 of W[t-2]
  kShaCarryE,  // [64][B][2]
  kShaCarryA,  // [64][B][2]
  kShaCarryW,  // [48][B][2]
  kShaChainA,  // [4][B][2] carries of the addition of the chaining value, word i of A
  kShaChainE,  // [4][B][2]
  kShaOutputs,
};

/// Rotations of S0, S1, s0, s1; the third entry of s0 and s1 is a shift.  The other constants of
/// FIPS 180-4 are in crypto/hash/sha256_constants.h.
inline constexpr std::array<int, 3> kSha256Big0{2, 13, 22};
inline constexpr std::array<int, 3> kSha256Big1{6, 11, 25};
inline constexpr std::array<int, 3> kSha256Small0{7, 18, 3};
inline constexpr std::array<int, 3> kSha256Small1{17, 19, 10};

/// Eight words, each as its high half and its low half.
inline constexpr uint32_t kSha256Words = 8;
/// The state after whole blocks (a multiple of 64 bytes) as words in halves, row-major [8][2].
std::vector<int32_t> Sha256StateAfter(ByteSpan blocks);
/// A digest in halves, row-major [8][2].
std::vector<int32_t> HalvesOf(const Digest& digest);

/// Constrains: SHA-256 of `before` bytes (a multiple of 64), which lead to `state`, and then
/// `parts` is `digest`.  state, digest: tensors [8][2] of halves.  Secret cells may be of any
/// certified range; the bits bound them to bytes.  Errors are recorded in the builder.
void AddSha256(Builder& b, const std::string& name, uint64_t before, TensorId state,
               std::span<const MessagePart> parts, TensorId digest);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_SHA256_RELATION_H_
