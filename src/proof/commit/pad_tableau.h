// The prover's pad tableau: a small matrix over K that holds every one-time pad and every product
// of two pads, with a mask for each of its three tests (docs/protocol/commitment.md, section 1).
//
// Row i is the polynomial P_i = Q_i + (X^256 - 1) R_i: Q_i (degree < 256) takes the row's messages
// on H, the 256th roots of unity, R_i (degree < t) is random.  Rows: pads, 256 a row; then for each
// 256 triples X, Y and Z = X Y.  Masks: h0 of degree < k_P; h1 of degree < k_1 with sum 0 over H;
// h2 = (X^256 - 1) s of degree < k_2.
#ifndef VOIZK_PROOF_COMMIT_PAD_TABLEAU_H_
#define VOIZK_PROOF_COMMIT_PAD_TABLEAU_H_

#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/secure.h"
#include "crypto/hash/rng.h"
#include "proof/commit/challenges.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/params.h"
#include "proof/masked/pad_plan.h"

namespace voizk {

/// Coefficients of y0, of y1 and of y2 / (X^256 - 1).
template <int D>
struct TableauResponses {
  ExtVec<D> y0, y1, y2;
};

template <int D>
class PadTableau {
 public:
  using K = Ext<D>;
  /// Draws pads, randomisers and masks from rng.
  PadTableau(const CommitParams& params, const PadPlan& plan, SecureRng* rng);
  ~PadTableau();
  PadTableau(const PadTableau&) = delete;
  PadTableau& operator=(const PadTableau&) = delete;

  /// pi_0, pi_1, ..
  std::span<const K> pads() const { return pads_; }
  /// Coefficients of the words in leaf order: rows, h0, h1, h2.
  const std::vector<ExtVec<D>>& words() const { return words_; }

  ///   y0 = h0 + sum_i r0_i P_i
  ///   y1 = h1 + sum_i A^_i P_i
  ///   y2 = h2 + sum_{e >= 1} r2^e (X_e Y_e - Z_e)
  TableauResponses<D> Respond(const TableauChallenges<D>& challenges,
                              const LinearTest<D>& linear) const;

 private:
  void AddRow(std::span<const K> messages, SecureRng* rng);
  void AddMasks(SecureRng* rng);

  CommitParams params_;
  SecureVector<K> pads_;
  std::vector<ExtVec<D>> words_;
};

extern template class PadTableau<4>;
extern template class PadTableau<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_PAD_TABLEAU_H_
