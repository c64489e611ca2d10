// Variances: mean((x - mean(x))^2), and with weights that sum to 1, sum(w (x - sum(w x))^2).  The
// sums of x^2 and of (w x) x are products summed over time, so that no square has a cell.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr double kMostSum = 1 << 29;  // of a sum of products
constexpr int kVarianceBits = 15;

// x^2 as exporters write it.
FloatValueId SquareOf(const Lowering& lowering, FloatValueId id) {
  const FloatNode* const node = lowering.WriterOf(id);
  if (node == nullptr || node->inputs.size() != 2) return kAbsentValue;
  if (node->op == "Mul" && node->inputs[0] == node->inputs[1]) return node->inputs[0];
  if (node->op != "Pow") return kAbsentValue;
  const FloatTensor* const two = lowering.ConstantOf(node->inputs[1]);
  const bool squares =
      two != nullptr && two->size() == 1 &&
      (two->is_float() ? two->floats()[0] == 2 : two->is_int() && two->ints()[0] == 2);
  return squares ? node->inputs[0] : kAbsentValue;
}

struct Variance {
  FloatValueId x = kAbsentValue;
  FloatValueId weights = kAbsentValue;   // absent: all alike
  FloatValueId weighted = kAbsentValue;  // their product with x
  size_t axis = 0;
};

// The one axis of a Reduce node of that kind over `input`.
std::optional<size_t> AxisOfReduce(const Lowering& lowering, const FloatNode* node,
                                   std::string_view op) {
  if (node == nullptr || node->op != op) return std::nullopt;
  const auto axes = ReducedAxes(*node, lowering);
  if (!axes.ok() || axes->size() != 1) return std::nullopt;
  return (*axes)[0];
}

// What is behind a change of shape that only adds axes of length 1.
const FloatNode* WriterBehindShape(const Lowering& lowering, FloatValueId id) {
  const FloatNode* node = lowering.WriterOf(id);
  while (node != nullptr && (node->op == "Unsqueeze" || node->op == "Reshape")) {
    node = lowering.WriterOf(node->inputs[0]);
  }
  return node;
}

std::optional<Variance> VarianceOf(const Lowering& lowering, const FloatNode& node) {
  const bool mean = node.op == "ReduceMean";
  const auto axis = AxisOfReduce(lowering, &node, node.op);
  if (!axis || (!mean && node.op != "ReduceSum")) return std::nullopt;
  Variance variance;
  variance.axis = *axis;
  FloatValueId difference = SquareOf(lowering, node.inputs[0]);
  const FloatNode* const product = lowering.WriterOf(node.inputs[0]);
  if (!mean && product != nullptr && product->op == "Mul" && product->inputs.size() == 2) {
    for (const size_t k : {size_t{0}, size_t{1}}) {
      const FloatValueId square = SquareOf(lowering, product->inputs[k]);
      if (square == kAbsentValue) continue;
      difference = square;
      variance.weights = product->inputs[1 - k];
    }
  }
  const FloatNode* const sub = lowering.WriterOf(difference);
  if (mean != (variance.weights == kAbsentValue) || sub == nullptr || sub->op != "Sub") {
    return std::nullopt;
  }
  variance.x = sub->inputs[0];
  const FloatNode* const centre = WriterBehindShape(lowering, sub->inputs[1]);
  if (AxisOfReduce(lowering, centre, node.op) != axis) return std::nullopt;
  if (mean) {
    if (centre->inputs[0] != variance.x) return std::nullopt;
    return variance;
  }
  // The centre is the sum of the same weights times x; the weights of a softmax sum to 1.
  const FloatNode* const weighted = lowering.WriterOf(centre->inputs[0]);
  const FloatNode* const softmax = lowering.WriterOf(variance.weights);
  if (weighted == nullptr || weighted->op != "Mul" || softmax == nullptr ||
      softmax->op != "Softmax") {
    return std::nullopt;
  }
  const bool same =
      (weighted->inputs[0] == variance.x && weighted->inputs[1] == variance.weights) ||
      (weighted->inputs[1] == variance.x && weighted->inputs[0] == variance.weights);
  const auto rank = static_cast<int64_t>(lowering.dims(variance.x).size());
  const auto over = IntAttribute(*softmax, "axis", -1);
  if (!same || !over.ok() || (*over + rank) % rank != static_cast<int64_t>(*axis)) {
    return std::nullopt;
  }
  variance.weighted = centre->inputs[0];
  return variance;
}

Result<Emitter::Node> OverAxes(std::string_view name, std::string_view op,
                               const std::vector<int64_t>& dims,
                               std::span<const Emitter::Node> inputs, Lowering& lowering) {
  ModelAttributes attributes;
  attributes["axes"] = dims;
  return lowering.emitter().Add(name, op, std::move(attributes), inputs);
}

// An accumulator that is known to lie within +-most (in reals), in 15 bits and sign: divided by a
// power of two, so that its weight is exact however large it can certifiedly be.
Result<Quantity> Halved(const Quantity& acc, const std::vector<uint32_t>& dims, double most,
                        std::string_view name, Lowering& lowering) {
  IntegerRange range{acc.step, -(1 << kVarianceBits), (1 << kVarianceBits) - 1};
  while (static_cast<double>(range.hi) * range.step < most) range.step *= 2;
  return lowering.Round(LinearOf(acc, dims), range, name);
}

// x as a factor per channel of a tensor whose sum of squares over `count` values has room.
Result<AffineImage> Squarable(FloatValueId id, bool by_channel, double count, std::string_view name,
                              Lowering& lowering) {
  constexpr int kNarrow = 10;
  VOIZK_ASSIGN_OR_RETURN(AffineImage x, lowering.Affine(id));
  const Interval range = lowering.emitter().range(x.quantity.node);
  const double reach =
      static_cast<double>(std::max({std::abs(range.lo), std::abs(range.hi), int64_t{1}}));
  if (count * reach * reach < kMostSum && (by_channel || x.factor.is_scalar())) return x;
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(id));
  VOIZK_ASSIGN_OR_RETURN(
      const Quantity narrow,
      lowering.Round(linear, ChooseRange(lowering.statistics(id), kNarrow), name));
  return AffineImage{narrow};
}

// f^2 (mean(q^2) - mean(q)^2), whatever is added to x = f q.  In integers 2^k sum(q^2) - m sum(q)
// with m = round(2^k mean(q)), both weights being exact: what is left of two large numbers is
// small.
Status Plain(const FloatNode& node, const Variance& v, Lowering& lowering) {
  const std::string_view name = lowering.NameOf(node);
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(v.x));
  const layout::Reduction left = layout::Reduced(image->layout, image->dims, std::array{v.axis},
                                                 lowering.dims(node.outputs[0]).size());
  const auto channels = static_cast<int64_t>(image->dims.size()) - 1;
  const bool by_channel =
      std::find(left.gone.begin(), left.gone.end(), channels) == left.gone.end();
  VOIZK_ASSIGN_OR_RETURN(const AffineImage x,
                         Squarable(v.x, by_channel, left.count, name, lowering));
  const Quantity q = x.quantity;
  const Interval range = lowering.emitter().range(q.node);
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node squares,
                         OverAxes(name, "dot", left.gone, std::array{q.node, q.node}, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node sum,
                         OverAxes(name, "sum", left.gone, std::array{q.node}, lowering));
  const double reach = static_cast<double>(std::max(std::abs(range.lo), std::abs(range.hi)));
  int k = 0;
  while (k < 6 && std::ldexp(left.count * reach * reach, k + 1) < kMostSum / 2) ++k;
  const double part = std::ldexp(1, -k);
  VOIZK_ASSIGN_OR_RETURN(const Quantity mean,
                         lowering.Round(LinearOf(Quantity{sum, q.step / left.count}, left.shape),
                                        {q.step * part, std::max<int64_t>(range.lo << k, -32768),
                                         std::min<int64_t>(range.hi << k, 32767)},
                                        name));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node means,
                         lowering.emitter().Add(name, "mul", {}, std::array{sum, mean.node}));
  Linear variance = LinearOf(Quantity{squares, q.step * q.step / left.count}, left.shape);
  variance.terms.push_back(
      {{means, q.step * mean.step / left.count}, Scaling{RealTensor::Scalar(-1)}});
  // Values within a range of this width have no larger variance than a quarter of its square.
  const double width = static_cast<double>(range.hi - range.lo);
  IntegerRange fine{q.step * q.step / left.count * part, 0, (1 << kVarianceBits) - 1};
  while (static_cast<double>(fine.hi) * fine.step < width * width / 4 * q.step * q.step) {
    fine.step *= 2;
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity rounded, lowering.Round(variance, fine, name));
  lowering.SetAffine(node.outputs[0], left.layout, {rounded, Times(x.factor, x.factor)});
  return {};
}

// sum(p x) - sum(p)^2 with p = w x, which is rounded anyway for the mean.  x = f q + t.
Result<bool> Weighted(const FloatNode& node, const Variance& v, Lowering& lowering) {
  const std::string_view name = lowering.NameOf(node);
  VOIZK_ASSIGN_OR_RETURN(const Quantity p, lowering.Small(v.weighted));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(v.weighted));
  const auto axes = layout::AxesOfDims(image->layout, static_cast<int>(image->dims.size()));
  if (!axes || lowering.dims(v.weighted) != lowering.dims(v.x)) return false;
  const layout::Reduction left = layout::Reduced(image->layout, image->dims, std::array{v.axis},
                                                 lowering.dims(node.outputs[0]).size());
  const auto channels = static_cast<int64_t>(axes->size()) - 1;
  if (std::find(left.gone.begin(), left.gone.end(), channels) != left.gone.end()) return false;
  VOIZK_ASSIGN_OR_RETURN(const AffineImage x, lowering.AffineAs(v.x, *axes));
  const Interval range = lowering.emitter().range(p.node);
  const Interval other = lowering.emitter().range(x.quantity.node);
  const double most = left.count * static_cast<double>(std::max(-range.lo, range.hi)) *
                      static_cast<double>(std::max(-other.lo, other.hi));
  if (most >= kMostSum) return false;
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node products,
      OverAxes(name, "dot", left.gone, std::array{p.node, x.quantity.node}, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node sum,
                         OverAxes(name, "sum", left.gone, std::array{p.node}, lowering));
  // Means lie where x does, in what was seen of it; so do means of x q.
  const ValueStatistics& seen = lowering.statistics(v.x);
  const double reach = std::max(std::abs(seen.min()), seen.max_abs());
  constexpr int kMeanBits = 14;
  const IntegerRange fine = ChooseRange(seen, kMeanBits);
  VOIZK_ASSIGN_OR_RETURN(const Quantity mean,
                         lowering.Round(LinearOf(Quantity{sum, p.step}, left.shape), fine, name));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node square,
                         lowering.emitter().Add(name, "mul", {}, std::array{mean.node, mean.node}));
  VOIZK_ASSIGN_OR_RETURN(
      const Quantity mean_square,
      Halved({square, mean.step * mean.step}, left.shape, reach * reach, name, lowering));
  const double most_q = static_cast<double>(std::max(-other.lo, other.hi)) * x.quantity.step;
  VOIZK_ASSIGN_OR_RETURN(const Quantity moment, Halved({products, p.step * x.quantity.step},
                                                       left.shape, reach * most_q, name, lowering));
  Linear variance = LinearOf(moment, left.shape);
  variance.terms[0].map = Scaling{x.factor};
  if (x.constant.max_abs() != 0) variance.terms.push_back({mean, Scaling{x.constant}});
  variance.terms.push_back({mean_square, Scaling{RealTensor::Scalar(-1)}});
  lowering.SetLinear(node.outputs[0], left.layout, std::move(variance));
  return true;
}

}  // namespace

Result<bool> LowerVariance(const FloatNode& node, Lowering& lowering) {
  const auto variance = VarianceOf(lowering, node);
  if (!variance) return false;
  if (variance->weights == kAbsentValue) {
    VOIZK_RETURN_IF_ERROR(Plain(node, *variance, lowering));
    return true;
  }
  return Weighted(node, *variance, lowering);
}

}  // namespace voizk
