#include "relation/certificate/certificate.h"

#include <string>

#include "relation/certificate/bound.h"
#include "relation/certificate/justification.h"
#include "relation/certificate/no_wraps.h"
#include "relation/certificate/rule_bounds.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

Error Refuse(const char* kind, size_t index, const char* why) {
  return {ErrorCode::kInvalidArgument,
          std::string(kind) + " " + std::to_string(index) + ": " + why};
}

static_assert(kLatticeValue == kHalfModulus);

/// What lattice commitments bind to is short (docs/protocol/lattice.md).  That the ranges are
/// enforced is Justification's to see, as of any tensor.
Status CheckCommittedRanges(const Relation& r) {
  for (size_t k = 0; k < r.commitments.size(); ++k) {
    const Tensor& salt = r.tensors[r.commitments[k].salt];
    if (salt.lo != -kLatticeSalt || salt.hi != kLatticeSalt - 1) {
      return Refuse("lattice commitment", k, "range of the salt");
    }
    for (const TensorId t : r.commitments[k].tensors) {
      if (r.tensors[t].lo < -kLatticeEntry || r.tensors[t].hi >= kLatticeEntry) {
        return Refuse("lattice commitment", k, "a tensor of more than 12 bits");
      }
    }
  }
  return {};
}

/// Claimed ranges and table values have one representative each.
Status CheckClaims(const Relation& r, const TableRanges& tables) {
  for (size_t t = 0; t + r.multiplicities.size() < r.tensors.size(); ++t) {
    const Interval claim{r.tensors[t].lo, r.tensors[t].hi};
    if (claim.lo > claim.hi || !WithinHalf(claim)) {
      return Refuse("tensor", t, "range leaves (-p/2, p/2)");
    }
  }
  for (size_t k = 0; k < r.tables.size(); ++k) {
    if (!WithinHalf(tables.values[k])) return Refuse("table", k, "value leaves (-p/2, p/2)");
  }
  for (size_t k = 0; k < r.publics.size(); ++k) {
    const PublicInput& p = r.publics[k];
    if (p.lo > p.hi || !WithinHalf({p.lo, p.hi})) {
      return Refuse("public input", k, "range leaves (-p/2, p/2)");
    }
  }
  return CheckCommittedRanges(r);
}

}  // namespace

Status Certify(const Relation& r) {
  VOIZK_RETURN_IF_ERROR(CheckStructure(r));
  const TableRanges tables(r);
  VOIZK_RETURN_IF_ERROR(CheckClaims(r, tables));
  ViewBounder bounder(r);
  RuleBounds bounds(r, tables, &bounder);
  if (const auto open = Justification(r, &bounds).Run()) {
    return Refuse("tensor", *open, "its range is not enforced");
  }
  return CheckNoWraps(r, tables, &bounder);
}

}  // namespace voizk
