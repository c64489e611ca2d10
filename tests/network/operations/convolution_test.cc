// conv1d, conv2d and dense against their formulas in docs/graph.md on random shapes; an accumulator
// that could wrap becomes no relation.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/dense.h"
#include "network/operations/run_graph.h"

namespace voizk {
namespace {

RC_GTEST_PROP(Conv1dTest, IsItsFormula, ()) {
  op::Conv1d::Attributes a;
  a.groups = SomeU(1, 3);
  a.group_inputs = SomeU(1, 3);
  a.outputs = a.groups * SomeU(1, 3);
  a.kernel = SomeU(1, 4);
  a.stride = SomeU(1, 3);
  a.dilation = SomeU(1, 3);
  a.pad_left = SomeU(0, 4);
  a.pad_right = SomeU(0, 4);
  a.weight = SomeValues(a.outputs * a.kernel * a.group_inputs, -128, 127);
  if (Some(0, 1)) a.bias = SomeValues(a.outputs, -1000, 1000);
  const int length = Some(1, 14), channels = static_cast<int>(a.groups * a.group_inputs);
  const auto x = SomeValues(static_cast<size_t>(length * channels), -128, 127);

  Graph g;
  const auto in = g.Input(
      "x", MakeShape({static_cast<uint32_t>(length), static_cast<uint32_t>(channels)}), -128, 127);
  g.Add("y", op::Conv1d(a), {in});
  const int span = static_cast<int>((a.kernel - 1) * a.dilation + 1);
  const int padded = length + static_cast<int>(a.pad_left + a.pad_right);
  RC_ASSERT(g.status().ok() == (padded >= span));
  if (padded < span) return;

  std::vector<int32_t> expected;
  for (int t = 0; t * static_cast<int>(a.stride) + span <= padded; ++t) {
    for (uint32_t o = 0; o < a.outputs; ++o) {
      int32_t acc = a.bias.empty() ? 0 : a.bias[o];
      for (uint32_t j = 0; j < a.kernel; ++j) {
        const int at = t * static_cast<int>(a.stride) + static_cast<int>(j * a.dilation) -
                       static_cast<int>(a.pad_left);
        if (at < 0 || at >= length) continue;
        for (uint32_t i = 0; i < a.group_inputs; ++i) {
          const uint32_t c = o * a.groups / a.outputs * a.group_inputs + i;
          acc += a.weight[(o * a.kernel + j) * a.group_inputs + i] *
                 x[static_cast<size_t>(at * channels) + c];
        }
      }
      expected.push_back(acc);
    }
  }
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected);
}

RC_GTEST_PROP(Conv2dTest, IsItsFormula, ()) {
  op::Conv2d::Attributes a;
  a.groups = SomeU(1, 2);
  a.group_inputs = SomeU(1, 3);
  a.outputs = a.groups * SomeU(1, 3);
  a.kernel_height = SomeU(1, 3);
  a.kernel_width = SomeU(1, 3);
  for (size_t k = 0; k < 2; ++k) a.stride[k] = SomeU(1, 2), a.dilation[k] = SomeU(1, 2);
  for (uint32_t& p : a.pad) p = SomeU(0, 2);
  a.weight = SomeValues(a.outputs * a.kernel_height * a.kernel_width * a.group_inputs, -128, 127);
  a.bias = SomeValues(a.outputs, -1000, 1000);
  const int height = Some(1, 6), width = Some(1, 6);
  const int channels = static_cast<int>(a.groups * a.group_inputs);
  const auto x = SomeValues(static_cast<size_t>(height * width * channels), -128, 127);

  Graph g;
  const auto in = g.Input("x",
                          MakeShape({static_cast<uint32_t>(height), static_cast<uint32_t>(width),
                                     static_cast<uint32_t>(channels)}),
                          -128, 127);
  g.Add("y", op::Conv2d(a), {in});
  const int span_h = static_cast<int>((a.kernel_height - 1) * a.dilation[0] + 1);
  const int span_w = static_cast<int>((a.kernel_width - 1) * a.dilation[1] + 1);
  const int padded_h = height + static_cast<int>(a.pad[0] + a.pad[1]);
  const int padded_w = width + static_cast<int>(a.pad[2] + a.pad[3]);
  RC_ASSERT(g.status().ok() == (padded_h >= span_h && padded_w >= span_w));
  if (!g.status().ok()) return;

  std::vector<int32_t> expected;
  for (int h = 0; h * static_cast<int>(a.stride[0]) + span_h <= padded_h; ++h) {
    for (int w = 0; w * static_cast<int>(a.stride[1]) + span_w <= padded_w; ++w) {
      for (uint32_t o = 0; o < a.outputs; ++o) {
        int32_t acc = a.bias[o];
        for (uint32_t j = 0; j < a.kernel_height; ++j) {
          for (uint32_t k = 0; k < a.kernel_width; ++k) {
            const int r = h * static_cast<int>(a.stride[0]) + static_cast<int>(j * a.dilation[0]) -
                          static_cast<int>(a.pad[0]);
            const int s = w * static_cast<int>(a.stride[1]) + static_cast<int>(k * a.dilation[1]) -
                          static_cast<int>(a.pad[2]);
            if (r < 0 || r >= height || s < 0 || s >= width) continue;
            for (uint32_t i = 0; i < a.group_inputs; ++i) {
              const uint32_t c = o * a.groups / a.outputs * a.group_inputs + i;
              acc +=
                  a.weight[((o * a.kernel_height + j) * a.kernel_width + k) * a.group_inputs + i] *
                  x[static_cast<size_t>((r * width + s) * channels) + c];
            }
          }
        }
        expected.push_back(acc);
      }
    }
  }
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected);
}

RC_GTEST_PROP(DenseTest, IsItsFormula, ()) {
  Shape shape;
  shape.rank = Some(1, 3);
  for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) shape.dims[d] = SomeU(1, 4);
  const size_t cells = shape.Cells();
  op::Dense::Attributes a;
  a.outputs = SomeU(1, 5);
  a.weight = SomeValues(a.outputs * cells, -128, 127);
  a.bias = SomeValues(a.outputs, -1000, 1000);
  const auto x = SomeValues(cells, -128, 127);
  Graph g;
  g.Add("y", op::Dense(a), {g.Input("x", shape, -128, 127)});
  std::vector<int32_t> expected(a.bias);
  for (size_t o = 0; o < a.outputs; ++o) {
    for (size_t i = 0; i < cells; ++i) expected[o] += a.weight[o * cells + i] * x[i];
  }
  const Outcome outcome = RunGraph(g, {{"x", x}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected);
  RC_ASSERT(UnpinnedTensor(outcome, 0) == "");
}

TEST(Conv1dTest, WrappingAccumulatorFailsTheCertificate) {
  op::Conv1d::Attributes a;
  a.outputs = 1;
  a.kernel = 70000 / 1000;
  a.group_inputs = 1;
  a.weight.assign(a.kernel, 127);
  Graph g;
  g.Add("y", op::Conv1d(a), {g.Input("x", MakeShape({100, 1}), -130000, 130000)});
  EXPECT_TRUE(g.status().ok());
  const auto relation = g.BuildStandalone();  // 70 * 127 * 130000 = 1.16e9 > p/2
  ASSERT_FALSE(relation.ok());
}

}  // namespace
}  // namespace voizk
