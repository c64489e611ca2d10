#include "proof/commit/combined_row.h"

#include "algebra/field/kernels.h"

namespace voizk {

template <int D>
Ext<D> CombinedRow<D>::InnerProductWith(ExtConstSpan<D> weights) const {
  return InnerProduct<D>(weights, coefficients_.subspan(0, weights.size()));
}

template <int D>
std::vector<Ext<D>> CombinedRow<D>::ValuesAt(const RowCode& code,
                                             std::span<const uint32_t> positions) const {
  std::vector<Ext<D>> values(positions.size());
  std::vector<Fp> word(code.length());
  for (int l = 0; l < D; ++l) {
    code.Encode({coefficients_.limb(l), coefficients_.size()}, word);
    for (size_t k = 0; k < positions.size(); ++k) {
      values[k][l] = word[positions[k]];
    }
  }
  return values;
}

template class CombinedRow<4>;
template class CombinedRow<5>;

}  // namespace voizk
