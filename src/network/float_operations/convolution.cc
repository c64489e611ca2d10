// Conv: weights times the matrix of windows, which is laid out a block of positions at a time.
#include <algorithm>

#include "network/float_operations/product_kernel.h"
#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"
#include "network/float_operations/windows.h"

namespace voizk {

namespace {

using float_op::FloatWindow;
using float_op::FloatWindows;

constexpr int64_t kBlockValues = 1 << 20;  // of one block of windows: 4 MB

struct ConvShape {
  int64_t batch, channels, groups, out_channels;
  FloatWindows windows;

  int64_t depth() const { return channels / groups * windows.kernel(); }
};

Result<ConvShape> ReadShape(const OpContext& c) {
  const Dims& x = c.In(0).dims();
  const Dims& w = c.In(1).dims();
  if (x.size() < 3 || w.size() != x.size()) {
    return c.Malformed("input " + ToString(x) + " and weights " + ToString(w) + " do not fit");
  }
  VOIZK_ASSIGN_OR_RETURN(const int64_t groups, c.Int("group", 1));
  VOIZK_ASSIGN_OR_RETURN(FloatWindows windows,
                         float_op::ReadWindows(c, x, Dims(w.begin() + 2, w.end())));
  VOIZK_RETURN_IF_ERROR(float_op::PlaceWindows(c, false, windows));
  if (groups < 1 || groups > x[1] || x[1] % groups != 0 || w[0] % groups != 0 ||
      w[1] != x[1] / groups) {
    return c.Malformed("input " + ToString(x) + " and weights " + ToString(w) + " in " +
                       std::to_string(groups) + " groups do not fit");
  }
  const FloatTensor* bias = c.Optional(2);
  if (bias && bias->dims() != Dims{w[0]}) return c.Malformed("the bias does not fit the weights");
  return ConvShape{x[0], x[1], groups, w[0], windows};
}

// One row of the matrix of windows: what tap (i, j) of one channel reads at positions
// [begin, end).
void FillRow(const FloatWindows& w, const float* channel, int64_t i, int64_t j, int64_t begin,
             int64_t end, float* out) {
  int64_t p = begin;
  while (p < end) {
    const int64_t row = w.rows.At(p / w.columns.out, i);
    const int64_t first = p % w.columns.out;
    const int64_t last = std::min(w.columns.out, first + end - p);
    p += last - first;
    if (row < 0 || row >= w.rows.in) {
      out = std::fill_n(out, last - first, 0.0f);
      continue;
    }
    const float* from = channel + row * w.columns.in;
    for (int64_t o = first; o < last; ++o) {
      const int64_t at = w.columns.At(o, j);
      *out++ = at >= 0 && at < w.columns.in ? from[at] : 0.0f;
    }
  }
}

void FillWindows(const ConvShape& s, const float* group, int64_t begin, int64_t end,
                 float* matrix) {
  for (int64_t channel = 0; channel < s.channels / s.groups; ++channel) {
    for (int64_t i = 0; i < s.windows.rows.kernel; ++i) {
      for (int64_t j = 0; j < s.windows.columns.kernel; ++j) {
        FillRow(s.windows, group + channel * s.windows.in(), i, j, begin, end, matrix);
        matrix += end - begin;
      }
    }
  }
}

// A kernel of one value at stride 1 reads the input as it is.
bool IsPlain(const FloatWindow& w) {
  return w.kernel == 1 && w.stride == 1 && w.pad_begin == 0 && w.pad_end == 0;
}

// One channel in, one out, per group: sums along rows, without laying out windows.
void DepthwiseChannel(const FloatWindows& w, const float* in, const float* weights, float* out) {
  for (int64_t r = 0; r < w.rows.out; ++r, out += w.columns.out) {
    for (int64_t i = 0; i < w.rows.kernel; ++i) {
      const int64_t row = w.rows.At(r, i);
      if (row < 0 || row >= w.rows.in) continue;
      for (int64_t j = 0; j < w.columns.kernel; ++j) {
        const FloatWindow& x = w.columns;
        const int64_t shift = x.pad_begin - j * x.dilation;
        const int64_t first = shift <= 0 ? 0 : (shift + x.stride - 1) / x.stride;
        const int64_t room = x.in - 1 + shift;
        const int64_t last = room < 0 ? 0 : std::min(x.out, room / x.stride + 1);
        const float* from = in + row * x.in - shift;
        const float weight = weights[i * x.kernel + j];
        for (int64_t o = first; o < last; ++o) out[o] += weight * from[o * x.stride];
      }
    }
  }
}

void Depthwise(const OpContext& c, const ConvShape& s, float* out) {
  const float* x = c.In(0).floats().data();
  const float* weights = c.In(1).floats().data();
  c.Parallel(static_cast<size_t>(s.batch * s.channels), 1, [&](size_t begin, size_t end) {
    for (auto k = static_cast<int64_t>(begin); k < static_cast<int64_t>(end); ++k) {
      DepthwiseChannel(s.windows, x + k * s.windows.in(),
                       weights + k % s.channels * s.windows.kernel(), out + k * s.windows.out());
    }
  });
}

// All blocks of positions of all groups and batches are independent.
Status Grouped(const OpContext& c, const ConvShape& s, float* out) {
  const float* x = c.In(0).floats().data();
  const float* weights = c.In(1).floats().data();
  const int64_t positions = s.windows.out();
  const int64_t depth = s.depth();
  const int64_t rows = s.out_channels / s.groups;
  const int64_t block = std::min(positions, std::clamp<int64_t>(kBlockValues / depth, 16, 4096));
  const int64_t blocks = (positions + block - 1) / block;
  const bool plain = IsPlain(s.windows.rows) && IsPlain(s.windows.columns);
  const auto threads = static_cast<int64_t>(c.pool() ? c.pool()->threads() : 1);
  if (!plain) VOIZK_RETURN_IF_ERROR(c.New(FloatType::kFloat, {threads, depth, block}).status());
  c.Parallel(static_cast<size_t>(s.batch * s.groups * blocks), 1, [&](size_t first, size_t last) {
    std::vector<float> matrix(plain ? 0 : static_cast<size_t>(depth * block));
    for (auto t = static_cast<int64_t>(first); t < static_cast<int64_t>(last); ++t) {
      const int64_t group = t / blocks;  // of all batches
      const int64_t begin = t % blocks * block;
      const int64_t end = std::min(positions, begin + block);
      const float* in = x + group * (s.channels / s.groups) * s.windows.in();
      float_op::MatrixView b{in + begin, positions, 1};
      if (!plain) {
        FillWindows(s, in, begin, end, matrix.data());
        b = {matrix.data(), end - begin, 1};
      }
      float_op::AddProduct(rows, end - begin, depth,
                           {weights + group % s.groups * rows * depth, depth, 1}, b,
                           out + group * rows * positions + begin, positions);
    }
  });
  return {};
}

Result<FloatTensor> Conv(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const ConvShape s, ReadShape(c));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, s.windows.OutDims(s.batch, s.out_channels)));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(y.size()), s.depth()));
  if (c.shapes_only()) return y;
  float* out = y.floats().data();
  if (const FloatTensor* bias = c.Optional(2)) {
    const auto n = static_cast<size_t>(s.windows.out());
    for (size_t k = 0; k < y.size() / n; ++k) {
      std::fill_n(out + k * n, n, bias->floats()[k % bias->size()]);
    }
  }
  if (s.groups == s.channels && s.out_channels == s.channels) {
    Depthwise(c, s, out);
  } else {
    VOIZK_RETURN_IF_ERROR(Grouped(c, s, out));
  }
  return y;
}

constexpr FloatOperation kConvolutionOperations[] = {
    {"Conv", "ff|f", FloatOperation::kNoEmpty, One<Conv>},
};

}  // namespace

std::span<const FloatOperation> ConvolutionOperations() { return kConvolutionOperations; }

}  // namespace voizk
