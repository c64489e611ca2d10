#include "network/quantise/linear.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>

#include "network/operations/committed_digits.h"

namespace voizk {

namespace {

constexpr double kMostWeight = op::kMostCommittedWeight;  // so that all can be committed to
constexpr double kExactWeight = 128;  // the largest of a term's weights, rounded to 1/256
constexpr int kFinestShift = 20;
// Leaves room for the sum of the roundings, and a power of two within the field for tables.
constexpr double kMostAccumulator = (1 << 29) - (1 << 21);

size_t CountOf(const std::vector<uint32_t>& dims) {
  size_t count = 1;
  for (const uint32_t d : dims) count *= d;
  return count;
}

// Index of the element of `small` that stands at row-major index i of `large`.
std::vector<size_t> RepeatedIndices(const std::vector<uint32_t>& small,
                                    const std::vector<uint32_t>& large) {
  std::vector<size_t> indices{0};
  const size_t missing = large.size() - small.size();
  size_t stride = CountOf(small);
  for (size_t d = 0; d < large.size(); ++d) {
    const uint32_t own = d < missing ? 1 : small[d - missing];
    if (d >= missing) stride /= own;
    std::vector<size_t> next;
    next.reserve(indices.size() * large[d]);
    for (const size_t base : indices) {
      for (size_t i = 0; i < large[d]; ++i) next.push_back(base + (own == 1 ? 0 : i * stride));
    }
    indices = std::move(next);
  }
  return indices;
}

RealTensor Joined(const RealTensor& a, const RealTensor& b,
                  const std::function<double(double, double)>& fn) {
  RealTensor out;
  const size_t rank = std::max(a.dims.size(), b.dims.size());
  const auto dim = [&](const RealTensor& t, size_t d) {
    const size_t missing = rank - t.dims.size();
    return d < missing ? 1 : t.dims[d - missing];
  };
  for (size_t d = 0; d < rank; ++d) out.dims.push_back(std::max(dim(a, d), dim(b, d)));
  const auto left = RepeatedIndices(a.dims, out.dims), right = RepeatedIndices(b.dims, out.dims);
  out.values.resize(left.size());
  for (size_t i = 0; i < left.size(); ++i)
    out.values[i] = fn(a.values[left[i]], b.values[right[i]]);
  return out;
}

// The largest weight of each output that has any: the least of these, and the largest.
std::pair<double, double> LargestWeights(const LinearLayer& layer) {
  constexpr double kMostApart = 64;  // outputs that are weaker than this count as such
  const size_t outputs = layer.weight_dims[0], per_output = layer.weight.size() / outputs;
  double least = INFINITY, most = 0;
  for (size_t o = 0; o < outputs; ++o) {
    double largest = 0;
    for (size_t i = 0; i < per_output; ++i)
      largest = std::max(largest, std::abs(double{layer.weight[o * per_output + i]}));
    if (largest > 0) least = std::min(least, largest);
    most = std::max(most, largest);
  }
  return {std::max(std::min(least, most), most / kMostApart), most};
}

double Reach(const Emitter& emitter, Emitter::Node node) {
  const Interval range = emitter.range(node);
  return static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi)));
}

std::shared_ptr<const TensorData> Integers(std::vector<uint32_t> dims,
                                           std::vector<int32_t> values) {
  return std::make_shared<const TensorData>(TensorData{std::move(dims), std::move(values)});
}

int32_t Rounded(double v) { return static_cast<int32_t>(std::lround(v)); }

}  // namespace

bool RealTensor::is_by_channel() const { return dims.empty() || CountOf(dims) == dims.back(); }

double RealTensor::max_abs() const {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

RealTensor Times(const RealTensor& a, const RealTensor& b) {
  return Joined(a, b, std::multiplies<>());
}
RealTensor Plus(const RealTensor& a, const RealTensor& b) { return Joined(a, b, std::plus<>()); }

double MostOutput(const LinearLayer& layer, double reach) {
  const size_t outputs = layer.weight_dims[0], per_output = layer.weight.size() / outputs;
  double most = 0;
  for (size_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (size_t i = 0; i < per_output; ++i)
      sum += std::abs(double{layer.weight[o * per_output + i]});
    most = std::max(most, sum);
  }
  return most * reach;
}

Linear LinearOf(const Quantity& quantity, std::vector<uint32_t> dims) {
  return {std::move(dims), {{quantity, Scaling{RealTensor::Scalar(1)}}}, RealTensor::Scalar(0)};
}

std::optional<Linear> Scaled(const Linear& x, const RealTensor& factor) {
  Linear scaled = x;
  scaled.constant = Times(x.constant, factor);
  for (LinearTerm& term : scaled.terms) {
    if (auto* const scaling = std::get_if<Scaling>(&term.map)) {
      scaling->factor = Times(scaling->factor, factor);
      continue;
    }
    if (auto* const placed = std::get_if<Placed>(&term.map)) {
      if (!factor.is_by_channel()) return std::nullopt;
      std::optional<Linear> inner = Scaled(*placed->inner, factor);
      if (!inner) return std::nullopt;
      placed->inner = std::make_shared<const Linear>(*std::move(inner));
      continue;
    }
    auto& layer = std::get<LinearLayer>(term.map);
    if (!factor.is_by_channel()) return std::nullopt;
    const size_t outputs = layer.weight_dims[0], per_output = layer.weight.size() / outputs;
    if (!factor.is_scalar() && factor.values.size() != outputs) return std::nullopt;
    for (size_t o = 0; o < outputs; ++o) {
      const double by = factor.values[factor.is_scalar() ? 0 : o];
      for (size_t i = 0; i < per_output; ++i) {
        float& weight = layer.weight[o * per_output + i];
        weight = static_cast<float>(weight * by);
      }
    }
  }
  return scaled;
}

namespace {

// In reals: the largest accumulator; the largest weight times the step of its input, of all terms
// and of the term where that is least.
struct Extent {
  double most_value = 0, most_weight = 0, least_weight = INFINITY;  // of an output's largest
};

void AddExtent(const Linear& x, const Emitter& emitter, Extent* extent) {
  extent->most_value += x.constant.max_abs();
  for (const LinearTerm& term : x.terms) {
    if (const auto* const placed = std::get_if<Placed>(&term.map)) {
      // Two of them, at both ends, never meet.
      Extent inner;
      AddExtent(*placed->inner, emitter, &inner);
      extent->most_value += inner.most_value / 2;
      extent->most_weight = std::max(extent->most_weight, inner.most_weight);
      extent->least_weight = std::min(extent->least_weight, inner.least_weight);
      continue;
    }
    const double reach = Reach(emitter, term.input.node) * term.input.step;
    double weight = 0, least = 0;
    if (const auto* const scaling = std::get_if<Scaling>(&term.map)) {
      extent->most_value += scaling->factor.max_abs() * reach;
      weight = least = scaling->factor.max_abs();
    } else {
      const auto& layer = std::get<LinearLayer>(term.map);
      extent->most_value += MostOutput(layer, reach);
      std::tie(least, weight) = LargestWeights(layer);
    }
    extent->most_weight = std::max(extent->most_weight, weight * term.input.step);
    if (least > 0) {
      extent->least_weight = std::min(extent->least_weight, least * term.input.step);
    }
  }
}

}  // namespace

double MostValue(const Linear& x, const Emitter& emitter) {
  Extent extent;
  AddExtent(x, emitter, &extent);
  return extent.most_value;
}

std::optional<IntegerFit> FitIntegers(const Linear& x, const Emitter& emitter, double target,
                                      int most_shift) {
  Extent extent;
  AddExtent(x, emitter, &extent);
  const auto& [most_value, most_weight, least_weight] = extent;
  // Finer where a term's weights would else be integers of less than this.
  int finest = most_shift;
  while (finest < kFinestShift && least_weight < kExactWeight * std::ldexp(target, -finest))
    ++finest;
  for (int k = finest; k >= 0; --k) {
    const double step = std::ldexp(target, -k);
    if (most_weight <= kMostWeight * step && most_value <= kMostAccumulator * step) {
      return IntegerFit{step, k};
    }
  }
  return std::nullopt;
}

namespace {

// The constant as a bias, if it is one per channel or one at all.
std::optional<std::vector<int32_t>> Bias(const RealTensor& constant, double step, int64_t offset,
                                         size_t channels) {
  if (!constant.is_by_channel()) return std::nullopt;
  std::vector<int32_t> bias(channels);
  for (size_t c = 0; c < channels; ++c) {
    const double v = constant.values[constant.is_scalar() ? 0 : c];
    bias[c] = Rounded(v / step) + static_cast<int32_t>(offset);
  }
  return bias;
}

std::vector<int32_t> RoundedAll(const RealTensor& reals, double unit) {
  std::vector<int32_t> out;
  out.reserve(reals.values.size());
  for (const double v : reals.values) out.push_back(Rounded(v / unit));
  return out;
}

// The attributes of scale and offset.
void SetConstant(const RealTensor& reals, std::vector<int32_t> integers,
                 ModelAttributes* attributes) {
  std::vector<int64_t> dims(reals.dims.begin(), reals.dims.end());
  if (dims.empty()) dims = {1};
  (*attributes)["dims"] = std::move(dims);
  const auto count = static_cast<uint32_t>(integers.size());
  (*attributes)["values"] = Integers({count}, std::move(integers));
}

}  // namespace

Result<Emitter::Node> EmitLinear(const Linear& x, double step, int64_t offset,
                                 std::string_view name, Emitter& emitter) {
  bool constant_left = x.constant.max_abs() != 0 || offset != 0;
  std::vector<Emitter::Node> parts;
  for (const LinearTerm& term : x.terms) {
    if (const auto* const placed = std::get_if<Placed>(&term.map)) {
      VOIZK_ASSIGN_OR_RETURN(const Emitter::Node inner,
                             EmitLinear(*placed->inner, step, 0, name, emitter));
      ModelAttributes attributes;
      attributes["axis"] = placed->axis;
      attributes["before"] = placed->before;
      attributes["after"] = placed->after;
      attributes["mode"] = int64_t{0};
      attributes["value"] = int64_t{0};
      VOIZK_ASSIGN_OR_RETURN(const Emitter::Node part,
                             emitter.Add(name, "pad", std::move(attributes), std::array{inner}));
      parts.push_back(part);
      continue;
    }
    const double unit = step / term.input.step;
    if (const auto* const scaling = std::get_if<Scaling>(&term.map)) {
      std::vector<int32_t> factors = RoundedAll(scaling->factor, unit);
      if (std::all_of(factors.begin(), factors.end(), [](int32_t f) { return f == 1; }) &&
          scaling->factor.is_scalar()) {
        parts.push_back(term.input.node);
        continue;
      }
      ModelAttributes attributes;
      SetConstant(scaling->factor, std::move(factors), &attributes);
      VOIZK_ASSIGN_OR_RETURN(
          const Emitter::Node part,
          emitter.Add(name, "scale", std::move(attributes), std::array{term.input.node}));
      parts.push_back(part);
      continue;
    }
    const auto& layer = std::get<LinearLayer>(term.map);
    const size_t outputs = layer.weight_dims[0];
    std::vector<int32_t> weight;
    weight.reserve(layer.weight.size());
    for (const float w : layer.weight) weight.push_back(Rounded(w / unit));
    std::vector<int32_t> bias(outputs, 0);
    if (constant_left) {
      if (auto given = Bias(x.constant, step, offset, outputs)) {
        bias = *std::move(given);
        constant_left = false;
      }
    }
    ModelAttributes attributes = layer.attributes;
    attributes["weight"] = Integers(layer.weight_dims, std::move(weight));
    attributes["bias"] = Integers({static_cast<uint32_t>(outputs)}, std::move(bias));
    VOIZK_ASSIGN_OR_RETURN(
        const Emitter::Node part,
        emitter.Add(name, layer.op, std::move(attributes), std::array{term.input.node}));
    parts.push_back(part);
  }
  Emitter::Node sum = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(sum, emitter.Add(name, "add", {}, std::array{sum, parts[i]}));
  }
  if (constant_left) {
    RealTensor shifted = Plus(x.constant, RealTensor::Scalar(static_cast<double>(offset) * step));
    ModelAttributes attributes;
    SetConstant(shifted, RoundedAll(shifted, step), &attributes);
    VOIZK_ASSIGN_OR_RETURN(sum,
                           emitter.Add(name, "offset", std::move(attributes), std::array{sum}));
  }
  return sum;
}

}  // namespace voizk
