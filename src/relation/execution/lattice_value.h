// The values of a lattice commitment (docs/protocol/lattice.md) from the cells that it commits to.
#ifndef VOIZK_RELATION_EXECUTION_LATTICE_VALUE_H_
#define VOIZK_RELATION_EXECUTION_LATTICE_VALUE_H_

#include <cstdint>
#include <vector>

#include "relation/core/relation.h"
#include "relation/execution/checker.h"

namespace voizk {

/// sum_j a_j w_j + b u + v by slot, as representatives in [-p/2, p/2]: 1024 values.  w holds the
/// committed tensors and the salt in their shapes; the others may be missing.
std::vector<int32_t> LatticeValue(const Relation& r, const LatticeCommitment& c, const Witness& w);

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_LATTICE_VALUE_H_
