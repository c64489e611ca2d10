// The prover draws again for the challenges that its protocol cannot answer, and for nothing else:
// an error of a run stays an error.
#include "proof/prover/draw_again.h"

#include <gtest/gtest.h>

#include "proof/protocol/driver.h"
#include "proof/protocol/small_relations.h"
#include "proof/sumcheck/prover_side.h"

namespace voizk {
namespace {

constexpr int D = 4;

/// The shipped side, but one challenge is zero, or one scalar cannot be sent.
struct UnluckySide : ProverSide<D> {
  using ProverSide<D>::ProverSide;
  Ext<D> Challenge(std::string_view label) {
    const Ext<D> drawn = ProverSide<D>::Challenge(label);
    return label == zero ? Ext<D>::kZero : drawn;
  }
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>& value) {
    if (label == broken) return Error{ErrorCode::kIo, "the line is down"};
    return ProverSide<D>::Scalar(label, value);
  }
  std::string_view zero, broken;
};

struct VanishedRoot : ProverSecrets<D> {
  using ProverSecrets<D>::ProverSecrets;
  bool vanished() const { return true; }
};

class DrawAgain : public testing::Test {
 protected:
  template <typename Known = ProverSecrets<D>>
  Result<std::optional<Reduced<D>>> Run(std::string_view zero, std::string_view broken) {
    SecureRng rng = SecureRng::ForTest(1);
    ThreadPool pool;
    Transcript transcript;
    ByteWriter proof;
    CommitProver<D> commitment(instance_.params(), instance_.plan(), &rng, &pool);
    commitment.Commit(placed_.cells);
    ConstraintSystem<D> constraints(instance_.plan());
    ProverChannel<D> channel(&transcript, &constraints, commitment.pads(), &proof);
    UnluckySide side(&channel);
    side.zero = zero;
    side.broken = broken;
    Known secrets(instance_, placed_, pool);
    return ReduceOrDrawAgain<D>(instance_, {}, side, secrets);
  }
  Sample sample_ = EveryConstraint(3);
  Instance instance_ = MakeInstanceOrDie(sample_, D);
  PlacedWitness placed_{instance_, sample_.witness, ViewsModP(*sample_.relation, sample_.witness)};
};

TEST_F(DrawAgain, AnHonestRunNeedsNone) {
  const auto run = Run("", "");
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE(run->has_value());
}

TEST_F(DrawAgain, ForACoordinateThatVanishes) {
  for (const char* label : {"lookup nu", "lookup r"}) {
    const auto run = Run(label, "");
    ASSERT_TRUE(run.ok()) << label << run.error().message;
    EXPECT_FALSE(run->has_value()) << label;
  }
  // Nothing is divided by the others.
  for (const char* label : {"lookup lambda", "product r", "batch z", "batch xi"}) {
    const auto run = Run(label, "");
    ASSERT_TRUE(run.ok()) << label << run.error().message;
    EXPECT_TRUE(run->has_value()) << label;
  }
}

TEST_F(DrawAgain, ForADenominatorThatVanishes) {
  const auto run = Run<VanishedRoot>("", "");
  ASSERT_TRUE(run.ok());
  EXPECT_FALSE(run->has_value());
}

TEST_F(DrawAgain, NotForAnError) {
  for (const char* label : {"lookup inv", "lookup t(0)", "product c", "batch s(2)"}) {
    const auto run = Run("", label);
    ASSERT_FALSE(run.ok()) << label;
    EXPECT_EQ(run.error().code, ErrorCode::kIo) << label;
  }
}

}  // namespace
}  // namespace voizk
