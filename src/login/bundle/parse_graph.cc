#include "login/bundle/parse_graph.h"

#include <nlohmann/json.hpp>

#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/dense.h"
#include "network/operations/elementwise.h"
#include "network/operations/limits.h"
#include "network/operations/pool.h"
#include "network/operations/rearrange.h"
#include "network/operations/requant.h"
#include "network/operations/stats_pool.h"
#include "network/operations/table_activation.h"

namespace voizk {

using nlohmann::json;

namespace {

using OperationPtr = std::shared_ptr<const Operation>;

constexpr size_t kMaxInputs = 16;
constexpr uint32_t kMaxFramesDivisor = 64;

std::array<uint32_t, 2> Pair(JsonObject& o, std::string_view key, uint32_t hi) {
  const auto v = o.Ints(key, 2, 2, 0, hi);
  return {static_cast<uint32_t>(v[0]), static_cast<uint32_t>(v[1])};
}

// Shapes start with the number of outputs; a tensor that failed to load has none.
uint32_t Dim(const TensorData& t, size_t d) { return d < t.shape.size() ? t.shape[d] : 0; }

OperationPtr ParseConv1d(JsonObject& o, TensorReader& tensors) {
  op::Conv1d::Attributes a;
  TensorData weight = tensors.Read(o, "weight", "int8", 3);
  a.outputs = Dim(weight, 0);
  a.kernel = Dim(weight, 1);
  a.group_inputs = Dim(weight, 2);
  a.weight = std::move(weight.values);
  a.bias = tensors.Read(o, "bias", "int32", 1).values;
  a.stride = o.Size("stride", op::kMaxStride);
  a.dilation = o.Size("dilation", op::kMaxStride);
  a.pad_left = o.Size("pad_left", op::kMaxPad);
  a.pad_right = o.Size("pad_right", op::kMaxPad);
  a.groups = o.Size("groups", op::kMaxChannels);
  return std::make_shared<op::Conv1d>(std::move(a));
}

OperationPtr ParseConv2d(JsonObject& o, TensorReader& tensors) {
  op::Conv2d::Attributes a;
  TensorData weight = tensors.Read(o, "weight", "int8", 4);
  a.outputs = Dim(weight, 0);
  a.kernel_height = Dim(weight, 1);
  a.kernel_width = Dim(weight, 2);
  a.group_inputs = Dim(weight, 3);
  a.weight = std::move(weight.values);
  a.bias = tensors.Read(o, "bias", "int32", 1).values;
  a.stride = Pair(o, "stride", op::kMaxStride);
  a.dilation = Pair(o, "dilation", op::kMaxStride);
  const auto pad = o.Ints("pad", 4, 4, 0, op::kMaxPad);
  for (size_t k = 0; k < 4; ++k) a.pad[k] = static_cast<uint32_t>(pad[k]);
  a.groups = o.Size("groups", op::kMaxChannels);
  return std::make_shared<op::Conv2d>(std::move(a));
}

OperationPtr ParseDense(JsonObject& o, TensorReader& tensors) {
  op::Dense::Attributes a;
  TensorData weight = tensors.Read(o, "weight", "int8", 2);
  a.outputs = Dim(weight, 0);
  a.weight = std::move(weight.values);
  a.bias = tensors.Read(o, "bias", "int32", 1).values;
  return std::make_shared<op::Dense>(std::move(a));
}

OperationPtr ParseRequant(JsonObject& o, TensorReader&) {
  op::Requant::Attributes a;
  a.shift = static_cast<int>(o.Int("shift", 0, op::kMaxRequantShift));
  a.mult = static_cast<int32_t>(o.Int("mult", 1, op::kMaxMultiplier));
  a.q = static_cast<int>(o.Int("q", 0, op::kMaxQ));
  a.lo = static_cast<int32_t>(o.Int("lo", INT16_MIN, INT16_MAX));
  a.hi = static_cast<int32_t>(o.Int("hi", INT16_MIN, INT16_MAX));
  return std::make_shared<op::Requant>(a);
}

OperationPtr ParseTableActivation(JsonObject& o, TensorReader& tensors) {
  op::TableActivation::Attributes a;
  a.shift = static_cast<int>(o.Int("shift", 0, op::kMaxRequantShift));
  a.first = o.Int32("first");
  a.table = tensors.Read(o, "table", "int16", 1).values;
  return std::make_shared<op::TableActivation>(std::move(a));
}

op::PoolWindows ParseWindows(JsonObject& o, int spatial) {
  op::PoolWindows w;
  w.spatial = spatial;
  if (spatial == 2) {
    w.size = Pair(o, "size", op::kMaxWindow);
    w.stride = Pair(o, "stride", op::kMaxStride);
  } else {
    w.size[0] = o.Size("size", op::kMaxWindow);
    w.stride[0] = o.Size("stride", op::kMaxStride);
  }
  return w;
}

OperationPtr ParseSlice(JsonObject& o, TensorReader&) {
  const uint32_t begin = o.Size("begin", op::kMaxChannels);
  return std::make_shared<op::Slice>(begin, o.Size("end", op::kMaxChannels));
}

template <typename Op>
OperationPtr Plain(JsonObject&, TensorReader&) {
  return std::make_shared<Op>();
}

template <typename Op, int kSpatial>
OperationPtr Pooling(JsonObject& o, TensorReader&) {
  return std::make_shared<Op>(ParseWindows(o, kSpatial));
}

struct Parser {
  std::string_view name;
  OperationPtr (*parse)(JsonObject&, TensorReader&);
};

constexpr Parser kParsers[] = {
    {"conv1d", ParseConv1d},
    {"conv2d", ParseConv2d},
    {"dense", ParseDense},
    {"requant", ParseRequant},
    {"table_activation", ParseTableActivation},
    {"maxpool1d", Pooling<op::MaxPool, 1>},
    {"maxpool2d", Pooling<op::MaxPool, 2>},
    {"avgpool1d", Pooling<op::MeanPool, 1>},
    {"avgpool2d", Pooling<op::MeanPool, 2>},
    {"mean_time", Plain<op::MeanTime>},
    {"stats_pool", Plain<op::StatsPool>},
    {"add", Plain<op::Add>},
    {"mul", Plain<op::Mul>},
    {"concat", Plain<op::Concat>},
    {"slice", ParseSlice},
    {"broadcast", Plain<op::Broadcast>},
};

GraphModel::Node ParseNode(JsonObject& o, TensorReader& tensors) {
  GraphModel::Node node;
  node.name = o.Text("name", Graph::kMaxNameLength);
  node.inputs = o.Texts("inputs", Graph::kMaxNodeInputs, Graph::kMaxNameLength);
  const std::string name = o.Text("op", 32);
  for (const Parser& parser : kParsers) {
    if (parser.name == name) node.operation = parser.parse(o, tensors);
  }
  if (!node.operation) o.Fail(ErrorCode::kUnsupported, "unknown operation '" + name + "'");
  o.Finish();
  return node;
}

// A number, "T", or "T/" and a divisor.
GraphModel::Dim ParseDim(const json& value, JsonObject& o) {
  GraphModel::Dim dim;
  if (value.is_number_unsigned() && value.get<uint64_t>() >= 1 &&
      value.get<uint64_t>() <= op::kMaxLength) {
    dim.size = value.get<uint32_t>();
    return dim;
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text == "T") return {0, 1};
    for (uint32_t d = 2; d <= kMaxFramesDivisor; ++d) {
      if (text == "T/" + std::to_string(d)) return {0, d};
    }
  }
  o.Fail(ErrorCode::kMalformed, "a dimension is neither a size nor \"T\" nor \"T/n\"");
  return dim;
}

GraphModel::Input ParseInput(JsonObject& o) {
  GraphModel::Input input;
  input.name = o.Text("name", Graph::kMaxNameLength);
  o.ForEach("shape", 3, [&](const json& value, const std::string&) {
    input.dims.push_back(ParseDim(value, o));
  });
  input.lo = o.Int32("min");
  input.hi = o.Int32("max");
  o.Finish();
  return input;
}

}  // namespace

GraphModel ParseGraph(JsonObject& object, TensorReader& tensors) {
  GraphModel model;
  object.ForEach("inputs", kMaxInputs, [&](const json& value, const std::string& path) {
    JsonObject o(value, path, object.status());
    model.inputs.push_back(ParseInput(o));
  });
  object.ForEach("nodes", Graph::kMaxNodes, [&](const json& value, const std::string& path) {
    if (object.failed()) return;
    JsonObject o(value, path, object.status());
    model.nodes.push_back(ParseNode(o, tensors));
  });
  model.output = object.Text("output", Graph::kMaxNameLength);
  object.Finish();
  return model;
}

}  // namespace voizk
