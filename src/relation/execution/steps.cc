#include "relation/execution/steps.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "relation/execution/step_output.h"
#include "relation/execution/sum_steps.h"

namespace voizk {

namespace {

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
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  if (out.size() != v.size()) return BrokenStep(call.step);
  for (size_t i = 0; i < v.size(); ++i) out.Set(i, f(v[i]));
  return DoneStep(call, {&out});
}

Status RunRequant(const StepCall& call) {
  const auto shift = static_cast<int>(call.step.params[0]);
  StepOutput low(call, 0), y(call, 1);
  const StepValues& v = call.views[0];
  if (low.size() != v.size() || y.size() != v.size()) return BrokenStep(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    const int64_t hi = v[i] >> shift;  // floor, also of negative values
    const uint32_t row = call.table->Find(hi);
    if (row == RowFinder::kNoRow) return Refuse(call.step);
    low.Set(i, v[i] - (hi << shift));
    y.Set(i, call.table->value(row));
  }
  return DoneStep(call, {&low, &y});
}

Status RunShiftClamp(const StepCall& call) {
  const std::vector<int64_t>& p = call.step.params;
  const auto shift = static_cast<int>(p[0]);
  const int64_t lo = p[1], hi = p[2];
  const StepValues& v = call.views[0];
  StepOutput y(call, 0);
  if (y.size() != v.size() || lo > hi) return BrokenStep(call.step);
  for (size_t i = 0; i < v.size(); ++i) y.Set(i, std::clamp(v[i] >> shift, lo, hi));
  bool ok = y.ok();
  size_t next = 1;
  const auto part = [&](int64_t bit, const auto& f) {
    if ((p[3] & bit) == 0) return true;
    if (next == call.step.outputs.size()) return false;
    StepOutput out(call, next++);
    if (out.size() != v.size()) return false;
    for (size_t i = 0; i < v.size(); ++i) out.Set(i, f(v[i]));
    ok = ok && out.ok();
    return true;
  };
  if (!part(1, [&](int64_t x) { return x & ((int64_t{1} << shift) - 1); }) ||
      !part(2, [&](int64_t x) { return std::max<int64_t>((x >> shift) - hi, 0); }) ||
      !part(4, [&](int64_t x) { return std::max<int64_t>(lo - (x >> shift), 0); })) {
    return BrokenStep(call.step);
  }
  return ok ? Status() : Refuse(call.step);
}

Status RunTwoScales(const StepCall& call) {
  const std::vector<int64_t>& p = call.step.params;
  StepOutput low(call, 0), fine(call, 1);
  const StepValues& v = call.views[0];
  if (low.size() != v.size() || fine.size() != v.size() || p[1] < 0 || p[1] > 62) {
    return BrokenStep(call.step);
  }
  for (size_t i = 0; i < v.size(); ++i) {
    const bool is_fine = v[i] >= p[2] && v[i] < p[3];
    low.Set(i, v[i] & ((int64_t{1} << (is_fine ? p[1] : p[0])) - 1));
    fine.Set(i, is_fine ? 1 : 0);
  }
  return DoneStep(call, {&low, &fine});
}

Status RunTable(const StepCall& call) {
  StepOutput y(call, 0);
  const StepValues& v = call.views[0];
  if (y.size() != v.size()) return BrokenStep(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    const uint32_t row = call.table->Find(v[i]);
    if (row == RowFinder::kNoRow) return Refuse(call.step);
    y.Set(i, call.table->value(row));
  }
  return DoneStep(call, {&y});
}

Status RunBits(const StepCall& call) {
  const auto bits = static_cast<size_t>(call.step.params[0]);
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  if (bits == 0 || bits > 63 || out.size() != v.size() * bits) return BrokenStep(call.step);
  bool fits = true;  // as unsigned or as two's complement; the tensor's constraints say which
  for (size_t i = 0; i < v.size(); ++i) {
    fits = fits && v[i] >= -(int64_t{1} << (bits - 1)) && v[i] < (int64_t{1} << bits);
    for (size_t j = 0; j < bits; ++j) out.Set(i * bits + j, v[i] >> j & 1);
  }
  return fits ? DoneStep(call, {&out}) : Refuse(call.step);
}

// outputs[1], the remainder, may be absent.
template <typename F>
Status WithRemainder(const StepCall& call, F f) {
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  const bool has_rest = call.step.outputs.size() > 1;
  StepOutput rest(call, has_rest ? 1 : 0);
  if (out.size() != v.size() || rest.size() != v.size()) return BrokenStep(call.step);
  for (size_t i = 0; i < v.size(); ++i) {
    int64_t result = 0, remainder = 0;
    if (!f(i, v[i], result, remainder)) return Refuse(call.step);
    if (has_rest) rest.Set(i, remainder);
    out.Set(i, result);
  }
  return DoneStep(call, {&out, &rest});
}

Status RunFloorDiv(const StepCall& call) {
  const StepValues& divisors = call.views[1];
  if (divisors.size() != call.views[0].size()) return BrokenStep(call.step);
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
  StepOutput out(call, 0);
  for (const StepValues& v : call.views) {
    if (out.size() == 0 || v.size() % out.size() != 0 || v.empty()) return BrokenStep(call.step);
  }
  for (size_t o = 0; o < out.size(); ++o) {
    int64_t max = INT64_MIN;
    for (const StepValues& v : call.views) {
      const size_t inner = v.size() / out.size();
      for (size_t i = o * inner; i < (o + 1) * inner; ++i) max = std::max(max, v[i]);
    }
    out.Set(o, max);
  }
  return DoneStep(call, {&out});
}

// 1 at the first largest element beyond the first p0 dimensions.
Status RunOneHotMax(const StepCall& call) {
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  const Shape& shape = call.step.views[0].shape;
  if (out.size() != v.size() || call.step.params[0] > shape.rank) return BrokenStep(call.step);
  size_t inner = 1;
  for (int d = static_cast<int>(call.step.params[0]); d < shape.rank; ++d) {
    inner *= shape.dims[static_cast<size_t>(d)];
  }
  for (size_t begin = 0; begin < v.size(); begin += inner) {
    const auto first = v.begin() + static_cast<ptrdiff_t>(begin);
    const auto max = std::max_element(first, first + static_cast<ptrdiff_t>(inner));
    out.Set(static_cast<size_t>(max - v.begin()), 1);
  }
  return DoneStep(call, {&out});
}

// 1 at the place that the value names.
Status RunOneHot(const StepCall& call) {
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  if (v.empty() || out.size() % v.size() != 0) return BrokenStep(call.step);
  const size_t inner = out.size() / v.size();
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] < 0 || static_cast<uint64_t>(v[i]) >= inner) return Refuse(call.step);
    out.Set(i * inner + static_cast<size_t>(v[i]), 1);
  }
  return DoneStep(call, {&out});
}

// 1 before the first largest element of the last dimension.
Status RunBeforeMax(const StepCall& call) {
  StepOutput out(call, 0);
  const StepValues& v = call.views[0];
  const Shape& shape = call.step.views[0].shape;
  const size_t inner = shape.rank == 0 ? 1 : shape.dims[static_cast<size_t>(shape.rank - 1)];
  if (inner < 2 || v.size() % inner != 0 || out.size() != v.size() / inner * (inner - 1)) {
    return BrokenStep(call.step);
  }
  for (size_t row = 0; row < v.size() / inner; ++row) {
    const auto first = v.begin() + static_cast<ptrdiff_t>(row * inner);
    const auto most = std::max_element(first, first + static_cast<ptrdiff_t>(inner)) - first;
    for (size_t i = 0; i < static_cast<size_t>(most); ++i) out.Set(row * (inner - 1) + i, 1);
  }
  return DoneStep(call, {&out});
}

Status RunCheckRange(const StepCall& call) {
  const int64_t lo = call.step.params[0], hi = call.step.params[1];
  const bool inside = std::all_of(call.views[0].begin(), call.views[0].end(),
                                  [&](int64_t v) { return v >= lo && v <= hi; });
  return inside ? Status() : Refuse(call.step);
}

Status RunLog2(const StepCall& call) {
  const StepValues& v = call.views[0];
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
  std::vector<StepOutput> outputs;
  std::vector<std::span<int32_t>> cells;
  for (size_t k = 0; k < call.step.outputs.size(); ++k) {
    outputs.emplace_back(call, k);
    cells.push_back(outputs.back().cells());
  }
  VOIZK_RETURN_IF_ERROR(hint->second({call.views, call.step.params, cells}));
  for (StepOutput& output : outputs) {  // checks the ranges
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
    case StepKind::kOneHot:
    case StepKind::kBeforeMax:
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
    case StepKind::kShiftClamp:
      return {1, 1, 4};
    case StepKind::kTwoScales:
      return {1, 2, 4};
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
         kind == StepKind::kProductShift || kind == StepKind::kShiftClamp ||
         kind == StepKind::kTwoScales;
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
    return BrokenStep(step);
  }
  const int64_t p0 = step.params.empty() ? 0 : step.params[0];
  switch (step.kind) {
    case StepKind::kInput:
    case StepKind::kRecurrence:
      return BrokenStep(step);  // the executor's
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
    case StepKind::kShiftClamp:
      return RunShiftClamp(call);
    case StepKind::kTwoScales:
      return RunTwoScales(call);
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
    case StepKind::kOneHot:
      return RunOneHot(call);
    case StepKind::kBeforeMax:
      return RunBeforeMax(call);
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
  return BrokenStep(step);
}

}  // namespace voizk
