// Provers that lie: each is honest but for one step, and is caught by the check that exists for it.
#include <gtest/gtest.h>

#include "committed_sample.h"
#include "plain_prover.h"
#include "proof/commit/verifier.h"

namespace voizk {
namespace {

using testing::CommittedSample;
using testing::Lies;
using testing::PlainProver;

template <typename T>
class LyingProverTest : public ::testing::Test {
 public:
  template <int D>
  static void ExpectCaught(const CommittedSample<D>& statement, const Lies<D>& lies, Check check) {
    SecureRng rng = SecureRng::ForTest(99);
    PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
    const Status status = statement.Verify(statement.Prove(prover));
    ASSERT_FALSE(status.ok());
    EXPECT_TRUE(status.error().Failed(check)) << status.error().message;
  }
  // The tableau of these statements: one row of pads, then X, Y, Z, then h0, h1, h2.
  static constexpr size_t kPads = 0, kX = 1, kY = 2, kZ = 3, kH1 = 5, kH2 = 6;
};
template <int D>
struct Degree {
  static constexpr int kValue = D;
};
using Degrees = ::testing::Types<Degree<4>, Degree<5>>;
TYPED_TEST_SUITE(LyingProverTest, Degrees);

TYPED_TEST(LyingProverTest, AnHonestOneIsNot) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 1);
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(statement.params, statement.plan, &rng);
  EXPECT_TRUE(statement.Verify(statement.Prove(prover)).ok());
}

TYPED_TEST(LyingProverTest, AFalseClaim) {
  constexpr int D = TypeParam::kValue;
  CommittedSample<D> statement(3000, 1, 2);
  statement.value += Ext<D>::kOne;
  this->ExpectCaught(statement, Lies<D>{}, Check::kConstraints);
}

TYPED_TEST(LyingProverTest, AFalseValueThatFitsTheClaim) {
  constexpr int D = TypeParam::kValue;
  CommittedSample<D> statement(3000, 1, 3);
  statement.value += statement.e;
  Lies<D> lies;
  lies.v = [](Ext<D>* v) { *v += Ext<D>::kOne; };
  this->ExpectCaught(statement, lies, Check::kConstraints);
}

TYPED_TEST(LyingProverTest, AFalseValueWithACombinedRowThatFitsIt) {
  constexpr int D = TypeParam::kValue;
  CommittedSample<D> statement(3000, 1, 4);
  statement.value += statement.e;
  const auto z_col =
      std::span<const Ext<D>>(statement.z).last(static_cast<size_t>(statement.params.log_w));
  const Ext<D> weight = EqAt<D>(z_col, 0);
  Lies<D> lies;
  PlainProver<D>* prover_in_use = nullptr;
  lies.v = [](Ext<D>* v) { *v += Ext<D>::kOne; };
  lies.u = [&](std::vector<Ext<D>>* u) { (*u)[0] += prover_in_use->gamma * weight.Inverse(); };
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
  prover_in_use = &prover;
  const Status status = statement.Verify(statement.Prove(prover));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Failed(Check::kResponses)) << status.error().message;
}

// x y = p is false; Z = X Y + 1 makes the affine relation hold.
template <int D>
CommittedSample<D> FalseProduct(uint64_t seed) {
  CommittedSample<D> statement(3000, 1, seed);
  statement.p[0] += Ext<D>::kOne;
  return statement;
}

TYPED_TEST(LyingProverTest, AFalseProduct) {
  constexpr int D = TypeParam::kValue;
  this->ExpectCaught(FalseProduct<D>(5), Lies<D>{}, Check::kConstraints);
}

TYPED_TEST(LyingProverTest, AFalseTriple) {
  constexpr int D = TypeParam::kValue;
  Lies<D> lies;
  lies.tableau = [this](auto* words) { (*words)[this->kZ][0] += Ext<D>::kOne; };
  this->ExpectCaught(FalseProduct<D>(6), lies, Check::kResponses);
}

// (pitfalls.md, "weight r^0") The mask of the quadratic test carries the difference, as if the row
// had weight r2^0.
TYPED_TEST(LyingProverTest, AFalseTripleBehindAMaskThatDoesNotVanish) {
  constexpr int D = TypeParam::kValue;
  Lies<D> lies;
  lies.tableau = [this](auto* words) {
    (*words)[this->kZ][0] += Ext<D>::kOne;
    (*words)[this->kH2][0] += Ext<D>::kOne;
  };
  this->ExpectCaught(FalseProduct<D>(7), lies, Check::kResponses);
}

// X is not the pad it should copy, Z = X Y: the claim (x + 1) y = p would hold.
TYPED_TEST(LyingProverTest, AFalseCopy) {
  constexpr int D = TypeParam::kValue;
  CommittedSample<D> statement(3000, 1, 8);
  statement.p[0] += statement.y[0];
  Lies<D> lies;
  lies.tableau = [this](auto* words) {
    (*words)[this->kX][0] += Ext<D>::kOne;
    for (size_t j = 0; j < (*words)[this->kY].size(); ++j) {
      (*words)[this->kZ][j] += (*words)[this->kY][j];
    }
  };
  this->ExpectCaught(statement, lies, Check::kConstraints);
}

// (pitfalls.md, "weight r^0") The mask of the linear test has the sum that is missing, as if the
// weight were r1^0.
TYPED_TEST(LyingProverTest, AFalseConstraintBehindAMaskWithASum) {
  constexpr int D = TypeParam::kValue;
  Lies<D> lies;
  lies.tableau = [this](auto* words) {
    (*words)[this->kH1][0] += Ext<D>::FromBase(Fp::FromU32(CommitParams::kPadWidth).Inverse());
  };
  this->ExpectCaught(FalseProduct<D>(9), lies, Check::kConstraints);
}

TYPED_TEST(LyingProverTest, NoConstraintHasTheMasksWeight) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(100, 2, 10);
  ConstraintSystem<D> constraints(statement.plan);
  while (constraints.pads_used() < statement.plan.pads) constraints.NextPad();
  Masked<D> masked[4];
  for (uint32_t i : {0u, 1u, 3u, 4u}) {
    Masked<D>& m = masked[i % 3 + (i > 2 ? 2 : 0)];
    m.pad = i;
    m.sent = Ext<D>::FromI64(i + 1);
  }
  constraints.RequireZero(constraints.Product(masked[0], masked[1]));
  constraints.RequireZero(constraints.Product(masked[2], masked[3]));
  const LinearTest<D> test = CombineConstraints(statement.params, constraints, Ext<D>::kZero);
  EXPECT_TRUE(test.target.IsZero());
  for (const ExtVec<D>& row : test.weights) {
    for (const Ext<D>& x : row.ToVector()) EXPECT_TRUE(x.IsZero());
  }
}

TYPED_TEST(LyingProverTest, AFalseConstraintWithAResponseThatSumsUp) {
  constexpr int D = TypeParam::kValue;
  PlainProver<D>* prover_in_use = nullptr;
  Lies<D> lies;
  lies.y1 = [&](std::vector<Ext<D>>* y1) {
    Ext<D> sum;
    for (size_t j = 0; j < y1->size(); j += CommitParams::kPadWidth) sum += (*y1)[j];
    const Fp inverse = Fp::FromU32(CommitParams::kPadWidth).Inverse();
    (*y1)[0] += prover_in_use->linear.target * inverse - sum;
  };
  const CommittedSample<D> statement = FalseProduct<D>(11);
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
  prover_in_use = &prover;
  const Status status = statement.Verify(statement.Prove(prover));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Failed(Check::kResponses)) << status.error().message;
}

TYPED_TEST(LyingProverTest, FalseResponses) {
  constexpr int D = TypeParam::kValue;
  using Poly = std::vector<Ext<D>>;
  const CommittedSample<D> statement(3000, 1, 12);
  // Outside the message, so that no inner product or sum notices.
  Lies<D> lies;
  lies.u = [&](Poly* u) { (*u)[statement.params.message()] += Ext<D>::kOne; };
  this->ExpectCaught(statement, lies, Check::kResponses);
  lies = {};
  lies.y0 = [](Poly* y) { (*y)[3] += Ext<D>::kOne; };
  this->ExpectCaught(statement, lies, Check::kResponses);
  lies = {};
  lies.y1 = [](Poly* y) { (*y)[3] += Ext<D>::kOne; };
  this->ExpectCaught(statement, lies, Check::kResponses);
  lies = {};
  lies.q2 = [](Poly* y) { (*y)[3] += Ext<D>::kOne; };
  this->ExpectCaught(statement, lies, Check::kResponses);
}

// Words that are far from every code word, one kind of row at a time: two of three positions are
// changed, more than the unique decoding radius.
TYPED_TEST(LyingProverTest, WordsBeyondTheRadius) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 13);
  const CommitParams& p = statement.params;
  const auto row_of_word = [&](size_t word) { return p.rows + D * word; };  // g, rows, h0, h1, h2
  const size_t rows = p.tableau_rows();
  for (const size_t row :
       {size_t{0}, size_t{p.rows - 1}, row_of_word(0), row_of_word(1), row_of_word(rows),
        row_of_word(rows + 1), row_of_word(rows + 2), row_of_word(rows + 3)}) {
    Lies<D> lies;
    lies.matrix = [row](auto* matrix) {
      for (size_t x = 0; x < (*matrix)[row].size(); ++x) {
        uint32_t& word = (*matrix)[row][x];
        if (x % 3 != 0) word = (word + 1) % Fp::kModulus;
      }
    };
    SCOPED_TRACE(row);
    this->ExpectCaught(statement, lies, Check::kResponses);
  }
}

// A false value with <b, u'> sent to fit it: the first of the claims on the responses.
TYPED_TEST(LyingProverTest, AFalseInnerProductOfTheCombinedRow) {
  constexpr int D = TypeParam::kValue;
  CommittedSample<D> statement(3000, 1, 16);
  statement.value += statement.e;
  PlainProver<D>* in_use = nullptr;
  Lies<D> lies;
  lies.v = [](Ext<D>* v) { *v += Ext<D>::kOne; };
  lies.combined = [&](Ext<D>* combined) { *combined += in_use->gamma; };
  const auto expect = [&](Check check) {
    SecureRng rng = SecureRng::ForTest(99);
    PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
    in_use = &prover;
    const Status status = statement.Verify(statement.Prove(prover));
    ASSERT_FALSE(status.ok());
    EXPECT_TRUE(status.error().Failed(check)) << status.error().message;
  };
  expect(Check::kResponses);
  // The false claim ends as claim + gamma prod_i l_1(r_i), l_1 = r (2 - r) of the nodes 0, 1, 2: a
  // folded row that fits it is not that of the columns.
  lies.fold = [&](std::vector<Ext<D>>* fold) {
    Ext<D> excess = in_use->gamma;
    for (const Ext<D>& r : in_use->fold_point) excess *= r * (Ext<D>::FromI64(2) - r);
    (*fold)[0] += excess * in_use->folded_claims[0].Inverse();
  };
  expect(Check::kFold);
}

// A false product with the sum that is missing sent instead of y1's.
TYPED_TEST(LyingProverTest, AFalseSum) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement = FalseProduct<D>(17);
  PlainProver<D>* in_use = nullptr;
  Lies<D> lies;
  lies.sum = [&](Ext<D>* sum) { *sum = in_use->linear.target; };
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
  in_use = &prover;
  const Status status = statement.Verify(statement.Prove(prover));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Failed(Check::kResponses)) << status.error().message;
}

TYPED_TEST(LyingProverTest, FalseMessagesAboutTheResponses) {
  constexpr int D = TypeParam::kValue;
  using Poly = std::vector<Ext<D>>;
  const CommittedSample<D> statement(3000, 1, 18);
  const CommitParams& p = statement.params;
  // An element of each part, at both ends.
  const size_t y0 = p.dimension(), y1 = y0 + p.pad_dimension(), q2 = y1 + p.linear_dimension();
  for (const size_t at :
       {size_t{0}, y0 - 1, y0, y1 - 1, y1, q2 - 1, q2, size_t{p.response_size()} - 1}) {
    Lies<D> lies;
    lies.y = [at](Poly* y) { (*y)[at] += Ext<D>::kOne; };
    SCOPED_TRACE(at);
    this->ExpectCaught(statement, lies, Check::kResponses);
  }
  for (int round = 0; round < p.response_rounds(); ++round) {
    for (const bool first : {true, false}) {
      Lies<D> lies;
      lies.round = [=](size_t i, Ext<D>* at_0, Ext<D>* at_2) {
        if (i == static_cast<size_t>(round)) *(first ? at_0 : at_2) += Ext<D>::kOne;
      };
      this->ExpectCaught(statement, lies, Check::kResponses);
    }
  }
  // A multiple of what the claims do not read: nobody but the columns notices.
  PlainProver<D>* in_use = nullptr;
  Lies<D> lies;
  lies.fold = [&](Poly* fold) {
    (*fold)[0] += in_use->folded_claims[1];
    (*fold)[1] -= in_use->folded_claims[0];
  };
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(p, statement.plan, &rng, lies);
  in_use = &prover;
  const Status status = statement.Verify(statement.Prove(prover));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Failed(Check::kFold)) << status.error().message;
}

TYPED_TEST(LyingProverTest, ResponsesBeyondTheRadius) {
  constexpr int D = TypeParam::kValue;
  using Poly = std::vector<Ext<D>>;
  const CommittedSample<D> statement(3000, 1, 19);
  for (const size_t row : {size_t{0}, size_t{statement.params.response_rows()} - 1}) {
    Lies<D> lies;
    lies.response_matrix = [row](std::vector<Poly>* matrix) {
      for (size_t x = 0; x < (*matrix)[row].size(); ++x) {
        if (x % 3 != 0) (*matrix)[row][x] += Ext<D>::kOne;
      }
    };
    this->ExpectCaught(statement, lies, Check::kFold);
  }
}

// A verifier that drew these before the message would follow.
TYPED_TEST(LyingProverTest, ChallengesBeforeTheMessagesThatTheyTest) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 21);
  for (bool Lies<D>::*early :
       {&Lies<D>::early_columns, &Lies<D>::early_claims, &Lies<D>::early_response_columns}) {
    Lies<D> lies;
    lies.*early = true;
    SecureRng rng = SecureRng::ForTest(99);
    PlainProver<D> prover(statement.params, statement.plan, &rng, lies);
    const Status status = statement.Verify(statement.Prove(prover));
    ASSERT_FALSE(status.ok());
    // Of columns that lie elsewhere, or of claims with other weights.
    EXPECT_EQ(
        status.error().code == ErrorCode::kProofRejected || status.error().Failed(Check::kLength),
        true)
        << status.error().message;
  }
}

// The addresses behind the responses belong to nobody: what lies there changes nothing.
TYPED_TEST(LyingProverTest, WhatLiesBehindTheResponsesIsNotRead) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 20);
  const CommitParams& p = statement.params;
  ASSERT_LT(p.response_size(), p.response_rows() * p.response_width());
  Lies<D> lies;
  lies.y = [&](auto* y) { (*y)[p.response_size()] += Ext<D>::kOne; };
  SecureRng rng = SecureRng::ForTest(99);
  PlainProver<D> prover(p, statement.plan, &rng, lies);
  EXPECT_TRUE(statement.Verify(statement.Prove(prover)).ok());
}

TYPED_TEST(LyingProverTest, CellsThatAreNotCanonical) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 14);
  for (size_t row : {size_t{0}, size_t{statement.params.base_rows()} - 1}) {
    Lies<D> lies;
    lies.matrix = [row](auto* matrix) {
      for (uint32_t& word : (*matrix)[row]) word += Fp::kModulus;
    };
    this->ExpectCaught(statement, lies, Check::kCanonical);
  }
}

TYPED_TEST(LyingProverTest, ColumnsThatWereNotCommitted) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 1, 15);
  for (size_t position : {size_t{0}, kSaltBytes, statement.params.column_bytes() - 4}) {
    Lies<D> lies;
    lies.columns = [position](auto* columns) { (*columns)[position] ^= 1; };
    this->ExpectCaught(statement, lies, Check::kMerklePath);
  }
  // The columns of two positions exchanged.
  Lies<D> lies;
  const auto column = static_cast<std::ptrdiff_t>(statement.params.column_bytes());
  lies.columns = [column](auto* columns) {
    std::swap_ranges(columns->begin(), columns->begin() + column, columns->begin() + column);
  };
  this->ExpectCaught(statement, lies, Check::kMerklePath);
  // The same of the responses.
  for (const size_t position : {size_t{0}, statement.params.response_column_bytes() - 4}) {
    lies = {};
    lies.response_columns = [position](auto* columns) { (*columns)[position] ^= 1; };
    this->ExpectCaught(statement, lies, Check::kMerklePath);
  }
  lies = {};
  const auto response = static_cast<std::ptrdiff_t>(statement.params.response_column_bytes());
  lies.response_columns = [response](auto* columns) {
    std::swap_ranges(columns->begin(), columns->begin() + response, columns->begin() + response);
  };
  this->ExpectCaught(statement, lies, Check::kMerklePath);
}

}  // namespace
}  // namespace voizk
