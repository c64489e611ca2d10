// Convolutions over integers against their formulas, strides, dilation, groups and the edges of
// padding.
#include "relation/execution/convolution.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace voizk {
namespace {

struct Layer {
  Conv conv;
  Tensor in;
  Weights weights;
  Shape out;
};

// The formula of relation.h, one sum at a time.
std::vector<int32_t> Reference(const Layer& l, const std::vector<int32_t>& in) {
  const bool flat = l.conv.spatial == 1;
  const int64_t height = flat ? 1 : l.in.shape.dims[0];
  const int64_t width = l.in.shape.dims[flat ? 0 : 1];
  const int64_t channels = static_cast<int64_t>(in.size()) / height / width;
  const int64_t out_h = flat ? 1 : l.out.dims[0], out_w = l.out.dims[flat ? 0 : 1];
  const int64_t kh = flat ? 1 : l.weights.shape.dims[1], kw = l.weights.shape.dims[flat ? 1 : 2];
  const int64_t outputs = l.weights.shape.dims[0], group_in = channels / l.conv.groups;
  const int64_t group_out = outputs / l.conv.groups;
  const size_t x = flat ? 0 : 1;
  std::vector<int32_t> out;
  for (int64_t h = 0; h < out_h; ++h) {
    for (int64_t w = 0; w < out_w; ++w) {
      for (int64_t o = 0; o < outputs; ++o) {
        int64_t sum = 0;
        for (int64_t i = 0; i < kh; ++i) {
          for (int64_t j = 0; j < kw; ++j) {
            const int64_t r =
                flat ? 0 : l.conv.stride[0] * h + l.conv.dilation[0] * i - l.conv.pad[0];
            const int64_t s = l.conv.stride[x] * w + l.conv.dilation[x] * j - l.conv.pad[x];
            if (r < 0 || r >= height || s < 0 || s >= width) continue;
            for (int64_t c = 0; c < group_in; ++c) {
              const int64_t weight =
                  l.weights.values[static_cast<size_t>(((o * kh + i) * kw + j) * group_in + c)];
              sum += weight * in[static_cast<size_t>((r * width + s) * channels +
                                                     o / group_out * group_in + c)];
            }
          }
        }
        out.push_back(static_cast<int32_t>(sum));
      }
    }
  }
  return out;
}

std::vector<int32_t> RandomValues(size_t n, int64_t lo, int64_t hi) {
  return *rc::gen::container<std::vector<int32_t>>(
      n, rc::gen::inRange<int32_t>(static_cast<int32_t>(lo), static_cast<int32_t>(hi + 1)));
}

void CheckLayer(Layer l, int64_t bound) {
  l.in.lo = -bound;
  l.in.hi = bound - 1;
  const auto in = RandomValues(l.in.shape.Cells(), l.in.lo, l.in.hi);
  l.weights.values = RandomValues(l.weights.shape.Cells(), -128, 127);
  const auto made = Convolution::Make(l.conv, l.in, l.weights, l.out);
  RC_ASSERT(made.ok());
  std::vector<int32_t> out(made->outputs(), 5);
  made->Run(in, out, nullptr);
  RC_ASSERT(out == Reference(l, in));
  ThreadPool pool(2);
  std::vector<int32_t> parallel(made->outputs(), 6);
  made->Run(in, parallel, &pool);
  RC_ASSERT(out == parallel);
}

uint32_t Some(uint32_t lo, uint32_t hi) { return *rc::gen::inRange<uint32_t>(lo, hi + 1); }

RC_GTEST_PROP(ConvolutionTest, Conv1dIsItsFormula, ()) {
  Layer l;
  const uint32_t groups = Some(1, 3), in_channels = groups * Some(1, 5);
  const uint32_t length = Some(1, 30), kernel = Some(1, 6);
  const bool depthwise = Some(0, 3) == 0;
  l.conv.groups = depthwise ? in_channels : groups;
  const uint32_t outputs = depthwise ? in_channels : groups * Some(1, 20);
  l.conv.stride[0] = Some(1, 3);
  l.conv.dilation[0] = Some(1, 3);
  l.conv.pad[0] = static_cast<int32_t>(Some(0, 8)) - 2;
  l.in.shape = MakeShape({length, in_channels});
  l.weights.shape = MakeShape({outputs, kernel, in_channels / l.conv.groups});
  l.out = MakeShape({Some(1, 40), outputs});
  CheckLayer(l, Some(0, 1) ? 128 : 100000);
}

RC_GTEST_PROP(ConvolutionTest, Conv2dIsItsFormula, ()) {
  Layer l;
  const uint32_t groups = Some(1, 2), in_channels = groups * Some(1, 4);
  const uint32_t outputs = groups * Some(1, 18);
  l.conv.spatial = 2;
  l.conv.groups = groups;
  for (size_t x = 0; x < 2; ++x) {
    l.conv.stride[x] = Some(1, 2);
    l.conv.dilation[x] = Some(1, 2);
    l.conv.pad[x] = static_cast<int32_t>(Some(0, 3));
  }
  l.in.shape = MakeShape({Some(1, 9), Some(1, 9), in_channels});
  l.weights.shape = MakeShape({outputs, Some(1, 3), Some(1, 3), in_channels / groups});
  l.out = MakeShape({Some(1, 6), Some(1, 6), outputs});
  CheckLayer(l, Some(0, 1) ? 128 : 100000);
}

TEST(ConvolutionTest, RefusesShapesThatDoNotMatch) {
  Layer l;
  l.in.shape = MakeShape({10, 4});
  l.weights = {MakeShape({6, 3, 2}), std::vector<int32_t>(36, 1)};
  l.out = MakeShape({8, 6});
  l.in.hi = 1;
  EXPECT_EQ(Convolution::Make(l.conv, l.in, l.weights, l.out).error().code,
            ErrorCode::kInvalidArgument);  // groups = 1, but 2 channels per group of 4
  l.conv.groups = 2;
  EXPECT_TRUE(Convolution::Make(l.conv, l.in, l.weights, l.out).ok());
  l.conv.stride[0] = 4000000000;
  EXPECT_EQ(Convolution::Make(l.conv, l.in, l.weights, l.out).error().code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
