// The plain checker: does a witness satisfy a relation, over the integers, in the clear?  The test
// oracle of everything that builds relations; also what `prove` runs before it spends time proving.
#ifndef VOIZK_RELATION_CHECKER_H_
#define VOIZK_RELATION_CHECKER_H_

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "relation/relation.h"

namespace voizk {

/// One vector per tensor, row-major without padding, values with |v| < p/2.  Multiplicities
/// included.
using Witness = std::vector<std::vector<int32_t>>;

/// Evaluates a view in 64-bit integers, row-major over view.shape.
std::vector<int64_t> EvaluateView(const Relation& r, const View& v, const Witness& w);

/// Error text names the first violated constraint and index, never a value.
Status CheckRelation(const Relation& r, const Witness& w);

/// Fills the multiplicity tensors from the lookups; an entry that is in no table is an error.
Status FillMultiplicities(const Relation& r, Witness* w);

}  // namespace voizk

#endif  // VOIZK_RELATION_CHECKER_H_
