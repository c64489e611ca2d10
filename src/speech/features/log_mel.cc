#include "speech/features/log_mel.h"

#include <algorithm>
#include <utility>

namespace voizk {
namespace {

TensorId LookUp(Builder& b, const char* name, TensorId key, Shape shape, TableId table,
                const std::vector<int32_t>& values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  const TensorId t = b.AddTensor(name, shape, *lo, *hi);
  Step step;
  step.kind = StepKind::kTable;
  step.views = {b.Identity(key)};
  step.outputs = {t};
  step.table = table;
  b.AddStep(std::move(step));
  Lookup lookup;
  lookup.key = b.Identity(key);
  lookup.has_value = true;
  lookup.value = b.Identity(t);
  lookup.table = table;
  b.AddLookup(std::move(lookup));
  return t;
}

}  // namespace

LogMel AddLogMel(Builder& b, const FrontEndConfig& c, const View& u) {
  const Shape shape = u.shape;
  const int32_t first = int32_t{1} << c.log_e_min;
  std::vector<int32_t> exponents, powers, mantissas;
  for (int32_t e = c.log_e_min; e <= c.log_e_max; ++e) {
    exponents.push_back(e);
    powers.push_back(int32_t{1} << (e - c.log_e_min));
  }
  for (int32_t m = first; m < 2 * first; ++m) mantissas.push_back(m);
  const TableId power_table = b.AddTable("power of two", exponents, powers);
  const TableId log_table = b.AddTable("logarithm", mantissas, c.log_table);

  LogMel log;
  log.scale = c.log_scale;
  log.exponent = b.AddTensor("log.exponent", shape, c.log_e_min, c.log_e_max);
  Step exponent;
  exponent.kind = StepKind::kLog2;
  exponent.views = {u};
  exponent.outputs = {log.exponent};
  b.AddStep(std::move(exponent));
  const TensorId power = LookUp(b, "log.power", log.exponent, shape, power_table, powers);

  const int64_t r_max = powers.back() - 1;
  const TensorId mant = b.AddTensor("log.mantissa", shape, first, 2 * first - 1);
  const TensorId r = b.AddTensor("log.remainder", shape, 0, r_max);
  Step divide;
  divide.kind = StepKind::kFloorDiv;
  divide.views = {u, b.Identity(power)};
  divide.outputs = {mant, r};
  b.AddStep(std::move(divide));
  log.fraction = LookUp(b, "log.fraction", mant, shape, log_table, c.log_table);

  b.Range(b.Identity(r), 0, r_max);
  b.NonNegative(Builder::Offset(Builder::Sub(b.Identity(power), b.Identity(r)), -1));
  b.AddProduct(
      {.a = b.Identity(mant), .b = b.Identity(power), .c = Builder::Sub(u, b.Identity(r))});
  return log;
}

}  // namespace voizk
