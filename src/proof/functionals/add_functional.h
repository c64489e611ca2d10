// The prover's side of functionals (view_functional.h): coefficients, added into a table.
#ifndef VOIZK_PROOF_FUNCTIONALS_ADD_FUNCTIONAL_H_
#define VOIZK_PROOF_FUNCTIONALS_ADD_FUNCTIONAL_H_

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/functionals/rank_one.h"
#include "relation/core/layout.h"
#include "relation/core/relation.h"

namespace voizk {

/// e[x] += scalar * f(x).  e.size() = layout.cells.size.
template <int D>
void AddViewFunctional(const Relation& relation, const Layout& layout, const View& view,
                       const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* e, ThreadPool& pool);

/// space[address of the item's index i] += scalar * w(i).
template <int D>
void AddRankOne(const Placement& item, const RankOne<D>& w, const Ext<D>& scalar, ExtVec<D>* space,
                ThreadPool& pool);

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_ADD_FUNCTIONAL_H_
