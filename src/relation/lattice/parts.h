// Which public elements belong to which cells of a lattice commitment (docs/protocol/lattice.md):
// the tensors take polynomials of 1024 addresses one after the other, the salt takes its own two.
#ifndef VOIZK_RELATION_LATTICE_PARTS_H_
#define VOIZK_RELATION_LATTICE_PARTS_H_

#include <algorithm>
#include <cstddef>

#include "algebra/field/koala_bear.h"
#include "crypto/lattice/columns.h"
#include "relation/core/relation.h"
#include "relation/core/structure.h"

namespace voizk {

static_assert(kLatticeLength == kLatticeDegree);

/// Calls fn(tensor, columns) for every tensor and, last, for the salt.  Polynomial j of the tensor,
/// its addresses 1024 j to 1024 j + 1023 from its base on, is multiplied with slots
/// columns[1024 j ..].
template <typename Fn>
void ForEachLatticePart(const Relation& r, const LatticeCommitment& c,
                        const LatticeColumns& columns, const Fn& fn) {
  size_t first = 0;
  for (const TensorId t : c.tensors) {
    const auto count = static_cast<size_t>(LatticePolynomials(r.tensors[t].shape));
    fn(t, columns.Of(first, count));
    first += count;
  }
  fn(c.salt, columns.Salt());
}

/// Public elements that the relation's commitments take: each begins with the first.
inline size_t LatticeColumnsOf(const Relation& r) {
  size_t most = 0;
  for (const LatticeCommitment& c : r.commitments) {
    size_t count = 0;
    for (const TensorId t : c.tensors) {
      count += static_cast<size_t>(LatticePolynomials(r.tensors[t].shape));
    }
    most = std::max(most, count);
  }
  return most;
}

}  // namespace voizk

#endif  // VOIZK_RELATION_LATTICE_PARTS_H_
