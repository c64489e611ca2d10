// Lattice commitments inside proofs: one commitment serves many proofs, no other content, no other
// commitment and nothing that is not short passes, and the proof tells nothing of what is
// committed.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "crypto/lattice/columns.h"
#include "proof/protocol/candidate.h"
#include "proof/protocol/small_relations.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "relation/execution/executor.h"
#include "relation/execution/lattice_value.h"

namespace voizk {
namespace {

class LatticeTest : public testing::TestWithParam<int> {
 protected:
  TensorId Named(const std::string& name) const {
    for (size_t t = 0; t < sample_.relation->tensors.size(); ++t) {
      if (sample_.relation->tensors[t].name == name) return static_cast<TensorId>(t);
    }
    ADD_FAILURE() << name;
    return 0;
  }
  /// The honest run of these inputs, each taken from the sample's witness but for one.
  Witness RunWith(const std::string& changed, const std::vector<int32_t>& values) const {
    Inputs inputs;
    for (const Step& step : sample_.relation->steps) {
      if (step.kind != StepKind::kInput) continue;
      inputs[step.name] = step.name == changed ? values : sample_.witness[step.outputs[0]];
    }
    auto witness = Execute(*sample_.relation, inputs, nullptr);
    EXPECT_TRUE(witness.ok()) << witness.error().message;
    return *witness;
  }
  /// The statement is false of the witness: nothing is sent, and what a liar sends is rejected.
  void ExpectNoProof(const Witness& witness, const PublicValues& values, const std::string& what) {
    const Status violation = CheckRelationModP(*sample_.relation, witness, values.inputs());
    ASSERT_FALSE(violation.ok()) << what;
    ThreadPool pool;
    EXPECT_FALSE(Prove(instance_, values, witness, &pool).ok()) << what;
    const auto lie = ProveLie(instance_, values, witness, 7);
    const Status status = Verify(instance_, values, lie);
    ASSERT_FALSE(status.ok()) << what;
    EXPECT_TRUE(status.error().Failed(Check::kConstraints)) << what << status.error().message;
  }
  static PublicValues With(PublicInputValues inputs) {
    PublicValues values = SamplePublicValues();
    values.SetInputs(std::move(inputs));
    return values;
  }

  Sample sample_ = LatticeCommitments(5);
  Instance instance_ = MakeInstanceOrDie(sample_, GetParam());
  PublicValues values_ = SamplePublicValues(sample_);
};
INSTANTIATE_TEST_SUITE_P(Degrees, LatticeTest, testing::Values(4, 5));

TEST_P(LatticeTest, OneCommitmentServesManyProofs) {
  std::mt19937 rng(1);
  for (uint64_t run = 0; run < 3; ++run) {
    std::vector<int32_t> x(20);
    for (int32_t& v : x) v = static_cast<int32_t>(rng() % 256) - 128;
    const Witness witness = RunWith("x", x);
    const auto proof = ProveSample(instance_, values_, witness, run, 2);
    const Status status = Verify(instance_, values_, proof);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

// The whole network is run honestly with one weight, bias or salt changed; only the commitment is
// still that of before.
TEST_P(LatticeTest, AnotherCommittedValueIsRejected) {
  std::mt19937 rng(2);
  for (const LatticeCommitment& c : sample_.relation->commitments) {
    std::vector<TensorId> tensors = c.tensors;
    tensors.push_back(c.salt);
    for (const TensorId t : tensors) {
      const Tensor& tensor = sample_.relation->tensors[t];
      std::vector<int32_t> values = sample_.witness[t];
      int32_t& x = values[rng() % values.size()];
      x += x < tensor.hi ? 1 : -1;
      ExpectNoProof(RunWith(tensor.name, values), values_, tensor.name);
    }
  }
}

TEST_P(LatticeTest, AnotherNetworksCommitmentIsRejected) {
  const PublicValues others = SamplePublicValues(LatticeCommitments(6));
  for (const size_t k : {size_t{0}, size_t{1}}) {
    PublicInputValues inputs = values_.inputs();
    inputs[k] = others.inputs()[k];
    ExpectNoProof(sample_.witness, With(inputs), "commitment " + std::to_string(k));
  }
  PublicInputValues swapped = {values_.inputs()[1], values_.inputs()[0]};
  ExpectNoProof(sample_.witness, With(swapped), "swapped");
}

TEST_P(LatticeTest, NoOtherValueOfACommitmentVerifies) {
  const auto proof = ProveSample(instance_, values_, sample_.witness, 1);
  ASSERT_TRUE(Verify(instance_, values_, proof).ok());
  for (const size_t k : {size_t{0}, size_t{1}}) {
    for (size_t i = 0; i < 1024; i += 93) {
      PublicInputValues inputs = values_.inputs();
      inputs[k][i] += inputs[k][i] > 0 ? -1 : 1;
      EXPECT_TRUE(Verify(instance_, With(inputs), proof).error().Failed(Check::kConstraints));
      if (i % 2 == 0) ExpectNoProof(sample_.witness, With(inputs), "slot " + std::to_string(i));
    }
  }
}

TEST_P(LatticeTest, CommitmentsThatAreNoneAreRefusedByBothSides) {
  const auto proof = ProveSample(instance_, values_, sample_.witness, 1);
  const PublicInputValues good = values_.inputs();
  std::vector<PublicInputValues> bad = {{}, {good[0]}, {good[0], good[1], good[1]}, good, good};
  bad[3][1].pop_back();
  bad[4][0][5] = 1065353217;  // p apart from another representative
  for (const PublicInputValues& inputs : bad) {
    const Status status = Verify(instance_, With(inputs), proof);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(status.error().Failed(Check::kPublicInput));
    ThreadPool pool;
    EXPECT_FALSE(Prove(instance_, With(inputs), sample_.witness, &pool).ok());
  }
}

// Other weights under the same commitment are easy mod p: the salt's second half takes up whatever
// they change.  It is not short any more, and the salt's range check is all that stands against it.
TEST_P(LatticeTest, ASaltThatIsNotShortTakesUpNothing) {
  const TensorId w = Named("w"), salt = Named("salt");
  std::vector<int32_t> weights = sample_.witness[w];
  weights[3] = weights[3] == 100 ? 99 : 100;
  Witness witness = RunWith("w", weights);
  const LatticeColumns columns(1);
  std::vector<Fp> change(1024), slots(1024);
  change[3] = Fp::FromI64(weights[3] - sample_.witness[w][3]);  // weight 3 is at address 3 of w
  LatticeSlots().Forward(change, slots);
  for (size_t s = 0; s < 1024; ++s) slots[s] *= columns.Of(0, 1)[s];
  LatticeSlots().Inverse(slots);
  for (size_t i = 0; i < 1024; ++i) {
    int32_t& v = witness[salt][1024 + i];
    v = static_cast<int32_t>((Fp::FromI64(v) - slots[i]).ToCentered());
  }
  EXPECT_EQ(LatticeValue(*sample_.relation, sample_.relation->commitments[0], witness),
            values_.inputs()[0]);
  const Status violation = CheckRelationModP(*sample_.relation, witness, values_.inputs());
  EXPECT_EQ(violation.error().message.substr(0, 6), "lookup");
  ExpectNoProof(witness, values_, "a long salt");
}

TEST_P(LatticeTest, AValueOutsideItsRangeIsRejected) {
  for (const char* name : {"salt", "w", "bias", "wide", "other salt", "many", "deep"}) {
    const TensorId t = Named(name);
    Witness witness = sample_.witness;
    witness[t][0] = static_cast<int32_t>(sample_.relation->tensors[t].hi) + 1;
    // With the commitment that belongs to it.
    ExpectNoProof(witness, With(PublicInputsOf(*sample_.relation, witness)), name);
  }
}

// Padding of committed tensors is not part of the commitment: it may hold anything.
TEST_P(LatticeTest, PaddingIsNotCommitted) {
  if (GetParam() != 4) return;
  PlacedWitness placed(instance_, sample_.witness, ViewsModP(*sample_.relation, sample_.witness));
  ASSERT_GT(FillPadding(instance_, &placed.cells), 1000u);
  HonestConduct<4> honest;
  const auto proof = RunConduct<4>(instance_, values_, placed.cells, placed, honest, 1);
  EXPECT_TRUE(Verify(instance_, values_, proof).ok());
}

// Whoever holds the committed values and salt finds them in no scalar of a proof.
TEST_P(LatticeTest, NoScalarTellsWhatIsCommitted) {
  if (GetParam() != 4) return;
  const auto proof = ProveSample(instance_, values_, sample_.witness, 3);
  for (const auto& pair : CandidateScalars<4>(instance_, values_, sample_.witness, proof)) {
    EXPECT_NE(pair.sent, pair.candidate) << pair.label;
  }
}

// The same content under two salts: nothing of the two commitments is the same.
TEST(LatticeCommitmentValues, AnotherSaltHidesTheSameContent) {
  const Sample sample = LatticeCommitments(5);
  const LatticeCommitment& c = sample.relation->commitments[0];
  Witness other = sample.witness;
  for (int32_t& x : other[c.salt]) x = -1 - x;
  const auto a = LatticeValue(*sample.relation, c, sample.witness);
  const auto b = LatticeValue(*sample.relation, c, other);
  for (size_t s = 0; s < a.size(); ++s) EXPECT_NE(a[s], b[s]) << s;
}

// What a commitment says is in the relation's bytes, and its assumption in the table.
TEST(LatticeCommitmentValues, AreBoundAndBooked) {
  const Sample sample = LatticeCommitments(5);
  const Instance instance = MakeInstanceOrDie(sample);
  const std::string table = FormatTable(SoundnessTable(instance.params(), instance.counts()));
  EXPECT_NE(table.find("Ring-SIS"), std::string::npos) << table;
  EXPECT_GE(TotalBits(SoundnessTable(instance.params(), instance.counts())), 100);
  const Instance without = MakeInstanceOrDie(Tiny(1));
  EXPECT_EQ(FormatTable(SoundnessTable(without.params(), without.counts())).find("SIS"),
            std::string::npos);
}

}  // namespace
}  // namespace voizk
