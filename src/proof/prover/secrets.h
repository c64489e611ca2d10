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
  /// values gives the views of constraints, as often as it is asked; the proof asks once for each,
  /// in the order lookups (key, value), then products (a, b).  The witness, which is borrowed as
  /// what values reads is, has the relation's shapes (Prove has looked).
  PlacedWitness(const Instance& instance, const Witness& witness, ViewValues values,
                ThreadPool* pool = nullptr);

  const Witness& witness;
  ViewValues values;
  SecureVector<Fp> cells;  // by address
};

/// Each step's tables are made when the protocol comes to it and are gone when it has passed: none
/// of leaves, factors and E is there beside another.
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
  /// Evaluates the views of lookups; BeginLookups does it if nobody has.
  void PrepareLookups();

 private:
  /// A and B of product g, and its weights Wt, into the tables of the products.
  void PlaceProduct(size_t g, const RankOne<D>& output, ExtVec<D>* weights);

  const Instance& instance_;
  const PlacedWitness& placed_;
  ThreadPool& pool_;
  bool vanished_ = false;
  std::optional<LookupLeaves> leaves_;
  std::optional<FractionTree<D>> tree_;
  SecureVector<Fp> a_, b_;                // factors, by address of the space of products
  std::vector<ExtStretch<D>> stretches_;  // of products that are summed over dimensions
  std::optional<TriplePolynomial<D>> triple_;
  std::optional<DotPolynomial<D>> dot_;
};

extern template class ProverSecrets<4>;
extern template class ProverSecrets<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_PROVER_SECRETS_H_
