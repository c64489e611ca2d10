// ProveNetwork under a system generator that repeats itself: no two proofs begin alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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
  std::set<std::array<uint8_t, 32>> roots;
  for (const std::vector<uint8_t>& context :
       {std::vector<uint8_t>{1}, std::vector<uint8_t>{2}, std::vector<uint8_t>{1}}) {
    const auto proof = ProveNetwork(network, inputs, *y, context);
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    constexpr size_t kRoot = 16;  // after magic, version, degree (docs/protocol.md, section 7)
    ASSERT_GT(proof->size(), kRoot + 32);
    std::array<uint8_t, 32> root;
    std::copy_n(proof->begin() + kRoot, root.size(), root.begin());
    roots.insert(root);
  }
  EXPECT_EQ(roots.size(), 2u);  // the third is the first again
}

}  // namespace
}  // namespace voizk
