// u' = g + gamma U, the one large response.  It is sent plainly.  The verifier uses it in two ways
// only, an inner product with public weights and its code word at the opened positions, so a
// variant that commits to u' instead and proves both (design step 10) replaces this class alone.
#ifndef VOIZK_PROOF_COMMIT_COMBINED_ROW_H_
#define VOIZK_PROOF_COMMIT_COMBINED_ROW_H_

#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/result.h"
#include "proof/commit/params.h"
#include "proof/commit/public_message.h"
#include "proof/commit/row_code.h"

namespace voizk {

template <int D>
class CombinedRow {
 public:
  /// P -> V u': W + t coefficients.
  static void Send(ExtConstSpan<D> coefficients, PublicWriter* proof);
  static Result<CombinedRow> Receive(const CommitParams& params, PublicReader* proof);

  /// <weights, first W coefficients>; weights.size() <= W.
  Ext<D> InnerProductWith(ExtConstSpan<D> weights) const;
  /// u'(Point(x)) for the given positions.
  std::vector<Ext<D>> ValuesAt(const RowCode& code, std::span<const uint32_t> positions) const;

 private:
  explicit CombinedRow(ExtVec<D> coefficients) : coefficients_(std::move(coefficients)) {}
  ExtVec<D> coefficients_;
};

extern template class CombinedRow<4>;
extern template class CombinedRow<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_COMBINED_ROW_H_
