// The static interval certificate (docs/protocol/pitfalls.md, "residues for integers"): recomputed
// by the verifier from the relation alone.  It shows that
//  * every tensor's claimed range [lo, hi] is enforced: by a lookup (as key, or as value), by a
//    product c(o) = t(o) + rest, by an equality t + rest = 0, or by a public input t + rest = P,
//    from tensors whose ranges are enforced already (no cycles);
//  * no constraint can hold mod p without holding over the integers;
//  * the number of lookups plus table rows is below p; shapes and limits hold (structure.h).
// docs/protocol/relation.md, section "Certificate", states the rules one by one.
#ifndef VOIZK_RELATION_CERTIFICATE_CERTIFICATE_H_
#define VOIZK_RELATION_CERTIFICATE_CERTIFICATE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "base/result.h"
#include "relation/certificate/interval.h"
#include "relation/core/relation.h"

namespace voizk {

/// Bound of a view that passes CheckView, given the tensors' claimed ranges; the whole of int64 if
/// intermediate sums leave 100 bits.
Interval BoundView(const Relation& r, const View& v);

Status Certify(const Relation& r);

/// A relation that Certify has accepted.  Only Make creates one and nothing can change it, so that
/// whoever takes one need not run the certificate again.
class CertifiedRelation {
 public:
  /// The error of Certify.  Whoever still holds the relation must not change it.
  static Result<CertifiedRelation> Make(std::shared_ptr<const Relation> relation) {
    VOIZK_RETURN_IF_ERROR(Certify(*relation));
    return CertifiedRelation(std::move(relation));
  }
  const Relation& operator*() const { return *relation_; }
  const std::shared_ptr<const Relation>& shared() const { return relation_; }

 private:
  explicit CertifiedRelation(std::shared_ptr<const Relation> relation)
      : relation_(std::move(relation)) {}
  std::shared_ptr<const Relation> relation_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_CERTIFICATE_H_
