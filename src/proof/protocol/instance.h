// What both sides derive from a relation before the first message: the address spaces, the plan of
// pads, the soundness table and the smallest parameters that reach the required bits.  Nothing here
// is read from a proof.
#ifndef VOIZK_PROOF_PROTOCOL_INSTANCE_H_
#define VOIZK_PROOF_PROTOCOL_INSTANCE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash/digest.h"
#include "crypto/lattice/columns.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/params.h"
#include "proof/masked/pad_plan.h"
#include "proof/protocol/public_values.h"
#include "proof/security/table.h"
#include "relation/certificate/certificate.h"
#include "relation/core/layout.h"
#include "relation/core/relation.h"

namespace voizk {

/// A relation whose certificate holds, with everything derived from it.  Immutable; share it
/// between threads.
class Instance {
 public:
  /// Runs the certificate.  degree 0: that and the work are what ChooseSecureParams finds; a test
  /// may ask for its own.  Errors: those of Certify and of ChooseSecureParams.
  static Result<Instance> Make(std::shared_ptr<const Relation> relation, int degree = 0,
                               int work_bits = 0);
  /// The certificate has been run.
  static Result<Instance> Make(const CertifiedRelation& relation, int degree = 0,
                               int work_bits = 0);

  const Relation& relation() const { return *relation_; }
  const Layout& layout() const { return layout_; }
  const PadPlan& plan() const { return plan_; }
  const CommitParams& params() const { return params_; }
  const ShapeCounts& counts() const { return counts_; }
  const Digest& digest() const { return digest_; }
  /// The public elements that the relation's lattice commitments take.
  const LatticeColumns& columns() const { return *columns_; }
  int degree() const { return params_.degree; }

  /// Step 3 exists at all; step 3 has a sum-check.
  bool HasOutputs() const { return layout_.outputs.size > 0; }
  bool HasProducts() const { return !relation_->products.empty(); }

  /// Step 0: suite, parameters, relation, public inputs, statement.
  void Begin(const PublicValues& public_values, Transcript* transcript) const;

 private:
  PadPlan MakePlan() const;

  std::shared_ptr<const Relation> relation_;
  Layout layout_;
  PadPlan plan_;
  ShapeCounts counts_;
  CommitParams params_;
  Digest digest_{};
  std::shared_ptr<const LatticeColumns> columns_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_INSTANCE_H_
