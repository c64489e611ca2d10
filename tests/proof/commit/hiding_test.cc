// Distinguishers: somebody who guesses the witness (the hardest case: guesses right) and looks for
// a trace of it in the proof.  Names in brackets are those of the design's list of leaks.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "algebra/field/bytes.h"
#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "algebra/poly/univariate.h"
#include "committed_sample.h"
#include "crypto/hash/merkle.h"
#include "crypto/hash/sha256.h"
#include "plain_prover.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_hash.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/response_claims.h"
#include "proof/commit/response_prover.h"
#include "proof/commit/row_code.h"

namespace voizk {
namespace {

using testing::CommittedSample;

constexpr int D = 4;
using K = Ext<D>;
using Poly = std::vector<K>;

// A proof, and what its prover computed on the way.  The responses are not in a proof as they are,
// but nothing hides them either: the observers below are given them.
struct Made {
  std::vector<uint8_t> proof;
  std::vector<K> pads;
  Poly u, y0, y1, q2;
};

// By the shipped prover, of which the plain one tells what it computed.
Made Prove(const CommittedSample<D>& statement, uint64_t seed) {
  SecureRng rng = SecureRng::ForTest(seed), again = SecureRng::ForTest(seed);
  ThreadPool pool(1);
  CommitProver<D> shipped(statement.params, statement.plan, &rng, &pool);
  testing::PlainProver<D> plain(statement.params, statement.plan, &again);
  Made made{statement.Prove(shipped), {}, {}, {}, {}, {}};
  EXPECT_EQ(statement.Prove(plain), made.proof);
  made.u = plain.u;
  made.y0 = plain.y0;
  made.y1 = plain.y1;
  made.q2 = plain.q2;
  made.pads.assign(plain.pads().begin(), plain.pads().end());
  return made;
}

// What an observer reads off a proof of `CommittedSample` without products.
struct View {
  Digest root;
  std::vector<K> scalars;  // [s], [v], [mu]
  Poly u, y0, y1, q2;
  K sum, zeta;
  Digest responses;
  std::vector<K> said_of_responses;  // <b, u'>, s(0), s(2), .., phi
  Transcript before_fold;
  std::vector<uint32_t> response_positions;
  std::vector<uint8_t> response_columns;
  K gamma;
  TableauChallenges<D> challenges;
  LinearTest<D> linear;
  std::vector<uint32_t> positions;
  std::vector<std::vector<uint32_t>> columns;
  std::vector<Digest> siblings, response_siblings;

  View(const CommittedSample<D>& s, const Made& made)
      : u(made.u), y0(made.y0), y1(made.y1), q2(made.q2) {
    const CommitParams& p = s.params;
    Transcript transcript;
    s.Begin(&transcript);
    ByteReader reader(made.proof, ErrorCode::kProofMalformed, "proof");
    root = *ReceiveRoot(&transcript, &reader);
    ConstraintSystem<D> constraints(s.plan);
    VerifierChannel<D> channel(&transcript, &constraints, &reader);
    std::vector<Masked<D>> sent;
    for (const char* label : {"s", "v", "mu"}) sent.push_back(*channel.Receive(label));
    for (const Masked<D>& m : sent) scalars.push_back(m.sent);
    gamma = channel.Challenge("gamma");
    const auto receive = [&](const char* label, size_t size) {
      Poly elements = *ReadFields<K>(reader, size);
      transcript.AbsorbExt<D>(label, elements);
      return elements;
    };
    constraints.RequireZero(sent[0].form - s.e * sent[1].form);
    const K combined = receive("combined", 1)[0];
    said_of_responses.push_back(combined);
    constraints.RequireZero(AffineForm<D>::Constant(combined) - sent[2].form -
                            gamma * sent[1].form);
    challenges = DrawTableauChallenges<D>(p, &transcript);
    linear = CombineConstraints(p, constraints, challenges.r1);
    sum = receive("sum", 1)[0];
    responses = ReceiveDigest(&reader);
    transcript.AbsorbDigest("responses", responses);
    positions = DrawColumns(p, &transcript);
    zeta = transcript.ChallengeExt<D>("claims");
    before_fold = transcript;
    for (int i = 0; i < p.response_rounds(); ++i) {
      for (const char* label : {"fold s(0)", "fold s(2)"}) {
        said_of_responses.push_back(receive(label, 1)[0]);
      }
      transcript.ChallengeExt<D>("fold r");
    }
    for (const K& x : receive("fold", p.response_width())) said_of_responses.push_back(x);
    response_positions = DrawResponseColumns(p, &transcript);
    for (size_t k = 0; k < positions.size(); ++k) {
      const ByteSpan bytes = *reader.Bytes(p.column_bytes());
      std::vector<uint32_t> column;
      for (size_t i = kSaltBytes; i < bytes.size(); i += 4) column.push_back(LoadU32(&bytes[i]));
      columns.push_back(column);
    }
    const ByteSpan cells = *reader.Bytes(p.response_queries * p.response_column_bytes());
    response_columns.assign(cells.begin(), cells.end());
    siblings.resize(MultiproofSize(p.length(), positions));
    for (Digest& d : siblings) d = ReceiveDigest(&reader);
    response_siblings.resize(MultiproofSize(p.response_length(), response_positions));
    for (Digest& d : response_siblings) d = ReceiveDigest(&reader);
    EXPECT_TRUE(reader.ExpectEnd().ok());
  }
  static Digest ReceiveDigest(ByteReader* reader) {
    const ByteSpan bytes = *reader->Bytes(sizeof(Digest));
    Digest digest;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
  }
};

K At(const Poly& f, Fp x) { return EvaluatePolynomial(std::span<const K>(f), x); }

// (pitfalls.md, "unsalted leaves") With t randomisers a row and t opened columns, view and witness
// determine every unopened column but for its salt.  The guesser's computation:
class Reconstruction {
 public:
  Reconstruction(const CommittedSample<D>& s, const View& view, std::span<const K> pads)
      : p_(s.params), view_(view), code_(p_.log_n), nodes_(Points(code_, view)) {
    const size_t w = p_.message(), t = p_.queries;
    // Row i: r_i(x) = (M_i(x) - sum_j w_ij x^j) / x^W at the t opened points.
    for (size_t i = 0; i < p_.rows; ++i) {
      std::vector<Fp> row(w + t);
      for (size_t j = 0; j < w && i * w + j < s.cells.size(); ++j) row[j] = s.cells[i * w + j];
      std::vector<Fp> values;
      for (size_t k = 0; k < t; ++k) {
        const Fp x = nodes_.nodes()[k];
        const Fp message = EvaluatePolynomial(std::span<const Fp>(row), x);
        values.push_back((Fp::FromU32(view.columns[k][i]) - message) * x.Pow(w).Inverse());
      }
      const std::vector<Fp> random = nodes_.Interpolate(std::span<const Fp>(values));
      std::copy(random.begin(), random.end(), row.begin() + static_cast<std::ptrdiff_t>(w));
      rows_.push_back(row);
    }
    // The pads are the scalars less what was sent; here simply given.  P = Q + (X^256 - 1) R.
    ExtVec<D> q(CommitParams::kPadWidth);
    for (size_t i = 0; i < pads.size(); ++i) q.set(i, pads[i]);
    InterpolateOnH<D>(q.span());
    tableau_ = q.ToVector();
    std::vector<K> values;
    for (size_t k = 0; k < t; ++k) {
      const Fp x = nodes_.nodes()[k];
      K opened;
      for (int l = 0; l < D; ++l) {
        opened[l] = Fp::FromU32(view.columns[k][p_.rows + D + static_cast<size_t>(l)]);
      }
      values.push_back((opened - At(tableau_, x)) *
                       (x.Pow(CommitParams::kPadWidth) - Fp::kOne).Inverse());
    }
    const std::vector<K> random = nodes_.Interpolate(std::span<const K>(values));
    tableau_.resize(p_.pad_dimension());
    for (size_t j = 0; j < t; ++j) {
      tableau_[j] -= random[j];
      tableau_[j + CommitParams::kPadWidth] += random[j];
    }
    for (size_t i = 0; i < p_.rows; ++i) {
      weights_.push_back(
          EqAt<D>(std::span<const K>(s.z).first(s.z.size() - static_cast<size_t>(p_.log_w)), i));
    }
  }

  std::vector<uint32_t> Column(uint32_t position) const {
    const Fp x = code_.Point(position);
    std::vector<uint32_t> cells;
    K combined;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const Fp value = EvaluatePolynomial(std::span<const Fp>(rows_[i]), x);
      combined += weights_[i] * value;
      cells.push_back(value.ToU32());
    }
    const K tableau = At(tableau_, x);
    const auto push = [&](const K& value) {
      for (int l = 0; l < D; ++l) cells.push_back(value[l].ToU32());
    };
    push(At(view_.u, x) - view_.gamma * combined);  // g
    push(tableau);
    push(At(view_.y0, x) - view_.challenges.r0[0] * tableau);                     // h0
    push(At(view_.y1, x) - At(view_.linear.weights[0].ToVector(), x) * tableau);  // h1
    push(At(view_.q2, x) * (x.Pow(CommitParams::kPadWidth) - Fp::kOne));          // h2
    return cells;
  }

 private:
  static LagrangeNodes Points(const RowCode& code, const View& view) {
    std::vector<Fp> points;
    for (uint32_t x : view.positions) points.push_back(code.Point(x));
    return LagrangeNodes(points);
  }
  const CommitParams& p_;
  const View& view_;
  RowCode code_;
  LagrangeNodes nodes_;
  std::vector<std::vector<Fp>> rows_;
  Poly tableau_;
  std::vector<K> weights_;
};

TEST(HidingTest, OnlyTheSaltKeepsAnUnopenedColumnFromACandidateWitness) {
  const CommittedSample<D> statement(3000, 0, 1);
  const Made made = Prove(statement, 2);
  ASSERT_TRUE(statement.Verify(made.proof).ok());
  const View view(statement, made);
  const Reconstruction guess(statement, view, made.pads);
  for (size_t k = 0; k < view.positions.size(); ++k) {
    ASSERT_EQ(guess.Column(view.positions[k]), view.columns[k]);
  }
  // The prover's salts, which it draws first.
  SecureRng again = SecureRng::ForTest(2);
  std::vector<uint8_t> salts(statement.params.length() * kSaltBytes);
  again.Fill(std::span<uint8_t>(salts));
  const std::set<Digest> seen(view.siblings.begin(), view.siblings.end());
  int siblings_of_opened = 0;
  for (uint32_t opened : view.positions) {
    const uint32_t x = opened ^ 1;
    if (std::binary_search(view.positions.begin(), view.positions.end(), x)) continue;
    ++siblings_of_opened;
    ByteWriter cells;
    for (uint32_t cell : guess.Column(x)) cells.U32(cell);
    const auto leaf = [&](ByteSpan salt) {
      std::vector<uint8_t> column(salt.begin(), salt.end());
      column.insert(column.end(), cells.bytes().begin(), cells.bytes().end());
      return LeafDigest(x, column);
    };
    // The guess of the cells is right: with the salt it gives the sibling in the proof.
    EXPECT_TRUE(seen.contains(leaf(ByteSpan(salts).subspan(x * kSaltBytes, kSaltBytes))));
    // Without it: no salt at all, zeros, or a neighbour's.
    EXPECT_FALSE(seen.contains(Sha256Of(cells.bytes())));
    EXPECT_FALSE(seen.contains(leaf(std::vector<uint8_t>(kSaltBytes, 0))));
    EXPECT_FALSE(seen.contains(leaf(ByteSpan(salts).subspan(opened * kSaltBytes, kSaltBytes))));
  }
  EXPECT_GT(siblings_of_opened, 10);
}

// Chi-squared of values in [0, p) over 16 buckets: 15 degrees of freedom, 60 is beyond 1 - 10^-6.
double ChiSquared(std::span<const uint32_t> values) {
  std::array<double, 16> counts{};
  for (uint32_t v : values) ++counts[uint64_t{v} * 16 / Fp::kModulus];
  const double expected = static_cast<double>(values.size()) / 16;
  double chi = 0;
  for (double c : counts) chi += (c - expected) * (c - expected) / expected;
  return chi;
}
constexpr double kChiLimit = 60;

// (pitfalls.md, "one random row") Whoever knows the witness subtracts gamma times the messages from
// u' and sees the mask: it must fill all of K, not one limb.
TEST(HidingTest, TheMaskOfTheCombinedRowFillsEveryLimb) {
  const CommittedSample<D> statement(40'000, 0, 3);
  const View view(statement, Prove(statement, 4));
  const CommitParams& p = statement.params;
  const auto z_row =
      std::span<const K>(statement.z).first(statement.z.size() - static_cast<size_t>(p.log_w));
  Poly residue(view.u.begin(), view.u.begin() + p.message());
  for (size_t i = 0; i < p.rows; ++i) {
    const K a = view.gamma * EqAt<D>(z_row, i);
    for (size_t j = 0; j < residue.size() && i * residue.size() + j < statement.cells.size(); ++j) {
      residue[j] -= a * statement.cells[i * residue.size() + j];
    }
  }
  for (int l = 0; l < D; ++l) {
    std::vector<uint32_t> limb;
    for (const K& x : residue) limb.push_back(x[l].ToU32());
    EXPECT_LT(ChiSquared(limb), kChiLimit) << "limb " << l;
    EXPECT_LE(std::count(limb.begin(), limb.end(), 0u), 1) << "limb " << l;
  }
  // The small messages themselves are far from it, so the test can fail.
  std::vector<uint32_t> cells;
  for (Fp c : statement.cells) cells.push_back(c.ToU32());
  EXPECT_GT(ChiSquared(cells), kChiLimit);
}

// The randomisers must do for small messages what the mask does for u'.
TEST(HidingTest, OpenedCellsAreSpreadOverTheField) {
  CommittedSample<D> statement(40'000, 0, 5);
  std::fill(statement.cells.begin(), statement.cells.end(), Fp::kZero);
  statement.value = K::kZero;
  const Made made = Prove(statement, 6);
  ASSERT_TRUE(statement.Verify(made.proof).ok());
  const View view(statement, made);
  std::vector<uint32_t> messages, others;
  for (const auto& column : view.columns) {
    for (size_t i = 0; i < column.size(); ++i) {
      (i < statement.params.rows ? messages : others).push_back(column[i]);
    }
  }
  EXPECT_LT(ChiSquared(messages), kChiLimit);
  EXPECT_LT(ChiSquared(others), kChiLimit);
}

// (pitfalls.md, "the root", "the opened value") None of the secret scalars appears in the proof,
// neither as an element nor a limb pair.
TEST(HidingTest, NoSecretScalarIsSentAsItIs) {
  const CommittedSample<D> statement(3000, 3, 7);
  const std::vector<uint8_t> proof = Prove(statement, 8).proof;
  std::vector<K> secrets = {statement.value, statement.value * statement.e.Inverse()};
  for (const auto& list : {statement.x, statement.y, statement.p}) {
    secrets.insert(secrets.end(), list.begin(), list.end());
  }
  for (const K& secret : secrets) {
    std::array<uint8_t, K::kBytes> bytes;
    StoreCanonical(secret, bytes.data());
    for (size_t half : {size_t{0}, bytes.size() / 2}) {
      EXPECT_EQ(
          std::search(proof.begin(), proof.end(), bytes.begin() + static_cast<std::ptrdiff_t>(half),
                      bytes.begin() + static_cast<std::ptrdiff_t>(half + 8)),
          proof.end());
    }
  }
}

// Fresh randomness per proof: two proofs of one witness share no message.
TEST(HidingTest, TwoProofsOfOneWitnessShareNothing) {
  const CommittedSample<D> statement(3000, 0, 9);
  const auto prove = [&statement] {
    SecureRng rng;
    ThreadPool pool(1);
    CommitProver<D> prover(statement.params, statement.plan, &rng, &pool);
    Made made;
    made.proof = statement.Prove(prover);
    return made;
  };
  const Made first = prove(), second = prove();
  ASSERT_TRUE(statement.Verify(first.proof).ok());
  ASSERT_TRUE(statement.Verify(second.proof).ok());
  const View a(statement, first), b(statement, second);
  EXPECT_NE(a.root, b.root);
  EXPECT_NE(a.responses, b.responses);
  const auto expect_disjoint = [](const Poly& x, const Poly& y) {
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NE(x[i], y[i]) << i;
  };
  expect_disjoint(a.scalars, b.scalars);
  expect_disjoint(a.said_of_responses, b.said_of_responses);
  const std::set<Digest> seen(a.siblings.begin(), a.siblings.end());
  for (const Digest& d : b.siblings) EXPECT_FALSE(seen.contains(d));
  for (size_t k = 0; k < a.positions.size(); ++k) {
    for (size_t m = 0; m < b.positions.size(); ++m) {
      EXPECT_FALSE(a.positions[k] == b.positions[m] && a.columns[k] == b.columns[m]);
    }
  }
}

// What is said of the responses is made from them alone, by public steps: whoever simulates them
// simulates it (docs/protocol/commitment.md, section 4).
TEST(HidingTest, TheResponsesMatrixIsAFunctionOfTheResponses) {
  const CommittedSample<D> statement(3000, 0, 14);
  const Made made = Prove(statement, 15);
  const View view(statement, made);
  ThreadPool pool(1);
  const ResponseProver<D> again(statement.params,
                                {ExtVec<D>::From(made.u), ExtVec<D>::From(made.y0),
                                 ExtVec<D>::From(made.y1), ExtVec<D>::From(made.q2)},
                                &pool);
  EXPECT_EQ(again.root(), view.responses);
  EXPECT_EQ(SumOnH<D>(ExtVec<D>::From(made.y1).span()), view.sum);
  const ExtVec<D> b =
      EqTable<D>(std::span<const K>(statement.z).last(static_cast<size_t>(statement.params.log_w)));
  const ExtVec<D> u = ExtVec<D>::From(made.u);
  Transcript transcript = view.before_fold;
  ByteWriter expected, replayed;
  WriteFields<K>(expected, view.said_of_responses);
  WriteField(replayed, InnerProduct<D>(b.span(), u.subspan(0, b.size())));
  PublicWriter clear(&transcript, &replayed);
  again.Fold(ResponseClaims<D>(statement.params, b.span(), view.positions, view.zeta), &transcript,
             &clear);
  EXPECT_EQ(replayed.bytes(), expected.bytes());
  EXPECT_EQ(again.Columns(view.response_positions), view.response_columns);
  EXPECT_EQ(again.Multiproof(view.response_positions), view.response_siblings);
}

// The size of a proof depends on the shape alone, but for the siblings, which follow the positions.
TEST(HidingTest, SizesDoNotDependOnTheWitness) {
  const CommittedSample<D> a(3000, 0, 10), b(3000, 0, 11);
  const auto size_without_siblings = [](const CommittedSample<D>& s, uint64_t seed) {
    const Made made = Prove(s, seed);
    const View view(s, made);
    return made.proof.size() -
           sizeof(Digest) * (view.siblings.size() + view.response_siblings.size());
  };
  EXPECT_EQ(size_without_siblings(a, 12), size_without_siblings(b, 13));
}

}  // namespace
}  // namespace voizk
