// The plain checker: does a witness satisfy a relation, over the integers, in the clear?  The test
// oracle of everything that builds relations; also what `prove` runs before it spends time proving.
#ifndef VOIZK_RELATION_EXECUTION_CHECKER_H_
#define VOIZK_RELATION_EXECUTION_CHECKER_H_

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "relation/core/relation.h"

namespace voizk {

/// One vector per tensor, row-major without padding, values with |v| < p/2.  Multiplicities
/// included.
using Witness = std::vector<std::vector<int32_t>>;

/// Evaluates a view in 64-bit integers, row-major over view.shape.  The view passes CheckView; w
/// has every tensor that the view reads.  No sum overflows if the view's weights times values stay
/// below 2^63: true of every witness of a certified relation, whatever its values below p/2, as
/// long as no output sums weights of more than 2^32 in total.
std::vector<int64_t> EvaluateView(const Relation& r, const View& v, const Witness& w);

/// What the public inputs and the lattice commitments are on this witness; CheckRelation holds the
/// former to their ranges.
PublicInputValues PublicInputsOf(const Relation& r, const Witness& w);

/// All constraints over the integers, and every cell in its tensor's range.  Error text names the
/// first violated constraint and index, never a value.  The relation is certified.
Status CheckRelation(const Relation& r, const Witness& w, const PublicInputValues& inputs = {});

/// The constraints alone, and only mod p: what the proof system shows.  By the certificate, no
/// witness passes this and fails CheckRelation.
Status CheckRelationModP(const Relation& r, const Witness& w, const PublicInputValues& inputs = {});

/// Fills the multiplicity tensors from the lookups (mod p); an entry that is in no table is an
/// error.
Status FillMultiplicities(const Relation& r, Witness* w);

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_CHECKER_H_
