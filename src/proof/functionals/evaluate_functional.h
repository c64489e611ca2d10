// The verifier's side of functionals (view_functional.h): their multilinear extension at a point.
#ifndef VOIZK_PROOF_FUNCTIONALS_EVALUATE_FUNCTIONAL_H_
#define VOIZK_PROOF_FUNCTIONALS_EVALUATE_FUNCTIONAL_H_

#include <optional>
#include <span>
#include <vector>

#include "proof/functionals/rank_one.h"
#include "relation/core/layout.h"
#include "relation/core/relation.h"

namespace voizk {

/// The point at which functionals are evaluated, with eq(z, .) on each tensor's cells as rank-one
/// weights, made when first asked for.
template <int D>
class CellPoint {
 public:
  /// layout must outlive this.  z.size() = layout.cells.bits.
  CellPoint(const Layout& layout, std::span<const Ext<D>> z)
      : layout_(layout), z_(z.begin(), z.end()), windows_(layout.cells.items.size()) {}
  const RankOne<D>& Window(TensorId tensor);

 private:
  const Layout& layout_;
  std::vector<Ext<D>> z_;
  std::vector<std::optional<RankOne<D>>> windows_;
};

/// f's multilinear extension at z.
template <int D>
Ext<D> EvaluateViewFunctional(const Relation& relation, const View& view, const RankOne<D>& w,
                              CellPoint<D>& z);

/// sum_i w(i) eq(z, address of tensor's cell i).
template <int D>
Ext<D> EvaluateTensorFunctional(TensorId tensor, const RankOne<D>& w, CellPoint<D>& z);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_EVALUATE_FUNCTIONAL_H_
