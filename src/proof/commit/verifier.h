// The checking side of the opening: docs/protocol.md step 5, docs/protocol/commitment.md section 2.
#ifndef VOIZK_PROOF_COMMIT_VERIFIER_H_
#define VOIZK_PROOF_COMMIT_VERIFIER_H_

#include <vector>

#include "algebra/field/ext.h"
#include "base/result.h"
#include "crypto/hash/digest.h"
#include "proof/commit/params.h"
#include "proof/masked/verifier_channel.h"

namespace voizk {

/// What an opening has to show: the cell vector w under `root` has e_at_z w(z) = form.
template <int D>
struct OpeningClaim {
  Digest root;
  std::vector<Ext<D>> z;  // params.cells_bits coordinates
  Ext<D> e_at_z;
  AffineForm<D> form;
};

/// Reads the rest of the proof from the channel, [v] and [mu] included; accepts if the claim and
/// every constraint of the channel hold, to which it adds its own two.  channel's constraints are
/// of the params' plan.  Any bytes are fine; memory is bounded by params.
///
/// Errors, the first that applies:
///   kProofMalformed  kLength, kCanonical, at a byte
///   kProofRejected   kConstraints, kMerklePath, kResponses; kFold at a column of the responses
template <int D>
Status VerifyOpening(const CommitParams& params, OpeningClaim<D> claim,
                     VerifierChannel<D>* channel);

extern template Status VerifyOpening(const CommitParams&, OpeningClaim<4>, VerifierChannel<4>*);
extern template Status VerifyOpening(const CommitParams&, OpeningClaim<5>, VerifierChannel<5>*);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_VERIFIER_H_
