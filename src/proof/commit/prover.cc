#include "proof/commit/prover.h"

#include <algorithm>
#include <utility>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_leaf.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/response_claims.h"
#include "proof/commit/response_prover.h"

namespace voizk {

template <int D>
CommitProver<D>::CommitProver(const CommitParams& params, const PadPlan& plan, SecureRng* rng,
                              ThreadPool* pool)
    : params_(params),
      plan_(plan),
      rng_(rng),
      pool_(pool),
      code_(params.log_n),
      matrix_(
          &code_, params.base_rows(), [this](size_t row) { return Row(row); }, pool) {
  CheckInvariant(CheckParams(params).ok() && params.degree == D, "commitment parameters");
}

template <int D>
Digest CommitProver<D>::Commit(std::span<const Fp> cells) {
  CheckInvariant(tree_ == nullptr, "a prover commits once");
  CheckInvariant(cells.size() == params_.cells, "not as many cells as the parameters say");
  cells_ = cells;
  salts_.resize(size_t{params_.length()} * kSaltBytes);
  rng_->Fill(std::span<uint8_t>(salts_));
  randomisers_.resize(size_t{params_.rows} * params_.queries);
  rng_->Fill(std::span<Fp>(randomisers_));
  g_ = ExtVec<D>::Secret(params_.dimension());
  for (int l = 0; l < D; ++l) rng_->Fill(std::span<Fp>(g_.limb(l), g_.size()));
  tableau_ = std::make_unique<PadTableau<D>>(params_, plan_, rng_);

  const auto tail = cells.subspan(size_t{params_.rows - 1} * params_.message());
  last_row_.assign(params_.message(), Fp::kZero);
  std::copy(tail.begin(), tail.end(), last_row_.begin());
  tree_ = std::make_unique<MerkleTree>(matrix_.Leaves(salts_), *pool_);
  return tree_->root();
}

// The coefficients of row `row` of the leaves.
template <int D>
RowCoefficients CommitProver<D>::Row(size_t row) const {
  const size_t w = params_.message(), t = params_.queries;
  if (row < params_.rows) {
    const std::span<const Fp> last(last_row_), random(randomisers_);
    return {row + 1 == params_.rows ? last : cells_.subspan(row * w, w),
            random.subspan(row * t, t)};
  }
  const size_t word = (row - params_.rows) / D;
  const int limb = static_cast<int>((row - params_.rows) % D);
  const ExtVec<D>& f = word == 0 ? g_ : tableau_->words()[word - 1];
  return {{f.limb(limb), f.size()}, {}};
}

// U = sum_i eq(z_row, i) M_i, W + t coefficients.
template <int D>
ExtVec<D> CommitProver<D>::CombineRows(std::span<const K> z_row) const {
  const size_t w = params_.message(), t = params_.queries, rows = params_.rows;
  std::vector<K> weights = EqTable<D>(z_row).ToVector();
  weights.resize(rows);
  ExtVec<D> combined = ExtVec<D>::SecretZeros(w + t);
  const auto add = [&](bool messages, size_t begin, size_t count) {
    std::vector<FpSpan> parts(rows);
    for (size_t i = 0; i < rows; ++i) {
      const RowCoefficients row = Row(i);
      parts[i] = (messages ? row.head : row.tail).subspan(begin, count);
    }
    AxpyRows<D>(weights, parts, combined.subspan(messages ? begin : w + begin, count));
  };
  constexpr size_t kPiece = 1024;
  pool_->ParallelFor(w, kPiece, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kPiece) add(true, i, std::min(kPiece, end - i));
  });
  add(false, 0, t);
  return combined;
}

// Per position: the salt, then one word of every row.
template <int D>
std::vector<uint8_t> CommitProver<D>::OpenColumns(std::span<const uint32_t> positions) const {
  const size_t column_bytes = params_.column_bytes();
  std::vector<uint8_t> bytes(positions.size() * column_bytes);
  for (size_t k = 0; k < positions.size(); ++k) {
    std::copy_n(salts_.begin() + static_cast<ptrdiff_t>(positions[k] * kSaltBytes), kSaltBytes,
                bytes.begin() + static_cast<ptrdiff_t>(k * column_bytes));
  }
  matrix_.ReadColumns(positions, column_bytes, std::span(bytes).subspan(kSaltBytes));
  return bytes;
}

template <int D>
bool CommitProver<D>::Open(std::span<const K> z, const K& e_at_z, const AffineForm<D>& claim,
                           ProverChannel<D>* channel, Transcript* transcript, ByteWriter* proof) {
  CheckInvariant(tree_ != nullptr && !opened_, "a commitment is opened once");
  CheckInvariant(z.size() == static_cast<size_t>(params_.cells_bits), "opening point's length");
  opened_ = true;
  const auto log_w = static_cast<size_t>(params_.log_w);
  ExtVec<D> combined = CombineRows(z.first(z.size() - log_w));
  const ExtVec<D> b = EqTable<D>(z.last(log_w));
  const auto message = [&](const ExtVec<D>& f) {
    return InnerProduct<D>(b.span(), f.subspan(0, b.size()));
  };
  ConstraintSystem<D>& constraints = channel->constraints();
  PublicWriter clear(transcript, proof);

  // P -> V [v], v = w(z)
  const Masked<D> v = channel->Send("v", message(combined));
  constraints.RequireZero(claim - e_at_z * v.form);
  // P -> V [mu]
  const Masked<D> mu = channel->Send("mu", message(g_));
  // V -> P
  const K gamma = channel->Challenge("gamma");
  // u' = g + gamma U;  P -> V <b, u'>
  Responses<D> responses;
  responses.u = g_.Clone();
  Axpy<D>(gamma, combined.span(), responses.u.span());
  const K combined_at_z = message(responses.u);
  clear.SendElement<D>("combined", combined_at_z);
  constraints.RequireZero(AffineForm<D>::Constant(combined_at_z) - mu.form - gamma * v.form);
  // V -> P r0, r1, r2
  const TableauChallenges<D> challenges = DrawTableauChallenges<D>(params_, transcript);
  const LinearTest<D> linear = CombineConstraints(params_, constraints, challenges.r1);
  TableauResponses<D> y = tableau_->Respond(challenges, linear);
  responses.y0 = std::move(y.y0);
  responses.y1 = std::move(y.y1);
  responses.q2 = std::move(y.y2);
  // P -> V the sum of y1, the responses' root
  const K sum = SumOnH<D>(responses.y1.span());
  clear.SendElement<D>("sum", sum);
  const ResponseProver<D> second(params_, responses, pool_);
  clear.SendDigest("responses", second.root());
  // V -> P J, zeta;  the sum-check of the claims
  const std::vector<uint32_t> positions = DrawColumns(params_, transcript);
  const K zeta = transcript->ChallengeExt<D>("claims");
  second.Fold(ResponseClaims<D>(params_, b.span(), positions, zeta), transcript, &clear);
  // V -> P J';  P -> V columns, siblings
  const std::vector<uint32_t> response_positions = DrawResponseColumns(params_, transcript);
  clear.SendLast(OpenColumns(positions));
  clear.SendLast(second.Columns(response_positions));
  for (const Digest& sibling : tree_->Multiproof(positions)) clear.SendLast(sibling);
  for (const Digest& sibling : second.Multiproof(response_positions)) clear.SendLast(sibling);
  return sum == linear.target;
}

template class CommitProver<4>;
template class CommitProver<5>;

}  // namespace voizk
