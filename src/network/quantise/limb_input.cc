#include "network/quantise/limb_input.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace voizk {

namespace {

constexpr int kMostBits = 24;        // that a layer's input may need
constexpr double kMostPeak = 256;    // times the mean, of what 16 bits hold
constexpr double kFinest = 0x1p-20;  // step of the whole, channels being at most 1
constexpr double kMostExcess = 64;   // of what a channel can certifiedly reach over what it does
constexpr double kRoom = 2;          // for values beyond what was seen
constexpr int kMostLimbBits = 16;    // of a part (the operation's)
constexpr double kCarryParts = 256;  // of the result's step, to which the low sum is rounded
constexpr double kMostCarry = 32000;

Result<Quantity> Part(const Quantity& both, uint32_t channels, bool high, double step,
                      Lowering& lowering) {
  ModelAttributes attributes;
  attributes["begin"] = high ? int64_t{channels} : int64_t{0};
  attributes["end"] = high ? 2 * int64_t{channels} : int64_t{channels};
  Emitter& emitter = lowering.emitter();
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node part,
      emitter.Add(emitter.name(both.node), "slice", std::move(attributes), std::array{both.node}));
  return Quantity{part, step};
}

// A step of which the factors of what has no weights are multiples.
double FinestOf(const Linear& linear) {
  double finest = INFINITY;
  for (const LinearTerm& term : linear.terms) {
    const auto* const scaling = std::get_if<Scaling>(&term.map);
    if (scaling == nullptr) continue;
    for (const double f : scaling->factor.values) {
      if (f != 0) finest = std::min(finest, std::abs(f) * term.input.step);
    }
  }
  return std::isfinite(finest) ? finest : kFinest;
}

// The most that each channel can certifiedly be.
std::vector<double> ChannelBounds(const Linear& linear, size_t channels, Lowering& lowering) {
  std::vector<double> bounds(channels, 0);
  for (const LinearTerm& term : linear.terms) {
    const Interval range = lowering.emitter().range(term.input.node);
    const double reach =
        static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi))) * term.input.step;
    const auto* const layer = std::get_if<LinearLayer>(&term.map);
    if (layer == nullptr || layer->weight_dims[0] != channels) {
      const double factor = layer == nullptr ? std::get<Scaling>(term.map).factor.max_abs() * reach
                                             : MostOutput(*layer, reach);
      for (double& bound : bounds) bound += factor;
      continue;
    }
    const size_t per_output = layer->weight.size() / channels;
    for (size_t i = 0; i < layer->weight.size(); ++i) {
      bounds[i / per_output] += std::abs(double{layer->weight[i]}) * reach;
    }
  }
  return bounds;
}

// Divides each channel by the most that was seen of it, or by a part of what it can be at all, as
// far as weights can take that: powers of two apart, so that what has no weights stays exact.  What
// they have been divided by.
Result<std::vector<double>> ScaleChannels(const ValueStatistics& statistics,
                                          const TensorLayout& layout, int axis, Lowering& lowering,
                                          Linear* linear) {
  const auto channels = static_cast<size_t>(layout.dims[static_cast<size_t>(axis)]);
  std::vector<double> factor = statistics.channel_reach();
  const std::vector<double> certified = ChannelBounds(*linear, channels, lowering);
  const double most = std::max(statistics.max_abs(),
                               *std::max_element(certified.begin(), certified.end()) / kMostExcess);
  const bool has_weights = std::any_of(
      linear->terms.begin(), linear->terms.end(),
      [](const LinearTerm& term) { return std::holds_alternative<LinearLayer>(term.map); });
  if (factor.size() == channels && has_weights) {
    for (size_t c = 0; c < channels; ++c) {
      const double reach = std::max(factor[c], certified[c] / kMostExcess);
      factor[c] = std::ldexp(most, -static_cast<int>(std::floor(std::log2(most / reach))));
    }
    std::vector<int64_t> dims(layout.dims.size(), 1);
    dims[static_cast<size_t>(axis)] = static_cast<int64_t>(channels);
    std::vector<float> inverse;
    inverse.reserve(channels);
    for (const double f : factor) inverse.push_back(static_cast<float>(1 / f));
    VOIZK_ASSIGN_OR_RETURN(const RealTensor real,
                           lowering.ConstantFor(FloatTensor(std::move(dims), std::move(inverse)),
                                                layout, linear->dims));
    if (auto scaled = Scaled(*linear, real)) {
      *linear = *std::move(scaled);
      return factor;
    }
  }
  factor.assign(channels, most);
  *linear = *Scaled(*linear, RealTensor::Scalar(1 / most));
  return factor;
}

Result<Quantity> Shifted(const Quantity& x, int32_t by, Lowering& lowering) {
  TensorData one;
  one.shape = {1};
  one.values = {by};
  ModelAttributes attributes;
  attributes["dims"] = std::vector<int64_t>{1};
  attributes["values"] = std::make_shared<const TensorData>(std::move(one));
  Emitter& emitter = lowering.emitter();
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node node,
      emitter.Add(emitter.name(x.node), "offset", std::move(attributes), std::array{x.node}));
  return Quantity{node, x.step};
}

}  // namespace

Result<std::optional<LimbInput>> LimbsOf(FloatValueId id, std::span<const int> axes,
                                         Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  const ValueStatistics& statistics = lowering.statistics(id);
  const int enough = statistics.min() < 0 ? 16 : 15;
  const bool wide = ChooseBits(statistics, lowering.bits(), kMostBits) > enough ||
                    statistics.max_abs() > kMostPeak * statistics.MeanMagnitude();
  if (!image->linear || image->small || !lowering.has_one_reader(id) || !wide) {
    return std::optional<LimbInput>();
  }
  const TensorLayout layout = image->layout;
  const std::string name = lowering.graph().values[id].name;
  LimbInput input;
  Linear linear = *image->linear;
  VOIZK_ASSIGN_OR_RETURN(input.factor,
                         ScaleChannels(statistics, layout, axes.back(), lowering, &linear));
  VOIZK_ASSIGN_OR_RETURN(const Quantity whole, lowering.Accumulate(linear, FinestOf(linear), name));
  VOIZK_ASSIGN_OR_RETURN(const Quantity ordered, lowering.Rearranged(whole, layout, axes));
  Emitter& emitter = lowering.emitter();
  const Interval range = emitter.range(ordered.node);
  const auto bits = static_cast<int>(
      std::bit_width(static_cast<uint64_t>(std::max<int64_t>({range.hi, -1 - range.lo, 1}))));
  const int shift = std::clamp(bits / 2, 1, kMostLimbBits);
  ModelAttributes attributes;
  attributes["shift"] = int64_t{shift};
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node limbs,
      emitter.Add(name, "limbs", std::move(attributes), std::array{ordered.node}));
  const uint32_t channels = emitter.dims(ordered.node).back();
  VOIZK_ASSIGN_OR_RETURN(input.low,
                         Part({limbs, whole.step}, channels, false, whole.step, lowering));
  VOIZK_ASSIGN_OR_RETURN(input.high, Part({limbs, whole.step}, channels, true,
                                          std::ldexp(whole.step, shift), lowering));
  const auto most = std::lround(kRoom / input.high.step);  // every channel was at most 1
  if (const Interval reach = emitter.range(input.high.node); std::max(reach.hi, -reach.lo) > most) {
    const IntegerRange clamp{input.high.step, reach.lo < 0 ? -most : 0, most};
    const auto dims = emitter.dims(input.high.node);
    VOIZK_ASSIGN_OR_RETURN(
        input.high, lowering.Round(LinearOf(input.high, {dims.begin(), dims.end()}), clamp, name));
  }
  return std::optional<LimbInput>(std::move(input));
}

Result<std::optional<LimbInput>> LimbsOfTensor(FloatValueId id, std::span<const int> axes,
                                               const LinearLayer& layer, Lowering& lowering) {
  constexpr double kMostSum = 1 << 29, kLeastWeight = 1 << 13;
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  if (!image->small) return std::optional<LimbInput>();
  Emitter& emitter = lowering.emitter();
  const Interval range = emitter.range(image->small->node);
  const int64_t reach = std::max({range.hi, -1 - range.lo, int64_t{1}});
  double most = 0;
  for (const float w : layer.weight) most = std::max(most, std::abs(double{w}));
  if (most == 0 ||
      most * kMostSum >= kLeastWeight * MostOutput(layer, static_cast<double>(reach))) {
    return std::optional<LimbInput>();
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity whole, lowering.SmallAs(id, axes));
  const int shift = std::clamp(
      static_cast<int>(std::bit_width(static_cast<uint64_t>(reach)) + 1) / 2, 1, kMostLimbBits);
  // Remainders around 0, so that what is quiet is in the low limb alone.
  const int32_t half = 1 << (shift - 1);
  VOIZK_ASSIGN_OR_RETURN(const Quantity raised, Shifted(whole, half, lowering));
  ModelAttributes attributes;
  attributes["shift"] = int64_t{shift};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node limbs,
                         emitter.Add(emitter.name(whole.node), "limbs", std::move(attributes),
                                     std::array{raised.node}));
  const uint32_t channels = emitter.dims(whole.node).back();
  LimbInput input;
  VOIZK_ASSIGN_OR_RETURN(const Quantity low,
                         Part({limbs, whole.step}, channels, false, whole.step, lowering));
  VOIZK_ASSIGN_OR_RETURN(input.low, Shifted(low, -half, lowering));
  VOIZK_ASSIGN_OR_RETURN(input.high, Part({limbs, whole.step}, channels, true,
                                          std::ldexp(whole.step, shift), lowering));
  input.factor.assign(channels, 1);
  return std::optional<LimbInput>(std::move(input));
}

Result<Linear> LayerOfLimbs(const LimbInput& input, LinearLayer layer, Linear linear,
                            FloatValueId out, std::string_view name, Lowering& lowering) {
  const double step = lowering.RangeOf(out, lowering.bits()).step;
  // Weights lie outputs first and inputs last; of a grouped layer each group reads other inputs.
  const size_t inputs = layer.weight_dims.back(), groups = input.factor.size() / inputs;
  const size_t per_group = layer.weight.size() / groups;
  for (size_t i = 0; i < layer.weight.size(); ++i) {
    float& weight = layer.weight[i];
    weight = static_cast<float>(weight * input.factor[i / per_group * inputs + i % inputs]);
  }
  Linear low;
  low.dims = linear.dims;
  low.terms.push_back({input.low, layer});
  const Interval low_range = lowering.emitter().range(input.low.node);
  const double reach = MostOutput(
      layer, static_cast<double>(std::max(low_range.hi, -low_range.lo)) * input.low.step);
  IntegerRange carry;
  // Of values and weights that are not negative the sum is none either.
  const bool has_sign = low_range.lo < 0 || std::any_of(layer.weight.begin(), layer.weight.end(),
                                                        [](float w) { return w < 0; });
  carry.step = std::max(step / kCarryParts, reach / kMostCarry);
  carry.hi = static_cast<int64_t>(reach / carry.step) + 2;
  carry.lo = has_sign ? -carry.hi : 0;
  VOIZK_ASSIGN_OR_RETURN(const Quantity carried, lowering.Round(low, carry, name));
  linear.terms.push_back({input.high, layer});
  linear.terms.push_back({carried, Scaling{RealTensor::Scalar(1)}});
  return linear;
}

}  // namespace voizk
