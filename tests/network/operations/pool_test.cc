// Pooling against its formulas; ranges stay the input's; a maximum one too small or too large is no
// witness.
#include "network/operations/pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/run_graph.h"

namespace voizk {
namespace {

struct Pooling {
  op::PoolWindows windows;
  int height = 1, width = 1, channels = 1, out_height = 1, out_width = 1;
  Shape shape;
  std::vector<int32_t> x;
};

Pooling SomePooling(int spatial) {
  Pooling p;
  p.windows.spatial = spatial;
  for (size_t k = 0; k < 2; ++k) {
    p.windows.size[k] = SomeU(1, 3);
    p.windows.stride[k] = SomeU(1, 3);
  }
  p.height = Some(static_cast<int>(p.windows.size[0]), 7);
  p.width = spatial == 2 ? Some(static_cast<int>(p.windows.size[1]), 6) : 1;
  p.channels = Some(1, 3);
  const auto count = [&](int length, size_t k) {
    return (length - static_cast<int>(p.windows.size[k])) / static_cast<int>(p.windows.stride[k]) +
           1;
  };
  p.out_height = count(p.height, 0);
  p.out_width = spatial == 2 ? count(p.width, 1) : 1;
  const auto h = static_cast<uint32_t>(p.height), w = static_cast<uint32_t>(p.width),
             c = static_cast<uint32_t>(p.channels);
  p.shape = spatial == 2 ? MakeShape({h, w, c}) : MakeShape({h, c});
  p.x = SomeValues(p.shape.Cells(), -100, 127);
  return p;
}

// The values of each window, in output order.
std::vector<std::vector<int32_t>> Windows(const Pooling& p) {
  std::vector<std::vector<int32_t>> windows;
  const int size_w = p.windows.spatial == 2 ? static_cast<int>(p.windows.size[1]) : 1;
  for (int h = 0; h < p.out_height; ++h) {
    for (int w = 0; w < p.out_width; ++w) {
      for (int c = 0; c < p.channels; ++c) {
        auto& window = windows.emplace_back();
        for (int i = 0; i < static_cast<int>(p.windows.size[0]); ++i) {
          for (int j = 0; j < size_w; ++j) {
            const int r = h * static_cast<int>(p.windows.stride[0]) + i;
            const int s = w * static_cast<int>(p.windows.stride[1]) + j;
            window.push_back(p.x[static_cast<size_t>((r * p.width + s) * p.channels + c)]);
          }
        }
      }
    }
  }
  return windows;
}

RC_GTEST_PROP(MaxPoolTest, IsTheMaximum, ()) {
  const Pooling p = SomePooling(Some(1, 2));
  Graph g;
  g.Add("y", op::MaxPool(p.windows), {g.Input("x", p.shape, -100, 127)});
  const Outcome outcome = RunGraph(g, {{"x", p.x}});
  RC_ASSERT(outcome.error == "");
  const auto windows = Windows(p);
  RC_ASSERT(outcome.output.size() == windows.size());
  for (size_t i = 0; i < windows.size(); ++i) {
    RC_ASSERT(outcome.output[i] == *std::max_element(windows[i].begin(), windows[i].end()));
  }
  // The output's claimed range is the input's, or later accumulators would grow for nothing.
  for (const Tensor& t : outcome.relation.tensors) {
    if (t.name == "y") RC_ASSERT((t.lo == -100 && t.hi == 127));
  }
}

RC_GTEST_PROP(MeanPoolTest, IsTheFlooredMean, ()) {
  const Pooling p = SomePooling(Some(1, 2));
  Graph g;
  g.Add("y", op::MeanPool(p.windows), {g.Input("x", p.shape, -100, 127)});
  const Outcome outcome = RunGraph(g, {{"x", p.x}});
  RC_ASSERT(outcome.error == "");
  const auto windows = Windows(p);
  RC_ASSERT(outcome.output.size() == windows.size());
  for (size_t i = 0; i < windows.size(); ++i) {
    int64_t sum = 0;
    for (const int32_t v : windows[i]) sum += v;
    RC_ASSERT(outcome.output[i] == FloorDivide(sum, static_cast<int64_t>(windows[i].size())));
  }
  RC_ASSERT(UnpinnedTensor(outcome, 0) == "");
}

RC_GTEST_PROP(MeanTimeTest, IsTheFlooredMean, ()) {
  const uint32_t frames = SomeU(1, 40), channels = SomeU(1, 5);
  const auto x = SomeValues(frames * channels, -128, 127);
  Graph g;
  g.Add("y", op::MeanTime(), {g.Input("x", MakeShape({frames, channels}), -128, 127)});
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  for (uint32_t c = 0; c < channels; ++c) {
    int64_t sum = 0;
    for (uint32_t t = 0; t < frames; ++t) sum += x[t * channels + c];
    RC_ASSERT(outcome.output[c] == FloorDivide(sum, frames));
  }
  RC_ASSERT(UnpinnedTensor(outcome, 0) == "");
}

TEST(MaxPoolTest, TakesOneLookupLessThanValues) {
  Graph g;
  g.Add("y", op::MaxPool({2, {2, 2}, {2, 2}}), {g.Input("x", MakeShape({6, 6, 4}), 0, 127)});
  const auto relation = g.BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  uint64_t pairs = 0;
  for (const Lookup& lookup : relation->lookups)
    pairs += lookup.has_value ? lookup.key.shape.Cells() : 0;
  EXPECT_EQ(pairs, 3u * 3 * 3 * 4);
  EXPECT_TRUE(relation->products.empty());
}

TEST(MaxPoolTest, ASmallerOrLargerMaximumIsRejected) {
  Graph g;
  g.Add("y", op::MaxPool({1, {2, 1}, {2, 1}}), {g.Input("x", MakeShape({8, 2}), 0, 127)});
  const Outcome outcome =
      RunGraph(g, {{"x", {5, 1, 9, 2, 7, 7, 0, 127, 3, 3, 4, 8, 127, 0, 1, 1}}});
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, (std::vector<int32_t>{9, 2, 7, 127, 4, 8, 127, 1}));
  for (size_t pick = 0; pick < 8; ++pick) EXPECT_EQ(UnpinnedTensor(outcome, pick), "");
}

TEST(PoolTest, RefusesWindowsThatDoNotFit) {
  Graph g;
  g.Add("y", op::MaxPool({1, {9, 1}, {1, 1}}), {g.Input("x", MakeShape({8, 2}), 0, 127)});
  EXPECT_EQ(g.status().error().code, ErrorCode::kInvalidArgument);
  Graph rank;
  rank.Add("y", op::MeanPool({2, {1, 1}, {1, 1}}), {rank.Input("x", MakeShape({8, 2}), 0, 127)});
  EXPECT_EQ(rank.status().error().code, ErrorCode::kInvalidArgument);
  Graph huge;
  huge.Add("y", op::MaxPool({2, {100, 100}, {1, 1}}),
           {huge.Input("x", MakeShape({200, 200, 1}), 0, 127)});
  EXPECT_EQ(huge.status().error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
