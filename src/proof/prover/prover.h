// The prover: from a witness to proof bytes.
#ifndef VOIZK_PROOF_PROVER_PROVER_H_
#define VOIZK_PROOF_PROVER_PROVER_H_

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "crypto/hash/rng.h"
#include "proof/lookup/leaves.h"
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
/// is violated.  rng is fresh and used for nothing else.
/// Errors: kInvalidArgument (a false witness, one of other shapes, or a cell that is not below p/2
/// in size).
Result<std::vector<uint8_t>> Prove(const Instance& instance, const PublicValues& public_values,
                                   const Witness& witness, SecureRng* rng, ThreadPool* pool,
                                   ProveStats* stats = nullptr);

/// The same for callers who have the values of the constraints' views already, asked for in the
/// order lookups (key, value), then products (a, b).
Result<std::vector<uint8_t>> ProveWithViews(const Instance& instance,
                                            const PublicValues& public_values,
                                            const Witness& witness, const ViewValues& values,
                                            SecureRng* rng, ThreadPool* pool,
                                            ProveStats* stats = nullptr);

}  // namespace voizk

#endif  // VOIZK_PROOF_PROVER_PROVER_H_
