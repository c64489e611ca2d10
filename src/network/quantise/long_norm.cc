#include "network/quantise/long_norm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace voizk {

namespace {

constexpr int kValueBits = 14, kFactorBits = 14;  // their products stay within 2^28
constexpr double kMostSum = 1 << 29;

Result<Emitter::Node> SumOf(Emitter::Node x, const std::vector<int64_t>& dims,
                            std::string_view name, Lowering& lowering) {
  ModelAttributes attributes;
  attributes["axes"] = dims;
  return lowering.emitter().Add(name, "sum", std::move(attributes), std::array{x});
}

// 1 / sqrt(v + epsilon) for each of few v >= 0, by its integer root and a table of what that root
// can be.
Result<Quantity> InverseRoot(const Quantity& v, double epsilon, double least, std::string_view name,
                             Lowering& lowering) {
  ModelAttributes attributes;
  attributes["bits"] = int64_t{0};
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node root,
      lowering.emitter().Add(name, "sqrt", std::move(attributes), std::array{v.node}));
  const int64_t most = (1 << kFactorBits) - 1;
  const double root_step = std::sqrt(v.step);
  const Quantity inverse{0, 1 / std::max(least, root_step) / static_cast<double>(most)};
  TensorData table;
  for (int64_t s = 0; s <= lowering.emitter().range(root).hi; ++s) {
    const double square = std::pow(static_cast<double>(s) * root_step, 2) + epsilon;
    const double y = square > 0 ? 1 / std::sqrt(square) / inverse.step : static_cast<double>(most);
    table.values.push_back(
        static_cast<int32_t>(std::lround(std::min(y, static_cast<double>(most)))));
  }
  table.shape = {static_cast<uint32_t>(table.values.size())};
  attributes = {};
  attributes["shift"] = int64_t{0};
  attributes["first"] = int64_t{0};
  attributes["table"] = std::make_shared<const TensorData>(std::move(table));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node made,
      lowering.emitter().Add(name, "table_activation", std::move(attributes), std::array{root}));
  return Quantity{made, inverse.step};
}

// The rows in 14 bits: their sums as means, what differs from these, and its mean squares.
struct Moments {
  Quantity sum, centred, variance;
  std::vector<uint32_t> dims;
};

Result<Moments> MomentsOf(const FloatNode& node, std::span<const int> order, Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  const std::string_view name = lowering.NameOf(node);
  Emitter& emitter = lowering.emitter();
  // The value in 14 bits, and its mean.
  VOIZK_ASSIGN_OR_RETURN(const Linear linear, lowering.LinearImage(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout layout = image->layout;
  const IntegerRange range = ChooseRange(lowering.statistics(in), kValueBits);
  VOIZK_ASSIGN_OR_RETURN(Quantity x, lowering.Round(linear, range, name));
  VOIZK_ASSIGN_OR_RETURN(x, lowering.Rearranged(x, layout, order));
  std::vector<uint32_t> dims(emitter.dims(x.node).begin(), emitter.dims(x.node).end());
  std::vector<int64_t> rows;
  double count = 1;
  for (size_t d = 0; d + 1 < dims.size(); ++d) {
    rows.push_back(static_cast<int64_t>(d));
    count *= dims[d];
  }
  std::vector<uint32_t> one(dims.size(), 1);
  one.back() = dims.back();
  const double reach = static_cast<double>(std::max(-range.lo, range.hi));
  if (count * reach >= kMostSum)
    return lowering.Unsupported(node, "its sum does not fit the field");
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node sum, SumOf(x.node, rows, name, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Quantity mean,
                         lowering.Round(LinearOf(Quantity{sum, x.step / count}, one),
                                        {x.step, range.lo, range.hi}, name));
  // What differs from the mean, and its squares, as coarse as their sum demands.
  Linear centred = LinearOf(x, dims);
  centred.terms.push_back({mean, Scaling{RealTensor::Scalar(-1)}});
  const int64_t most = (1 << (kValueBits - 1)) - 1;
  VOIZK_ASSIGN_OR_RETURN(
      const Quantity d, lowering.Round(centred, {std::max(x.step, range.step), -most, most}, name));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node square,
                         emitter.Add(name, "mul", {}, std::array{d.node, d.node}));
  const double squares = std::min(std::floor(kMostSum / count), 32767.0);
  if (squares < 64) return lowering.Unsupported(node, "its rows are too long");
  const double square_step = std::pow(static_cast<double>(most) * d.step, 2) / squares;
  VOIZK_ASSIGN_OR_RETURN(const Quantity coarse,
                         lowering.Round(LinearOf(Quantity{square, d.step * d.step}, dims),
                                        {square_step, 0, static_cast<int64_t>(squares)}, name));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node total, SumOf(coarse.node, rows, name, lowering));
  return Moments{{sum, x.step / count}, d, {total, coarse.step / count}, std::move(dims)};
}

}  // namespace

Result<Linear> NormaliseLongRows(const FloatNode& node, double epsilon, std::span<const int> order,
                                 Lowering& lowering) {
  const std::string_view name = lowering.NameOf(node);
  VOIZK_ASSIGN_OR_RETURN(const Moments m, MomentsOf(node, order, lowering));
  // Quiet samples keep 4 times their exactness.
  const double least =
      std::max(lowering.statistics(node.inputs[0]).QuietLevel() / 4, std::sqrt(epsilon));
  VOIZK_ASSIGN_OR_RETURN(const Quantity inverse,
                         InverseRoot(m.variance, epsilon, least, name, lowering));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node product,
      lowering.emitter().Add(name, "mul", {}, std::array{m.centred.node, inverse.node}));
  return LinearOf(Quantity{product, m.centred.step * inverse.step}, m.dims);
}

Status RowMoments(const FloatNode& node, Lowering& lowering) {
  constexpr int64_t kMostBits = 14;
  const std::array<int, 2> order{2, 1};
  VOIZK_ASSIGN_OR_RETURN(const float epsilon, RealAttribute(node, "epsilon", 1e-5F));
  VOIZK_ASSIGN_OR_RETURN(const Moments m, MomentsOf(node, order, lowering));
  // One value of each; the root of what is not rounded yet, in as many more bits as it has room.
  Linear square = LinearOf(m.variance, {1, 1});
  square.constant = RealTensor::Scalar(double{epsilon});
  VOIZK_ASSIGN_OR_RETURN(const Quantity acc,
                         lowering.Accumulate(square, m.variance.step, lowering.NameOf(node)));
  const Interval range = lowering.emitter().range(acc.node);
  int64_t bits = 0;
  while (bits < kMostBits && range.hi << (bits + 2) < (int64_t{1} << 29)) bits += 2;
  ModelAttributes attributes;
  attributes["bits"] = bits;
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node root,
                         lowering.emitter().Add(lowering.NameOf(node), "sqrt",
                                                std::move(attributes), std::array{acc.node}));
  const Quantity deviation{root, std::sqrt(acc.step) * std::ldexp(1, static_cast<int>(-bits / 2))};
  const FloatValueId mean = node.outputs[0], out = node.outputs[1];
  if (mean != kAbsentValue) {
    // A filter of low frequencies makes much of a mean: 1/1024 of the value's steps, or as many as
    // four times the largest mean that was seen needs.
    const int64_t most = (1 << 15) - 1;
    const double step = std::max(
        m.centred.step / 1024, 4 * lowering.statistics(mean).max_abs() / static_cast<double>(most));
    VOIZK_ASSIGN_OR_RETURN(
        const Quantity fine,
        lowering.Round(LinearOf(m.sum, {1, 1}), {step, -most - 1, most}, lowering.NameOf(node)));
    lowering.SetSmall(mean, layout::FromAxes(lowering.dims(mean), std::vector<int>{2, 1}), fine);
  }
  if (out != kAbsentValue) {
    lowering.SetSmall(out, layout::FromAxes(lowering.dims(out), std::vector<int>{2, 1}), deviation);
  }
  return {};
}

}  // namespace voizk
