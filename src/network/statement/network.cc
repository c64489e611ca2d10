// The public description of a network: each method adds one operation of src/network/operations.
#include <utility>

#include "base/exceptions.h"
#include "network/graph/graph.h"
#include "network/operations/choice.h"
#include "network/operations/committed.h"
#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/conv_transpose.h"
#include "network/operations/dense.h"
#include "network/operations/divide.h"
#include "network/operations/dot.h"
#include "network/operations/elementwise.h"
#include "network/operations/gru.h"
#include "network/operations/limbs.h"
#include "network/operations/lstm.h"
#include "network/operations/matmul.h"
#include "network/operations/normalise.h"
#include "network/operations/pool.h"
#include "network/operations/rearrange.h"
#include "network/operations/reduce.h"
#include "network/operations/requant.h"
#include "network/operations/reshape.h"
#include "network/operations/rnn.h"
#include "network/operations/softmax.h"
#include "network/operations/stats_pool.h"
#include "network/operations/table_activation.h"
#include "network/operations/wide_table.h"
#include "voizk/graph.h"

namespace voizk {

Network::Network() {
  try {
    graph_ = std::make_shared<Graph>();
  } catch (...) {
    failure_ = ErrorOfException();
  }
}

// change(description), which is this network's own from here on.
template <typename Fn>
Network::Node Network::Change(const Fn& change) {
  if (!failure_.ok()) return 0;
  try {
    if (graph_.use_count() > 1) graph_ = std::make_shared<Graph>(*graph_);
    return change(*graph_);
  } catch (...) {
    failure_ = ErrorOfException();
    return 0;
  }
}

template <typename Op>
Network::Node Network::Append(Op operation, std::span<const Node> inputs) {
  return Change([&](Graph& graph) {
    const std::string name = std::string(operation.kind()) + " " + std::to_string(graph.size());
    return graph.Add(name, std::move(operation), {inputs.begin(), inputs.end()});
  });
}

namespace {

Shape ShapeOf(const std::vector<uint32_t>& dims) {
  Shape shape;
  shape.rank = dims.size() > Shape::kMaxRank ? 0 : static_cast<int>(dims.size());
  for (int k = 0; k < shape.rank; ++k) {
    shape.dims[static_cast<size_t>(k)] = dims[static_cast<size_t>(k)];
  }
  return shape;
}

op::PoolWindows WindowsOf(const Network::PoolLayer& layer, int spatial) {
  return {spatial, layer.size, layer.stride, layer.dilation, layer.pad, layer.include_pad};
}

op::GateTable TableOf(Network::Function function) {
  return {function.shift, function.first, std::move(function.table)};
}

op::RecurrentWeights WeightsOf(Network::Recurrence r) {
  return {r.hidden, std::move(r.input_weight), std::move(r.state_weight), std::move(r.bias),
          r.reverse};
}

op::Softmax SoftmaxOf(Network::SoftmaxLayer layer, op::Softmax::Kind kind) {
  return op::Softmax({kind, layer.fraction_bits, layer.total, layer.first, std::move(layer.table)});
}

/// x and the initial states.
std::vector<Network::Node> Together(Network::Node x, std::vector<Network::Node> initial) {
  initial.insert(initial.begin(), x);
  return initial;
}

}  // namespace

Network::Node Network::Input(const std::string& name, std::vector<uint32_t> dims, int32_t lo,
                             int32_t hi) {
  return Change([&](Graph& graph) { return graph.Input(name, ShapeOf(dims), lo, hi); });
}

Network::Node Network::PublicInput(const std::string& name, std::vector<uint32_t> dims, int32_t lo,
                                   int32_t hi) {
  return Change([&](Graph& graph) {
    return graph.Input(name, ShapeOf(dims), lo, hi, Graph::Owner::kPublic);
  });
}

Network::Node Network::Conv1d(Node x, Conv1dLayer layer) {
  op::Conv1d::Attributes a;
  a.outputs = layer.outputs;
  a.kernel = layer.kernel;
  a.group_inputs = layer.group_inputs;
  a.weight = std::move(layer.weight);
  a.bias = std::move(layer.bias);
  a.stride = layer.stride;
  a.dilation = layer.dilation;
  a.pad_left = layer.pad_left;
  a.pad_right = layer.pad_right;
  a.groups = layer.groups;
  return Append(op::Conv1d(std::move(a)), std::array{x});
}

Network::Node Network::Conv2d(Node x, Conv2dLayer layer) {
  op::Conv2d::Attributes a;
  a.outputs = layer.outputs;
  a.kernel_height = layer.kernel_height;
  a.kernel_width = layer.kernel_width;
  a.group_inputs = layer.group_inputs;
  a.weight = std::move(layer.weight);
  a.bias = std::move(layer.bias);
  a.stride = layer.stride;
  a.dilation = layer.dilation;
  a.pad = layer.pad;
  a.groups = layer.groups;
  return Append(op::Conv2d(std::move(a)), std::array{x});
}

Network::Node Network::ConvTranspose1d(Node x, Conv1dLayer layer, uint32_t output_pad) {
  op::ConvTranspose::Attributes a;
  a.outputs = layer.outputs;
  a.group_inputs = layer.group_inputs;
  a.kernel[0] = layer.kernel;
  a.weight = std::move(layer.weight);
  a.bias = std::move(layer.bias);
  a.stride[0] = layer.stride;
  a.dilation[0] = layer.dilation;
  a.output_pad[0] = output_pad;
  a.pad = {layer.pad_left, layer.pad_right, 0, 0};
  a.groups = layer.groups;
  return Append(op::ConvTranspose(std::move(a)), std::array{x});
}

Network::Node Network::ConvTranspose2d(Node x, Conv2dLayer layer,
                                       std::array<uint32_t, 2> output_pad) {
  op::ConvTranspose::Attributes a;
  a.spatial = 2;
  a.outputs = layer.outputs;
  a.group_inputs = layer.group_inputs;
  a.kernel = {layer.kernel_height, layer.kernel_width};
  a.weight = std::move(layer.weight);
  a.bias = std::move(layer.bias);
  a.stride = layer.stride;
  a.dilation = layer.dilation;
  a.output_pad = output_pad;
  a.pad = layer.pad;
  a.groups = layer.groups;
  return Append(op::ConvTranspose(std::move(a)), std::array{x});
}

Network::Node Network::Dense(Node x, uint32_t outputs, std::vector<int32_t> weight,
                             std::vector<int32_t> bias) {
  return Append(op::Dense({outputs, std::move(weight), std::move(bias)}), std::array{x});
}

Network::Node Network::CommittedDense(Node x, uint32_t outputs, int weight_bits, int bias_bits) {
  op::CommittedLinear::Attributes a;
  a.outputs = outputs;
  a.weight_bits = weight_bits;
  a.bias_bits = bias_bits;
  return Append(op::CommittedLinear(a), std::array{x});
}

Network::Node Network::CommittedConv1d(Node x, const Conv1dLayer& layer, int weight_bits,
                                       int bias_bits) {
  op::CommittedLinear::Attributes a;
  a.kind = op::CommittedLinear::Kind::kConv1d;
  a.outputs = layer.outputs;
  a.kernel[0] = layer.kernel;
  a.stride[0] = layer.stride;
  a.dilation[0] = layer.dilation;
  a.pad[0] = layer.pad_left;
  a.pad[1] = layer.pad_right;
  a.groups = layer.groups;
  a.weight_bits = weight_bits;
  a.bias_bits = bias_bits;
  return Append(op::CommittedLinear(a), std::array{x});
}

Network::Node Network::CommittedConv2d(Node x, const Conv2dLayer& layer, int weight_bits,
                                       int bias_bits) {
  op::CommittedLinear::Attributes a;
  a.kind = op::CommittedLinear::Kind::kConv2d;
  a.outputs = layer.outputs;
  a.kernel = {layer.kernel_height, layer.kernel_width};
  a.stride = layer.stride;
  a.dilation = layer.dilation;
  a.pad = layer.pad;
  a.groups = layer.groups;
  a.weight_bits = weight_bits;
  a.bias_bits = bias_bits;
  return Append(op::CommittedLinear(a), std::array{x});
}

Network::Node Network::MatMul(Node x, Node y, bool transpose_x, bool transpose_y) {
  return Append(op::MatMul(transpose_x, transpose_y), std::array{x, y});
}

Network::Node Network::Requant(Node x, int shift, int32_t mult, int q, int32_t lo, int32_t hi) {
  op::Requant::Attributes a;
  a.shift = shift;
  a.mult = mult;
  a.q = q;
  a.lo = lo;
  a.hi = hi;
  return Append(op::Requant(a), std::array{x});
}

Network::Node Network::Table(Node x, int shift, int32_t first, std::vector<int32_t> table) {
  return Append(op::TableActivation({shift, first, std::move(table)}), std::array{x});
}

Network::Node Network::WideTable(Node x, Function coarse, Function fine) {
  return Append(op::WideTable({coarse.shift, coarse.first, std::move(coarse.table), fine.shift,
                               fine.first, std::move(fine.table)}),
                std::array{x});
}

Network::Node Network::MaxPool1d(Node x, PoolLayer layer) {
  return Append(op::MaxPool(WindowsOf(layer, 1)), std::array{x});
}

Network::Node Network::MaxPool2d(Node x, PoolLayer layer) {
  return Append(op::MaxPool(WindowsOf(layer, 2)), std::array{x});
}

Network::Node Network::AvgPool1d(Node x, PoolLayer layer) {
  return Append(op::MeanPool(WindowsOf(layer, 1)), std::array{x});
}

Network::Node Network::AvgPool2d(Node x, PoolLayer layer) {
  return Append(op::MeanPool(WindowsOf(layer, 2)), std::array{x});
}

Network::Node Network::MaxPool1d(Node x, uint32_t size, uint32_t stride) {
  return MaxPool1d(x, PoolLayer{{size, 1}, {stride, 1}});
}

Network::Node Network::MaxPool2d(Node x, std::array<uint32_t, 2> size,
                                 std::array<uint32_t, 2> stride) {
  return MaxPool2d(x, PoolLayer{size, stride});
}

Network::Node Network::AvgPool1d(Node x, uint32_t size, uint32_t stride) {
  return AvgPool1d(x, PoolLayer{{size, 1}, {stride, 1}});
}

Network::Node Network::AvgPool2d(Node x, std::array<uint32_t, 2> size,
                                 std::array<uint32_t, 2> stride) {
  return AvgPool2d(x, PoolLayer{size, stride});
}

Network::Node Network::Dot(Node x, Node y, std::vector<int32_t> axes) {
  return Append(op::Dot({std::move(axes)}), std::array{x, y});
}
Network::Node Network::Sum(Node x, std::vector<int32_t> axes) {
  return Append(op::Sum({std::move(axes)}), std::array{x});
}

Network::Node Network::Mean(Node x, std::vector<int32_t> axes) {
  return Append(op::Mean({std::move(axes)}), std::array{x});
}

Network::Node Network::Max(Node x, std::vector<int32_t> axes) {
  return Append(op::Max({std::move(axes)}), std::array{x});
}

Network::Node Network::Softmax(Node x, SoftmaxLayer layer) {
  return Append(SoftmaxOf(std::move(layer), op::Softmax::Kind::kSoftmax), std::array{x});
}

Network::Node Network::LogSoftmax(Node x, SoftmaxLayer layer) {
  return Append(SoftmaxOf(std::move(layer), op::Softmax::Kind::kLogSoftmax), std::array{x});
}

Network::Node Network::LogSumExp(Node x, SoftmaxLayer layer) {
  return Append(SoftmaxOf(std::move(layer), op::Softmax::Kind::kLogSumExp), std::array{x});
}

Network::Node Network::Normalise(Node x, NormaliseLayer layer) {
  return Append(op::Normalise({{std::move(layer.axes)},
                               layer.centred,
                               layer.fraction_bits,
                               layer.epsilon,
                               layer.scale,
                               layer.shift,
                               layer.square_shift}),
                std::array{x});
}

namespace {

op::Lstm LstmOf(Network::LstmLayer layer, op::RecurrentWeights weights) {
  op::Lstm::Attributes a;
  a.weights = std::move(weights);
  a.sigmoid = TableOf(std::move(layer.sigmoid));
  a.tanh = TableOf(std::move(layer.tanh));
  a.cell_tanh = TableOf(std::move(layer.cell_tanh));
  a.cell_shift = layer.cell_shift;
  a.hidden_shift = layer.hidden_shift;
  a.cell_lo = layer.cell_lo;
  a.cell_hi = layer.cell_hi;
  a.with_cell = layer.with_cell;
  return op::Lstm(std::move(a));
}

}  // namespace

Network::Node Network::Lstm(Node x, LstmLayer layer, std::vector<Node> initial) {
  op::RecurrentWeights weights = WeightsOf(std::move(layer.weights));
  return Append(LstmOf(std::move(layer), std::move(weights)), Together(x, std::move(initial)));
}

Network::Node Network::CommittedLstm(Node x, LstmLayer layer, int weight_bits, int bias_bits,
                                     std::vector<Node> initial) {
  op::RecurrentWeights weights = WeightsOf(std::move(layer.weights));
  weights.committed = {weight_bits, bias_bits};
  return Append(LstmOf(std::move(layer), std::move(weights)), Together(x, std::move(initial)));
}

Network::Node Network::Gru(Node x, GruLayer layer, std::vector<Node> initial) {
  op::Gru::Attributes a;
  a.weights = WeightsOf(std::move(layer.weights));
  a.sigmoid = TableOf(std::move(layer.sigmoid));
  a.tanh = TableOf(std::move(layer.tanh));
  a.gate_bits = layer.gate_bits;
  a.reset_after = layer.reset_after;
  a.state_shift = layer.state_shift;
  a.candidate_scale = layer.candidate_scale;
  a.state_bias = std::move(layer.state_bias);
  return Append(op::Gru(std::move(a)), Together(x, std::move(initial)));
}

Network::Node Network::Rnn(Node x, Recurrence weights, Function function,
                           std::vector<Node> initial) {
  return Append(op::Rnn({WeightsOf(std::move(weights)), TableOf(std::move(function))}),
                Together(x, std::move(initial)));
}

Network::Node Network::MeanTime(Node x) { return Append(op::MeanTime(), std::array{x}); }
Network::Node Network::StatsPool(Node x, Node mask) {
  return Append(op::StatsPool(), std::array{x, mask});
}
Network::Node Network::Add(Node x, Node y) { return Append(op::Add(), std::array{x, y}); }
Network::Node Network::Mul(Node x, Node y) { return Append(op::Mul(), std::array{x, y}); }
Network::Node Network::Sub(Node x, Node y) { return Append(op::Sub(), std::array{x, y}); }

Network::Node Network::Div(Node x, Node y, int bits) {
  return Append(op::Div(bits), std::array{x, y});
}

Network::Node Network::Sqrt(Node x, int bits) { return Append(op::Sqrt(bits), std::array{x}); }

Network::Node Network::Limbs(Node x, int shift) { return Append(op::Limbs(shift), std::array{x}); }

Network::Node Network::Offset(Node x, std::vector<uint32_t> dims, std::vector<int32_t> values) {
  return Append(op::Offset({std::move(dims), std::move(values)}), std::array{x});
}

Network::Node Network::Scale(Node x, std::vector<uint32_t> dims, std::vector<int32_t> values) {
  return Append(op::Scale({std::move(dims), std::move(values)}), std::array{x});
}

Network::Node Network::Concat(std::vector<Node> parts, int32_t axis) {
  return Append(op::Concat(axis), parts);
}

Network::Node Network::Slice(Node x, int64_t begin, int64_t end, int32_t axis, int64_t step) {
  return Append(op::Slice(begin, end, axis, step), std::array{x});
}

Network::Node Network::Gather(Node x, std::vector<uint32_t> indices, int32_t axis) {
  return Append(op::Gather(axis, std::move(indices)), std::array{x});
}

Network::Node Network::Transpose(Node x, std::vector<uint32_t> order) {
  return Append(op::Transpose(std::move(order)), std::array{x});
}

Network::Node Network::Reshape(Node x, std::vector<uint32_t> dims) {
  return Append(op::Reshape(std::move(dims)), std::array{x});
}

Network::Node Network::Pad(Node x, int32_t axis, uint32_t before, uint32_t after, PadMode mode,
                           int32_t value) {
  op::Pad::Attributes a{axis, before, after, op::Pad::Mode::kConstant, value};
  if (mode == PadMode::kReflect) a.mode = op::Pad::Mode::kReflect;
  if (mode == PadMode::kEdge) a.mode = op::Pad::Mode::kEdge;
  return Append(op::Pad(a), std::array{x});
}

Network::Node Network::Broadcast(Node x, Node like) {
  return Append(op::Broadcast(), std::array{x, like});
}

Network::Node Network::OneHot(Node x, uint32_t depth) {
  return Append(op::OneHot(depth), std::array{x});
}

Network::Node Network::ArgMax(Node x) { return Append(op::ArgMax(), std::array{x}); }

void Network::SetOutput(Node node) {
  Change([&](Graph& graph) {
    graph.SetOutput(node);
    return node;
  });
}

void Network::SetCommitment(std::vector<int32_t> commitment) {
  Change([&](Graph& graph) {
    graph.SetCommitment(std::move(commitment));
    return graph.output();
  });
}

const Status& Network::status() const { return failure_.ok() ? graph_->status() : failure_; }

}  // namespace voizk
