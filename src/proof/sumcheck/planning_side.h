// A dry run of a reduction: it sends nothing, draws ones and counts.  What it counts is the plan
// that both sides follow later, so the plan cannot differ from the run.
#ifndef VOIZK_PROOF_SUMCHECK_PLANNING_SIDE_H_
#define VOIZK_PROOF_SUMCHECK_PLANNING_SIDE_H_

#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "proof/masked/pad_plan.h"
#include "proof/sumcheck/side.h"

namespace voizk {

/// Forms are all zero: a plan depends on which scalars are sent and multiplied, not on values.
template <int D>
class PlanningSide {
 public:
  static constexpr int kDegree = D;
  static constexpr bool kDryRun = true;
  Result<Masked<D>> Scalar(std::string_view, const Ext<D>&) {
    return Masked<D>{plan_.AddPad(), {}, {}};
  }
  Ext<D> Challenge(std::string_view) { return Ext<D>::kOne; }
  std::vector<Ext<D>> Challenges(std::string_view, size_t count) {
    return std::vector<Ext<D>>(count, Ext<D>::kOne);
  }
  PlanningSide& constraints() { return *this; }
  Error ZeroCoordinate(size_t) {
    CheckInvariant(false, "a plan's coordinates are all one");
    return {ErrorCode::kInternal, {}};
  }

  AffineForm<D> Product(const Masked<D>& x, const Masked<D>& y) {
    plan_.AddTriple(x.pad, y.pad);
    return {};
  }
  void RequireZero(const AffineForm<D>&) { ++plan_.constraints; }

  const PadPlan& plan() const { return plan_; }

 private:
  PadPlan plan_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_PLANNING_SIDE_H_
