// The MFCC in a statement of its own: front end and DCT proven and verified, one coefficient off by
// one rejected.  (The shipped networks read the log-mel; no login contains this operation.)
#include <gtest/gtest.h>

#include <memory>

#include "login/relation/login_relation.h"
#include "proof/protocol/driver.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "support/bundle_constants.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

constexpr uint32_t kFrames = 128;

PublicValues Bound() {
  PublicValues s;
  s.AddText("operation", "mfcc");
  return s;
}

class MfccProof : public ::testing::Test {
 protected:
  void SetUp() override {
    const FrontEndConfig c = TestFrontEnd();
    auto relation = BuildFrontEndRelation(c, kFrames, /*with_mfcc=*/true);
    ASSERT_TRUE(relation.ok()) << relation.error().message;
    relation_ = std::make_shared<const Relation>(std::move(*relation));
    auto instance = Instance::Make(relation_);
    ASSERT_TRUE(instance.ok()) << instance.error().message;
    instance_.emplace(std::move(*instance));
    std::vector<int16_t> pcm = TestSignal("bursts");
    pcm.resize(std::min<size_t>(pcm.size(), c.Samples(kFrames)));
    const auto split = SplitPcm(c, kFrames, pcm);
    ASSERT_TRUE(split.ok());
    auto w = Execute(*relation_, *split, nullptr, LoginHints());
    ASSERT_TRUE(w.ok()) << w.error().message;
    witness_ = std::move(*w);
    for (size_t t = 0; t < relation_->tensors.size(); ++t) {
      if (relation_->tensors[t].name == "mfcc") mfcc_ = t;
    }
    ASSERT_EQ(relation_->tensors[mfcc_].name, "mfcc");
    ASSERT_EQ(witness_[mfcc_].size(), size_t{kFrames} * static_cast<size_t>(c.mfcc));
  }

  /// The protocol without the shipped prover's look at its own result.
  std::vector<uint8_t> ProveAnyway(const Witness& w) const {
    const PlacedWitness placed(*instance_, w, ViewsModP(*relation_, w));
    if (instance_->degree() == 4) {
      HonestConduct<4> conduct;
      return RunConduct<4>(*instance_, Bound(), placed.cells, placed, conduct, 1);
    }
    HonestConduct<5> conduct;
    return RunConduct<5>(*instance_, Bound(), placed.cells, placed, conduct, 1);
  }

  std::shared_ptr<const Relation> relation_;
  std::optional<Instance> instance_;
  Witness witness_;
  size_t mfcc_ = 0;
};

TEST_F(MfccProof, TheTruthIsProven) {
  ThreadPool pool;
  const auto proof = Prove(*instance_, Bound(), witness_, &pool);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  const Status verdict = Verify(*instance_, Bound(), *proof);
  EXPECT_TRUE(verdict.ok()) << verdict.error().message;
  PublicValues other;
  other.AddText("operation", "another");
  EXPECT_FALSE(Verify(*instance_, other, *proof).ok());
}

TEST_F(MfccProof, TheCheatersPathProvesTheTruthToo) {
  const Status verdict = Verify(*instance_, Bound(), ProveAnyway(witness_));
  EXPECT_TRUE(verdict.ok()) << verdict.error().message;
}

TEST_F(MfccProof, OneCoefficientOffByOneIsRejected) {
  for (const int32_t step : {-1, 1}) {
    Witness lie = witness_;
    int32_t& cell = lie[mfcc_][lie[mfcc_].size() / 2 + 3];
    cell += step;
    Witness counted = lie;
    for (const TensorId m : relation_->multiplicities) {
      counted[m].assign(relation_->tensors[m].shape.Cells(), 0);
    }
    EXPECT_FALSE(FillMultiplicities(*relation_, &counted).ok() &&
                 CheckRelationModP(*relation_, counted).ok());
    ThreadPool pool;
    EXPECT_FALSE(Prove(*instance_, Bound(), lie, &pool).ok()) << "sent a false proof";
    const Status verdict = Verify(*instance_, Bound(), ProveAnyway(lie));
    ASSERT_FALSE(verdict.ok()) << step;
    EXPECT_TRUE(verdict.error().Failed(Check::kConstraints)) << verdict.error().message;
  }
}

}  // namespace
}  // namespace voizk
