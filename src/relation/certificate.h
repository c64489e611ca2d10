// The static interval certificate (F6 of the protocol's list of errors): recomputed by the verifier
// from the relation alone.  It shows that
//  * every tensor's claimed range [lo, hi] is enforced: by a lookup (as key, or as value), by a
//  product
//    c(o) = t(o), or by an equality t = rest, from tensors whose ranges are enforced already;
//  * every view's interval, every sum of products, every 2^shift * key of a table lies in (-p/2,
//  p/2),
//    so that a constraint that holds mod p holds over the integers;
//  * the number of lookups plus table rows is below p; ids are distinct; shapes and limits hold.
#ifndef VOIZK_RELATION_CERTIFICATE_H_
#define VOIZK_RELATION_CERTIFICATE_H_

#include "base/result.h"
#include "relation/relation.h"

namespace voizk {

inline constexpr int64_t kHalfModulus = 1065353216;  // (p - 1) / 2, p = 2^31 - 2^24 + 1

struct Interval {
  int64_t lo = 0;
  int64_t hi = 0;
};

/// Bound of a view given the tensors' claimed ranges; exact 128-bit sums, saturating on overflow.
Interval BoundView(const Relation& r, const View& v);

Status Certify(const Relation& r);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_H_
