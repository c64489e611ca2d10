// MaxPool, AveragePool and their global forms.
#include <algorithm>
#include <limits>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"
#include "network/float_operations/windows.h"

namespace voizk {

namespace {

using float_op::FloatWindow;
using float_op::FloatWindows;

Result<FloatWindows> ReadPool(const OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const Dims kernel, c.Ints("kernel_shape", {}));
  VOIZK_ASSIGN_OR_RETURN(FloatWindows w, float_op::ReadWindows(c, c.In(0).dims(), kernel));
  VOIZK_ASSIGN_OR_RETURN(const int64_t ceil_mode, c.Int("ceil_mode", 0));
  VOIZK_RETURN_IF_ERROR(float_op::PlaceWindows(c, ceil_mode != 0, w));
  return w;
}

// fn(window's values that are in the input as a range of taps) over rows and columns.
template <typename Fn>
void ForEachTap(const FloatWindows& w, int64_t r, int64_t p, Fn fn) {
  for (int64_t i = 0; i < w.rows.kernel; ++i) {
    const int64_t row = w.rows.At(r, i);
    if (row < 0 || row >= w.rows.in) continue;
    for (int64_t j = 0; j < w.columns.kernel; ++j) {
      const int64_t column = w.columns.At(p, j);
      if (column >= 0 && column < w.columns.in) fn(row * w.columns.in + column);
    }
  }
}

template <typename Fn>
Result<FloatTensor> Pool(OpContext& c, const FloatWindows& w, Fn value) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, w.OutDims(x.dims()[0], x.dims()[1])));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(y.size()), w.kernel()));
  c.Parallel(y.size() / static_cast<size_t>(w.out()), 1, [&](size_t begin, size_t end) {
    for (auto k = static_cast<int64_t>(begin); k < static_cast<int64_t>(end); ++k) {
      const float* in = x.floats().data() + k * w.in();
      float* out = y.floats().data() + k * w.out();
      for (int64_t r = 0; r < w.rows.out; ++r) {
        for (int64_t p = 0; p < w.columns.out; ++p) *out++ = value(in, r, p);
      }
    }
  });
  return y;
}

Result<FloatTensor> MaxPool(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const FloatWindows w, ReadPool(c));
  VOIZK_ASSIGN_OR_RETURN(const int64_t order, c.Int("storage_order", 0));
  if (order != 0) return c.Unsupported("storage_order is not 0");
  return Pool(c, w, [&](const float* in, int64_t r, int64_t p) {
    float top = std::numeric_limits<float>::lowest();
    ForEachTap(w, r, p, [&](int64_t at) { top = std::max(top, in[at]); });
    return top;
  });
}

// Does the last window reach behind the padding, as it may with ceil_mode?
bool Overhangs(const FloatWindow& w) { return w.At(w.out - 1, w.kernel - 1) >= w.in + w.pad_end; }

Result<FloatTensor> AveragePool(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const FloatWindows w, ReadPool(c));
  VOIZK_ASSIGN_OR_RETURN(const int64_t include_pad, c.Int("count_include_pad", 0));
  if (include_pad != 0 && (Overhangs(w.rows) || Overhangs(w.columns))) {
    return c.Unsupported(
        "count_include_pad where a window reaches behind the padding (ceil_mode): implementations "
        "differ in what they count");
  }
  return Pool(c, w, [&](const float* in, int64_t r, int64_t p) {
    float sum = 0;
    int64_t taps = 0;
    ForEachTap(w, r, p, [&](int64_t at) {
      sum += in[at];
      ++taps;
    });
    if (include_pad != 0) taps = w.kernel();
    return taps == 0 ? 0.0f : sum / static_cast<float>(taps);
  });
}

template <bool max>
Result<FloatTensor> Global(OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (x.rank() < 3) return c.Malformed("the input has no spatial dims");
  Dims dims = x.dims();
  const auto n = static_cast<size_t>(float_op::DimsProduct(dims, 2, dims.size()));
  std::fill(dims.begin() + 2, dims.end(), 1);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, dims));
  VOIZK_RETURN_IF_ERROR(c.Charge(x.size()));
  for (size_t k = 0; k < y.size(); ++k) {
    const std::span<const float> values(x.floats().data() + k * n, n);
    if (max) {
      y.floats()[k] = *std::ranges::max_element(values);
    } else {
      double sum = 0;
      for (const float v : values) sum += static_cast<double>(v);
      y.floats()[k] = static_cast<float>(sum / static_cast<double>(n));
    }
  }
  return y;
}

constexpr FloatOperation kPoolingOperations[] = {
    {"MaxPool", "f", FloatOperation::kNoEmpty, One<MaxPool>},
    {"AveragePool", "f", FloatOperation::kNoEmpty, One<AveragePool>},
    {"GlobalMaxPool", "f", FloatOperation::kNoEmpty, One<Global<true>>},
    {"GlobalAveragePool", "f", FloatOperation::kNoEmpty, One<Global<false>>},
};

}  // namespace

std::span<const FloatOperation> PoolingOperations() { return kPoolingOperations; }

}  // namespace voizk
