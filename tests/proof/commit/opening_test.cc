// Honest openings, and every byte-level fault of a proof.
#include <gtest/gtest.h>

#include "committed_sample.h"
#include "plain_prover.h"
#include "proof/commit/column_leaf.h"
#include "proof/commit/verifier.h"

namespace voizk {
namespace {

using testing::CommittedSample;

template <typename T>
class OpeningTest : public ::testing::Test {};
template <int D>
struct Degree {
  static constexpr int kValue = D;
};
using Degrees = ::testing::Types<Degree<4>, Degree<5>>;
TYPED_TEST_SUITE(OpeningTest, Degrees);

template <int D>
std::vector<uint8_t> HonestProof(const CommittedSample<D>& statement, uint64_t seed,
                                 size_t threads = 1) {
  SecureRng rng = SecureRng::ForTest(seed);
  ThreadPool pool(threads);
  CommitProver<D> prover(statement.params, statement.plan, &rng, &pool);
  return statement.Prove(prover);
}

TYPED_TEST(OpeningTest, HonestProofsOfAllSizesAreAccepted) {
  constexpr int D = TypeParam::kValue;
  for (uint64_t cells : {1, 2, 3, 500, 1024, 1025, 40'000, 300'001}) {
    for (uint32_t products : {0, 1, 100, 300}) {
      if (cells > 2000 && products > 1) continue;
      const CommittedSample<D> statement(cells, products, cells);
      const Status status = statement.Verify(HonestProof(statement, 7));
      EXPECT_TRUE(status.ok()) << cells << " cells, " << products
                               << " products: " << status.error().message;
    }
  }
}

TYPED_TEST(OpeningTest, FastAndPlainProverAndAnyThreadCountGiveTheSameBytes) {
  constexpr int D = TypeParam::kValue;
  for (uint64_t cells : {5, 3000, 20'000}) {
    const CommittedSample<D> statement(cells, 3, cells);
    const std::vector<uint8_t> proof = HonestProof(statement, 11);
    SecureRng rng = SecureRng::ForTest(11);
    testing::PlainProver<D> plain(statement.params, statement.plan, &rng);
    EXPECT_EQ(proof, statement.Prove(plain)) << cells;
    EXPECT_EQ(proof, HonestProof(statement, 11, 3)) << cells;
  }
}

// Where each message lies in a proof.
template <int D>
struct Sections {
  explicit Sections(const CommittedSample<D>& s) {
    const size_t k = Ext<D>::kBytes;
    root = 0;
    scalars = root + 32;
    v = scalars + k * (3 * s.products + 1);
    mu = v + k;
    combined = mu + k;
    sum = combined + k;
    responses = sum + k;
    rounds = responses + 32;
    fold = rounds + 2 * k * static_cast<size_t>(s.params.response_rounds());
    columns = fold + k * s.params.response_width();
    response_columns = columns + s.params.queries * s.params.column_bytes();
    siblings = response_columns + s.params.response_queries * s.params.response_column_bytes();
  }
  std::vector<size_t> All() const {
    return {root,      scalars, v,    mu,      combined,         sum,
            responses, rounds,  fold, columns, response_columns, siblings};
  }
  size_t root, scalars, v, mu, combined, sum, responses, rounds, fold, columns, response_columns,
      siblings;
};

void ExpectError(const Status& status, Check check, const std::string& what) {
  ASSERT_FALSE(status.ok()) << what;
  EXPECT_TRUE(status.error().Failed(check)) << what << ": " << status.error().message;
  EXPECT_EQ(status.error().code, check == Check::kLength || check == Check::kCanonical
                                     ? ErrorCode::kProofMalformed
                                     : ErrorCode::kProofRejected);
}

TYPED_TEST(OpeningTest, AChangedByteIsNamed) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 2, 21);
  const std::vector<uint8_t> honest = HonestProof(statement, 22);
  ASSERT_TRUE(statement.Verify(honest).ok());
  const Sections<D> at(statement);
  const auto changed = [&](size_t position) {
    std::vector<uint8_t> proof = honest;
    proof[position] ^= 1;  // the low bit of a canonical element leaves it canonical, p being odd
    return statement.Verify(proof);
  };
  // What is said before r1 moves the challenges, so that the constraints fail.
  for (size_t position : {at.root, at.scalars, at.v, at.mu, at.combined, at.sum}) {
    ExpectError(changed(position), Check::kConstraints, std::to_string(position));
  }
  // A salt, a cell of each kind of row, a sibling.
  const CommitParams& p = statement.params;
  for (size_t position : {at.columns, at.columns + 31, at.columns + 32,
                          at.columns + 32 + 4 * size_t{p.rows}, at.columns + p.column_bytes() - 4,
                          at.response_columns, at.siblings - 4, at.siblings, honest.size() - 1}) {
    ExpectError(changed(position), Check::kMerklePath, std::to_string(position));
  }
  // What comes after r1 moves the columns of one code or the other, which then do not fit their
  // positions.
  for (size_t position : {at.responses, at.rounds, at.rounds + Ext<D>::kBytes, at.fold - 4, at.fold,
                          at.columns - 4}) {
    const Status status = changed(position);
    ASSERT_FALSE(status.ok());
    EXPECT_TRUE(status.error().Failed(Check::kMerklePath) ||
                status.error().Failed(Check::kLength))  // of the siblings
        << status.error().message;
  }
}

TYPED_TEST(OpeningTest, MissingSurplusAndNonCanonicalBytesAreMalformed) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(3000, 2, 31);
  const std::vector<uint8_t> honest = HonestProof(statement, 32);
  const Sections<D> at(statement);
  for (size_t end : at.All()) {
    for (size_t size : {end, end + 1}) {
      const Status status = statement.Verify(ByteSpan(honest).first(size));
      ExpectError(status, Check::kLength, std::to_string(size));
    }
  }
  const size_t siblings = honest.size() - at.siblings;
  std::vector<uint8_t> surplus = honest;
  surplus.push_back(0);
  for (const Status& status :
       {statement.Verify(ByteSpan(honest).first(honest.size() - 1)), statement.Verify(surplus)}) {
    ExpectError(status, Check::kLength, "siblings");
    const Rejection& rejection = *status.error().rejection;
    EXPECT_EQ(rejection.unit, Rejection::Unit::kByte);
    EXPECT_EQ(rejection.position, at.siblings);
    EXPECT_EQ(rejection.expected, siblings);
    EXPECT_NE(rejection.actual, siblings);
  }
  const size_t first_cell = at.columns + kSaltBytes;
  for (size_t position :
       {at.v, at.mu, at.combined, at.sum, at.rounds, at.fold, first_cell,
        first_cell + 4 * size_t{statement.params.rows}, at.response_columns, at.siblings - 4 * D}) {
    std::vector<uint8_t> proof = honest;
    StoreU32(Fp::kModulus, proof.data() + position);
    const Status status = statement.Verify(proof);
    ExpectError(status, Check::kCanonical, std::to_string(position));
    EXPECT_EQ(status.error().rejection->unit, Rejection::Unit::kByte);
    EXPECT_EQ(status.error().rejection->position, position);
  }
}

TYPED_TEST(OpeningTest, RandomDamageIsRefused) {
  constexpr int D = TypeParam::kValue;
  const CommittedSample<D> statement(700, 1, 41);
  const std::vector<uint8_t> honest = HonestProof(statement, 42);
  SecureRng rng = SecureRng::ForTest(43);
  for (int i = 0; i < 60; ++i) {
    std::vector<uint8_t> proof = honest;
    for (int k = 0; k <= i % 4; ++k) {
      proof[rng.NextFp().ToU32() % proof.size()] ^=
          static_cast<uint8_t>(1 + rng.NextFp().ToU32() % 255);
    }
    if (i % 5 == 0) proof.resize(rng.NextFp().ToU32() % proof.size());
    EXPECT_EQ(statement.Verify(proof).ok(), proof == honest) << i;
  }
}

TEST(OpeningShapeTest, AnotherPointValueOrShapeIsRefused) {
  const CommittedSample<4> statement(3000, 2, 51);
  const std::vector<uint8_t> proof = HonestProof(statement, 52);
  CommittedSample<4> other = statement;
  other.e += Ext<4>::kOne;
  ExpectError(other.Verify(proof), Check::kConstraints, "factor");
  other = statement;
  other.z[0] += Ext<4>::kOne;
  ExpectError(other.Verify(proof), Check::kResponses, "row point");
  other = statement;
  other.z.back() += Ext<4>::kOne;
  ExpectError(other.Verify(proof), Check::kResponses, "column point");
  other = statement;
  ++other.params.queries;
  EXPECT_FALSE(other.Verify(proof).ok());
  other = statement;
  ++other.params.response_queries;
  EXPECT_FALSE(other.Verify(proof).ok());
}

TEST(OpeningDeathTest, ACommitmentIsOpenedOnce) {
  const CommittedSample<4> statement(700, 0, 61);
  SecureRng rng = SecureRng::ForTest(62);
  ThreadPool pool(1);
  CommitProver<4> prover(statement.params, statement.plan, &rng, &pool);
  statement.Prove(prover);
  EXPECT_DEATH(statement.Prove(prover), "commits once");
  Transcript transcript;
  ByteWriter proof;
  ConstraintSystem<4> constraints(statement.plan);
  ProverChannel<4> channel(&transcript, &constraints, prover.pads(), &proof);
  EXPECT_DEATH(
      prover.Open(statement.z, statement.e, AffineForm<4>(), &channel, &transcript, &proof),
      "opened once");
}

}  // namespace
}  // namespace voizk
