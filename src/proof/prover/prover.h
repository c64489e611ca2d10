// The prover: from a witness to proof bytes.
#ifndef VOIZK_PROOF_PROVER_PROVER_H_
#define VOIZK_PROOF_PROVER_PROVER_H_

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "relation/execution/checker.h"

namespace voizk {

/// Wall-clock seconds per step of docs/protocol.md.
struct ProveStats {
  double evaluate_s = 0;  // the views of constraints, placed
  double commit_s = 0;    // step 1
  double lookups_s = 0;   // step 2
  double products_s = 0;  // step 3
  double batch_s = 0;     // step 4
  double open_s = 0;      // step 5
  int attempts = 0;       // 1 but for an event of probability 2^-100
};

/// A witness that does not satisfy the relation gives an error and no bytes, at the end: a proof
/// that is rejected is not zero-knowledge (docs/protocol.md, section 6).  CheckRelation says what
/// is violated.
///
/// The randomness of a proof is made here and nowhere else, from the operating system's and from a
/// hash of relation, public values and witness, so that no caller can reuse it or leave the hash
/// out. Errors: kInvalidArgument (a false witness, one of other shapes, or a cell that is not below
/// p/2 in size), kInternal.
Result<std::vector<uint8_t>> Prove(const Instance& instance, const PublicValues& public_values,
                                   const Witness& witness, ThreadPool* pool,
                                   ProveStats* stats = nullptr);

/// The same; the witness is overwritten and its memory given back as soon as the cells alone are
/// left to be read, and in any case.
Result<std::vector<uint8_t>> ProveAndErase(const Instance& instance,
                                           const PublicValues& public_values, Witness* witness,
                                           ThreadPool* pool, ProveStats* stats = nullptr);

/// For tests and golden proofs only: the proof is a function of its arguments and hides nothing
/// from whoever knows the seed.
Result<std::vector<uint8_t>> ProveForTest(const Instance& instance,
                                          const PublicValues& public_values, const Witness& witness,
                                          uint64_t seed, ThreadPool* pool);

}  // namespace voizk

#endif  // VOIZK_PROOF_PROVER_PROVER_H_
