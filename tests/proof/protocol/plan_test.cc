// The dry run counts what docs/protocol.md's table says, for every kind of relation; and a real run
// uses the plan up (ConstraintSystem::IsComplete, which every opening requires).
#include <gtest/gtest.h>

#include "proof/protocol/small_relations.h"

namespace voizk {
namespace {

// Pads, triples and constraints by the table of docs/protocol.md, section 7.
TEST(PadPlan, IsThatOfTheDocument) {
  for (const Sample& sample : AllSamples(3)) {
    const Instance instance = MakeInstanceOrDie(sample);
    const auto h = static_cast<size_t>(instance.layout().lookups.bits);
    const auto products = static_cast<size_t>(instance.layout().products.bits);
    const auto cells = static_cast<size_t>(instance.layout().cells.bits);
    const bool has_products = !sample.relation->products.empty();
    const PadPlan& plan = instance.plan();
    EXPECT_EQ(plan.pads,
              2 + h * (h - 1) + 4 * h + (has_products ? 3 + 3 * products : 0) + 2 * cells + 2)
        << sample.name;
    EXPECT_EQ(plan.triples.size(), 1 + 3 * h + (has_products ? 1 : 0)) << sample.name;
    EXPECT_EQ(plan.constraints, 1 + h + (has_products ? 1 : 0) + 2) << sample.name;
    EXPECT_EQ(instance.counts().constraints, plan.constraints) << sample.name;
    // The first triple is the root with its inverse, those of layer 0 follow: n0 q1, n1 q0, q0 q1.
    using Pads = std::pair<uint32_t, uint32_t>;
    EXPECT_EQ(plan.triples[0], Pads(0, 1));
    EXPECT_EQ(plan.triples[1], Pads(2, 5));
    EXPECT_EQ(plan.triples[2], Pads(3, 4));
    EXPECT_EQ(plan.triples[3], Pads(4, 5));
  }
}

}  // namespace
}  // namespace voizk
