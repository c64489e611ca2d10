// Mean and deviation over masked time: the formula, extremes and limits, and the costs that
// docs/graph.md states.
#include "network/operations/stats_pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "network/operations/run_graph.h"

namespace voizk {
namespace {

Graph PoolingOf(uint32_t frames, uint32_t channels) {
  Graph g;
  const auto x = g.Input("x", MakeShape({frames, channels}), 0, 127);
  const auto mask = g.Input("mask", MakeShape({frames}), 0, 1);
  g.Add("y", op::StatsPool(), {x, mask});
  return g;
}

RC_GTEST_PROP(StatsPoolTest, IsItsFormula, ()) {
  const uint32_t frames = SomeU(1, 30), channels = SomeU(1, 4);
  const auto x = SomeValues(frames * channels, 0, 127);
  auto mask = SomeValues(frames, 0, 1);
  mask[0] = 1;
  const Outcome outcome = RunGraph(PoolingOf(frames, channels), {{"x", x}, {"mask", mask}});
  RC_ASSERT(outcome.error == "");
  for (uint32_t c = 0; c < channels; ++c) {
    int64_t n = 0, sum = 0, squares = 0;
    for (uint32_t t = 0; t < frames; ++t) {
      const int64_t v = x[t * channels + c];
      n += mask[t];
      sum += mask[t] * v;
      squares += mask[t] * v * v;
    }
    const int64_t mean8 = 8 * sum / n, variance = 64 * squares / n - mean8 * mean8;
    int64_t root = 0;
    while ((root + 1) * (root + 1) <= variance) ++root;
    RC_ASSERT(outcome.output[c] == mean8);
    RC_ASSERT(outcome.output[channels + c] == root);
    // Against float: an eighth per unit, floors of a whole one, and of the variance under the root.
    const double mean = static_cast<double>(sum) / static_cast<double>(n);
    const double exact = std::sqrt(
        std::max(0.0, static_cast<double>(squares) / static_cast<double>(n) - mean * mean));
    RC_ASSERT(std::abs(outcome.output[c] / 8.0 - mean) <= 1 / 8.0);
    RC_ASSERT(std::abs(outcome.output[channels + c] - 8 * exact) <= std::sqrt(17 * mean + 1) + 1);
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 100))) == "");
}

TEST(StatsPoolTest, RefusesAnEmptyMask) {
  const auto relation = PoolingOf(4, 2).BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  const Inputs inputs{{"x", {1, 2, 3, 4, 5, 6, 7, 8}}, {"mask", {0, 0, 0, 0}}};
  EXPECT_EQ(Execute(*relation, inputs, nullptr).error().code, ErrorCode::kRefused);
}

TEST(StatsPoolTest, ExtremesFit) {
  const uint32_t frames = 1024;
  const Graph g = PoolingOf(frames, 1);
  std::vector<int32_t> x(frames), mask(frames, 1);
  for (uint32_t t = 0; t < frames; t += 2) x[t] = 127;
  const Outcome outcome = RunGraph(g, {{"x", x}, {"mask", mask}});
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, (std::vector<int32_t>{508, 508}));  // mean and deviation 63.5
}

TEST(StatsPoolTest, LongestInputIsWhereTheCertificateEnds) {
  EXPECT_TRUE(PoolingOf(2064, 1).BuildStandalone().ok());
  EXPECT_FALSE(PoolingOf(2065, 1).BuildStandalone().ok());
}

TEST(StatsPoolTest, CostsWhatTheDocumentSays) {
  const auto count = [](uint32_t frames, uint32_t channels) {
    const auto r = PoolingOf(frames, channels).BuildStandalone();
    uint64_t cells = 0, lookups = 0, products = 0;
    for (const Tensor& t : r->tensors) cells += t.shape.Cells();
    for (const TensorId m : r->multiplicities) cells -= r->tensors[m].shape.Cells();
    for (const Lookup& l : r->lookups) lookups += l.key.shape.Cells();
    for (const Product& p : r->products) products += p.a.shape.Cells();
    return std::array<uint64_t, 3>{cells, lookups, products};
  };
  const auto one = count(128, 16), two = count(128, 32);
  std::array<uint64_t, 3> per_channel;
  for (size_t k = 0; k < 3; ++k) per_channel[k] = (two[k] - one[k]) / 16;
  // 128 cells of x itself and its range checks; then m*x, and the rest of docs/graph.md.
  EXPECT_EQ(per_channel[0], 128u + 128 + 14);
  EXPECT_EQ(per_channel[1], 128u + 14);
  EXPECT_EQ(per_channel[2], 2u * 128 + 4);
}

TEST(StatsPoolTest, RefusesWiderInputs) {
  Graph g;
  const auto x = g.Input("x", MakeShape({4, 2}), -1, 127);
  g.Add("y", op::StatsPool(), {x, g.Input("mask", MakeShape({4}), 0, 1)});
  EXPECT_TRUE(g.status().ok());
  EXPECT_FALSE(g.BuildStandalone().ok());
}

}  // namespace
}  // namespace voizk
