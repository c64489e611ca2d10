// Guards: one range rule.  For networks of every operation with ranges up to the extremes,
// EvaluateNetwork gives an output exactly if ProveNetwork proves it and VerifyNetwork accepts it;
// what is refused is refused by all three with one code, and the error names the node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "voizk/graph.h"

namespace voizk {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr int64_t kHalf = 1'065'353'216;  // p/2

/// A network of one or a few operations, and an input for it.
struct Case {
  Network network;
  Inputs inputs;
};

class RandomCases {
 public:
  explicit RandomCases(uint32_t seed) : rng_(seed) {}

  Case Next() {
    Case c;
    Network& n = c.network;
    const uint32_t t = 1 + Below(6), channels = 1 + Below(3);
    auto x = Input(c, "x", {t, channels});
    const uint32_t count = 1 + Below(3);
    for (uint32_t k = 0; k < count; ++k) x = Operation(c, x, t, channels);
    n.SetOutput(x);
    return c;
  }

 private:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(rng_() % n); }

  /// Small, or near a limit: of 8, 15, 16, 22, 29, 30 bits, of the field, of int32_t.
  int32_t Extreme() {
    static constexpr int64_t kSizes[] = {1,       7,       127,     1 << 15, 1 << 22,
                                         1 << 28, 1 << 29, 1 << 30, kHalf,   INT32_MAX};
    const int64_t v = kSizes[Below(Below(3) == 0 ? 10 : 4)] + int64_t{Below(3)} - 1;
    return static_cast<int32_t>(std::min<int64_t>(Below(2) == 0 ? v : -v, INT32_MAX));
  }
  std::pair<int32_t, int32_t> Range() {
    int32_t lo = Below(3) == 0 ? Extreme() : -static_cast<int32_t>(Below(128));
    int32_t hi = Below(3) == 0 ? Extreme() : static_cast<int32_t>(Below(128));
    if (lo > hi) std::swap(lo, hi);
    return {lo, hi};
  }
  std::vector<int32_t> Values(size_t count, int32_t lo, int32_t hi) {
    std::vector<int32_t> v(count);
    std::uniform_int_distribution<int64_t> any(lo, hi);
    for (int32_t& x : v)
      x = static_cast<int32_t>(Below(4) == 0 ? (Below(2) == 0 ? lo : hi) : any(rng_));
    return v;
  }
  std::vector<int32_t> Extremes(size_t count) {
    std::vector<int32_t> v(count);
    for (int32_t& x : v) x = Extreme();
    return v;
  }
  Network::Node Input(Case& c, const std::string& name, std::vector<uint32_t> dims) {
    const auto [lo, hi] = Range();
    size_t cells = 1;
    for (const uint32_t d : dims) cells *= d;
    c.inputs[name] = Values(cells, lo, hi);
    return c.network.Input(name, std::move(dims), lo, hi);
  }

  /// Keeps the shape [t][channels], so that operations chain.
  Network::Node Operation(Case& c, Network::Node x, uint32_t t, uint32_t channels) {
    Network& n = c.network;
    switch (Below(12)) {
      case 0: {
        Network::Conv1dLayer layer;
        layer.outputs = channels;
        layer.kernel = 1;
        layer.group_inputs = channels;
        layer.weight = Extremes(size_t{channels} * channels);
        if (Below(2) == 0) layer.bias = Extremes(channels);
        return n.Conv1d(x, layer);
      }
      case 1: {
        const auto wide = n.Dense(x, channels, Extremes(size_t{channels} * channels * t), {});
        return n.Add(x, n.Broadcast(wide, x));
      }
      case 2:
        return n.Requant(x, static_cast<int>(Below(24)), 1 + static_cast<int32_t>(Below(3)),
                         static_cast<int>(Below(3)), -128, 127);
      case 3:
        return n.Table(x, static_cast<int>(Below(24)), Extreme(), {INT16_MIN, 0, INT16_MAX});
      case 4:
        return n.MaxPool1d(x, 1 + Below(2) % t, 1);
      case 5:
        return n.AvgPool1d(x, 1 + Below(2) % t, 1);
      case 6:
        return n.Broadcast(n.MeanTime(x), x);
      case 7: {
        const auto mask = Input(c, "mask " + std::to_string(Below(1 << 30)), {t});
        return n.Broadcast(n.Slice(n.StatsPool(x, mask), 0, channels), x);
      }
      case 8:
        return n.Add(x, Input(c, "y " + std::to_string(Below(1 << 30)), {t, channels}));
      case 9:
        return n.Mul(x, x);
      case 10:
        return n.Slice(n.Concat({x, x}), channels, 2 * channels);
      default:
        return n.Mul(x, Input(c, "z " + std::to_string(Below(1 << 30)), {t, channels}));
    }
  }

  std::mt19937 rng_;
};

TEST(NetworkRange, EvaluatedMeansProvenMeansAccepted) {
  RandomCases cases(20);
  int served = 0, unsupported = 0, refused = 0;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const Case c = cases.Next();
    const auto y = EvaluateNetwork(c.network, c.inputs);
    if (!y.ok()) {
      const ErrorCode code = y.error().code;
      ASSERT_THAT(code,
                  AnyOf(ErrorCode::kUnsupported, ErrorCode::kInvalidArgument, ErrorCode::kRefused))
          << y.error().message;
      (code == ErrorCode::kRefused ? refused : unsupported) += 1;
      if (code == ErrorCode::kRefused) continue;
      // The network's own fault: found without any output, named, and the same for all.
      EXPECT_THAT(y.error().message, HasSubstr("node '"));
      EXPECT_EQ(ProveNetwork(c.network, c.inputs, {}, {}).error().message, y.error().message);
      EXPECT_EQ(VerifyNetwork(c.network, {}, {}, {}).error().message, y.error().message);
      continue;
    }
    ++served;
    const auto proof = ProveNetwork(c.network, c.inputs, *y, {});
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    const Status accepted = VerifyNetwork(c.network, *y, {}, *proof);
    ASSERT_TRUE(accepted.ok()) << accepted.error().message;
    std::vector<int32_t> other = *y;
    other[0] += other[0] == INT32_MAX ? -1 : 1;
    EXPECT_FALSE(ProveNetwork(c.network, c.inputs, other, {}).ok());
    EXPECT_THAT(VerifyNetwork(c.network, other, {}, *proof).error().code,
                AnyOf(ErrorCode::kProofRejected, ErrorCode::kInvalidArgument));
  }
  EXPECT_GT(served, 60);
  EXPECT_GT(unsupported, 60);
}

/// A bias beyond p/2: once proven for its constant cancelled against the output's, though no tensor
/// could hold the value.
TEST(NetworkRange, AnOutputBeyondTheFieldIsNeitherEvaluatedNorProven) {
  Network n;
  n.Dense(n.Input("x", {1, 1}, 0, 1), 1, {1}, {INT32_MAX - 1});
  const Inputs inputs{{"x", {1}}};
  const std::vector<int32_t> output{INT32_MAX};
  const auto evaluated = EvaluateNetwork(n, inputs);
  ASSERT_FALSE(evaluated.ok());
  EXPECT_EQ(evaluated.error().code, ErrorCode::kUnsupported);
  for (const char* part : {"node 'dense 1'", "(dense)", "[2147483646, 2147483647]", "p/2"}) {
    EXPECT_THAT(evaluated.error().message, HasSubstr(part));
  }
  EXPECT_EQ(ProveNetwork(n, inputs, output, {}).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyNetwork(n, output, {}, {}).error().code, ErrorCode::kUnsupported);
}

/// The widest output that is allowed, and one value more.
TEST(NetworkRange, AnOutputSpansAtMostHalfTheField) {
  for (const int32_t more : {0, 1}) {
    Network n;
    const auto x = n.Input("x", {1, 1}, 0, 1);
    // 0 .. 2^24 * 63.5 = p/2 in steps, plus `more`.
    const auto wide = n.Dense(x, 1, {static_cast<int32_t>(kHalf)}, {});
    const auto y = n.Input("y", {1, 1}, 0, 1);
    n.Add(wide, n.Dense(y, 1, {-more}, {}));
    const Inputs inputs{{"x", {1}}, {"y", {1}}};
    const auto output = EvaluateNetwork(n, inputs);
    EXPECT_EQ(output.ok(), more == 0);
    const std::vector<int32_t> claimed{static_cast<int32_t>(kHalf) - more};
    const auto proof = ProveNetwork(n, inputs, claimed, {});
    ASSERT_EQ(proof.ok(), more == 0) << (proof.ok() ? "" : proof.error().message);
    if (more == 1) {
      EXPECT_EQ(proof.error().code, ErrorCode::kUnsupported);
      EXPECT_THAT(proof.error().message, HasSubstr("(add)"));
      continue;
    }
    EXPECT_EQ(*output, claimed);
    EXPECT_TRUE(VerifyNetwork(n, claimed, {}, *proof).ok());
    EXPECT_FALSE(VerifyNetwork(n, std::vector<int32_t>{0}, {}, *proof).ok());
  }
}

/// What fits by itself and is found only when the whole relation is certified has a name too.
TEST(NetworkRange, NodesThatAreTooManyTogetherAreNamed) {
  Network n;
  const auto x = n.Input("x", {1 << 11, 1 << 16}, 0, 1);
  const auto y = n.Input("y", {1 << 11, 1 << 16}, 0, 1);  // 2^28 cells with x, and a few more
  n.Slice(n.MeanTime(n.Add(x, y)), 0, 1);
  const std::vector<int32_t> output{0};
  for (const Status& status :
       {EvaluateNetwork(n, {}).status(), ProveNetwork(n, {}, output, {}).status(),
        VerifyNetwork(n, output, {}, {})}) {
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(status.error().message, HasSubstr("node 'y' (input): "));
  }
}

/// An output that no input gives, of the right size: the caller's, whatever the proof.
TEST(NetworkRange, AnOutputOutsideTheNetworksRange) {
  Network n;
  n.Requant(n.Input("x", {1, 1}, -5, 5), 0, 1, 0, 0, 127);
  for (const int32_t claimed : {-1, 1000, INT32_MAX, INT32_MIN}) {
    const std::vector<int32_t> output{claimed};
    EXPECT_EQ(ProveNetwork(n, {{"x", {1}}}, output, {}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(VerifyNetwork(n, output, {}, {}).error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace voizk
