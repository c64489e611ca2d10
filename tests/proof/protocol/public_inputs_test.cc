// Public inputs are part of what is proven: no other value, order, number or size of them verifies,
// values out of range are refused by both sides, and one relation serves every statement of its
// kind.
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "proof/protocol/small_relations.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "relation/core/digest.h"

namespace voizk {
namespace {

class PublicInputsTest : public testing::TestWithParam<int> {
 protected:
  static PublicValues With(PublicInputValues inputs) {
    PublicValues values = SamplePublicValues();
    values.SetInputs(std::move(inputs));
    return values;
  }
  Sample sample_ = PublicInputsAndOutputs(5);
  Instance instance_ = MakeInstanceOrDie(sample_, GetParam());
  PublicValues values_ = SamplePublicValues(sample_);
  std::vector<uint8_t> proof_ = ProveSample(instance_, values_, sample_.witness, 1);
};
INSTANTIATE_TEST_SUITE_P(Degrees, PublicInputsTest, testing::Values(4, 5));

TEST_P(PublicInputsTest, OneRelationServesEveryStatement) {
  EXPECT_TRUE(Verify(instance_, values_, proof_).ok());
  const Sample other = PublicInputsAndOutputs(6);
  EXPECT_EQ(RelationDigest(*other.relation), instance_.digest());
  const PublicValues others = SamplePublicValues(other);
  EXPECT_NE(others.inputs(), values_.inputs());
  const auto proof = ProveSample(instance_, others, other.witness, 2);
  EXPECT_TRUE(Verify(instance_, others, proof).ok());
  EXPECT_TRUE(Verify(instance_, values_, proof).error().Failed(Check::kConstraints));
  EXPECT_TRUE(Verify(instance_, others, proof_).error().Failed(Check::kConstraints));
}

TEST_P(PublicInputsTest, NoOtherValueVerifies) {
  for (size_t k = 0; k < values_.inputs().size(); ++k) {
    for (size_t i = 0; i < values_.inputs()[k].size(); ++i) {
      PublicInputValues inputs = values_.inputs();
      int32_t& x = inputs[k][i];
      const PublicInput& p = instance_.relation().publics[k];
      x += x < p.hi ? 1 : -1;
      EXPECT_TRUE(Verify(instance_, With(inputs), proof_).error().Failed(Check::kConstraints))
          << k << " " << i;
    }
  }
  PublicInputValues swapped = values_.inputs();
  std::swap(swapped[0].front(), swapped[0].back());
  ASSERT_NE(swapped, values_.inputs());
  EXPECT_TRUE(Verify(instance_, With(swapped), proof_).error().Failed(Check::kConstraints));
}

// The cheater proves with the false values in its own transcript, so that every challenge is
// theirs.
TEST_P(PublicInputsTest, NoProofOfFalseValuesIsMadeOrAccepted) {
  for (size_t k = 0; k < values_.inputs().size(); ++k) {
    PublicInputValues inputs = values_.inputs();
    int32_t& x = inputs[k].back();
    x += x < instance_.relation().publics[k].hi ? 1 : -1;
    const Status violation = CheckRelationModP(*sample_.relation, sample_.witness, inputs);
    ASSERT_FALSE(violation.ok());
    EXPECT_EQ(violation.error().message.substr(0, 12), "public input");
    const PublicValues lie = With(inputs);
    ThreadPool pool;
    EXPECT_FALSE(Prove(instance_, lie, sample_.witness, &pool).ok());
    const auto proof = ProveLie(instance_, lie, sample_.witness, k);
    EXPECT_TRUE(Verify(instance_, lie, proof).error().Failed(Check::kConstraints)) << k;
  }
  // p apart: no other representative passes for the same value.
  PublicInputValues wrapped = values_.inputs();
  wrapped[1][0] +=
      wrapped[1][0] < 0 ? static_cast<int32_t>(kModulus) : -static_cast<int32_t>(kModulus);
  EXPECT_TRUE(Verify(instance_, With(wrapped), proof_).error().Failed(Check::kPublicInput));
}

TEST_P(PublicInputsTest, ValuesThatDoNotFitAreRefusedByBothSides) {
  const auto refused = [&](const char* what, const PublicInputValues& inputs) {
    const Status verdict = Verify(instance_, With(inputs), proof_);
    ASSERT_FALSE(verdict.ok()) << what;
    EXPECT_EQ(verdict.error().code, ErrorCode::kInvalidArgument) << what;
    EXPECT_TRUE(verdict.error().Failed(Check::kPublicInput)) << what;
    ThreadPool pool;
    const auto proof = Prove(instance_, With(inputs), sample_.witness, &pool);
    ASSERT_FALSE(proof.ok()) << what;
    EXPECT_TRUE(proof.error().Failed(Check::kPublicInput)) << what;
  };
  const PublicInputValues good = values_.inputs();
  for (size_t k = 0; k < good.size(); ++k) {
    const PublicInput& p = instance_.relation().publics[k];
    for (const int64_t x : {p.lo - 1, p.hi + 1}) {
      PublicInputValues inputs = good;
      inputs[k][0] = static_cast<int32_t>(x);
      refused("out of range", inputs);
    }
    PublicInputValues inputs = good;
    inputs[k].pop_back();
    refused("one value too few", inputs);
    inputs[k].resize(good[k].size() + 1);
    refused("one value too many", inputs);
  }
  refused("none", {});
  refused("one too few", {good[0], good[1]});
  refused("one too many", {good[0], good[1], good[2], {}});
  refused("another order", {good[1], good[0], good[2]});
}

// Beside the values, their declaration is bound: it is in the relation's bytes.
TEST_P(PublicInputsTest, RangesAndViewsArePartOfTheRelation) {
  for (const auto& change : std::vector<std::function<void(Relation&)>>{
           [](Relation& r) { r.publics[1].hi += 1; }, [](Relation& r) { r.publics[1].lo -= 1; },
           [](Relation& r) { r.publics[1].v.terms[0].coeff += 1; },
           [](Relation& r) { r.publics.pop_back(); },
           [](Relation& r) { std::swap(r.publics[1], r.publics[2]); }}) {
    Relation other = *sample_.relation;
    change(other);
    EXPECT_NE(RelationDigest(other), instance_.digest());
  }
}

TEST(PublicInputsBytes, RoundTripAndRefuseOtherLengths) {
  const Sample sample = PublicInputsAndOutputs(1);
  const PublicValues values = SamplePublicValues(sample);
  const std::vector<uint8_t> bytes = values.SerializeInputs();
  const auto parsed = PublicValues::ParseInputs(*sample.relation, bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, values.inputs());
  for (const size_t size : {size_t{0}, bytes.size() - 1, bytes.size() - 4, bytes.size() + 1}) {
    std::vector<uint8_t> other = bytes;
    other.resize(size);
    EXPECT_EQ(PublicValues::ParseInputs(*sample.relation, other).error().code,
              ErrorCode::kMalformed)
        << size;
  }
}

}  // namespace
}  // namespace voizk
