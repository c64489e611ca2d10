#include "relation/execution/lattice_value.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "base/secure.h"
#include "crypto/lattice/columns.h"
#include "relation/lattice/parts.h"

namespace voizk {

namespace {

// The cells of a tensor at their addresses, zeros elsewhere, as whole polynomials.
SecureVector<Fp> Placed(const Shape& shape, const std::vector<int32_t>& values) {
  SecureVector<Fp> cells(LatticePolynomials(shape) * kLatticeDegree);
  size_t i = 0;
  for (size_t i0 = 0; i0 < shape.dims[0]; ++i0) {
    for (size_t i1 = 0; i1 < shape.dims[1]; ++i1) {
      for (size_t i2 = 0; i2 < shape.dims[2]; ++i2) {
        size_t address = i0 << shape.DimBits(1) | i1;
        address = (address << shape.DimBits(2) | i2) << shape.DimBits(3);
        for (size_t i3 = 0; i3 < shape.dims[3]; ++i3) {
          cells[address + i3] = Fp::FromI64(values[i++]);
        }
      }
    }
  }
  return cells;
}

}  // namespace

std::vector<int32_t> LatticeValue(const Relation& r, const LatticeCommitment& c, const Witness& w) {
  const LatticeColumns columns(LatticeColumnsOf(r));
  SecureVector<Fp> sum(kLatticeDegree), slots(kLatticeDegree);
  ForEachLatticePart(r, c, columns, [&](TensorId t, FpSpan column) {
    const SecureVector<Fp> cells = Placed(r.tensors[t].shape, w[t]);
    for (size_t first = 0; first < cells.size(); first += kLatticeDegree) {
      LatticeSlots().Forward(FpSpan(cells).subspan(first, kLatticeDegree), slots);
      MulVec(FpSpan(slots), column.subspan(first, kLatticeDegree), FpMutSpan(slots));
      AddVec(FpSpan(sum), FpSpan(slots), FpMutSpan(sum));
    }
  });
  std::vector<int32_t> value(kLatticeDegree);
  std::transform(sum.begin(), sum.end(), value.begin(),
                 [](Fp x) { return static_cast<int32_t>(x.ToCentered()); });
  return value;
}

}  // namespace voizk
