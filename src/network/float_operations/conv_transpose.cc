// ConvTranspose: the adjoint of a convolution; every input position adds a kernel to the output.
#include <algorithm>

#include "network/float_operations/product_kernel.h"
#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"
#include "network/float_operations/windows.h"

namespace voizk {

namespace {

using float_op::FloatWindow;
using float_op::FloatWindows;

// Output size and padding of one dim; `extra` is output_padding, `asked` output_shape or 0.
Status PlaceDim(const OpContext& c, const std::string& mode, int64_t extra, int64_t asked,
                FloatWindow& w) {
  if (extra < 0 || extra > float_op::kMaxWindowParameter || asked < 0) {
    return c.Malformed("output_padding or output_shape is out of range");
  }
  const int64_t full = (w.in - 1) * w.stride + w.Reach() + extra;
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER" || asked > 0) {
    if (asked == 0) asked = w.in * w.stride;
    const int64_t total = std::max<int64_t>(0, full - asked);
    w.pad_begin = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    w.pad_end = total - w.pad_begin;
    w.out = asked;
    return full - total == asked ? Status() : c.Unsupported("output_shape leaves a gap");
  }
  if (mode == "VALID") w.pad_begin = w.pad_end = 0;
  w.out = full - w.pad_begin - w.pad_end;
  return w.out > 0 ? Status() : c.Malformed("the padding leaves no output");
}

Result<FloatWindows> Place(const OpContext& c, FloatWindows w) {
  VOIZK_ASSIGN_OR_RETURN(const std::string mode, c.String("auto_pad", "NOTSET"));
  VOIZK_ASSIGN_OR_RETURN(Dims extra, c.Ints("output_padding", Dims(w.spatial, 0)));
  VOIZK_ASSIGN_OR_RETURN(Dims asked, c.Ints("output_shape", Dims(w.spatial, 0)));
  if (extra.size() != w.spatial || asked.size() != w.spatial) {
    return c.Malformed("output_padding or output_shape does not fit the input");
  }
  if (w.spatial == 2) VOIZK_RETURN_IF_ERROR(PlaceDim(c, mode, extra[0], asked[0], w.rows));
  VOIZK_RETURN_IF_ERROR(PlaceDim(c, mode, extra.back(), asked.back(), w.columns));
  return w;
}

// out += what tap (i, j) gives at every input position.
void AddTap(const FloatWindows& w, int64_t i, int64_t j, const float* products, float* out) {
  for (int64_t r = 0; r < w.rows.in; ++r) {
    const int64_t row = w.rows.At(r, i);
    if (row < 0 || row >= w.rows.out) continue;
    for (int64_t p = 0; p < w.columns.in; ++p) {
      const int64_t at = w.columns.At(p, j);
      if (at >= 0 && at < w.columns.out) {
        out[row * w.columns.out + at] += products[r * w.columns.in + p];
      }
    }
  }
}

Result<FloatTensor> ConvTranspose(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& weights = c.In(1);
  const Dims& k = weights.dims();
  if (x.rank() < 3 || k.size() != x.rank()) return c.Malformed("input and weights do not fit");
  VOIZK_ASSIGN_OR_RETURN(const int64_t groups, c.Int("group", 1));
  VOIZK_ASSIGN_OR_RETURN(FloatWindows w,
                         float_op::ReadWindows(c, x.dims(), Dims(k.begin() + 2, k.end())));
  VOIZK_ASSIGN_OR_RETURN(w, Place(c, w));
  const int64_t channels = x.dims()[1];
  if (groups < 1 || channels % groups != 0 || k[0] != channels ||
      k[1] > kMaxFloatElements / groups) {
    return c.Malformed("input, weights and groups do not fit");
  }
  const int64_t outs = k[1];  // of one group
  const FloatTensor* bias = c.Optional(2);
  if (bias && bias->dims() != Dims{outs * groups}) return c.Malformed("the bias does not fit");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, w.OutDims(x.dims()[0], outs * groups)));
  const int64_t taps = outs * w.kernel();
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(taps, static_cast<int64_t>(x.size())));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor products, c.New(FloatType::kFloat, {taps, w.in()}));
  if (c.shapes_only()) return y;
  float* out = y.floats().data();
  if (bias) {
    for (size_t i = 0; i < y.size(); ++i) {
      out[i] = bias->floats()[i / static_cast<size_t>(w.out()) % bias->size()];
    }
  }
  const int64_t depth = channels / groups;
  for (int64_t g = 0; g < x.dims()[0] * groups; ++g, out += outs * w.out()) {
    std::ranges::fill(products.floats(), 0.0f);
    const float* own = weights.floats().data() + g % groups * depth * taps;
    float_op::AddProduct(c, taps, w.in(), depth, {own, 1, taps},
                         {x.floats().data() + g * depth * w.in(), w.in(), 1},
                         products.floats().data(), w.in());
    for (int64_t t = 0; t < taps; ++t) {
      const int64_t tap = t % w.kernel();
      AddTap(w, tap / w.columns.kernel, tap % w.columns.kernel,
             products.floats().data() + t * w.in(), out + t / w.kernel() * w.out());
    }
  }
  return y;
}

constexpr FloatOperation kConvTransposeOperations[] = {
    {"ConvTranspose", "ff|f", FloatOperation::kNoEmpty, One<ConvTranspose>},
};

}  // namespace

std::span<const FloatOperation> ConvTransposeOperations() { return kConvTransposeOperations; }

}  // namespace voizk
