// With every claimed range enforced, no constraint may hold mod p and fail over the integers.
#ifndef VOIZK_RELATION_CERTIFICATE_NO_WRAPS_H_
#define VOIZK_RELATION_CERTIFICATE_NO_WRAPS_H_

#include "base/result.h"
#include "relation/certificate/bound.h"
#include "relation/certificate/rule_bounds.h"
#include "relation/core/relation.h"

namespace voizk {

/// kInvalidArgument, with the constraint that can wrap.
Status CheckNoWraps(const Relation& r, const TableRanges& tables, ViewBounder* bounder);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_NO_WRAPS_H_
