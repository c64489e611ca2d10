#include "proof/functionals/view_functional.h"

#include "algebra/field/kernels.h"
#include "base/check.h"

namespace voizk {

template <int D>
Ext<D> ConstantOfView(const View& view, const RankOne<D>& w) {
  Ext<D> sum;
  for (const ConstantTerm& constant : view.constants) {
    // Row-major over the kept dimensions: fold the last kept dimension first.
    ExtVec<D> values(constant.values.size());
    ConvertVec(std::span<const int32_t>(constant.values), FpMutSpan(values.limb(0), values.size()));
    Ext<D> broadcast = w.scalar;
    for (size_t d = Shape::kMaxRank; d-- > 0;) {
      const ExtConstSpan<D> factor = w.factors[d].span();
      if ((constant.dim_mask >> d & 1) == 0) {
        broadcast *= SumOf<D>(factor);
        continue;
      }
      const size_t length = factor.size(), rows = values.size() / length;
      for (size_t i = 0; i < rows; ++i) {
        // Row i is read before value i <= row i's first is written.
        values.set(i, InnerProduct<D>(values.subspan(i * length, length), factor));
      }
      values.Truncate(rows);
    }
    CheckInvariant(values.size() == 1, "a constant of another shape than its view");
    sum += broadcast * values.get(0);
  }
  return sum;
}

template Ext<4> ConstantOfView<4>(const View&, const RankOne<4>&);
template Ext<5> ConstantOfView<5>(const View&, const RankOne<5>&);

}  // namespace voizk
