#include "proof/commit/verifier.h"

#include <algorithm>
#include <string>
#include <vector>

#include "algebra/field/bytes.h"
#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"
#include "crypto/hash/merkle.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_hash.h"
#include "proof/commit/combined_row.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/public_message.h"
#include "proof/commit/row_code.h"

namespace voizk {

std::string_view ToString(OpeningCheck check) {
  switch (check) {
    case OpeningCheck::kMalformed:
      return "opening malformed";
    case OpeningCheck::kLinearSum:
      return "linear constraints do not hold";
    case OpeningCheck::kMerkle:
      return "columns not under the root";
    case OpeningCheck::kRowCombination:
      return "row combination differs";
    case OpeningCheck::kLowDegree:
      return "low-degree response differs";
    case OpeningCheck::kLinear:
      return "linear response differs";
    case OpeningCheck::kQuadratic:
      return "quadratic response differs";
  }
  return "";
}

namespace {

Error Rejected(OpeningCheck check, std::string detail) {
  return {
      check == OpeningCheck::kMalformed ? ErrorCode::kProofMalformed : ErrorCode::kProofRejected,
      std::string(ToString(check)) + ": " + std::move(detail)};
}

Error Malformed(const Error& error) { return Rejected(OpeningCheck::kMalformed, error.message); }

// Everything the prover said before the columns were drawn, with its challenges.
template <int D>
struct Responses {
  std::vector<Ext<D>> row_weights;  // eq(z_row, i)
  Ext<D> gamma;
  TableauChallenges<D> challenges;
  LinearTest<D> linear;
  ExtVec<D> y0, y1, y2;  // y2 divided by X^256 - 1
};

// One opened column, parsed in the order of the leaf.
template <int D>
struct Column {
  std::vector<Fp> rows;         // M
  Ext<D> g;                     // sum_l x^l g_l
  std::vector<Ext<D>> tableau;  // P
  Ext<D> h0, h1, h2;
};

template <int D>
bool ParseColumn(const CommitParams& params, ByteSpan bytes, Column<D>* column) {
  const uint8_t* in = bytes.data() + kSaltBytes;
  bool canonical = true;
  for (Fp& cell : column->rows) {
    canonical &= ParseCanonical(in, &cell);
    in += Fp::kBytes;
  }
  const auto element = [&](Ext<D>* x) {
    canonical &= ParseCanonical(in, x);
    in += Ext<D>::kBytes;
  };
  element(&column->g);
  for (uint32_t i = 0; i < params.tableau_rows(); ++i) element(&column->tableau[i]);
  element(&column->h0);
  element(&column->h1);
  element(&column->h2);
  return canonical;
}

// Are the columns' leaves at these positions of the tree under `root`?
Status CheckMerkle(const CommitParams& params, const Digest& root,
                   std::span<const uint32_t> positions, ByteSpan columns, PublicReader* proof) {
  const size_t column_bytes = params.column_bytes();
  std::vector<Digest> leaves(positions.size());
  for (size_t k = 0; k < positions.size(); ++k) {
    leaves[k] = LeafDigest(positions[k], columns.subspan(k * column_bytes, column_bytes));
  }
  std::vector<Digest> siblings(MultiproofSize(params.length(), positions));
  for (Digest& sibling : siblings) {
    const Result<ByteSpan> bytes = proof->ReceiveLast(sizeof(Digest));
    if (!bytes.ok()) return Malformed(bytes.error());
    std::copy(bytes->begin(), bytes->end(), sibling.begin());
  }
  const MerkleVerdict verdict =
      VerifyMultiproof(root, params.length(), positions, leaves, siblings);
  if (verdict == MerkleVerdict::kOk) return {};
  return Rejected(OpeningCheck::kMerkle, std::string(ToString(verdict)));
}

// The four equations between responses and one column at the point x.  The opened value of u' is
// `combined`.
template <int D>
Status CheckColumn(const CommitParams& params, const Responses<D>& said, const Column<D>& column,
                   const Ext<D>& combined, Fp x, uint32_t position) {
  const auto reject = [&](OpeningCheck check) {
    return Rejected(check, "column " + std::to_string(position));
  };
  // 1, x, x^2, ..
  std::vector<Fp> powers(std::max(said.y1.size(), said.y2.size()));
  powers[0] = Fp::kOne;
  for (size_t j = 1; j < powers.size(); ++j) powers[j] = powers[j - 1] * x;
  const auto at_x = [&](const ExtVec<D>& f) {
    return InnerProduct<D>(f.span(), FpSpan(powers).first(f.size()));
  };

  // u' = g + gamma sum_i eq(z_row, i) M_i
  Ext<D> sum;
  for (size_t i = 0; i < column.rows.size(); ++i) sum += said.row_weights[i] * column.rows[i];
  if (combined != column.g + said.gamma * sum) return reject(OpeningCheck::kRowCombination);

  // y0 = h0 + sum_i r0_i P_i;   y1 = h1 + sum_i A^_i P_i
  Ext<D> low = column.h0, linear = column.h1;
  for (size_t i = 0; i < column.tableau.size(); ++i) {
    low += said.challenges.r0[i] * column.tableau[i];
    linear += at_x(said.linear.weights[i]) * column.tableau[i];
  }
  if (at_x(said.y0) != low) return reject(OpeningCheck::kLowDegree);
  if (at_x(said.y1) != linear) return reject(OpeningCheck::kLinear);

  // (x^256 - 1) q(x) = h2 + sum_{e >= 1} r2^e (X_e Y_e - Z_e)
  Ext<D> quadratic = column.h2, power = said.challenges.r2;
  for (size_t i = params.pad_rows(); i < column.tableau.size(); i += 3) {
    quadratic += power * (column.tableau[i] * column.tableau[i + 1] - column.tableau[i + 2]);
    power *= said.challenges.r2;
  }
  const Fp vanishing = powers[CommitParams::kPadWidth] - Fp::kOne;
  if (at_x(said.y2) * vanishing != quadratic) return reject(OpeningCheck::kQuadratic);
  return {};
}

template <int D>
Status CheckColumns(const CommitParams& params, const Digest& root, const Responses<D>& said,
                    const CombinedRow<D>& combined, Transcript* transcript, PublicReader* proof) {
  // V -> P positions;  P -> V columns, siblings
  const std::vector<uint32_t> positions = DrawColumns(params, transcript);
  const size_t column_bytes = params.column_bytes();
  const Result<ByteSpan> columns = proof->ReceiveLast(positions.size() * column_bytes);
  if (!columns.ok()) return Malformed(columns.error());
  VOIZK_RETURN_IF_ERROR(CheckMerkle(params, root, positions, *columns, proof));
  if (const Status end = proof->ExpectEnd(); !end.ok()) return Malformed(end.error());

  const RowCode code(params.log_n);
  const std::vector<Ext<D>> combined_values = combined.ValuesAt(code, positions);
  Column<D> column;
  column.rows.resize(params.rows);
  column.tableau.resize(params.tableau_rows());
  for (size_t k = 0; k < positions.size(); ++k) {
    if (!ParseColumn(params, columns->subspan(k * column_bytes, column_bytes), &column)) {
      return Rejected(OpeningCheck::kMalformed,
                      "column " + std::to_string(positions[k]) + " is not canonical");
    }
    VOIZK_RETURN_IF_ERROR(CheckColumn(params, said, column, combined_values[k],
                                      code.Point(positions[k]), positions[k]));
  }
  return {};
}

}  // namespace

template <int D>
Status VerifyOpening(const CommitParams& params, const Digest& root, std::span<const Ext<D>> z,
                     const Ext<D>& e_at_z, const AffineForm<D>& claim,
                     ConstraintSystem<D>* constraints, VerifierChannel<D>* channel,
                     Transcript* transcript, ByteReader* proof) {
  VOIZK_RETURN_IF_ERROR(CheckParams(params));
  CheckInvariant(params.degree == D && z.size() == static_cast<size_t>(params.cells_bits),
                 "opening of another shape");
  PublicReader clear(transcript, proof);
  const auto log_w = static_cast<size_t>(params.log_w);
  Responses<D> said;
  said.row_weights = EqTable<D>(z.first(z.size() - log_w)).ToVector();
  const ExtVec<D> b = EqTable<D>(z.last(log_w));

  // P -> V [v], [mu]
  const Result<Masked<D>> v = channel->Receive("v");
  if (!v.ok()) return Malformed(v.error());
  constraints->RequireZero(claim - e_at_z * v->form);
  const Result<Masked<D>> mu = channel->Receive("mu");
  if (!mu.ok()) return Malformed(mu.error());
  // V -> P
  said.gamma = channel->Challenge("gamma");
  // P -> V u'
  const Result<CombinedRow<D>> combined = CombinedRow<D>::Receive(params, &clear);
  if (!combined.ok()) return Malformed(combined.error());
  constraints->RequireZero(AffineForm<D>::Constant(combined->InnerProductWith(b.span())) -
                           mu->form - said.gamma * v->form);
  // V -> P r0, r1, r2
  said.challenges = DrawTableauChallenges<D>(params, transcript);
  said.linear = CombineConstraints(params, *constraints, said.challenges.r1);
  // P -> V y0, y1, y2
  const auto receive = [&](std::string_view label, size_t size, ExtVec<D>* y) -> Status {
    Result<ExtVec<D>> elements = clear.ReceiveElements<D>(label, size);
    if (!elements.ok()) return Malformed(elements.error());
    *y = std::move(*elements);
    return {};
  };
  VOIZK_RETURN_IF_ERROR(receive("y0", params.pad_dimension(), &said.y0));
  VOIZK_RETURN_IF_ERROR(receive("y1", params.linear_dimension(), &said.y1));
  VOIZK_RETURN_IF_ERROR(receive("y2", params.quotient_size(), &said.y2));
  if (SumOnH<D>(said.y1.span()) != said.linear.target) {
    return Rejected(OpeningCheck::kLinearSum, "y1 has another sum over H");
  }
  return CheckColumns(params, root, said, *combined, transcript, &clear);
}

template Status VerifyOpening(const CommitParams&, const Digest&, std::span<const Ext<4>>,
                              const Ext<4>&, const AffineForm<4>&, ConstraintSystem<4>*,
                              VerifierChannel<4>*, Transcript*, ByteReader*);
template Status VerifyOpening(const CommitParams&, const Digest&, std::span<const Ext<5>>,
                              const Ext<5>&, const AffineForm<5>&, ConstraintSystem<5>*,
                              VerifierChannel<5>*, Transcript*, ByteReader*);

}  // namespace voizk
