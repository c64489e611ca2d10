// ProveNetwork under a system generator that repeats itself: no two proofs begin alike.
#include <gtest/gtest.h>

#include <set>

#include "support/constant_randomness.h"
#include "voizk/graph.h"

namespace voizk {
namespace {

// The root is a function of witness and randomness, so it repeats if the randomness does.
TEST(NetworkRandomness, SameInputsInAnotherContextGetOtherMasks) {
  const ConstantRandomness constant;
  Network network;
  const auto x = network.Input("x", {1, 4}, -9, 9);
  network.Dense(x, 2, {1, 2, 3, 4, 5, 6, 7, 8}, {});
  const Inputs inputs{{"x", {1, -2, 3, -4}}};
  const auto y = EvaluateNetwork(network, inputs);
  ASSERT_TRUE(y.ok());
  std::set<std::vector<uint8_t>> roots;
  for (const std::vector<uint8_t>& context :
       {std::vector<uint8_t>{1}, std::vector<uint8_t>{2}, std::vector<uint8_t>{1}}) {
    const auto proof = ProveNetwork(network, inputs, *y, context);
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    constexpr size_t kRoot = 16;  // after magic, version, degree (docs/protocol.md, section 7)
    roots.emplace(proof->begin() + kRoot, proof->begin() + kRoot + 32);
  }
  EXPECT_EQ(roots.size(), 2u);  // the third is the first again
}

}  // namespace
}  // namespace voizk
