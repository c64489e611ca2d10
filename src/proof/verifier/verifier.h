// The verifier.  Links no prover, no inference, no witness code.
#ifndef VOIZK_PROOF_VERIFIER_VERIFIER_H_
#define VOIZK_PROOF_VERIFIER_VERIFIER_H_

#include <cstdint>
#include <span>

#include "base/result.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"

namespace voizk {

struct VerifyStats {
  double reductions_s = 0;   // steps 2 to 4
  double functionals_s = 0;  // E(z)
  double opening_s = 0;      // step 5
};

/// Does `proof` show that the prover knows a witness of the relation, in a proof bound to this
/// statement?  The instance, hence every parameter, comes from the relation alone.
/// Any bytes are fine; memory is bounded by the relation's size.
/// Errors: kInvalidArgument (public inputs that do not fit the relation or leave their ranges),
/// kProofMalformed, kProofRejected, each with the check and its place (Error::rejection).
Status Verify(const Instance& instance, const PublicValues& public_values,
              std::span<const uint8_t> proof, VerifyStats* stats = nullptr);

}  // namespace voizk

#endif  // VOIZK_PROOF_VERIFIER_VERIFIER_H_
