// PadPlan: how many one-time pads a proof uses and which pairs of them are multiplied.  It is a
// function of the shape alone, found by both sides before the first message by a dry run of what
// they will do (sumcheck/planning_side.h), because pads and triples are committed in step 1
// (docs/protocol.md, section 3).
#ifndef VOIZK_PROOF_MASKED_PAD_PLAN_H_
#define VOIZK_PROOF_MASKED_PAD_PLAN_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace voizk {

struct PadPlan {
  uint32_t pads = 0;  // pads 0 .. pads-1, in the order in which masked scalars are sent
  std::vector<std::pair<uint32_t, uint32_t>> triples;  // pads of the two factors, in order of use
  uint64_t constraints = 0;  // affine claims on the pads; for the soundness table

  /// A masked scalar will be sent; returns its pad.
  uint32_t AddPad() { return pads++; }
  /// The scalars sent with pads x and y will be multiplied.
  void AddTriple(uint32_t x, uint32_t y) { triples.emplace_back(x, y); }
  /// The last entries of every plan: [v] and [mu] of the opening (step 5), with a claim on each.
  void AddOpening() {
    pads += kOpeningPads;
    constraints += kOpeningPads;
  }

  static constexpr uint32_t kOpeningPads = 2;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_PAD_PLAN_H_
