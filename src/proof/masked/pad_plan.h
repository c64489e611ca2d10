// PadPlan: how many one-time pads a proof uses and which pairs of them are multiplied.  It is a
// function of the shape alone, computed by both sides before the first message, because pads and
// triples are committed in step 1 (docs/protocol.md, section 3).
#ifndef VOIZK_PROOF_MASKED_PAD_PLAN_H_
#define VOIZK_PROOF_MASKED_PAD_PLAN_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace voizk {

struct PadPlan {
  uint32_t pads = 0;  // pads 0 .. pads-1, in the order in which masked scalars are sent
  std::vector<std::pair<uint32_t, uint32_t>> triples;  // pads of the two factors, in order of use

  /// A masked scalar will be sent; returns its pad.
  uint32_t AddPad() { return pads++; }
  /// The scalars sent with pads x and y will be multiplied.
  void AddTriple(uint32_t x, uint32_t y) { triples.emplace_back(x, y); }
  /// The last entries of every plan: the pads of [v] and [mu] (opening, steps 4 and 5).
  void AddOpening() { pads += kOpeningPads; }

  static constexpr uint32_t kOpeningPads = 2;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_PAD_PLAN_H_
