// The prover's polynomials, made when the protocol comes to them (protocol/reductions.h) and freed
// when it has passed.  Secret throughout.
#ifndef VOIZK_PROOF_PROVER_SECRETS_H_
#define VOIZK_PROOF_PROVER_SECRETS_H_

#include <optional>
#include <span>
#include <vector>

#include "base/secure.h"
#include "base/threads.h"
#include "proof/lookup/fraction_tree.h"
#include "proof/lookup/leaves.h"
#include "proof/protocol/reductions.h"
#include "proof/sumcheck/product_polynomials.h"
#include "relation/execution/checker.h"

namespace voizk {

/// What the reductions take from a witness, independent of challenges and degree.
struct PlacedWitness {
  /// values gives the views of constraints; it is called in the order lookups (key, value), then
  /// products (a, b).  The witness has the relation's shapes (Prove has looked).
  PlacedWitness(const Instance& instance, const Witness& witness, const ViewValues& values,
                ThreadPool* pool = nullptr);

  SecureVector<Fp> cells;  // by address
  LookupLeaves leaves;     //
  SecureVector<Fp> a, b;   // factors, by address of the space of products
};

template <int D>
class ProverSecrets {
 public:
  /// placed and pool are borrowed.
  ProverSecrets(const Instance& instance, const PlacedWitness& placed, ThreadPool& pool)
      : instance_(instance), placed_(placed), pool_(pool) {}

  FractionTree<D>& BeginLookups(const LookupChallenges<D>& challenges);
  TriplePolynomial<D>& BeginProducts(std::span<const Ext<D>> tau);
  DotPolynomial<D>& BeginBatch(const Claims<D>& claims, const Ext<D>& xi);

  /// A denominator vanished (probability D/|K|): start again with fresh randomness.
  bool vanished() const { return vanished_; }
  /// E(z), once the batch has run.
  Ext<D> EAtZ() const { return dot_->e(); }

 private:
  const Instance& instance_;
  const PlacedWitness& placed_;
  ThreadPool& pool_;
  bool vanished_ = false;
  std::optional<FractionTree<D>> tree_;
  std::optional<TriplePolynomial<D>> triple_;
  std::optional<DotPolynomial<D>> dot_;
};

extern template class ProverSecrets<4>;
extern template class ProverSecrets<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_PROVER_SECRETS_H_
