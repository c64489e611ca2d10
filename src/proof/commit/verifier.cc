#include "proof/commit/verifier.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "algebra/field/ext_array.h"
#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"
#include "crypto/hash/merkle.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_leaf.h"
#include "proof/commit/combined_row.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/opening.h"
#include "proof/commit/row_code.h"

namespace voizk {
namespace {

std::string_view TextOf(Check check) {
  switch (check) {
    case Check::kConstraints:
      return "the masked scalars violate a constraint";
    case Check::kMerklePath:
      return "the opened columns do not lead to the root";
    case Check::kCombinedRow:
      return "the combined row differs from the rows";
    case Check::kPadLowDegree:
      return "the low-degree response differs from the pad tableau";
    case Check::kPadLinear:
      return "the linear response differs from the pad tableau";
    case Check::kPadQuadratic:
      return "the quadratic response differs from the pad tableau";
    default:
      return "a check of the opening failed";
  }
}

Error Rejected(Check check) {
  return {ErrorCode::kProofRejected, "proof: " + std::string(TextOf(check)), Rejection{check}};
}

Error RejectedAt(Check check, uint32_t column) {
  return {ErrorCode::kProofRejected,
          "proof: " + std::string(TextOf(check)) + " in column " + std::to_string(column),
          Rejection{check, Rejection::Unit::kColumn, column}};
}

// One opening, checked once: parse everything, replay the conversation, then one predicate after
// the other, each with the refusal that is its own.
template <int D>
class OpeningVerifier {
 public:
  OpeningVerifier(const CommitParams& params, OpeningClaim<D> claim, VerifierChannel<D>* channel);

  Status Verify();

 private:
  Status Parse();
  /// Absorbs P's messages, draws V's, in the order of the prover; requires the two constraints.
  void Replay();

  /// sum_H y1 = sum_c r1^c b_c
  Status CheckConstraints() const;
  /// The columns' leaves are at `positions_` under the root; no byte is left over.
  Status CheckMerklePath() const;
  /// u' = g + gamma sum_i eq(z_row, i) M_i
  Status CheckCombinedRow() const;
  /// y0 = h0 + sum_i r0_i P_i
  Status CheckPadLowDegree() const;
  /// y1 = h1 + sum_i A^_i P_i
  Status CheckPadLinear() const;
  /// y2 = h2 + sum_{e >= 1} r2^e (X_e Y_e - Z_e)
  Status CheckPadQuadratic() const;

  std::span<const Ext<D>> z_row() const;
  std::span<const Ext<D>> z_column() const;
  /// f at the point of the k-th opened column.
  Ext<D> At(const ExtVec<D>& f, size_t k) const;
  /// The first opened column for which holds(k) is false fails `check`.
  template <typename Predicate>
  Status ForEachColumn(Check check, const Predicate& holds) const;

  const CommitParams params_;
  const OpeningClaim<D> claim_;
  VerifierChannel<D>* channel_;

  Opening<D> said_;
  ExtVec<D> y0_, y1_, y2_;  // of said_, as kernels want them
  // V's messages, and what follows from them.
  Ext<D> gamma_;
  TableauChallenges<D> challenges_;
  LinearTest<D> linear_;
  std::vector<uint32_t> positions_;      // J, ascending
  std::vector<Ext<D>> combined_;         // u' at the positions
  std::vector<std::vector<Fp>> powers_;  // 1, x, x^2, .. of each position's point
};

template <int D>
OpeningVerifier<D>::OpeningVerifier(const CommitParams& params, OpeningClaim<D> claim,
                                    VerifierChannel<D>* channel)
    : params_(params), claim_(std::move(claim)), channel_(channel) {
  CheckInvariant(params.degree == D && claim_.z.size() == static_cast<size_t>(params.cells_bits),
                 "opening of another shape");
}

template <int D>
Status OpeningVerifier<D>::Verify() {
  VOIZK_RETURN_IF_ERROR(CheckParams(params_));
  VOIZK_RETURN_IF_ERROR(Parse());
  Replay();
  VOIZK_RETURN_IF_ERROR(CheckConstraints());
  VOIZK_RETURN_IF_ERROR(CheckMerklePath());
  VOIZK_RETURN_IF_ERROR(CheckCombinedRow());
  VOIZK_RETURN_IF_ERROR(CheckPadLowDegree());
  VOIZK_RETURN_IF_ERROR(CheckPadLinear());
  return CheckPadQuadratic();
}

template <int D>
Status OpeningVerifier<D>::Parse() {
  VOIZK_ASSIGN_OR_RETURN(said_, Opening<D>::Parse(params_, &channel_->proof()));
  y0_ = ExtVec<D>::From(said_.y0);
  y1_ = ExtVec<D>::From(said_.y1);
  y2_ = ExtVec<D>::From(said_.y2);
  return {};
}

template <int D>
void OpeningVerifier<D>::Replay() {
  ConstraintSystem<D>& constraints = channel_->constraints();
  Transcript& transcript = channel_->transcript();
  // P -> V [v], [mu]
  const Masked<D> v = channel_->Accept("v", said_.v);
  constraints.RequireZero(claim_.form - claim_.e_at_z * v.form);
  const Masked<D> mu = channel_->Accept("mu", said_.mu);
  // V -> P
  gamma_ = channel_->Challenge("gamma");
  // P -> V u'
  transcript.AbsorbExt<D>("u", said_.u);
  const CombinedRow<D> combined(ExtVec<D>::From(said_.u));
  const Ext<D> message = combined.InnerProductWith(EqTable<D>(z_column()).span());
  constraints.RequireZero(AffineForm<D>::Constant(message) - mu.form - gamma_ * v.form);
  // V -> P r0, r1, r2
  challenges_ = DrawTableauChallenges<D>(params_, &transcript);
  linear_ = CombineConstraints(params_, constraints, challenges_.r1);
  // P -> V y0, y1, y2
  transcript.AbsorbExt<D>("y0", said_.y0);
  transcript.AbsorbExt<D>("y1", said_.y1);
  transcript.AbsorbExt<D>("y2", said_.y2);
  // V -> P J
  positions_ = DrawColumns(params_, &transcript);

  const RowCode code(params_.log_n);
  combined_ = combined.ValuesAt(code, positions_);
  for (const uint32_t position : positions_) {
    std::vector<Fp>& powers = powers_.emplace_back(std::max(y1_.size(), y2_.size()), Fp::kOne);
    const Fp x = code.Point(position);
    for (size_t j = 1; j < powers.size(); ++j) powers[j] = powers[j - 1] * x;
  }
}

template <int D>
Status OpeningVerifier<D>::CheckConstraints() const {
  if (SumOnH<D>(y1_.span()) != linear_.target) return Rejected(Check::kConstraints);
  return {};
}

template <int D>
Status OpeningVerifier<D>::CheckMerklePath() const {
  std::vector<Digest> siblings(MultiproofSize(params_.length(), positions_));
  const size_t expected = siblings.size() * sizeof(Digest), actual = said_.siblings.size();
  if (expected != actual) {
    return channel_->proof().Fail({.check = Check::kLength,
                                   .unit = Rejection::Unit::kByte,
                                   .position = said_.siblings_at,
                                   .expected = expected,
                                   .actual = actual},
                                  std::to_string(expected) +
                                      " bytes of Merkle siblings expected, " +
                                      std::to_string(actual) + " found");
  }
  for (size_t i = 0; i < siblings.size(); ++i) {
    std::ranges::copy(said_.siblings.subspan(i * sizeof(Digest), sizeof(Digest)),
                      siblings[i].begin());
  }
  std::vector<Digest> leaves;
  for (size_t k = 0; k < positions_.size(); ++k) {
    leaves.push_back(LeafDigest(positions_[k], said_.columns[k].bytes));
  }
  const MerkleVerdict verdict =
      VerifyMultiproof(claim_.root, params_.length(), positions_, leaves, siblings);
  if (verdict != MerkleVerdict::kOk) return Rejected(Check::kMerklePath);
  return {};
}

template <int D>
Status OpeningVerifier<D>::CheckCombinedRow() const {
  const std::vector<Ext<D>> weights = EqTable<D>(z_row()).ToVector();
  return ForEachColumn(Check::kCombinedRow, [&](size_t k) {
    const OpenedColumn<D>& column = said_.columns[k];
    Ext<D> sum;
    for (size_t i = 0; i < column.rows.size(); ++i) sum += weights[i] * column.rows[i];
    return combined_[k] == column.g + gamma_ * sum;
  });
}

template <int D>
Status OpeningVerifier<D>::CheckPadLowDegree() const {
  return ForEachColumn(Check::kPadLowDegree, [&](size_t k) {
    const OpenedColumn<D>& column = said_.columns[k];
    Ext<D> sum = column.h0;
    for (size_t i = 0; i < column.tableau.size(); ++i) sum += challenges_.r0[i] * column.tableau[i];
    return At(y0_, k) == sum;
  });
}

template <int D>
Status OpeningVerifier<D>::CheckPadLinear() const {
  return ForEachColumn(Check::kPadLinear, [&](size_t k) {
    const OpenedColumn<D>& column = said_.columns[k];
    Ext<D> sum = column.h1;
    for (size_t i = 0; i < column.tableau.size(); ++i) {
      sum += At(linear_.weights[i], k) * column.tableau[i];
    }
    return At(y1_, k) == sum;
  });
}

template <int D>
Status OpeningVerifier<D>::CheckPadQuadratic() const {
  return ForEachColumn(Check::kPadQuadratic, [&](size_t k) {
    const OpenedColumn<D>& column = said_.columns[k];
    const std::vector<Ext<D>>& p = column.tableau;
    Ext<D> sum = column.h2, weight = challenges_.r2;
    for (size_t x = params_.pad_rows(); x < p.size(); x += 3) {
      sum += weight * (p[x] * p[x + 1] - p[x + 2]);
      weight *= challenges_.r2;
    }
    const Fp vanishing = powers_[k][CommitParams::kPadWidth] - Fp::kOne;
    return At(y2_, k) * vanishing == sum;
  });
}

template <int D>
std::span<const Ext<D>> OpeningVerifier<D>::z_row() const {
  return std::span(claim_.z).first(claim_.z.size() - static_cast<size_t>(params_.log_w));
}

template <int D>
std::span<const Ext<D>> OpeningVerifier<D>::z_column() const {
  return std::span(claim_.z).last(static_cast<size_t>(params_.log_w));
}

template <int D>
Ext<D> OpeningVerifier<D>::At(const ExtVec<D>& f, size_t k) const {
  return InnerProduct<D>(f.span(), FpSpan(powers_[k]).first(f.size()));
}

template <int D>
template <typename Predicate>
Status OpeningVerifier<D>::ForEachColumn(Check check, const Predicate& holds) const {
  for (size_t k = 0; k < positions_.size(); ++k) {
    if (!holds(k)) return RejectedAt(check, positions_[k]);
  }
  return {};
}

}  // namespace

template <int D>
Status VerifyOpening(const CommitParams& params, OpeningClaim<D> claim,
                     VerifierChannel<D>* channel) {
  return OpeningVerifier<D>(params, std::move(claim), channel).Verify();
}

template Status VerifyOpening(const CommitParams&, OpeningClaim<4>, VerifierChannel<4>*);
template Status VerifyOpening(const CommitParams&, OpeningClaim<5>, VerifierChannel<5>*);

}  // namespace voizk
