#include "network/float_operations/windows.h"

#include <algorithm>

namespace voizk::float_op {

namespace {

Result<Dims> Parameters(const OpContext& c, std::string_view key, size_t count, int64_t absent,
                        int64_t lo) {
  VOIZK_ASSIGN_OR_RETURN(Dims values, c.Ints(key, Dims(count, absent)));
  if (values.empty()) values.assign(count, absent);
  if (values.size() != count) {
    return c.Malformed(std::string(key) + " has " + std::to_string(values.size()) +
                       " numbers, not " + std::to_string(count));
  }
  for (const int64_t v : values) {
    if (v < lo || v > kMaxWindowParameter) {
      return c.Unsupported(std::string(key) + " is not within " + std::to_string(lo) + " and " +
                           std::to_string(kMaxWindowParameter));
    }
  }
  return values;
}

}  // namespace

Dims FloatWindows::OutDims(int64_t batch, int64_t channels) const {
  Dims dims{batch, channels};
  if (spatial == 2) dims.push_back(rows.out);
  dims.push_back(columns.out);
  return dims;
}

Result<FloatWindows> ReadWindows(const OpContext& c, const Dims& input, const Dims& kernel) {
  if (input.size() != 3 && input.size() != 4) {
    return c.Unsupported("an input of rank " + std::to_string(input.size()) +
                         "; signals (3) and images (4) are understood");
  }
  const size_t n = input.size() - 2;
  VOIZK_ASSIGN_OR_RETURN(const Dims declared, c.Ints("kernel_shape", kernel));
  if (kernel.size() != n || declared != kernel) {
    return c.Malformed("kernel_shape " + ToString(declared) + " does not fit");
  }
  VOIZK_ASSIGN_OR_RETURN(const Dims strides, Parameters(c, "strides", n, 1, 1));
  VOIZK_ASSIGN_OR_RETURN(const Dims dilations, Parameters(c, "dilations", n, 1, 1));
  VOIZK_ASSIGN_OR_RETURN(const Dims pads, Parameters(c, "pads", 2 * n, 0, 0));
  const FloatWindow one{1, 1, 1};
  FloatWindows w{one, one, n};
  for (size_t d = 0; d < n; ++d) {
    if (kernel[d] < 1 || kernel[d] > kMaxWindowParameter) {
      return c.Unsupported("a kernel of size " + std::to_string(kernel[d]));
    }
    (d + 1 == n ? w.columns : w.rows) = {input[d + 2], 0,       kernel[d],  strides[d],
                                         dilations[d], pads[d], pads[n + d]};
  }
  return w;
}

Status PlaceWindows(const OpContext& c, bool ceil_mode, FloatWindows& windows) {
  VOIZK_ASSIGN_OR_RETURN(const std::string mode, c.String("auto_pad", "NOTSET"));
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID") return c.Malformed("auto_pad is " + mode);
  for (FloatWindow* w : {&windows.rows, &windows.columns}) {
    if (mode == "VALID") w->pad_begin = w->pad_end = 0;
    if (same) {
      const int64_t outputs = (w->in + w->stride - 1) / w->stride;
      const int64_t total = std::max<int64_t>(0, (outputs - 1) * w->stride + w->Reach() - w->in);
      w->pad_begin = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      w->pad_end = total - w->pad_begin;
    }
    const int64_t room = w->in + w->pad_begin + w->pad_end - w->Reach();
    if (room < 0) {
      return c.Malformed("a window of " + std::to_string(w->Reach()) + " over " +
                         std::to_string(w->in) + " values and their padding");
    }
    w->out = (ceil_mode ? room + w->stride - 1 : room) / w->stride + 1;
    // A window that would begin behind the input and its left padding is none.
    if (ceil_mode && (w->out - 1) * w->stride >= w->in + w->pad_begin) --w->out;
  }
  return {};
}

}  // namespace voizk::float_op
