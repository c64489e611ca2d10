// Softmax and LogSoftmax: along one axis since opset 13; before, over all dims from the axis on.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

// n values `step` apart.
void SoftmaxOf(const float* x, int64_t n, int64_t step, bool log, float* y) {
  float top = x[0];
  for (int64_t i = 1; i < n; ++i) top = std::max(top, x[i * step]);
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float e = std::exp(x[i * step] - top);
    y[i * step] = log ? x[i * step] - top : e;
    sum += e;
  }
  const float scale = 1.0f / sum;
  const float shift = std::log(sum);
  for (int64_t i = 0; i < n; ++i) {
    y[i * step] = log ? y[i * step] - shift : y[i * step] * scale;
  }
}

template <bool log>
Result<FloatTensor> Softmax(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", c.opset() < 13 ? 1 : -1));
  FloatTensor y;
  if (c.opset() < 13 && asked == static_cast<int64_t>(x.rank())) {
    VOIZK_ASSIGN_OR_RETURN(y, c.New(FloatType::kFloat, x.dims()));  // of one value each
    for (float& v : y.floats()) v = log ? 0.0f : 1.0f;
    return y;
  }
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  VOIZK_ASSIGN_OR_RETURN(y, c.New(FloatType::kFloat, x.dims()));
  const size_t end = c.opset() < 13 ? x.rank() : axis + 1;
  const int64_t n = float_op::DimsProduct(x.dims(), axis, end);
  const int64_t inner = float_op::DimsProduct(x.dims(), end, x.rank());
  const int64_t outer = float_op::DimsProduct(x.dims(), 0, axis);
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(outer * inner, n, 8));
  const float* in = x.floats().data();
  float* out = y.floats().data();
  c.Parallel(static_cast<size_t>(outer * inner), 16, [&](size_t begin, size_t stop) {
    for (size_t k = begin; k < stop; ++k) {
      const auto run = static_cast<int64_t>(k);
      const int64_t at = run / inner * n * inner + run % inner;
      SoftmaxOf(in + at, n, inner, log, out + at);
    }
  });
  return y;
}

// What is not kept counts as minus infinity: one softmax over the kept values of each row, 0 at the
// others.  The second input repeats along axes of length 1.
Result<FloatTensor> MaskedSoftmax(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& keep = c.In(1);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  if (keep.rank() > x.rank()) return c.Malformed("the mask has more axes than the value");
  const size_t missing = x.rank() - keep.rank();
  std::vector<int64_t> stride(x.rank(), 0);
  int64_t step = 1;
  for (size_t a = x.rank(); a-- > missing;) {
    const int64_t own = keep.dims()[a - missing];
    if (own != 1 && own != x.dims()[a]) return c.Malformed("the mask does not fit the value");
    if (own != 1) stride[a] = step;
    step *= own;
  }
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(x.size()), 16));
  float* const out = y.floats().data();
  std::vector<int64_t> index(x.rank(), 0);
  int64_t at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    out[i] = keep.bools()[static_cast<size_t>(at)] != 0 ? x.floats()[i]
                                                        : -std::numeric_limits<float>::infinity();
    for (size_t a = x.rank(); a-- > 0;) {
      at += stride[a];
      if (++index[a] < x.dims()[a]) break;
      at -= stride[a] * x.dims()[a];
      index[a] = 0;
    }
  }
  const int64_t n = x.dims()[axis];
  const int64_t inner = float_op::DimsProduct(x.dims(), axis + 1, x.rank());
  const int64_t outer = float_op::DimsProduct(x.dims(), 0, axis);
  for (int64_t run = 0; run < outer * inner; ++run) {
    float* const row = out + run / inner * n * inner + run % inner;
    SoftmaxOf(row, n, inner, false, row);
  }
  return y;
}

constexpr FloatOperation kSoftmaxOperations[] = {
    {"MaskedSoftmax", "fb", FloatOperation::kNoEmpty, One<MaskedSoftmax>},
    {"Softmax", "f", FloatOperation::kNoEmpty, One<Softmax<false>>},
    {"LogSoftmax", "f", FloatOperation::kNoEmpty, One<Softmax<true>>},
};

}  // namespace

std::span<const FloatOperation> SoftmaxOperations() { return kSoftmaxOperations; }

}  // namespace voizk
