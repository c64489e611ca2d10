// The prover's one reason to start again: challenges that its own honest messages cannot answer,
// with probability D/|K| below 2^-95.  Told apart from every error of a run, which ends the proof.
#ifndef VOIZK_PROOF_PROVER_DRAW_AGAIN_H_
#define VOIZK_PROOF_PROVER_DRAW_AGAIN_H_

#include <optional>
#include <utility>

#include "base/result.h"
#include "proof/protocol/reductions.h"

namespace voizk {

/// Steps 2 to 4.  Nothing if a denominator vanished (secrets.vanished()) or a coordinate did
/// (side.draw_again()): the attempt must be repeated from the commitment on, with fresh randomness.
template <int D, Side S, Secrets<D> Known>
Result<std::optional<Reduced<D>>> ReduceOrDrawAgain(const Instance& instance,
                                                    const PublicInputValues& inputs, S& side,
                                                    Known& secrets) {
  Result<Reduced<D>> run = RunReductions<D>(instance, inputs, side, secrets);
  if (side.draw_again() || secrets.vanished()) return std::optional<Reduced<D>>();
  if (!run.ok()) return run.error();
  return std::optional(std::move(*run));
}

}  // namespace voizk

#endif  // VOIZK_PROOF_PROVER_DRAW_AGAIN_H_
