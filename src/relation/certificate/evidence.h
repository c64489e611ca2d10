// What is known so far about one tensor's cells: boxes of cells with the interval that some
// constraint forces them into.
#ifndef VOIZK_RELATION_CERTIFICATE_EVIDENCE_H_
#define VOIZK_RELATION_CERTIFICATE_EVIDENCE_H_

#include <optional>
#include <vector>

#include "relation/certificate/interval.h"
#include "relation/core/relation.h"
#include "relation/core/structure.h"

namespace voizk {

struct Evidence {
  Box box;
  Interval interval;
};

/// Whether the evidence, cell by cell, forces every cell of t into [t.lo, t.hi].  May say no when
/// the boxes are too many to compare.
bool Enforces(const std::vector<Evidence>& evidence, const Tensor& t);

/// The cells of a tensor that a term of a view shows one by one, with coefficient +1 or -1: every
/// cell of the box equals (up to sign) the term at some output index.  Nothing if the term is no
/// such map.
std::optional<Box> ShownCells(const Shape& tensor, const Shape& view, const Term& term);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_EVIDENCE_H_
