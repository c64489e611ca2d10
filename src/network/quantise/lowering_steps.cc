// Steps and bits that depend on what a value is read by, or made of.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "network/quantise/lowering.h"

namespace voizk {

bool Lowering::BecomesTable(std::string_view op) {
  constexpr std::string_view kOps[] = {"Elu",     "Erf",  "Exp",  "Gelu",     "HardSwish", "Mish",
                                       "Sigmoid", "Silu", "Selu", "Softplus", "Tanh"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

int Lowering::BitsOfRows(double count) {
  int bits = 10;
  while (bits > 4 && count * std::ldexp(1, 2 * bits) > kMostSquares) --bits;
  return bits;
}

bool Lowering::FeedsTable(FloatValueId id) const {
  constexpr std::string_view kPassing[] = {"Add", "Reshape", "Transpose", "Unsqueeze", "Squeeze"};
  const FloatNode* reader = reader_nodes_[id];
  for (int steps = 0; steps < 4 && readers_[id] == 1 && reader != nullptr; ++steps) {
    if (BecomesTable(reader->op)) return true;
    if (std::find(std::begin(kPassing), std::end(kPassing), reader->op) == std::end(kPassing)) {
      return false;
    }
    id = reader->outputs[0];
    reader = reader_nodes_[id];
  }
  return false;
}

int Lowering::BitsNormalised(FloatValueId id, double count) const {
  constexpr int kMost = 12;
  const double step = statistics_[id].QuietRowLevel() * std::sqrt(12.0) / 128;
  int bits = BitsOfRows(count);
  while (step > 0 && bits < kMost && ChooseRange(statistics_[id], bits).step > step) ++bits;
  return bits;
}

// A value that is normalised over its last axis is read as it is rounded: with all the bits that
// this takes.
void Lowering::FindNormalised() {
  constexpr std::string_view kOps[] = {"LayerNormalization", "RMSNormalization"};
  for (const FloatNode& node : graph_.nodes) {
    if (std::find(std::begin(kOps), std::end(kOps), node.op) == std::end(kOps)) continue;
    const std::vector<int64_t>& x = dims(node.inputs[0]);
    const FloatValueId id = node.inputs[0];
    normalised_bits_[id] = BitsNormalised(id, static_cast<double>(x.back()));
  }
}

// x as a number times one integer tensor.
std::optional<double> Lowering::StepOfScaled(const Linear& x) const {
  if (x.terms.size() != 1 || x.constant.max_abs() != 0) return std::nullopt;
  const auto* const scaling = std::get_if<Scaling>(&x.terms[0].map);
  if (scaling == nullptr || !scaling->factor.is_scalar() || !(scaling->factor.values[0] > 0)) {
    return std::nullopt;
  }
  return scaling->factor.values[0] * x.terms[0].input.step;
}

IntegerRange Lowering::WithExactStep(const Linear& x, IntegerRange range, bool finer) const {
  const auto own = StepOfScaled(x);
  if (!own || !(*own * 2 <= range.step)) return range;
  const Interval reach = emitter_.range(x.terms[0].input.node);
  const auto most = static_cast<double>(std::max(std::abs(reach.lo), std::abs(reach.hi)));
  const double shift = std::log2(range.step / *own);
  // Not where the finer step would make the rounding's table too large to be one.
  constexpr double kMostRows = 1 << 15;
  const double fine = std::ldexp(*own, static_cast<int>(std::floor(shift)));
  if (finer && most * *own <= kMostRows * fine) {
    range.step = fine;
    range.lo *= 2;
    range.hi = 2 * range.hi + 1;
    return range;
  }
  // Beyond, a factor of 7 bits would leave the field, and a shorter one is wrong by percents.
  constexpr double kMostWithFactor = 1 << 22;
  if (most > kMostWithFactor) {
    range.step = std::ldexp(*own, static_cast<int>(std::ceil(shift)));
  }
  return range;
}

std::optional<IntegerFit> Lowering::FitExactly(const Linear& x, double step) const {
  const auto own = StepOfScaled(x);
  if (!own) return std::nullopt;
  const double shift = std::log2(step / *own);
  if (shift < 0 || shift > 24 || std::abs(shift - std::round(shift)) > 1e-9) return std::nullopt;
  return IntegerFit{*own, static_cast<int>(std::lround(shift))};
}

}  // namespace voizk
