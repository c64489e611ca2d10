#include "relation/execution/sum_steps.h"

#include <algorithm>

#include "relation/execution/step_output.h"

namespace voizk {

namespace {

// Wraps only where no product of the relation could hold anyway.
int64_t Dot(const int64_t* a, const int64_t* b, size_t n) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += static_cast<uint64_t>(a[i]) * static_cast<uint64_t>(b[i]);
  return static_cast<int64_t>(sum);
}

/// fn(o, sum) for each output o of the product of the first two views.
template <typename F>
Status WithProducts(const StepCall& call, size_t outputs, F fn) {
  const StepValues &a = call.views[0], &b = call.views[1];
  if (outputs == 0 || a.size() != b.size() || a.size() % outputs != 0) return BrokenStep(call.step);
  const size_t inner = a.size() / outputs;
  for (size_t o = 0; o < outputs; ++o) fn(o, Dot(&a[o * inner], &b[o * inner], inner));
  return {};
}

}  // namespace

Status RunProduct(const StepCall& call) {
  StepOutput out(call, 0);
  VOIZK_RETURN_IF_ERROR(
      WithProducts(call, out.size(), [&](size_t o, int64_t sum) { out.Set(o, sum); }));
  return DoneStep(call, {&out});
}

Status RunProductShift(const StepCall& call) {
  StepOutput out(call, 0), low(call, 1);
  const StepValues& addend = call.views[2];
  if (low.size() != out.size() || addend.size() != out.size()) return BrokenStep(call.step);
  const auto shift = call.step.params[0];
  VOIZK_RETURN_IF_ERROR(WithProducts(call, out.size(), [&](size_t o, int64_t sum) {
    const int64_t v = sum + addend[o];
    out.Set(o, v >> shift);
    low.Set(o, v & ((int64_t{1} << shift) - 1));
  }));
  return DoneStep(call, {&out, &low});
}

Status RunMatMul(const StepCall& call) {
  StepOutput out(call, 0);
  const StepValues &a = call.views[0], &b = call.views[1];
  const auto rows = static_cast<size_t>(call.step.params[0]),
             columns = static_cast<size_t>(call.step.params[1]);
  if (rows == 0 || columns == 0 || out.size() == 0 || out.size() % (rows * columns) != 0) {
    return BrokenStep(call.step);
  }
  const size_t batch = out.size() / (rows * columns), inner = a.size() / (batch * rows);
  if (a.size() != batch * rows * inner || b.size() != batch * columns * inner) {
    return BrokenStep(call.step);
  }
  size_t o = 0;
  for (size_t n = 0; n < batch; ++n) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < columns; ++j) {
        out.Set(o++, Dot(&a[(n * rows + i) * inner], &b[(n * columns + j) * inner], inner));
      }
    }
  }
  return DoneStep(call, {&out});
}

Status RunSpread(const StepCall& call) {
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  const Shape &from = call.step.views[0].shape, &to = call.tensors[call.step.outputs[0]].shape;
  const auto rows = static_cast<uint64_t>(call.step.params[0]),
             columns = static_cast<uint64_t>(call.step.params[1]);
  const size_t inner = size_t{from.dims[2]} * from.dims[3];
  if (rows * (from.dims[0] - 1) >= to.dims[0] || columns * (from.dims[1] - 1) >= to.dims[1] ||
      size_t{to.dims[2]} * to.dims[3] != inner) {
    return BrokenStep(call.step);
  }
  for (size_t i = 0; i < v.size(); ++i) {
    const size_t column = i / inner % from.dims[1], row = i / inner / from.dims[1];
    out.Set((row * rows * to.dims[1] + column * columns) * inner + i % inner, v[i]);
  }
  return DoneStep(call, {&out});
}

Status RunLeastShift(const StepCall& call) {
  StepOutput z(call, 0);
  const StepValues& v = call.views[0];
  const int64_t total = call.step.params[0], first = call.step.params[1],
                last = call.step.params[2];
  const Tensor& tensor = call.tensors[call.step.outputs[0]];
  if (z.size() == 0 || v.size() % z.size() != 0 || first > last) return BrokenStep(call.step);
  const size_t inner = v.size() / z.size();
  for (size_t o = 0; o < z.size(); ++o) {
    const auto fits = [&](int64_t shift) {
      int64_t sum = 0;
      for (size_t i = o * inner; i < (o + 1) * inner; ++i) {
        const uint32_t row = call.table->Find(std::clamp(v[i] - shift, first, last));
        if (row == RowFinder::kNoRow) return false;
        sum += call.table->value(row);
      }
      return sum <= total;
    };
    int64_t lo = tensor.lo, hi = tensor.hi;  // the greatest fits, if any does
    while (lo < hi) {
      const int64_t middle = lo + (hi - lo) / 2;
      if (fits(middle)) {
        hi = middle;
      } else {
        lo = middle + 1;
      }
    }
    if (!fits(lo)) return Refuse(call.step);
    z.Set(o, lo);
  }
  return DoneStep(call, {&z});
}

}  // namespace voizk
