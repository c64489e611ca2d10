#include "relation/execution/steps.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace voizk {

namespace {

using Values = SecureVector<int64_t>;

// The cells of one output tensor; remembers whether every value stayed in the claimed range.
class Output {
 public:
  Output(const StepCall& call, size_t k) {
    const TensorId id = call.step.outputs[k];
    const Tensor& tensor = call.tensors[id];
    lo_ = tensor.lo;
    hi_ = tensor.hi;
    call.witness[id].assign(tensor.shape.Cells(), 0);
    cells_ = call.witness[id];
  }
  size_t size() const { return cells_.size(); }
  std::span<int32_t> cells() { return cells_; }
  void Set(size_t i, int64_t v) {
    ok_ = ok_ && v >= lo_ && v <= hi_;
    cells_[i] = static_cast<int32_t>(v);
  }
  bool ok() const { return ok_; }

 private:
  std::span<int32_t> cells_;
  int64_t lo_ = 0, hi_ = 0;
  bool ok_ = true;
};

Status Broken(const Step& step) {
  return {ErrorCode::kInternal, "step '" + step.name + "' does not fit its relation"};
}

Status Done(const StepCall& call, std::initializer_list<const Output*> outputs) {
  for (const Output* output : outputs) {
    if (!output->ok()) return Refuse(call.step);
  }
  return {};
}

int64_t FloorDivide(int64_t n, int64_t d) { return n / d - (n % d < 0 ? 1 : 0); }  // d > 0

// floor(sqrt(v)); the floating point root is corrected, so the result is exact.
int64_t FloorSqrt(int64_t v) {
  auto s = static_cast<int64_t>(std::sqrt(static_cast<double>(v)));
  while (s * s > v) --s;
  while ((s + 1) * (s + 1) <= v) ++s;
  return s;
}

// outputs[0] <- f(views[0]), cell by cell.
template <typename F>
Status Pointwise(const StepCall& call, F f) {
  Output out(call, 0);
  const Values& v = call.views[0];
  if (out.size() != v.size()) return Broken(call.step);
  for (size_t i = 0; i < v.size(); ++i) out.Set(i, f(v[i]));
  return Done(call, {&out});
}

Status RunRequant(const StepCall& call) {
  const auto shift = static_cast<int>(call.step.params[0]);
  Output low(call, 0), y(call, 1);
  const Values& v = call.views[0];
  if (low.size() != v.size() || y.size() != v.size()) return Broken(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    const int64_t hi = v[i] >> shift;  // floor, also of negative values
    const uint32_t row = call.table->Find(hi);
    if (row == RowFinder::kNoRow) return Refuse(call.step);
    low.Set(i, v[i] - (hi << shift));
    y.Set(i, call.table->value(row));
  }
  return Done(call, {&low, &y});
}

Status RunTable(const StepCall& call) {
  Output y(call, 0);
  const Values& v = call.views[0];
  if (y.size() != v.size()) return Broken(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    const uint32_t row = call.table->Find(v[i]);
    if (row == RowFinder::kNoRow) return Refuse(call.step);
    y.Set(i, call.table->value(row));
  }
  return Done(call, {&y});
}

// Wraps only where no product of the relation could hold anyway.
int64_t Dot(const int64_t* a, const int64_t* b, size_t n) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += static_cast<uint64_t>(a[i]) * static_cast<uint64_t>(b[i]);
  return static_cast<int64_t>(sum);
}

/// fn(o, sum) for each output o of the product of the first two views.
template <typename F>
Status WithProducts(const StepCall& call, size_t outputs, F fn) {
  const Values &a = call.views[0], &b = call.views[1];
  if (outputs == 0 || a.size() != b.size() || a.size() % outputs != 0) return Broken(call.step);
  const size_t inner = a.size() / outputs;
  for (size_t o = 0; o < outputs; ++o) fn(o, Dot(&a[o * inner], &b[o * inner], inner));
  return {};
}

Status RunProduct(const StepCall& call) {
  Output out(call, 0);
  VOIZK_RETURN_IF_ERROR(
      WithProducts(call, out.size(), [&](size_t o, int64_t sum) { out.Set(o, sum); }));
  return Done(call, {&out});
}

Status RunProductShift(const StepCall& call) {
  Output out(call, 0), low(call, 1);
  const Values& addend = call.views[2];
  if (low.size() != out.size() || addend.size() != out.size()) return Broken(call.step);
  const auto shift = call.step.params[0];
  VOIZK_RETURN_IF_ERROR(WithProducts(call, out.size(), [&](size_t o, int64_t sum) {
    const int64_t v = sum + addend[o];
    out.Set(o, v >> shift);
    low.Set(o, v & ((int64_t{1} << shift) - 1));
  }));
  return Done(call, {&out, &low});
}

Status RunMatMul(const StepCall& call) {
  Output out(call, 0);
  const Values &a = call.views[0], &b = call.views[1];
  const auto rows = static_cast<size_t>(call.step.params[0]),
             columns = static_cast<size_t>(call.step.params[1]);
  if (rows == 0 || columns == 0 || out.size() == 0 || out.size() % (rows * columns) != 0) {
    return Broken(call.step);
  }
  const size_t batch = out.size() / (rows * columns), inner = a.size() / (batch * rows);
  if (a.size() != batch * rows * inner || b.size() != batch * columns * inner) {
    return Broken(call.step);
  }
  size_t o = 0;
  for (size_t n = 0; n < batch; ++n) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < columns; ++j) {
        out.Set(o++, Dot(&a[(n * rows + i) * inner], &b[(n * columns + j) * inner], inner));
      }
    }
  }
  return Done(call, {&out});
}

Status RunSpread(const StepCall& call) {
  Output out(call, 0);
  const Values& v = call.views[0];
  const Shape &from = call.step.views[0].shape, &to = call.tensors[call.step.outputs[0]].shape;
  const auto rows = static_cast<uint64_t>(call.step.params[0]),
             columns = static_cast<uint64_t>(call.step.params[1]);
  const size_t inner = size_t{from.dims[2]} * from.dims[3];
  if (rows * (from.dims[0] - 1) >= to.dims[0] || columns * (from.dims[1] - 1) >= to.dims[1] ||
      size_t{to.dims[2]} * to.dims[3] != inner) {
    return Broken(call.step);
  }
  for (size_t i = 0; i < v.size(); ++i) {
    const size_t column = i / inner % from.dims[1], row = i / inner / from.dims[1];
    out.Set((row * rows * to.dims[1] + column * columns) * inner + i % inner, v[i]);
  }
  return Done(call, {&out});
}

Status RunBits(const StepCall& call) {
  const auto bits = static_cast<size_t>(call.step.params[0]);
  Output out(call, 0);
  const Values& v = call.views[0];
  if (bits == 0 || bits > 63 || out.size() != v.size() * bits) return Broken(call.step);
  bool fits = true;  // as unsigned or as two's complement; the tensor's constraints say which
  for (size_t i = 0; i < v.size(); ++i) {
    fits = fits && v[i] >= -(int64_t{1} << (bits - 1)) && v[i] < (int64_t{1} << bits);
    for (size_t j = 0; j < bits; ++j) out.Set(i * bits + j, v[i] >> j & 1);
  }
  return fits ? Done(call, {&out}) : Refuse(call.step);
}

// outputs[1], the remainder, may be absent.
template <typename F>
Status WithRemainder(const StepCall& call, F f) {
  Output out(call, 0);
  const Values& v = call.views[0];
  const bool has_rest = call.step.outputs.size() > 1;
  Output rest(call, has_rest ? 1 : 0);
  if (out.size() != v.size() || rest.size() != v.size()) return Broken(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    int64_t result = 0, remainder = 0;
    if (!f(i, v[i], result, remainder)) return Refuse(call.step);
    if (has_rest) rest.Set(i, remainder);
    out.Set(i, result);
  }
  return Done(call, {&out, &rest});
}

Status RunFloorDiv(const StepCall& call) {
  const Values& divisors = call.views[1];
  if (divisors.size() != call.views[0].size()) return Broken(call.step);
  return WithRemainder(call, [&](size_t i, int64_t n, int64_t& q, int64_t& rest) {
    if (divisors[i] < 1) return false;
    q = FloorDivide(n, divisors[i]);
    rest = n - q * divisors[i];
    return true;
  });
}

Status RunIsqrt(const StepCall& call) {
  return WithRemainder(call, [](size_t, int64_t v, int64_t& root, int64_t& rest) {
    if (v < 0 || v >= int64_t{1} << 62) return false;
    root = FloorSqrt(v);
    rest = v - root * root;
    return true;
  });
}

// Over all views and over their dimensions beyond the output's.
Status RunMax(const StepCall& call) {
  Output out(call, 0);
  for (const Values& v : call.views) {
    if (out.size() == 0 || v.size() % out.size() != 0 || v.empty()) return Broken(call.step);
  }
  for (size_t o = 0; o < out.size(); ++o) {
    int64_t max = INT64_MIN;
    for (const Values& v : call.views) {
      const size_t inner = v.size() / out.size();
      for (size_t i = o * inner; i < (o + 1) * inner; ++i) max = std::max(max, v[i]);
    }
    out.Set(o, max);
  }
  return Done(call, {&out});
}

// 1 at the first largest element beyond the first p0 dimensions.
Status RunOneHotMax(const StepCall& call) {
  Output out(call, 0);
  const Values& v = call.views[0];
  const Shape& shape = call.step.views[0].shape;
  if (out.size() != v.size() || call.step.params[0] > shape.rank) return Broken(call.step);
  size_t inner = 1;
  for (int d = static_cast<int>(call.step.params[0]); d < shape.rank; ++d) {
    inner *= shape.dims[static_cast<size_t>(d)];
  }
  for (size_t begin = 0; begin < v.size(); begin += inner) {
    const auto first = v.begin() + static_cast<ptrdiff_t>(begin);
    const auto max = std::max_element(first, first + static_cast<ptrdiff_t>(inner));
    out.Set(static_cast<size_t>(max - v.begin()), 1);
  }
  return Done(call, {&out});
}

Status RunLeastShift(const StepCall& call) {
  Output z(call, 0);
  const Values& v = call.views[0];
  const int64_t total = call.step.params[0], first = call.step.params[1],
                last = call.step.params[2];
  const Tensor& tensor = call.tensors[call.step.outputs[0]];
  if (z.size() == 0 || v.size() % z.size() != 0 || first > last) return Broken(call.step);
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
  return Done(call, {&z});
}

Status RunCheckRange(const StepCall& call) {
  const int64_t lo = call.step.params[0], hi = call.step.params[1];
  const bool inside = std::all_of(call.views[0].begin(), call.views[0].end(),
                                  [&](int64_t v) { return v >= lo && v <= hi; });
  return inside ? Status() : Refuse(call.step);
}

Status RunLog2(const StepCall& call) {
  const Values& v = call.views[0];
  if (std::any_of(v.begin(), v.end(), [](int64_t x) { return x < 1; })) return Refuse(call.step);
  return Pointwise(call, [](int64_t x) {
    return static_cast<int64_t>(std::bit_width(static_cast<uint64_t>(x))) - 1;
  });
}

Status RunCustom(const StepCall& call) {
  const auto hint = call.hints.find(call.step.name);
  if (hint == call.hints.end()) {
    return {ErrorCode::kInvalidArgument, "no hint named '" + call.step.name + "' is registered"};
  }
  std::vector<Output> outputs;
  std::vector<std::span<int32_t>> cells;
  for (size_t k = 0; k < call.step.outputs.size(); ++k) {
    outputs.emplace_back(call, k);
    cells.push_back(outputs.back().cells());
  }
  VOIZK_RETURN_IF_ERROR(hint->second({call.views, call.step.params, cells}));
  for (Output& output : outputs) {  // checks the ranges
    for (size_t i = 0; i < output.size(); ++i) output.Set(i, output.cells()[i]);
    if (!output.ok()) return Refuse(call.step);
  }
  return {};
}

struct Arity {
  size_t views, outputs, params;
};

Arity MinimumArity(StepKind kind) {
  switch (kind) {
    case StepKind::kInput:
      return {0, 1, 0};
    case StepKind::kMaterial:
    case StepKind::kTable:
    case StepKind::kMaxDim:
    case StepKind::kGreaterEq:
    case StepKind::kLog2:
    case StepKind::kIsqrt:
      return {1, 1, 0};
    case StepKind::kRequant:
      return {1, 2, 1};
    case StepKind::kLow:
    case StepKind::kShift:
    case StepKind::kOneHotMax:
    case StepKind::kBits:
      return {1, 1, 1};
    case StepKind::kCheckRange:
      return {1, 0, 2};
    case StepKind::kProduct:
    case StepKind::kFloorDiv:
      return {2, 1, 0};
    case StepKind::kProductShift:
      return {3, 2, 1};
    case StepKind::kMatMul:
      return {2, 1, 2};
    case StepKind::kSpread:
      return {1, 1, 2};
    case StepKind::kLeastShift:
      return {1, 1, 3};
    case StepKind::kCustom:
    case StepKind::kRecurrence:
      return {0, 0, 0};
  }
  return {};
}

bool HasShift(StepKind kind) {
  return kind == StepKind::kRequant || kind == StepKind::kLow || kind == StepKind::kShift ||
         kind == StepKind::kProductShift;
}

}  // namespace

Status Refuse(const Step& step) {
  return {ErrorCode::kRefused,
          step.refusal.empty()
              ? "the input lies outside what the model accepts (step '" + step.name + "')"
              : step.refusal};
}

Status RunStep(const StepCall& call) {
  const Step& step = call.step;
  const Arity least = MinimumArity(step.kind);
  if (call.views.size() < least.views || step.outputs.size() < least.outputs ||
      step.params.size() < least.params ||
      (HasShift(step.kind) && (step.params[0] < 0 || step.params[0] > 62))) {
    return Broken(step);
  }
  const int64_t p0 = step.params.empty() ? 0 : step.params[0];
  switch (step.kind) {
    case StepKind::kInput:
    case StepKind::kRecurrence:
      return Broken(step);  // the executor's
    case StepKind::kMaterial:
      return Pointwise(call, [](int64_t v) { return v; });
    case StepKind::kRequant:
      return RunRequant(call);
    case StepKind::kTable:
      return RunTable(call);
    case StepKind::kLow:
      return Pointwise(call, [p0](int64_t v) { return v & ((int64_t{1} << p0) - 1); });
    case StepKind::kShift:
      return Pointwise(call, [p0](int64_t v) { return v >> p0; });
    case StepKind::kProduct:
      return RunProduct(call);
    case StepKind::kProductShift:
      return RunProductShift(call);
    case StepKind::kMatMul:
      return RunMatMul(call);
    case StepKind::kSpread:
      return RunSpread(call);
    case StepKind::kBits:
      return RunBits(call);
    case StepKind::kFloorDiv:
      return RunFloorDiv(call);
    case StepKind::kIsqrt:
      return RunIsqrt(call);
    case StepKind::kMaxDim:
      return RunMax(call);
    case StepKind::kOneHotMax:
      return RunOneHotMax(call);
    case StepKind::kLeastShift:
      return RunLeastShift(call);
    case StepKind::kCheckRange:
      return RunCheckRange(call);
    case StepKind::kGreaterEq:
      return Pointwise(call, [](int64_t v) { return v >= 0 ? 1 : 0; });
    case StepKind::kLog2:
      return RunLog2(call);
    case StepKind::kCustom:
      return RunCustom(call);
  }
  return Broken(step);
}

}  // namespace voizk
