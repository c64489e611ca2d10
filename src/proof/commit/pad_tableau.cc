#include "proof/commit/pad_tableau.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "algebra/field/kernels.h"
#include "algebra/poly/ntt.h"
#include "base/check.h"
#include "proof/commit/product_sum.h"
#include "proof/commit/zeroise.h"

namespace voizk {
namespace {

constexpr size_t kWidth = CommitParams::kPadWidth;

template <int D>
ExtVec<D> RandomPolynomial(size_t coefficients, SecureRng* rng) {
  ExtVec<D> f = ExtVec<D>::Uninitialized(coefficients);
  for (int l = 0; l < D; ++l) rng->Fill(std::span<Fp>(f.limb(l), coefficients));
  return f;
}

// q with f = (X^256 - 1) q, for f that vanishes on H: q_j = f_{j+256} + q_{j+256}.
template <int D>
ExtVec<D> DivideByVanishing(ExtConstSpan<D> f) {
  ExtVec<D> q(f.size() - kWidth);
  for (size_t j = q.size(); j-- > 0;) {
    q.set(j, f.get(j + kWidth) + (j + kWidth < q.size() ? q.get(j + kWidth) : Ext<D>()));
  }
  return q;
}

}  // namespace

template <int D>
PadTableau<D>::PadTableau(const CommitParams& params, const PadPlan& plan, SecureRng* rng)
    : params_(params), pads_(plan.pads) {
  CheckInvariant(plan.pads == params.pads && plan.triples.size() == params.triples,
                 "tableau of another plan than the parameters'");
  for (K& pad : pads_) pad = rng->NextExt<D>();
  const std::span<const K> all_pads(pads_);
  for (size_t i = 0; i < all_pads.size(); i += kWidth) {
    AddRow(all_pads.subspan(i, std::min(kWidth, all_pads.size() - i)), rng);
  }
  for (size_t e = 0; e < plan.triples.size(); e += kWidth) {
    SecureVector<K> x, y, z;
    for (size_t i = e; i < std::min(e + kWidth, plan.triples.size()); ++i) {
      x.push_back(pads_[plan.triples[i].first]);
      y.push_back(pads_[plan.triples[i].second]);
      z.push_back(x.back() * y.back());
    }
    AddRow(x, rng);
    AddRow(y, rng);
    AddRow(z, rng);
  }
  AddMasks(rng);
}

template <int D>
PadTableau<D>::~PadTableau() {
  for (ExtVec<D>& word : words_) Zeroise(word);
}

// Positions without a message are 0, which satisfies Z = X Y.
template <int D>
void PadTableau<D>::AddRow(std::span<const K> messages, SecureRng* rng) {
  const uint32_t t = params_.queries;
  ExtVec<D> row(params_.pad_dimension());
  for (size_t p = 0; p < messages.size(); ++p) row.set(p, messages[p]);
  InterpolateOnH<D>(row.span());
  for (uint32_t j = 0; j < t; ++j) {
    const K r = rng->NextExt<D>();
    row.set(kWidth + j, row.get(kWidth + j) + r);
    row.set(j, row.get(j) - r);
  }
  words_.push_back(std::move(row));
}

template <int D>
void PadTableau<D>::AddMasks(SecureRng* rng) {
  words_.push_back(RandomPolynomial<D>(params_.pad_dimension(), rng));
  // Uniform among the polynomials with sum 0: the constant coefficient is solved for.
  ExtVec<D> h1 = RandomPolynomial<D>(params_.linear_dimension(), rng);
  h1.set(0, K());
  for (size_t j = kWidth; j < h1.size(); j += kWidth) h1.set(0, h1.get(0) - h1.get(j));
  words_.push_back(std::move(h1));
  ExtVec<D> quotient = RandomPolynomial<D>(params_.quotient_size(), rng);
  ExtVec<D> h2(params_.quadratic_dimension());
  for (size_t j = 0; j < quotient.size(); ++j) {
    h2.set(j, h2.get(j) - quotient.get(j));
    h2.set(j + kWidth, quotient.get(j));
  }
  words_.push_back(std::move(h2));
}

template <int D>
TableauResponses<D> PadTableau<D>::Respond(const TableauChallenges<D>& challenges,
                                           const LinearTest<D>& linear) const {
  const size_t rows = params_.tableau_rows(), pad_rows = params_.pad_rows();
  TableauResponses<D> y{words_[rows].Clone(), words_[rows + 1].Clone(), {}};
  ExtVec<D> sum = words_[rows + 2].Clone();
  // k_2 >= k_1: both sums of products have room.
  const NttPlan plan(static_cast<int>(std::bit_width(params_.quadratic_dimension() - 1)), Fp::kOne);
  ProductSum<D> linear_sum(&plan), quadratic_sum(&plan);
  ExtVec<D> scaled_x;  // r2^e X_e, as values
  K power = K::kOne;
  for (size_t i = 0; i < rows; ++i) {
    const ExtConstSpan<D> row = words_[i].span();
    Axpy<D>(challenges.r0[i], row, y.y0.span());
    ExtVec<D> values = ValuesOf<D>(plan, row);
    linear_sum.Add(values, ValuesOf<D>(plan, linear.weights[i].span()));
    if (i < pad_rows) continue;
    switch ((i - pad_rows) % 3) {
      case 0:  // X_e
        power *= challenges.r2;
        MulScalarVec<D>(values.span(), power, values.span());
        scaled_x = std::move(values);
        break;
      case 1:  // Y_e
        quadratic_sum.Add(scaled_x, values);
        break;
      default:  // Z_e
        Axpy<D>(-power, row, sum.subspan(0, row.size()));
    }
  }
  linear_sum.AddTo(y.y1.span());
  quadratic_sum.AddTo(sum.span());
  y.y2 = DivideByVanishing<D>(sum.span());
  return y;
}

template class PadTableau<4>;
template class PadTableau<5>;

}  // namespace voizk
