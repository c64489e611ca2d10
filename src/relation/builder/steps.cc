#include "relation/builder/steps.h"

#include <utility>

namespace voizk::steps {
namespace {

/// A step without parameters, table and refusal of its own.
Step Plain(StepKind kind, std::string name, std::vector<View> views,
           std::vector<TensorId> outputs) {
  return {.kind = kind,
          .name = std::move(name),
          .views = std::move(views),
          .outputs = std::move(outputs),
          .table = 0,
          .params = {},
          .refusal = {},
          .body = {}};
}

/// The same with one parameter.
Step With(int64_t param, Step step) {
  step.params = {param};
  return step;
}

Step Refusing(std::string refusal, Step step) {
  step.refusal = std::move(refusal);
  return step;
}

Step Reading(TableId table, Step step) {
  step.table = table;
  return step;
}

}  // namespace

Step Input(std::string name, TensorId t) {
  return Plain(StepKind::kInput, std::move(name), {}, {t});
}

Step Material(std::string name, View v, TensorId t) {
  return Plain(StepKind::kMaterial, std::move(name), {std::move(v)}, {t});
}

Step Table(std::string name, View v, TensorId y, TableId table, std::string refusal) {
  Step step = With(0, Plain(StepKind::kTable, std::move(name), {std::move(v)}, {y}));
  return Refusing(std::move(refusal), Reading(table, std::move(step)));
}

Step Requant(std::string name, View v, int shift, TensorId low, TensorId y, TableId table,
             std::string refusal) {
  Step step = With(shift, Plain(StepKind::kRequant, std::move(name), {std::move(v)}, {low, y}));
  return Refusing(std::move(refusal), Reading(table, std::move(step)));
}

Step Low(std::string name, View v, int bits, TensorId low) {
  return With(bits, Plain(StepKind::kLow, std::move(name), {std::move(v)}, {low}));
}

Step Shift(std::string name, View v, int bits, TensorId high) {
  return With(bits, Plain(StepKind::kShift, std::move(name), {std::move(v)}, {high}));
}

Step TwoScales(std::string name, View v, int shift, int fine_shift, int64_t begin, int64_t end,
               TensorId low, TensorId fine) {
  Step step = Plain(StepKind::kTwoScales, std::move(name), {std::move(v)}, {low, fine});
  step.params = {shift, fine_shift, begin, end};
  return step;
}

Step Product(std::string name, View a, View b, TensorId t) {
  return Plain(StepKind::kProduct, std::move(name), {std::move(a), std::move(b)}, {t});
}

Step ProductShift(std::string name, View a, View b, View addend, int shift, TensorId y,
                  TensorId low) {
  return With(shift, Plain(StepKind::kProductShift, std::move(name),
                           {std::move(a), std::move(b), std::move(addend)}, {y, low}));
}

Step MatMul(std::string name, View a, View b, TensorId t) {
  const auto rows = [](const View& v) {
    return v.shape.rank < 2 ? int64_t{1} : v.shape.dims[static_cast<size_t>(v.shape.rank - 2)];
  };
  std::vector<int64_t> params{rows(a), rows(b)};
  Step step = Plain(StepKind::kMatMul, std::move(name), {std::move(a), std::move(b)}, {t});
  step.params = std::move(params);
  return step;
}

Step Spread(std::string name, View v, TensorId t, std::array<uint32_t, 2> strides) {
  Step step = Plain(StepKind::kSpread, std::move(name), {std::move(v)}, {t});
  step.params = {strides[0], strides[1]};
  return step;
}

Step Recurrence(std::string name, std::vector<Step> body, bool reverse) {
  Step step = With(reverse ? 1 : 0, Plain(StepKind::kRecurrence, std::move(name), {}, {}));
  step.body = std::move(body);
  return step;
}

Step Bits(std::string name, View v, int count, TensorId bits) {
  return With(count, Plain(StepKind::kBits, std::move(name), {std::move(v)}, {bits}));
}

Step FloorDiv(std::string name, View n, View d, TensorId q, TensorId r, std::string refusal) {
  Step step = Plain(StepKind::kFloorDiv, std::move(name), {std::move(n), std::move(d)}, {q, r});
  return Refusing(std::move(refusal), std::move(step));
}

Step Quotient(std::string name, View n, View d, TensorId q) {
  return Plain(StepKind::kFloorDiv, std::move(name), {std::move(n), std::move(d)}, {q});
}

Step Isqrt(std::string name, View v, TensorId s, TensorId r) {
  return Plain(StepKind::kIsqrt, std::move(name), {std::move(v)}, {s, r});
}

Step MaxDim(std::string name, std::vector<View> views, TensorId t) {
  return Plain(StepKind::kMaxDim, std::move(name), std::move(views), {t});
}

Step OneHotMax(std::string name, View v, int outer, TensorId t) {
  return With(outer, Plain(StepKind::kOneHotMax, std::move(name), {std::move(v)}, {t}));
}

Step OneHot(std::string name, View v, TensorId t) {
  return Plain(StepKind::kOneHot, std::move(name), {std::move(v)}, {t});
}

Step BeforeMax(std::string name, View v, TensorId t) {
  return Plain(StepKind::kBeforeMax, std::move(name), {std::move(v)}, {t});
}

Step ShiftClamp(std::string name, View v, int shift, int64_t lo, int64_t hi, TensorId y,
                std::optional<TensorId> low, std::optional<TensorId> over,
                std::optional<TensorId> under) {
  std::vector<TensorId> outputs{y};
  int64_t parts = 0, bit = 1;
  for (const auto& part : {low, over, under}) {
    if (part) {
      outputs.push_back(*part);
      parts |= bit;
    }
    bit *= 2;
  }
  Step step = Plain(StepKind::kShiftClamp, std::move(name), {std::move(v)}, std::move(outputs));
  step.params = {shift, lo, hi, parts};
  return step;
}

Step GreaterEq(std::string name, View v, TensorId bit) {
  return Plain(StepKind::kGreaterEq, std::move(name), {std::move(v)}, {bit});
}

Step Log2(std::string name, View v, TensorId exponent) {
  return Plain(StepKind::kLog2, std::move(name), {std::move(v)}, {exponent});
}

Step LeastShift(std::string name, View v, TensorId z, TableId table, int64_t total, int64_t first,
                int64_t last) {
  Step step = Plain(StepKind::kLeastShift, std::move(name), {std::move(v)}, {z});
  step.params = {total, first, last};
  return Reading(table, std::move(step));
}

Step CheckRange(View v, int64_t lo, int64_t hi, std::string refusal) {
  Step step = Plain(StepKind::kCheckRange, {}, {std::move(v)}, {});
  step.params = {lo, hi};
  return Refusing(std::move(refusal), std::move(step));
}

Step Custom(std::string hint, std::vector<View> views, std::vector<TensorId> outputs,
            std::vector<int64_t> params, std::string refusal) {
  Step step = Plain(StepKind::kCustom, std::move(hint), std::move(views), std::move(outputs));
  step.params = std::move(params);
  return Refusing(std::move(refusal), std::move(step));
}

}  // namespace voizk::steps
