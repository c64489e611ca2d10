#include "proof/commit/pad_tableau.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "base/check.h"
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

// product += a b, schoolbook; product holds at least a.size() + b.size() - 1 coefficients.
template <int D>
void AddProduct(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtVec<D>* product) {
  for (size_t i = 0; i < a.size(); ++i) Axpy<D>(a.get(i), b, product->subspan(i, b.size()));
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
  const size_t rows = params_.tableau_rows();
  TableauResponses<D> y{words_[rows].Clone(), words_[rows + 1].Clone(), {}};
  for (size_t i = 0; i < rows; ++i) {
    Axpy<D>(challenges.r0[i], words_[i].span(), y.y0.span());
    AddProduct<D>(linear.weights[i].span(), words_[i].span(), &y.y1);
  }
  y.y2 = QuadraticQuotient(challenges.r2);
  return y;
}

template <int D>
ExtVec<D> PadTableau<D>::QuadraticQuotient(const K& r2) const {
  ExtVec<D> sum = words_[params_.tableau_rows() + 2].Clone();
  K power = K::kOne;
  for (uint32_t e = 0; e < params_.triple_rows(); ++e) {
    power *= r2;
    const size_t x = params_.pad_rows() + 3 * size_t{e};
    ExtVec<D> scaled = words_[x].Clone();
    MulScalarVec<D>(scaled.span(), power, scaled.span());
    AddProduct<D>(scaled.span(), words_[x + 1].span(), &sum);
    Axpy<D>(-power, words_[x + 2].span(), sum.subspan(0, words_[x + 2].size()));
    Zeroise(scaled);
  }
  return DivideByVanishing<D>(sum.span());
}

template class PadTableau<4>;
template class PadTableau<5>;

}  // namespace voizk
