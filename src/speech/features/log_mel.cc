#include "speech/features/log_mel.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/gadgets/division.h"

namespace voizk {
namespace {

TensorId LookUp(Builder& b, const char* name, TensorId key, Shape shape, TableId table,
                const std::vector<int32_t>& values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  const TensorId t = b.AddTensor(name, shape, *lo, *hi);
  b.AddStep(steps::Table({}, b.Identity(key), t, table));
  b.AddLookup({.key = b.Identity(key), .has_value = true, .value = b.Identity(t), .table = table});
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
  b.AddStep(steps::Log2({}, u, log.exponent));
  const TensorId power = LookUp(b, "log.power", log.exponent, shape, power_table, powers);

  const int64_t r_max = powers.back() - 1;
  const TensorId mant = b.AddTensor("log.mantissa", shape, first, 2 * first - 1);
  const TensorId r = b.AddTensor("log.remainder", shape, 0, r_max);
  b.AddStep(steps::FloorDiv({}, u, b.Identity(power), mant, r));
  log.fraction = LookUp(b, "log.fraction", mant, shape, log_table, c.log_table);

  gadgets::RequireDivision(b, u, b.Identity(power), mant, r);
  return log;
}

}  // namespace voizk
