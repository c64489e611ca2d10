// Executing a relation: the witness satisfies it and no neighbour does, refusals carry their
// reason, hints are checked, secrets are erased.
#include "relation/execution/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "relation/builder/builder.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

std::vector<int32_t> Random(size_t n, int lo, int hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::uniform_int_distribution<int> any(lo, hi);
  std::vector<int32_t> v(n);
  std::generate(v.begin(), v.end(), [&] { return any(rng); });
  return v;
}

// A relation with every kind of step that the builder makes.
Relation EveryStep() {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({9, 4}), -128, 127);
  const TensorId d = gadgets::Input(b, "d", MakeShape({9, 4}), 1, 100);
  const WeightsId w = b.AddWeights(MakeShape({4, 3, 4}), Random(48, -20, 20, 1));
  const View acc = views::Conv1d(b, x, w, Random(4, -50, 50, 2), 9, 1, 1, 1, 1);
  const TensorId y = gadgets::Requant(b, "y", acc, 6, [](int64_t h) {
    return static_cast<int32_t>(std::clamp<int64_t>(h, 0, 100));
  });
  gadgets::Max(b, "max", b.Identity(y), MakeShape({9}));
  const TensorId square =
      gadgets::Mul(b, "square", b.Identity(y), b.Identity(y), MakeShape({9, 4}));
  const TensorId energy = gadgets::Mul(b, "energy", b.Identity(y), b.Identity(y), MakeShape({9}));
  gadgets::FloorDiv(b, "quotient", acc, b.Identity(d));
  gadgets::Isqrt(b, "root", b.Identity(energy));
  gadgets::Bits(b, "bits", b.Identity(x), 8, true);
  gadgets::IsNonNegative(b, "sign", b.Identity(x));
  gadgets::Materialise(b, "sum", views::SumOver(b, square, 1));
  gadgets::Range(b, views::SumOver(b, x, 1), -400, 400, "too loud");
  auto relation = std::move(b).Finish();
  EXPECT_TRUE(relation.ok()) << relation.error().message;
  return std::move(relation).value();
}

Inputs SomeInputs(uint32_t seed) {
  return {{"x", Random(36, -100, 99, seed)}, {"d", Random(36, 1, 100, seed + 1)}};
}

TEST(ExecutorTest, WitnessSatisfiesTheRelation) {
  const Relation r = EveryStep();
  const auto executor = Executor::Make(r);
  ASSERT_TRUE(executor.ok()) << executor.error().message;
  ThreadPool pool(2);
  for (uint32_t seed = 1; seed < 20; ++seed) {
    const auto witness = executor->Execute(SomeInputs(seed), &pool);
    ASSERT_TRUE(witness.ok()) << witness.error().message;
    const Status status = CheckRelation(r, *witness);
    EXPECT_TRUE(status.ok()) << status.error().message;
    // Multiplicities are those of the plain checker.
    Witness plain = *witness;
    ASSERT_TRUE(FillMultiplicities(r, &plain).ok());
    EXPECT_EQ(plain, *witness);
    // One thread or two, the witness is the same.
    EXPECT_EQ(*executor->Execute(SomeInputs(seed), nullptr), *witness);
  }
}

TEST(ExecutorTest, AnyChangedCellIsNoWitness) {
  const Relation r = EveryStep();
  const auto witness = Execute(r, SomeInputs(3), nullptr);
  ASSERT_TRUE(witness.ok());
  for (size_t t = 0; t < witness->size(); ++t) {
    for (const int32_t change : {1, -1}) {
      Witness wrong = *witness;
      wrong[t][wrong[t].size() / 2] += change;
      EXPECT_FALSE(CheckRelation(r, wrong).ok()) << r.tensors[t].name;
    }
  }
}

TEST(ExecutorTest, InferReturnsTheSameTensors) {
  const Relation r = EveryStep();
  const auto executor = Executor::Make(r);
  const auto witness = executor->Execute(SomeInputs(5), nullptr);
  const auto found = executor->Infer(SomeInputs(5), {"root", "max"}, nullptr);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 2u);
  for (size_t t = 0; t < r.tensors.size(); ++t) {
    if (r.tensors[t].name == "root") {
      EXPECT_EQ(found->at("root"), (*witness)[t]);
    }
  }
  std::vector<int32_t> maxima;
  for (size_t t = 0; t < r.tensors.size(); ++t) {
    if (r.tensors[t].name != "y") continue;
    for (size_t i = 0; i < 9; ++i) {
      const auto* row = (*witness)[t].data() + 4 * i;
      maxima.push_back(*std::max_element(row, row + 4));
    }
  }
  EXPECT_EQ(found->at("max"), maxima);  // the result, not an inner node of the tree of maxima
  EXPECT_EQ(executor->Infer(SomeInputs(5), {"nobody"}, nullptr).error().code, ErrorCode::kNotFound);
}

TEST(ExecutorTest, RefusesWithTheStepsReason) {
  const Relation r = EveryStep();
  Inputs loud = SomeInputs(1);
  std::fill(loud["x"].begin(), loud["x"].end(), 127);
  const auto witness = Execute(r, loud, nullptr);
  ASSERT_FALSE(witness.ok());
  EXPECT_EQ(witness.error().code, ErrorCode::kRefused);
  EXPECT_EQ(witness.error().message, "too loud");
}

TEST(ExecutorTest, RefusesInputsOutOfRange) {
  const Relation r = EveryStep();
  Inputs zero = SomeInputs(1);
  zero["d"][7] = 0;
  EXPECT_EQ(Execute(r, zero, nullptr).error().code, ErrorCode::kRefused);
}

TEST(ExecutorTest, WantsEveryInputInFull) {
  const Relation r = EveryStep();
  Inputs missing = SomeInputs(1), shorter = SomeInputs(1);
  missing.erase("d");
  shorter["x"].pop_back();
  EXPECT_EQ(Execute(r, missing, nullptr).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Execute(r, shorter, nullptr).error().code, ErrorCode::kInvalidArgument);
}

TEST(ExecutorTest, RefusesWhatNoTableHolds) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({4}), 0, 15);
  const TableId primes = b.AddTable("primes", {2, 3, 5, 7, 11, 13}, {0, 0, 0, 0, 0, 0});
  b.AddLookup({b.Identity(x), 0, false, {}, primes});
  auto relation = std::move(b).Finish();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  EXPECT_TRUE(Execute(*relation, {{"x", {3, 3, 2, 13}}}, nullptr).ok());
  EXPECT_EQ(Execute(*relation, {{"x", {3, 3, 4, 13}}}, nullptr).error().code, ErrorCode::kRefused);
}

Relation WithHint() {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({5}), 0, 100);
  const TensorId half = b.AddTensor("half", MakeShape({5}), 0, 50);
  // The second view is wider than 32 bits.
  b.AddStep(steps::Custom("halve", {b.Identity(x), views::Scale(b.Identity(x), 1 << 29)}, {half},
                          {2}, "odd"));
  gadgets::Range(b, b.Identity(half), 0, 50);
  b.AddEquality(views::Sub(b.Identity(x), views::Scale(b.Identity(half), 2)));
  auto relation = std::move(b).Finish();
  EXPECT_TRUE(relation.ok()) << relation.error().message;
  return std::move(relation).value();
}

Status Halve(const HintCall& call) {
  for (size_t i = 0; i < call.outputs[0].size(); ++i) {
    if (call.views[1][i] != call.views[0][i] * (int64_t{1} << 29)) {
      return {ErrorCode::kInternal, "a wide view is not exact"};
    }
    if (call.views[0][i] % call.params[0] != 0) return {ErrorCode::kRefused, "odd"};
    call.outputs[0][i] = static_cast<int32_t>(call.views[0][i] / call.params[0]);
  }
  return {};
}

TEST(ExecutorTest, RunsHints) {
  const Relation r = WithHint();
  const HintRegistry hints{{"halve", Halve}};
  const auto witness = Execute(r, {{"x", {0, 2, 4, 98, 100}}}, nullptr, hints);
  ASSERT_TRUE(witness.ok()) << witness.error().message;
  EXPECT_TRUE(CheckRelation(r, *witness).ok());
  const auto odd = Execute(r, {{"x", {0, 2, 4, 99, 100}}}, nullptr, hints);
  EXPECT_EQ(odd.error().code, ErrorCode::kRefused);
  EXPECT_EQ(odd.error().message, "odd");
}

TEST(ExecutorTest, MissingHintIsAnError) {
  const Relation r = WithHint();
  EXPECT_EQ(Execute(r, {{"x", {0, 2, 4, 98, 100}}}, nullptr).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(ExecutorTest, ChecksWhatHintsReturn) {
  const Relation r = WithHint();
  const HintRegistry hints{{"halve", [](const HintCall& call) {
                              call.outputs[0][2] = 51;
                              return Status();
                            }}};
  const auto witness = Execute(r, {{"x", {0, 2, 4, 98, 100}}}, nullptr, hints);
  EXPECT_EQ(witness.error().code, ErrorCode::kRefused);
}

TEST(ExecutorTest, StepsThatReadTooEarlyAreAnError) {
  Relation r = EveryStep();
  std::reverse(r.steps.begin(), r.steps.end());
  EXPECT_EQ(Execute(r, SomeInputs(1), nullptr).error().code, ErrorCode::kInternal);
}

TEST(EraseTest, LeavesNothing) {
  Witness witness{{1, 2, 3}, {4}};
  { const WitnessEraser eraser(witness); }
  EXPECT_EQ(witness, (Witness{{0, 0, 0}, {0}}));
}

}  // namespace
}  // namespace voizk
