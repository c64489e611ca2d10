// Distinguishers: somebody who holds a candidate witness recomputes, with the proof's own
// challenges, what the prover would have sent without masks, and looks for it in the proof.  Each
// finds the witness when the masks are left out, and finds nothing in a real proof.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "proof/protocol/candidate.h"
#include "proof/protocol/driver.h"
#include "proof/protocol/small_relations.h"
#include "proof/verifier/verifier.h"

namespace voizk {
namespace {

constexpr size_t kFirstScalar = 16 + 32;  // after header and root

// How many sent scalars equal the candidate's, by label; with v = w(z) of the opening as the last.
template <int D>
std::map<std::string, int> Matches(const Instance& instance, const Witness& candidate,
                                   const std::vector<uint8_t>& bytes) {
  std::map<std::string, int> matches;
  for (const auto& pair : CandidateScalars<D>(instance, SamplePublicValues(), candidate, bytes)) {
    matches[pair.label] += pair.sent == pair.candidate;
  }
  return matches;
}

class Distinguisher : public testing::Test {
 protected:
  std::vector<uint8_t> Run(bool masked, uint64_t seed) {
    HonestConduct<4> conduct;
    conduct.masked = masked;
    return RunConduct<4>(instance_, SamplePublicValues(), placed_.cells, placed_, conduct, seed);
  }
  Sample sample_ = EveryConstraint(3), other_ = EveryConstraint(4);
  Instance instance_ = MakeInstanceOrDie(sample_, 4);
  PlacedWitness placed_{instance_, sample_.witness, ViewsModP(*sample_.relation, sample_.witness)};
};

TEST_F(Distinguisher, EveryScalarTellsTheWitnessWithoutMasks) {
  const auto matches = Matches<4>(instance_, sample_.witness, Run(false, 1));
  for (const auto& [label, count] : matches) EXPECT_GT(count, 0) << label;
  EXPECT_EQ(matches.count("lookup q_root"), 1u);
  EXPECT_EQ(matches.count("product A"), 1u);
  EXPECT_EQ(matches.count("batch s(0)"), 1u);
  // And it tells another witness apart from the first scalar on.
  EXPECT_EQ(Matches<4>(instance_, other_.witness, Run(false, 1)).at("lookup q_root"), 0);
}

TEST_F(Distinguisher, NoScalarTellsTheWitnessWithMasks) {
  for (uint64_t seed = 1; seed < 6; ++seed) {
    const auto proof = Run(true, seed);
    ASSERT_TRUE(Verify(instance_, SamplePublicValues(), proof).ok());
    for (const auto& [label, count] : Matches<4>(instance_, sample_.witness, proof)) {
      EXPECT_EQ(count, 0) << label;
    }
  }
}

// Fp words of the masked scalars.
std::vector<uint32_t> Words(const Instance& instance, const std::vector<uint8_t>& proof) {
  std::vector<uint32_t> words(instance.plan().pads * 4);
  for (size_t i = 0; i < words.size(); ++i) words[i] = LoadU32(&proof[kFirstScalar + 4 * i]);
  return words;
}

TEST_F(Distinguisher, ProofsOfOneWitnessShareNothing) {
  std::set<std::vector<uint8_t>> seen;
  for (uint64_t seed = 1; seed < 5; ++seed) {
    const auto proof = Run(true, seed);
    for (size_t k = 0; k < instance_.plan().pads; ++k) {
      const auto* at = proof.data() + kFirstScalar + 16 * k;
      EXPECT_TRUE(seen.emplace(at, at + 16).second) << "scalar " << k << " of proof " << seed;
    }
  }
}

// Crude uniformity: words fall evenly into 16 bins of [0, p).  Chi-squared with 15 degrees of
// freedom is above 50 with probability 1e-5; the seeds are fixed.
TEST_F(Distinguisher, MaskedScalarsLookUniform) {
  std::array<double, 16> bins{};
  double count = 0;
  for (uint64_t seed = 1; seed < 9; ++seed) {
    for (const uint32_t word : Words(instance_, Run(true, seed))) {
      ASSERT_LT(word, Fp::kModulus);
      bins[static_cast<size_t>(uint64_t{word} * 16 / Fp::kModulus)] += 1;
      count += 1;
    }
  }
  double chi = 0;
  for (const double bin : bins) chi += (bin - count / 16) * (bin - count / 16) / (count / 16);
  EXPECT_LT(chi, 50) << count << " words";
}

// The size of a proof, and which message is where, depend on the relation alone.
TEST_F(Distinguisher, LengthDoesNotDependOnTheWitness) {
  const auto a = ProveSample(instance_, SamplePublicValues(), sample_.witness, 1);
  const auto b = ProveSample(instance_, SamplePublicValues(), other_.witness, 1);
  // The Merkle siblings depend on which columns were asked for: up to a few digests.
  EXPECT_LT(std::abs(static_cast<double>(a.size()) - static_cast<double>(b.size())), 32 * 60);
  EXPECT_EQ(a.size() % 4, b.size() % 4);
}

}  // namespace
}  // namespace voizk
