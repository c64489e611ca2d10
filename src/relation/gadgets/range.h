// Range checks: by one lookup, or by a committed low limb and a virtual top limb.
#ifndef VOIZK_RELATION_GADGETS_RANGE_H_
#define VOIZK_RELATION_GADGETS_RANGE_H_

#include <cstdint>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// v in [lo, hi] exactly (hi - lo < 2^29; limbs as needed); honest failure refuses with
/// `refusal`.
void Range(Builder& b, const View& v, int64_t lo, int64_t hi, std::string refusal = {});

/// v >= 0, where v's certified upper bound is below 2^29: the cheaper half of Range.
void NonNegative(Builder& b, const View& v, std::string refusal = {});

/// v in [lo, hi] by one lookup each, whatever the costs (a table of hi - lo + 1 rows).  No step:
/// the honest prover's v is there.
void RequireSmall(Builder& b, const View& v, int64_t lo, int64_t hi);

/// 0 <= u < rows exactly, without a step.  rows <= 2^29.
void RequireBelow(Builder& b, const View& u, int64_t rows);

/// q = floor(v / 2^shift): a cell and the lookups of two range checks; shift >= 1.
TensorId FloorShift(Builder& b, const std::string& name, const View& v, int shift);

/// The step by which an honest prover refuses a v outside [lo, hi], where v's certified range
/// leaves that open or a reason is given.
void RefuseOutside(Builder& b, const View& v, int64_t lo, int64_t hi, std::string refusal);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_RANGE_H_
