#include "proof/commit/verifier.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algebra/field/ext_array.h"
#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"
#include "crypto/hash/merkle.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_leaf.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/opening.h"
#include "proof/commit/response_claims.h"
#include "proof/commit/row_code.h"
#include "proof/sumcheck/rounds.h"

namespace voizk {
namespace {

std::string_view TextOf(Check check) {
  switch (check) {
    case Check::kConstraints:
      return "the masked scalars violate a constraint";
    case Check::kMerklePath:
      return "the opened columns do not lead to the root";
    case Check::kResponses:
      return "the responses differ from what the opened columns say";
    case Check::kFold:
      return "the folded responses differ from their commitment";
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
  /// Absorbs P's messages, draws V's, in the order of the prover; requires the two constraints.
  void Replay();

  /// sum_H y1 = sum_c r1^c b_c
  Status CheckConstraints() const;
  /// The columns' leaves are at their positions under the two roots; no byte is left over.
  Status CheckMerklePaths() const;
  /// The sum-check of the claims on the responses ends in <c', phi>.
  Status CheckResponses() const;
  /// phi = sum_i eq(r, i) Y_i at the opened columns of the responses.
  Status CheckFold() const;

  /// What the k-th opened column says of the responses:
  ///   u' = g + gamma sum_i eq(z_row, i) M_i        y0 = h0 + sum_i r0_i P_i
  ///   y1 = h1 + sum_i A^_i P_i                     y2 = h2 + sum_{e >= 1} r2^e (X_e Y_e - Z_e)
  ResponsesAtColumn<D> ResponsesAt(const ResponseClaims<D>& claims,
                                   std::span<const Ext<D>> row_weights, size_t k) const;

  std::span<const Ext<D>> z_row() const;
  std::span<const Ext<D>> z_column() const;

  const CommitParams params_;
  const OpeningClaim<D> claim_;
  VerifierChannel<D>* channel_;

  Opening<D> said_;
  // V's messages, and what follows from them.
  Ext<D> gamma_;
  TableauChallenges<D> challenges_;
  LinearTest<D> linear_;
  std::vector<uint32_t> positions_;  // J, ascending
  Ext<D> zeta_;
  std::vector<Ext<D>> fold_point_;            // r
  std::vector<uint32_t> response_positions_;  // J', ascending
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
  VOIZK_ASSIGN_OR_RETURN(said_, Opening<D>::Parse(params_, &channel_->proof()));
  Replay();
  VOIZK_RETURN_IF_ERROR(CheckConstraints());
  VOIZK_RETURN_IF_ERROR(CheckMerklePaths());
  VOIZK_RETURN_IF_ERROR(CheckResponses());
  return CheckFold();
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
  // P -> V <b, u'>
  transcript.AbsorbExt<D>("combined", std::vector{said_.combined});
  constraints.RequireZero(AffineForm<D>::Constant(said_.combined) - mu.form - gamma_ * v.form);
  // V -> P r0, r1, r2
  challenges_ = DrawTableauChallenges<D>(params_, &transcript);
  linear_ = CombineConstraints(params_, constraints, challenges_.r1);
  // P -> V the sum of y1, the responses' root
  transcript.AbsorbExt<D>("sum", std::vector{said_.sum});
  transcript.AbsorbDigest("responses", said_.responses);
  // V -> P J, zeta
  positions_ = DrawColumns(params_, &transcript);
  zeta_ = transcript.ChallengeExt<D>("claims");
  // P -> V s(0), s(2);  V -> P r
  for (const auto& [at_0, at_2] : said_.rounds) {
    transcript.AbsorbExt<D>("fold s(0)", std::vector{at_0});
    transcript.AbsorbExt<D>("fold s(2)", std::vector{at_2});
    fold_point_.push_back(transcript.ChallengeExt<D>("fold r"));
  }
  // P -> V phi;  V -> P J'
  transcript.AbsorbExt<D>("fold", said_.fold);
  response_positions_ = DrawResponseColumns(params_, &transcript);
}

template <int D>
Status OpeningVerifier<D>::CheckConstraints() const {
  if (said_.sum != linear_.target) return Rejected(Check::kConstraints);
  return {};
}

template <int D>
Status OpeningVerifier<D>::CheckMerklePaths() const {
  std::vector<Digest> siblings(MultiproofSize(params_.length(), positions_));
  std::vector<Digest> response_siblings(
      MultiproofSize(params_.response_length(), response_positions_));
  const size_t expected = (siblings.size() + response_siblings.size()) * sizeof(Digest);
  const size_t actual = said_.siblings.size();
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
  size_t at = 0;
  for (std::vector<Digest>* list : {&siblings, &response_siblings}) {
    for (Digest& sibling : *list) {
      std::copy_n(said_.siblings.begin() + static_cast<ptrdiff_t>(at), sizeof(Digest),
                  sibling.begin());
      at += sizeof(Digest);
    }
  }
  std::vector<Digest> leaves, response_leaves;
  for (size_t k = 0; k < positions_.size(); ++k) {
    leaves.push_back(LeafDigest(positions_[k], said_.columns[k].bytes));
  }
  for (size_t k = 0; k < response_positions_.size(); ++k) {
    response_leaves.push_back(
        ResponseLeafDigest(response_positions_[k], said_.response_columns[k].bytes));
  }
  if (VerifyMultiproof(claim_.root, params_.length(), positions_, leaves, siblings) !=
          MerkleVerdict::kOk ||
      VerifyMultiproof(said_.responses, params_.response_length(), response_positions_,
                       response_leaves, response_siblings) != MerkleVerdict::kOk) {
    return Rejected(Check::kMerklePath);
  }
  return {};
}

template <int D>
ResponsesAtColumn<D> OpeningVerifier<D>::ResponsesAt(const ResponseClaims<D>& claims,
                                                     std::span<const Ext<D>> row_weights,
                                                     size_t k) const {
  const OpenedColumn<D>& column = said_.columns[k];
  const std::vector<Ext<D>>& p = column.tableau;
  const FpSpan powers = claims.PowersOf(k).first(CommitParams::kPadWidth);
  Ext<D> combined;
  for (size_t i = 0; i < column.rows.size(); ++i) combined += row_weights[i] * column.rows[i];
  ResponsesAtColumn<D> at{column.g + gamma_ * combined, column.h0, column.h1, column.h2};
  for (size_t i = 0; i < p.size(); ++i) {
    at.y0 += challenges_.r0[i] * p[i];
    at.y1 += InnerProduct<D>(linear_.weights[i].span(), powers) * p[i];
  }
  Ext<D> weight = challenges_.r2;
  for (size_t x = params_.pad_rows(); x < p.size(); x += 3) {
    at.y2 += weight * (p[x] * p[x + 1] - p[x + 2]);
    weight *= challenges_.r2;
  }
  return at;
}

template <int D>
Status OpeningVerifier<D>::CheckResponses() const {
  const ExtVec<D> b = EqTable<D>(z_column());
  const ResponseClaims<D> claims(params_, b.span(), positions_, zeta_);
  const std::vector<Ext<D>> a = EqTable<D>(z_row()).ToVector();
  std::vector<ResponsesAtColumn<D>> columns;
  for (size_t k = 0; k < positions_.size(); ++k) columns.push_back(ResponsesAt(claims, a, k));
  Ext<D> claim = claims.Total(said_.combined, said_.sum, columns);
  for (size_t i = 0; i < said_.rounds.size(); ++i) {
    const auto& [at_0, at_2] = said_.rounds[i];
    const auto weights = LagrangeWeights<D, 3>(fold_point_[i]);
    claim = weights[0] * at_0 + weights[1] * (claim - at_0) + weights[2] * at_2;
  }
  const ExtVec<D> coefficients = claims.FoldedCoefficients(fold_point_);
  const ExtVec<D> fold = ExtVec<D>::From(said_.fold);
  if (InnerProduct<D>(coefficients.span(), fold.span()) != claim) {
    return Rejected(Check::kResponses);
  }
  return {};
}

template <int D>
Status OpeningVerifier<D>::CheckFold() const {
  const RowCode code(params_.response_log_n());
  std::vector<std::vector<Fp>> words(D, std::vector<Fp>(code.length()));  // limb by limb
  const ExtVec<D> fold = ExtVec<D>::From(said_.fold);
  for (int l = 0; l < D; ++l) {
    code.Encode({fold.limb(l), fold.size()}, words[static_cast<size_t>(l)]);
  }
  const std::vector<Ext<D>> weights = EqTable<D>(std::span<const Ext<D>>(fold_point_)).ToVector();
  for (size_t k = 0; k < response_positions_.size(); ++k) {
    const std::vector<Ext<D>>& rows = said_.response_columns[k].rows;
    Ext<D> sum;
    for (size_t i = 0; i < rows.size(); ++i) sum += weights[i] * rows[i];
    for (int l = 0; l < D; ++l) {
      if (sum[l] != words[static_cast<size_t>(l)][response_positions_[k]]) {
        return RejectedAt(Check::kFold, response_positions_[k]);
      }
    }
  }
  return {};
}

template <int D>
std::span<const Ext<D>> OpeningVerifier<D>::z_row() const {
  return std::span(claim_.z).first(claim_.z.size() - static_cast<size_t>(params_.log_w));
}

template <int D>
std::span<const Ext<D>> OpeningVerifier<D>::z_column() const {
  return std::span(claim_.z).last(static_cast<size_t>(params_.log_w));
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
