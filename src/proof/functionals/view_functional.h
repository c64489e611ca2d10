// Functionals on cells: for rank-one weights w on a view's shape,
//   sum_o w(o) view(o) = constant + sum_x f(x) cell(x),
// where f reads only addresses that are cells (F11).  The prover adds f into the table E of the
// batch; the verifier evaluates f's multilinear extension at a point, in time O(dimensions +
// weights), without a loop over cells.
#ifndef VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_
#define VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_

#include <optional>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/functionals/rank_one.h"
#include "relation/core/layout.h"
#include "relation/core/relation.h"

namespace voizk {

/// Prover: e[x] += scalar * f(x).  e.size() = layout.cells.size.
template <int D>
void AddViewFunctional(const Relation& relation, const Layout& layout, const View& view,
                       const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* e, ThreadPool& pool);

/// Prover: space[address of the item's index i] += scalar * w(i).
template <int D>
void AddRankOne(const Placement& item, const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* space,
                ThreadPool& pool);

/// The point at which the verifier evaluates functionals, with eq(z, .) on each tensor's cells as
/// rank-one weights, made when first asked for.
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

/// Verifier: f's multilinear extension at z.
template <int D>
Ext<D> EvaluateViewFunctional(const Relation& relation, const View& view, const RankOne<D>& w,
                              CellPoint<D>& z);

/// Verifier: sum_i w(i) eq(z, address of tensor's cell i).
template <int D>
Ext<D> EvaluateTensorFunctional(TensorId tensor, const RankOne<D>& w, CellPoint<D>& z);

/// Both: sum_o w(o) constant(o).
template <int D>
Ext<D> ConstantOfView(const View& view, const RankOne<D>& w);

/// sum_i a(i) b(i) of two rank-one arrays over one shape.
template <int D>
Ext<D> InnerProduct(const RankOne<D>& a, const RankOne<D>& b);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_VIEW_FUNCTIONAL_H_
