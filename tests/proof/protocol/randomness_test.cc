// Under a system generator that repeats itself, two proofs share no mask unless they are the same
// proof: the randomness is keyed with relation, public values and witness inside Prove.
#include <gtest/gtest.h>

#include <set>

#include "crypto/hash/rng.h"
#include "proof/protocol/candidate.h"
#include "proof/protocol/small_relations.h"
#include "proof/prover/prover.h"
#include "support/constant_randomness.h"

namespace voizk {
namespace {

class RepeatedRandomness : public testing::Test {
 protected:
  std::vector<uint8_t> Proof(const Instance& instance, const Witness& witness,
                             const PublicValues& public_values) {
    ThreadPool pool;
    auto proof = Prove(instance, public_values, witness, &pool);
    EXPECT_TRUE(proof.ok()) << proof.error().message;
    return proof.ok() ? *proof : std::vector<uint8_t>();
  }
  /// How many pads of this proof were used in an earlier one.
  size_t Repeated(const Instance& instance, const Witness& witness,
                  const PublicValues& public_values) {
    size_t repeated = 0;
    const auto proof = Proof(instance, witness, public_values);
    for (const auto& pair : CandidateScalars<4>(instance, public_values, witness, proof)) {
      const Ext<4> pad = pair.pad();
      std::vector<uint32_t> key;
      for (int l = 0; l < 4; ++l) key.push_back(pad[l].ToU32());
      repeated += seen_.insert(key).second ? 0 : 1;
    }
    return repeated;
  }
  ConstantRandomness constant_;
  std::set<std::vector<uint32_t>> seen_;
};

TEST_F(RepeatedRandomness, TheSystemDoesRepeatItself) {
  SecureRng a, b;
  EXPECT_EQ(a.NextExt<4>(), b.NextExt<4>());
  const Sample sample = Tiny(1);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  EXPECT_EQ(Proof(instance, sample.witness, SamplePublicValues()),
            Proof(instance, sample.witness, SamplePublicValues()));
}

TEST_F(RepeatedRandomness, NoMaskIsSharedAcrossWitnessesPublicValuesAndRelations) {
  const Sample sample = Tiny(1), other = EveryConstraint(1);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  const Instance other_instance = MakeInstanceOrDie(other, 4);
  PublicValues another = SamplePublicValues();
  another.AddText("nonce", "2");
  // Another witness of the same relation: the same computation on another input.
  Witness witness = sample.witness;
  bool found = false;
  for (uint32_t seed = 2; seed < 20 && !found; ++seed) {
    witness = Tiny(seed).witness;
    found = witness != sample.witness && CheckRelation(*sample.relation, witness).ok();
  }
  ASSERT_TRUE(found);
  EXPECT_EQ(Repeated(instance, sample.witness, SamplePublicValues()), 0u);
  EXPECT_EQ(Repeated(instance, sample.witness, another), 0u) << "other public values";
  EXPECT_EQ(Repeated(instance, witness, SamplePublicValues()), 0u) << "another witness";
  EXPECT_EQ(Repeated(other_instance, other.witness, SamplePublicValues()), 0u) << "relation";
  // And the count can be other than zero.
  EXPECT_GT(Repeated(instance, sample.witness, SamplePublicValues()), 20u);
}

}  // namespace
}  // namespace voizk
