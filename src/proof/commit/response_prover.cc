#include "proof/commit/response_prover.h"

#include <algorithm>
#include <cstring>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "proof/commit/column_leaf.h"
#include "proof/sumcheck/kernels.h"

namespace voizk {

template <int D>
ResponseProver<D>::ResponseProver(const CommitParams& params, const Responses<D>& responses,
                                  ThreadPool* pool)
    : params_(params),
      pool_(pool),
      code_(params.response_log_n()),
      y_(size_t{params.response_width()} << params.response_rounds()),
      matrix_(
          &code_, size_t{params.response_rows()} * D,
          [this](size_t row) -> RowCoefficients {
            const size_t width = params_.response_width();
            const auto all = y_.subspan(row / D * width, width);
            return {{all.limb(static_cast<int>(row % D)), width}, {}};
          },
          pool) {
  size_t at = 0;
  for (const ExtVec<D>* part : {&responses.u, &responses.y0, &responses.y1, &responses.q2}) {
    for (int l = 0; l < D; ++l) std::copy_n(part->limb(l), part->size(), y_.limb(l) + at);
    at += part->size();
  }
  CheckInvariant(at == params.response_size(), "length of the responses");
  const std::vector<uint8_t> no_salts(code_.length() * kSaltBytes);
  tree_ = std::make_unique<MerkleTree>(matrix_.Leaves(no_salts), *pool);
}

template <int D>
void ResponseProver<D>::Fold(const ResponseClaims<D>& claims, Transcript* transcript,
                             PublicWriter* clear) const {
  ExtVec<D> c = claims.Coefficients(pool_);
  ExtVec<D> y = y_.Clone();
  for (size_t half = y.size() / 2; half >= params_.response_width(); half /= 2) {
    const auto halves = [half](ExtVec<D>& table) {
      return Halves<ExtConstSpan<D>>{table.subspan(0, half), table.subspan(half, half)};
    };
    const auto [at_0, at_2] = DotRound<D>(halves(c), halves(y));
    clear->SendElement<D>("fold s(0)", at_0);
    clear->SendElement<D>("fold s(2)", at_2);
    const Ext<D> r = transcript->ChallengeExt<D>("fold r");
    for (ExtVec<D>* table : {&c, &y}) {
      const ExtSpan<D> low = table->subspan(0, half);
      voizk::Fold<D>(low, table->subspan(half, half), r, low);
    }
  }
  clear->SendElements<D>("fold", y.subspan(0, params_.response_width()));
}

template <int D>
std::vector<uint8_t> ResponseProver<D>::Columns(std::span<const uint32_t> positions) const {
  std::vector<uint8_t> columns(positions.size() * params_.response_column_bytes());
  matrix_.ReadColumns(positions, params_.response_column_bytes(), columns);
  return columns;
}

template class ResponseProver<4>;
template class ResponseProver<5>;

}  // namespace voizk
