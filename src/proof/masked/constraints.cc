#include "proof/masked/constraints.h"

#include "base/check.h"

namespace voizk {

template <int D>
uint32_t ConstraintSystem<D>::NextPad() {
  CheckInvariant(pads_used_ < plan_.pads, "more masked scalars than the plan has pads");
  return pads_used_++;
}

template <int D>
AffineForm<D> ConstraintSystem<D>::Product(const Masked<D>& x, const Masked<D>& y) {
  CheckInvariant(triples_used_ < plan_.triples.size(), "more products than the plan has triples");
  CheckInvariant(plan_.triples[triples_used_] == std::pair(x.pad, y.pad),
                 "a product of other pads than the plan says");
  const uint32_t e = triples_used_++;
  AffineForm<D> form = AffineForm<D>::Constant(x.sent * y.sent);
  form.AddScaled(AffineForm<D>::Variable({VarKind::kX, e}), y.sent);
  form.AddScaled(AffineForm<D>::Variable({VarKind::kY, e}), x.sent);
  form += AffineForm<D>::Variable({VarKind::kZ, e});
  return form;
}

template class ConstraintSystem<4>;
template class ConstraintSystem<5>;

}  // namespace voizk
