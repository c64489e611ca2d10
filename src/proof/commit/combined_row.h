// u' = g + gamma U, the one large response.  It is sent plainly.  The verifier uses it in two ways
// only, an inner product with public weights and its code word at the opened positions, so a
// variant that commits to u' instead and proves both replaces this class alone.
#ifndef VOIZK_PROOF_COMMIT_COMBINED_ROW_H_
#define VOIZK_PROOF_COMMIT_COMBINED_ROW_H_

#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "proof/commit/row_code.h"

namespace voizk {

template <int D>
class CombinedRow {
 public:
  /// W + t coefficients.
  explicit CombinedRow(ExtVec<D> coefficients) : coefficients_(std::move(coefficients)) {}

  /// <weights, first W coefficients>; weights.size() <= W.
  Ext<D> InnerProductWith(ExtConstSpan<D> weights) const;
  /// u'(Point(x)) for the given positions.
  std::vector<Ext<D>> ValuesAt(const RowCode& code, std::span<const uint32_t> positions) const;

 private:
  ExtVec<D> coefficients_;
};

extern template class CombinedRow<4>;
extern template class CombinedRow<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COMBINED_ROW_H_
