// Networks with committed weights, proven and verified through the public header: one commitment
// serves many inputs, no other weights, salt or commitment pass, and a verifier needs no weights.
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

const std::vector<uint8_t> kContext = {1, 2, 3};

// conv1d 3 -> 5, dense to 4, both committed; as architecture, and as a public network.
Network Architecture(std::vector<int32_t> commitment) {
  Network n;
  const auto x = n.Input("x", {9, 3}, -128, 127);
  Network::Conv1dLayer conv;
  conv.outputs = 5;
  conv.kernel = 3;
  conv.group_inputs = 3;
  conv.pad_left = conv.pad_right = 1;
  const auto h = n.Requant(n.CommittedConv1d(x, conv, 8, 12), 6, 1, 0, 0, 127);
  n.CommittedDense(h, 4, 8, 0);
  n.SetCommitment(std::move(commitment));
  return n;
}

Inputs Weights(uint32_t seed) {
  Inputs secrets;
  // Nodes are named by kind and number.  Nine rows of five outputs take fewer addresses than five
  // rows of nine, which are padded to sixteen.
  secrets["committed_conv1d 1#weight0"] = Random(45, -128, 127, seed);
  secrets["committed_conv1d 1#bias0"] = Random(5, -128, 127, seed + 1);
  secrets["committed_conv1d 1#bias1"] = Random(5, -8, 7, seed + 2);
  secrets["committed_dense 3#weight0"] = Random(180, -128, 127, seed + 3);
  secrets["#salt"] = *DrawSalt(secrets);
  return secrets;
}

// By the formulas of docs/graph.md.
std::vector<int32_t> Expected(const Inputs& w, const std::vector<int32_t>& x) {
  const auto& k = w.at("committed_conv1d 1#weight0");
  const auto& dense = w.at("committed_dense 3#weight0");
  std::vector<int32_t> y(4);
  for (int t = 0; t < 9; ++t) {
    for (int o = 0; o < 5; ++o) {
      const auto at = static_cast<size_t>(o);
      int32_t acc =
          w.at("committed_conv1d 1#bias0")[at] + 256 * w.at("committed_conv1d 1#bias1")[at];
      for (int j = 0; j < 3; ++j) {
        for (int c = 0; c < 3 && t + j - 1 >= 0 && t + j - 1 < 9; ++c) {
          acc += k[static_cast<size_t>((j * 3 + c) * 5 + o)] *
                 x[static_cast<size_t>((t + j - 1) * 3 + c)];
        }
      }
      const int32_t h = std::min(127, std::max(0, (acc >> 6) + 1));
      // [45][4], likewise.
      for (size_t out = 0; out < 4; ++out) {
        y[out] += h * dense[static_cast<size_t>(t * 5 + o) * 4 + out];
      }
    }
  }
  return y;
}

class CommittedNetwork : public testing::Test {
 protected:
  Inputs With(Inputs secrets, uint32_t seed) const {
    secrets["x"] = Random(27, -128, 127, seed);
    return secrets;
  }
  Inputs secrets_ = Weights(1);
  std::vector<int32_t> commitment_ = *CommitToWeights(Architecture({}), secrets_);
  Network network_ = Architecture(commitment_);
};

TEST_F(CommittedNetwork, OneCommitmentServesManyInputs) {
  ASSERT_TRUE(network_.status().ok()) << network_.status().error().message;
  const auto verifier = NetworkVerifier::Make(network_);
  ASSERT_TRUE(verifier.ok()) << verifier.error().message;
  for (uint32_t seed = 1; seed < 4; ++seed) {
    const Inputs inputs = With(secrets_, seed);
    const auto y = EvaluateNetwork(network_, inputs);
    ASSERT_TRUE(y.ok()) << y.error().message;
    EXPECT_EQ(*y, Expected(secrets_, inputs.at("x")));
    const auto proof = ProveNetwork(network_, inputs, *y, kContext, 2);
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    const Status status = verifier->Verify(*y, kContext, *proof);
    EXPECT_TRUE(status.ok()) << status.error().message;
    std::vector<int32_t> other = *y;
    other[1] += 1;
    EXPECT_EQ(verifier->Verify(other, kContext, *proof).error().code, ErrorCode::kProofRejected);
    EXPECT_EQ(VerifyNetwork(network_, *y, {}, *proof).error().code, ErrorCode::kProofRejected);
  }
}

TEST_F(CommittedNetwork, NoOtherWeightIsProvenUnderTheCommitment) {
  for (const auto& [name, values] : secrets_) {
    Inputs inputs = With(secrets_, 5);
    int32_t& v = inputs[name].back();
    v += v > 0 ? -1 : 1;
    const auto y = EvaluateNetwork(network_, inputs);
    ASSERT_TRUE(y.ok()) << y.error().message;
    const auto proof = ProveNetwork(network_, inputs, *y, kContext);
    ASSERT_FALSE(proof.ok()) << name;
    EXPECT_EQ(proof.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(CommittedNetwork, AProofBelongsToItsCommitment) {
  const Inputs inputs = With(secrets_, 6);
  const auto y = EvaluateNetwork(network_, inputs);
  const auto proof = ProveNetwork(network_, inputs, *y, kContext);
  ASSERT_TRUE(proof.ok());
  // Of other weights, and of the same weights under another salt.
  Inputs salted = secrets_;
  salted["#salt"] = *DrawSalt(secrets_);
  EXPECT_NE(salted["#salt"], secrets_["#salt"]);
  for (const Inputs& other : {Weights(9), salted}) {
    const auto commitment = CommitToWeights(network_, other);
    ASSERT_TRUE(commitment.ok());
    EXPECT_NE(*commitment, commitment_);
    EXPECT_EQ(VerifyNetwork(Architecture(*commitment), *y, kContext, *proof).error().code,
              ErrorCode::kProofRejected);
  }
  for (std::vector<int32_t> bad : {std::vector<int32_t>(), std::vector<int32_t>(1023),
                                   std::vector<int32_t>(1024, INT32_MAX)}) {
    EXPECT_EQ(VerifyNetwork(Architecture(bad), *y, kContext, *proof).error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_FALSE(ProveNetwork(Architecture(bad), inputs, *y, kContext).ok());
  }
}

TEST_F(CommittedNetwork, WhatIsMissingOrOutOfRangeIsSaid) {
  EXPECT_EQ(CommitToWeights(Architecture({}), {}).error().code, ErrorCode::kInvalidArgument);
  Inputs wide = secrets_;
  wide["#salt"][0] = 512;
  EXPECT_EQ(CommitToWeights(network_, wide).error().code, ErrorCode::kInvalidArgument);
  Inputs few = secrets_;
  few["#salt"].pop_back();
  EXPECT_EQ(CommitToWeights(network_, few).error().code, ErrorCode::kInvalidArgument);
  Network plain;
  plain.Input("x", {3}, 0, 1);
  EXPECT_EQ(CommitToWeights(plain, secrets_).error().code, ErrorCode::kInvalidArgument);
  Inputs without = With(secrets_, 1);
  without.erase("committed_dense 3#weight0");
  EXPECT_EQ(EvaluateNetwork(network_, without).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
