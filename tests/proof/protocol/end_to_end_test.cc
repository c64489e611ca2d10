// Whole proofs of small relations of every kind, in both degrees, are accepted; threads do not
// change a byte.
#include <gtest/gtest.h>

#include "proof/protocol/small_relations.h"
#include "proof/verifier/verifier.h"

namespace voizk {
namespace {

class EndToEnd : public testing::TestWithParam<int> {};

TEST_P(EndToEnd, HonestProofsAreAccepted) {
  for (const Sample& sample : AllSamples(7)) {
    const Instance instance = MakeInstanceOrDie(sample, GetParam());
    const PublicValues public_values = SamplePublicValues(sample);
    const auto proof = ProveSample(instance, public_values, sample.witness, 1);
    const Status status = Verify(instance, public_values, proof);
    EXPECT_TRUE(status.ok()) << sample.name << ": " << status.error().message;
    RecordProperty(sample.name + "_bytes", static_cast<int>(proof.size()));
  }
}

TEST_P(EndToEnd, ThreadsDoNotChangeTheProof) {
  const Sample sample = ConvolutionNetwork(3);
  const Instance instance = MakeInstanceOrDie(sample, GetParam());
  EXPECT_EQ(ProveSample(instance, SamplePublicValues(), sample.witness, 5, 1),
            ProveSample(instance, SamplePublicValues(), sample.witness, 5, 3));
}

INSTANTIATE_TEST_SUITE_P(Degrees, EndToEnd, testing::Values(4, 5));

}  // namespace
}  // namespace voizk
