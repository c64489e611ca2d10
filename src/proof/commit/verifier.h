// The checking side of the opening: docs/protocol.md step 5, docs/protocol/commitment.md section 2.
#ifndef VOIZK_PROOF_COMMIT_VERIFIER_H_
#define VOIZK_PROOF_COMMIT_VERIFIER_H_

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash/digest.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/params.h"
#include "proof/masked/channel.h"

namespace voizk {

/// What a proof can fail at.  The message of every error starts with ToString of its check.
enum class OpeningCheck {
  kMalformed,       // bytes missing, left over or not canonical    kProofMalformed
  kLinearSum,       // y1 does not sum to the constraints' constants over H
  kMerkle,          // opened columns are not under the root
  kRowCombination,  // u' differs from g + gamma U in an opened column
  kLowDegree,       // y0 differs from h0 + sum r0_i P_i in an opened column
  kLinear,          // y1 likewise
  kQuadratic,       // y2 likewise
};
std::string_view ToString(OpeningCheck check);

/// Reads [v], [mu] and all that follows to the end of the proof; accepts if the tableau satisfies
/// every constraint of `constraints` (to which it adds its own two) and the committed cell vector w
/// has w(z) = v with claim = e_at_z v.  z has params.cells_bits coordinates.  Any bytes are fine;
/// memory is bounded by params.
template <int D>
Status VerifyOpening(const CommitParams& params, const Digest& root, std::span<const Ext<D>> z,
                     const Ext<D>& e_at_z, const AffineForm<D>& claim,
                     ConstraintSystem<D>* constraints, VerifierChannel<D>* channel,
                     Transcript* transcript, ByteReader* proof);

extern template Status VerifyOpening(const CommitParams&, const Digest&, std::span<const Ext<4>>,
                                     const Ext<4>&, const AffineForm<4>&, ConstraintSystem<4>*,
                                     VerifierChannel<4>*, Transcript*, ByteReader*);
extern template Status VerifyOpening(const CommitParams&, const Digest&, std::span<const Ext<5>>,
                                     const Ext<5>&, const AffineForm<5>&, ConstraintSystem<5>*,
                                     VerifierChannel<5>*, Transcript*, ByteReader*);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_VERIFIER_H_
