// Guards: networks of every group of operations are proven and verified through the public header,
// with the output that evaluation gives and no other.
#include <gtest/gtest.h>

#include <random>

#include "voizk/graph.h"

namespace voizk {
namespace {

std::vector<int32_t> Random(size_t n, int32_t lo, int32_t hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> v(n);
  for (int32_t& x : v) x = lo + static_cast<int32_t>(rng() % static_cast<uint32_t>(hi - lo + 1));
  return v;
}

void CheckProven(const Network& n, const Inputs& inputs) {
  ASSERT_TRUE(n.status().ok()) << n.status().error().message;
  const auto y = EvaluateNetwork(n, inputs);
  ASSERT_TRUE(y.ok()) << y.error().message;
  const auto proof = ProveNetwork(n, inputs, *y, {});
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  const Status accepted = VerifyNetwork(n, *y, {}, *proof);
  EXPECT_TRUE(accepted.ok()) << accepted.error().message;
  std::vector<int32_t> other = *y;
  other.front() += other.front() > 0 ? -1 : 1;
  EXPECT_FALSE(ProveNetwork(n, inputs, other, {}).ok());
  EXPECT_FALSE(VerifyNetwork(n, other, {}, *proof).ok());
}

TEST(Operations, MovingAndJoining) {
  Network n;
  const auto x = n.Input("x", {6, 8}, -20, 20);
  const auto heads = n.Transpose(n.Reshape(x, {6, 2, 4}), {1, 0, 2});
  const auto padded = n.Pad(heads, 1, 1, 2, Network::PadMode::kReflect);
  const auto turned = n.Slice(padded, 8, -1, 1, -2);
  const auto edge = n.Pad(n.Pad(turned, 2, 1, 1, Network::PadMode::kEdge), 2, 0, 1,
                          Network::PadMode::kConstant, 7);
  const auto some = n.Gather(edge, {0, 2, 4, 5, 1}, 2);
  const auto moved = n.Offset(n.Scale(some, {1}, {3}), {2, 1, 5}, Random(10, -9, 9, 1));
  const auto both = n.Concat({moved, n.Sub(some, n.Slice(some, 0, 1, 0))}, 1);
  n.Add(both, n.Mul(n.Slice(both, 0, 1, 0), n.Slice(both, 1, 2, 0)));
  CheckProven(n, {{"x", Random(48, -20, 20, 2)}});
}

}  // namespace
}  // namespace voizk
