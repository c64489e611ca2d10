// The two sides of a reduction.  Every reduction is one function over a Side, so that messages,
// challenges and constraints cannot come in different orders on the two sides: the prover's side
// (prover_side.h) sends the value it is handed, the verifier's (verifier_side.h) ignores it and
// receives.  A third one (planning_side.h) counts.
#ifndef VOIZK_PROOF_SUMCHECK_SIDE_H_
#define VOIZK_PROOF_SUMCHECK_SIDE_H_

#include <concepts>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proof/masked/constraints.h"

namespace voizk {

/// Collects what a reduction claims of the masked scalars.
///   Product(x, y)       the form of [x][y]; uses up the next triple
///   RequireZero(form)   form = 0
template <typename C, int D>
concept ConstraintCollector = requires(C c, const Masked<D>& masked, AffineForm<D> form) {
  { c.Product(masked, masked) } -> std::same_as<AffineForm<D>>;
  c.RequireZero(std::move(form));
};

/// One end of the conversation over K = Ext<S::kDegree>.
///   Scalar(label, value)     P -> V [value]; an Error ends the reduction
///   Challenge(label)         V -> P, one element
///   Challenges(label, n)     V -> P, n elements in one draw
///   constraints()            a reference to a ConstraintCollector
///   ZeroCoordinate(i)        what it means to this side that coordinate i of a point, by which the
///                            protocol divides, was drawn as zero: never success.  The verifier
///                            rejects; the prover draws again, and says so by other means than this
///                            error's code
template <typename S>
concept Side = requires(S side, std::string_view label, const Ext<S::kDegree>& value, size_t n) {
  { side.Scalar(label, value) } -> std::same_as<Result<Masked<S::kDegree>>>;
  { side.Challenge(label) } -> std::same_as<Ext<S::kDegree>>;
  { side.Challenges(label, n) } -> std::same_as<std::vector<Ext<S::kDegree>>>;
  { side.ZeroCoordinate(n) } -> std::same_as<Error>;
  requires ConstraintCollector<std::remove_reference_t<decltype(side.constraints())>, S::kDegree>;
};

/// A side that only counts messages.  What a reduction computes from public values and challenges,
/// and which neither makes nor leaves out a message, need not be computed for it.
template <typename S>
concept DryRun = Side<S> && S::kDryRun;

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_SIDE_H_
