#include "proof/functionals/add_lattice.h"

#include <algorithm>
#include <vector>

#include "algebra/field/kernels.h"
#include "crypto/lattice/columns.h"
#include "proof/functionals/placed_values.h"

namespace voizk {

namespace {

// 1 at the addresses, from 0 on, of the indices of one place of dimension 0, else 0.
std::vector<Fp> InnerMask(const Shape& shape) {
  std::vector<Fp> mask(size_t{1} << shape.InnerBits());
  Shape inner = shape;
  inner.dims[0] = 1;
  ForEachRow({0, inner}, [&](uint64_t address, uint64_t, uint64_t count) {
    std::fill_n(mask.begin() + static_cast<int64_t>(address), count, Fp::kOne);
  });
  return mask;
}

// Values x at the slots -> sum_s x[s] zeta_s^c for every c, in place: the inverse transform gives
// (1/N) sum_s x[s] zeta_s^-c, and zeta^-c = -zeta^(N - c).
void Transposed(FpMutSpan x) {
  LatticeSlots().Inverse(x);
  std::reverse(x.begin() + 1, x.end());
  for (size_t c = 1; c < x.size(); ++c) x[c] = Fp::kZero - x[c];
}

}  // namespace

template <int D>
void AddLatticeFunctional(const Placement& item, FpSpan columns, ExtConstSpan<D> w,
                          const Ext<D>& scalar, ExtVec<D>* e, ThreadPool& pool) {
  const std::vector<Fp> mask = InnerMask(item.shape);
  ExtVec<D> scaled = ExtVec<D>::Uninitialized(kLatticeDegree);
  MulScalarVec<D>(w, scalar * Fp::FromU64(kLatticeDegree), scaled.span());
  const uint64_t addresses = item.shape.AddressCount();
  pool.ParallelFor(columns.size() / kLatticeDegree, 1, [&](size_t begin, size_t end) {
    std::vector<Fp> x(kLatticeDegree);
    for (size_t j = begin; j < end; ++j) {
      const uint64_t first = j * kLatticeDegree;
      const auto count = static_cast<size_t>(std::min<uint64_t>(kLatticeDegree, addresses - first));
      for (int l = 0; l < D; ++l) {
        MulVec(FpSpan(scaled.limb(l), kLatticeDegree), columns.subspan(first, kLatticeDegree),
               FpMutSpan(x));
        Transposed(x);
        for (size_t c = 0; c < count; ++c) x[c] *= mask[(first + c) & (mask.size() - 1)];
        const FpMutSpan cells(e->limb(l) + item.base + first, count);
        AddVec(FpSpan(cells), FpSpan(x).first(count), cells);
      }
    }
  });
}

template void AddLatticeFunctional<4>(const Placement&, FpSpan, ExtConstSpan<4>, const Ext<4>&,
                                      ExtVec<4>*, ThreadPool&);
template void AddLatticeFunctional<5>(const Placement&, FpSpan, ExtConstSpan<5>, const Ext<5>&,
                                      ExtVec<5>*, ThreadPool&);

}  // namespace voizk
