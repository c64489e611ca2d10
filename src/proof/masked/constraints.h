// ConstraintSystem: the affine relations on the pad tableau that one run of the protocol collects.
// Prover and verifier build the same one from the same messages; src/proof/commit proves it at the
// end.
#ifndef VOIZK_PROOF_MASKED_CONSTRAINTS_H_
#define VOIZK_PROOF_MASKED_CONSTRAINTS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "algebra/field/ext.h"
#include "proof/masked/affine_form.h"
#include "proof/masked/pad_plan.h"

namespace voizk {

/// A scalar s that was sent as `sent` = s - pi_pad; form = sent + pi_pad.
template <int D>
struct Masked {
  uint32_t pad = 0;
  Ext<D> sent;
  AffineForm<D> form;
};

/// What both ends know of a scalar once `sent` went over under the mask `pad`.
template <int D>
Masked<D> MakeMasked(uint32_t pad, const Ext<D>& sent) {
  AffineForm<D> form = AffineForm<D>::Variable({VarKind::kPad, pad});
  form += sent;
  return {pad, sent, std::move(form)};
}

template <int D>
class ConstraintSystem {
 public:
  explicit ConstraintSystem(PadPlan plan) : plan_(std::move(plan)) {}

  /// The next unused pad.  Every pad is handed out once; running past the plan ends the process
  /// (a second use of a pad would show the difference of two secrets).
  uint32_t NextPad();

  /// [x][y] of two sent scalars by the next triple e of the plan, which must name their pads:
  ///   x^ y^ + x^ Y_e + y^ X_e + Z_e,   with X_e = pi_x.pad, Y_e = pi_y.pad, Z_e = X_e Y_e.
  AffineForm<D> Product(const Masked<D>& x, const Masked<D>& y);

  /// Adds the claim form = 0.
  void RequireZero(AffineForm<D> form) { constraints_.push_back(std::move(form)); }

  /// In the order in which they were required; the copy constraints of triples are not among them.
  const std::vector<AffineForm<D>>& constraints() const { return constraints_; }
  const PadPlan& plan() const { return plan_; }
  uint32_t pads_used() const { return pads_used_; }
  /// Was every pad and triple of the plan used?  Required before the tableau is proven.
  bool IsComplete() const {
    return pads_used_ == plan_.pads && triples_used_ == plan_.triples.size();
  }

 private:
  PadPlan plan_;
  uint32_t pads_used_ = 0;
  uint32_t triples_used_ = 0;
  std::vector<AffineForm<D>> constraints_;
};

extern template class ConstraintSystem<4>;
extern template class ConstraintSystem<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_CONSTRAINTS_H_
