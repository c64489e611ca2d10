// Networks through the public header alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "voizk/graph.h"

namespace voizk {
namespace {

using testing::AnyOf;

std::vector<int32_t> Random(size_t n, int32_t lo, int32_t hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> v(n);
  for (int32_t& x : v) x = lo + static_cast<int32_t>(rng() % static_cast<uint32_t>(hi - lo + 1));
  return v;
}

/// dense 8 -> 4, ReLU, dense 4 -> 2.
struct Small {
  std::vector<int32_t> w1 = Random(32, -9, 9, 1), w2 = Random(8, -9, 9, 2),
                       x = Random(8, -50, 50, 3);
  Network network;
  Small() {
    const auto in = network.Input("x", {1, 8}, -50, 50);
    const auto h = network.Requant(network.Dense(in, 4, w1, {1, 2, 3, 4}), 3, 1, 0, 0, 127);
    network.Dense(h, 2, w2, {});
  }
  /// The same by hand; Requant with mult 1 and q 0 is floor(((2h+1) + 1) / 2) = h + 1.
  std::vector<int32_t> Expected() const {
    std::vector<int32_t> h(4), y(2);
    for (size_t o = 0; o < 4; ++o) {
      int32_t acc = static_cast<int32_t>(o) + 1;
      for (size_t i = 0; i < 8; ++i) acc += w1[o * 8 + i] * x[i];
      h[o] = std::clamp((acc >> 3) + 1, 0, 127);
    }
    for (size_t o = 0; o < 2; ++o) {
      for (size_t i = 0; i < 4; ++i) y[o] += w2[o * 4 + i] * h[i];
    }
    return y;
  }
};

const std::vector<uint8_t> kContext{1, 2, 3};

TEST(Network, ProvenOutputIsTheEvaluatedOne) {
  const Small s;
  const auto y = EvaluateNetwork(s.network, {{"x", s.x}});
  ASSERT_TRUE(y.ok()) << y.error().message;
  EXPECT_EQ(*y, s.Expected());
  const auto proof = ProveNetwork(s.network, {{"x", s.x}}, *y, kContext, 2);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  const Status accepted = VerifyNetwork(s.network, *y, kContext, *proof);
  EXPECT_TRUE(accepted.ok()) << accepted.error().message;

  std::vector<int32_t> other = *y;
  other[1] += 1;
  EXPECT_FALSE(ProveNetwork(s.network, {{"x", s.x}}, other, kContext).ok());
  EXPECT_TRUE(
      VerifyNetwork(s.network, other, kContext, *proof).error().Failed(Check::kConstraints));
  EXPECT_TRUE(VerifyNetwork(s.network, *y, std::vector<uint8_t>{1, 2}, *proof)
                  .error()
                  .Failed(Check::kConstraints));
  Small swapped;
  std::swap(swapped.w2[0], swapped.w2[1]);
  Network another;
  const auto in = another.Input("x", {1, 8}, -50, 50);
  const auto h = another.Requant(another.Dense(in, 4, s.w1, {1, 2, 3, 4}), 3, 1, 0, 0, 127);
  another.Dense(h, 2, swapped.w2, {});
  EXPECT_EQ(VerifyNetwork(another, *y, kContext, *proof).error().code, ErrorCode::kProofRejected);
  auto damaged = *proof;
  damaged[damaged.size() / 3] ^= 4;
  EXPECT_THAT(VerifyNetwork(s.network, *y, kContext, damaged).error().code,
              AnyOf(ErrorCode::kProofRejected, ErrorCode::kProofMalformed));
}

TEST(Network, EveryOperationJoins) {
  Network n;
  const auto x = n.Input("x", {16, 4}, -20, 20);
  Network::Conv1dLayer layer;
  layer.outputs = 8;
  layer.kernel = 3;
  layer.group_inputs = 4;
  layer.weight = Random(8 * 3 * 4, -5, 5, 4);
  layer.pad_left = layer.pad_right = 1;
  const auto a = n.Requant(n.Conv1d(x, layer), 2, 1, 0, 0, 127);
  std::vector<int32_t> sigmoid;
  for (int32_t i = -64; i < 64; ++i) sigmoid.push_back(std::clamp(i, -60, 60) + 64);
  const auto gate = n.Table(n.Conv1d(x, layer), 4, -64, sigmoid);
  const auto gated = n.Requant(n.Mul(a, gate), 7, 1, 0, 0, 127);
  const auto pooled = n.MaxPool1d(n.Requant(n.Add(gated, a), 1, 1, 0, 0, 127), 2, 2);
  const auto mask = n.Input("mask", {8}, 0, 1);
  const auto stats = n.StatsPool(pooled, mask);
  const auto both = n.Concat({pooled, n.Broadcast(n.Slice(stats, 0, 8), pooled)});
  n.Dense(n.MeanTime(both), 3, Random(3 * 16, -9, 9, 5), {});
  ASSERT_TRUE(n.status().ok()) << n.status().error().message;
  const Inputs inputs{{"x", Random(64, -20, 20, 6)}, {"mask", {1, 1, 0, 1, 1, 1, 0, 1}}};
  const auto y = EvaluateNetwork(n, inputs);
  ASSERT_TRUE(y.ok()) << y.error().message;
  const auto proof = ProveNetwork(n, inputs, *y, {});
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_TRUE(VerifyNetwork(n, *y, {}, *proof).ok());
}

TEST(Network, Images) {
  Network n;
  const auto x = n.Input("x", {8, 8, 1}, 0, 127);
  Network::Conv2dLayer layer;
  layer.outputs = 4;
  layer.kernel_height = layer.kernel_width = 3;
  layer.group_inputs = 1;
  layer.weight = Random(36, -7, 7, 7);
  layer.pad = {1, 1, 1, 1};
  n.MaxPool2d(n.Requant(n.Conv2d(x, layer), 4, 1, 0, 0, 127), {2, 2}, {2, 2});
  const auto y = EvaluateNetwork(n, {{"x", Random(64, 0, 127, 8)}});
  ASSERT_TRUE(y.ok()) << y.error().message;
  EXPECT_EQ(y->size(), 64U);
  const auto proof = ProveNetwork(n, {{"x", Random(64, 0, 127, 8)}}, *y, kContext);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_TRUE(VerifyNetwork(n, *y, kContext, *proof).ok());
}

// Public and secret inputs side by side, through every way of reading one: a convolution, a
// product, a sum.
TEST(Network, PublicInputsAreTheStatements) {
  Network n;
  const auto x = n.Input("x", {6, 2}, -20, 20);
  const auto k = n.PublicInput("k", {6, 2}, -20, 20);
  const auto bias = n.PublicInput("bias", {6, 3}, -9, 9);
  Network::Conv1dLayer layer;
  layer.outputs = 3;
  layer.kernel = 3;
  layer.group_inputs = 2;
  layer.weight = Random(18, -5, 5, 3);
  layer.pad_left = layer.pad_right = 1;
  const auto h = n.Requant(n.Conv1d(k, layer), 3, 1, 0, 0, 127);
  const auto g = n.Requant(n.Conv1d(x, layer), 3, 1, 0, 0, 127);
  n.Add(n.Mul(h, g), bias);
  ASSERT_TRUE(n.status().ok()) << n.status().error().message;
  const auto verifier = NetworkVerifier::Make(n);
  ASSERT_TRUE(verifier.ok()) << verifier.error().message;
  for (uint32_t seed = 0; seed < 2; ++seed) {
    const Inputs publics{{"k", Random(12, -20, 20, seed)}, {"bias", Random(18, -9, 9, seed + 7)}};
    Inputs inputs = publics;
    inputs["x"] = Random(12, -20, 20, seed + 3);
    const auto y = EvaluateNetwork(n, inputs);
    ASSERT_TRUE(y.ok()) << y.error().message;
    const auto proof = ProveNetwork(n, inputs, *y, kContext);
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    const Status accepted = verifier->Verify(*y, kContext, *proof, publics);
    EXPECT_TRUE(accepted.ok()) << accepted.error().message;
    EXPECT_TRUE(VerifyNetwork(n, *y, kContext, *proof, publics).ok());
    for (const char* name : {"k", "bias"}) {
      Inputs other = publics;
      other[name][3] += other[name][3] > 0 ? -1 : 1;
      EXPECT_TRUE(
          verifier->Verify(*y, kContext, *proof, other).error().Failed(Check::kConstraints));
      other[name][3] = 21;
      Inputs outside = inputs;
      outside[name][3] = 21;
      EXPECT_TRUE(
          ProveNetwork(n, outside, *y, kContext).status().error().Failed(Check::kPublicInput));
      EXPECT_TRUE(
          verifier->Verify(*y, kContext, *proof, other).error().Failed(Check::kPublicInput));
      EXPECT_THAT(verifier->Verify(*y, kContext, *proof, other).error().message,
                  testing::HasSubstr(std::string("(") + name + ")"));  // says which
      other.erase(name);
      EXPECT_EQ(verifier->Verify(*y, kContext, *proof, other).error().code,
                ErrorCode::kInvalidArgument);
    }
    Inputs more = publics;
    more["x"] = inputs["x"];
    EXPECT_EQ(verifier->Verify(*y, kContext, *proof, more).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST(Network, ErrorsAreKeptAndTyped) {
  Network n;
  const auto x = n.Input("x", {1, 4}, -10, 10);
  n.Dense(x, 2, {1, 2, 3}, {});  // eight weights are wanted
  n.MeanTime(x);
  EXPECT_EQ(n.status().error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(EvaluateNetwork(n, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(VerifyNetwork(n, {}, {}, {}).ok());

  const Small s;
  EXPECT_EQ(EvaluateNetwork(s.network, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(EvaluateNetwork(s.network, {{"x", {1, 2}}}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(VerifyNetwork(s.network, std::vector<int32_t>{1}, {}, {}).error().code,
            ErrorCode::kInvalidArgument);
  const auto outside = Random(8, 51, 60, 1);
  EXPECT_FALSE(ProveNetwork(s.network, {{"x", outside}}, s.Expected(), {}).ok());

  Network wraps;
  const auto big = wraps.Input("x", {1, 4}, -1000000, 1000000);
  wraps.Dense(big, 1, {1000, 1000, 1000, 1000}, {});
  EXPECT_FALSE(EvaluateNetwork(wraps, {{"x", {1, 1, 1, 1}}}).ok()) << "an accumulator may wrap";
}

TEST(Network, CopiesAreIndependent) {
  const Small s;
  Network copy = s.network;
  copy.Requant(2, 1, 1, 0, -9, 9);
  EXPECT_EQ(EvaluateNetwork(s.network, {{"x", s.x}})->size(), 2U);
  EXPECT_EQ(EvaluateNetwork(copy, {{"x", s.x}})->size(), 4U);
}

}  // namespace
}  // namespace voizk
