#include "network/samples/random_network.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace voizk {

namespace {

constexpr int32_t kReluMax = 127;
// The accumulator that this share of the outputs stays below is scaled to the largest activation.
constexpr double kCalibrationQuantile = 0.995;

// The smallest shift that brings the quantile of |acc| within kReluMax.
int ChooseShift(std::vector<int32_t> acc) {
  for (int32_t& v : acc) v = std::abs(v);
  const auto at = acc.begin() + static_cast<ptrdiff_t>(kCalibrationQuantile *
                                                       static_cast<double>(acc.size() - 1));
  std::nth_element(acc.begin(), at, acc.end());
  int shift = 0;
  while (*at >> shift > kReluMax) ++shift;
  return shift;
}

}  // namespace

RandomNetwork::RandomNetwork(Shape input, int32_t lo, int32_t hi, uint32_t seed)
    : rng_(seed), input_(input), input_lo_(lo), input_hi_(hi), shape_(input), lo_(lo), hi_(hi) {
  cells_ = RandomValues(input.Cells(), lo, hi);
  inputs_["x"] = cells_;
}

// By remainder: the standard's distributions differ between libraries.  The bias is below 2^-20.
std::vector<int32_t> RandomNetwork::RandomValues(size_t n, int32_t lo, int32_t hi) {
  std::vector<int32_t> values(n);
  const auto width = static_cast<uint32_t>(hi - lo + 1);
  for (int32_t& v : values) v = lo + static_cast<int32_t>(static_cast<uint32_t>(rng_()) % width);
  return values;
}

std::vector<int32_t> RandomNetwork::Run(std::shared_ptr<const Operation> operation, Shape* shape) {
  const auto run = [&]() -> Result<std::vector<int32_t>> {
    VOIZK_RETURN_IF_ERROR(status_);
    Graph layer;
    const auto y = layer.Add("y", std::move(operation), {layer.Input("x", shape_, lo_, hi_)});
    VOIZK_ASSIGN_OR_RETURN(const Relation relation, layer.BuildStandalone());
    VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(relation));
    VOIZK_ASSIGN_OR_RETURN(auto found, executor.Infer({{"x", cells_}}, {"y"}, nullptr));
    *shape = layer.shape(y);
    return std::move(found["y"]);
  };
  auto cells = run();
  if (cells.ok()) return std::move(cells).value();
  status_ = cells.status();
  return {0};
}

void RandomNetwork::Append(const std::string& kind, std::shared_ptr<const Operation> operation) {
  std::string name = kind;
  name.append(std::to_string(layers_.size() + 1));
  Shape shape = shape_;
  cells_ = Run(operation, &shape);
  shape_ = shape;
  layers_.push_back({std::move(name), std::move(operation), {}});
}

template <typename Op>
void RandomNetwork::Linear(const std::string& kind, typename Op::Attributes a, bool relu) {
  Shape shape = shape_;
  const int shift = ChooseShift(Run(std::make_shared<Op>(a), &shape));
  // Requant rounds h + 1/2 up, so half a unit less makes it round the accumulator to nearest.
  const int32_t half = shift == 0 || !relu ? 0 : 1 << (shift - 1);
  a.bias = RandomValues(a.outputs, -(1 << shift) / 4, (1 << shift) / 4);
  for (int32_t& b : a.bias) b -= half;
  // Bound of |acc|, as the certificate will find it.
  const size_t taps = a.weight.size() / a.outputs;
  int64_t largest = 0;
  for (size_t o = 0; o < a.outputs; ++o) {
    int64_t least = a.bias[o], most = a.bias[o];
    for (size_t i = 0; i < taps; ++i) {
      const int64_t at_lo = int64_t{a.weight[o * taps + i]} * lo_;
      const int64_t at_hi = int64_t{a.weight[o * taps + i]} * hi_;
      least += std::min(at_lo, at_hi);
      most += std::max(at_lo, at_hi);
    }
    largest = std::max({largest, most, -least});
  }
  Append(kind, std::make_shared<Op>(std::move(a)));
  if (!relu) return;
  table_bits_ = std::max(table_bits_,
                         static_cast<int>(std::bit_width(static_cast<uint64_t>(largest >> shift))));
  op::Requant::Attributes r;
  r.shift = shift;
  r.lo = lo_ = 0;
  r.hi = hi_ = kReluMax;
  const op::Requant requant(r);
  for (int32_t& v : cells_) v = requant.Round(v >> shift);
  std::string name = layers_.back().name;
  layers_.push_back({name.append("_out"), nullptr, r});
}

void RandomNetwork::Conv1d(op::Conv1d::Attributes a, bool relu) {
  a.weight = RandomValues(size_t{a.outputs} * a.kernel * a.group_inputs, -127, 127);
  Linear<op::Conv1d>("conv", std::move(a), relu);
}

void RandomNetwork::Conv2d(op::Conv2d::Attributes a, bool relu) {
  const size_t taps = size_t{a.kernel_height} * a.kernel_width * a.group_inputs;
  a.weight = RandomValues(a.outputs * taps, -127, 127);
  Linear<op::Conv2d>("conv", std::move(a), relu);
}

void RandomNetwork::Dense(uint32_t outputs, bool relu) {
  op::Dense::Attributes a;
  a.outputs = outputs;
  a.weight = RandomValues(outputs * cells_.size(), -127, 127);
  Linear<op::Dense>("dense", std::move(a), relu);
}

void RandomNetwork::MaxPool2d(uint32_t size) {
  Append("pool", std::make_shared<op::MaxPool>(op::PoolWindows{2, {size, size}, {size, size}}));
}

void RandomNetwork::MeanTime() { Append("mean", std::make_shared<op::MeanTime>()); }

Result<SampleNetwork> RandomNetwork::Finish() && {
  VOIZK_RETURN_IF_ERROR(status_);
  Graph graph;
  Graph::NodeId node = graph.Input("x", input_, input_lo_, input_hi_);
  for (Layer& layer : layers_) {
    layer.requant.table_bits = table_bits_;
    if (!layer.operation) layer.operation = std::make_shared<op::Requant>(layer.requant);
    node = graph.Add(layer.name, layer.operation, {node});
  }
  VOIZK_RETURN_IF_ERROR(graph.status());
  return SampleNetwork{std::move(graph), std::move(inputs_)};
}

}  // namespace voizk
