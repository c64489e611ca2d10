#include "network/onnx/graph_reader.h"

#include <functional>
#include <queue>
#include <unordered_map>

#include "network/float_operations/onnx_types.h"
#include "network/float_operations/table.h"
#include "network/onnx/proto.h"
#include "network/onnx/read_onnx.h"

namespace voizk {

namespace {

// A graph that is being read, and the one around it.
struct Scope {
  FloatGraph graph;
  std::unordered_map<std::string, FloatValueId> names;
  Scope* outer = nullptr;
  size_t depth = 0;

  // The value of that name here or around; a value from around is captured once.
  std::optional<FloatValueId> Find(const std::string& name) {
    if (const auto found = names.find(name); found != names.end()) return found->second;
    if (!outer) return std::nullopt;
    const auto there = outer->Find(name);
    if (!there) return std::nullopt;
    const FloatValueId here = graph.AddValue(name);
    graph.captures.push_back({*there, here});
    names.emplace(name, here);
    return here;
  }
};

std::string Quoted(const std::string& name) {
  std::string text(1, '"');
  text.append(name, 0, 200);
  text.push_back('"');
  return text;
}

Error At(const std::string& place, const Error& error) {
  return {error.code, place + ": " + error.message};
}

class GraphReader {
 public:
  GraphReader(int64_t opset, OnnxTensorReader& tensors) : opset_(opset), tensors_(tensors) {}

  Result<FloatGraph> Read(const onnx::GraphProto& proto, Scope* outer);

 private:
  Status Declare(Scope& scope, const std::string& name, FloatValueId& id);
  Status ReadConstants(const onnx::GraphProto& proto, Scope& scope);
  Status ReadInputs(const onnx::GraphProto& proto, Scope& scope);
  Status DeclareOutputs(const onnx::NodeProto& proto, FloatNode& node, Scope& scope);
  Status ReadNode(const onnx::NodeProto& proto, FloatNode& node, Scope& scope);
  Result<FloatAttribute> ReadAttribute(const onnx::AttributeProto& proto, Scope& scope);

  int64_t opset_;
  OnnxTensorReader& tensors_;
};

Status GraphReader::Declare(Scope& scope, const std::string& name, FloatValueId& id) {
  if (name.empty()) return {ErrorCode::kMalformed, "a value has no name"};
  id = scope.graph.values.size();
  if (!scope.names.emplace(name, id).second) {
    return {ErrorCode::kMalformed, "value " + Quoted(name) + " is written twice"};
  }
  scope.graph.AddValue(name);
  return {};
}

Status GraphReader::ReadConstants(const onnx::GraphProto& proto, Scope& scope) {
  for (const auto& initializer : proto.initializer()) {
    const std::string place = "initializer " + Quoted(initializer.name());
    FloatValueId id = 0;
    VOIZK_RETURN_IF_ERROR(Declare(scope, initializer.name(), id));
    auto tensor = tensors_.Read(initializer);
    if (!tensor.ok()) return At(place, tensor.error());
    FloatGraphValue& value = scope.graph.values[id];
    value.type = tensor->type();
    value.dims = tensor->dims();
    value.constant = std::make_shared<const FloatTensor>(std::move(*tensor));
  }
  return {};
}

// Type and dims that the file declares; unknown dims become -1.
Status ReadType(const onnx::ValueInfoProto& proto, FloatGraphValue& value) {
  const auto bad = [&](ErrorCode code, const std::string& what) {
    return Status(code, "value " + Quoted(proto.name()) + " " + what);
  };
  if (!proto.type().has_tensor_type()) return {};  // a sequence, or nothing is said
  const auto& tensor = proto.type().tensor_type();
  if (tensor.elem_type() != 0) {
    value.type = FloatTypeOfOnnx(tensor.elem_type());
    if (!value.type) {
      return bad(ErrorCode::kUnsupported,
                 "is of ONNX's type " + std::to_string(tensor.elem_type()));
    }
  }
  if (!tensor.has_shape()) return {};
  if (tensor.shape().dim_size() > static_cast<int>(kMaxFloatRank)) {
    return bad(ErrorCode::kLimitExceeded, "has more than 8 dims");
  }
  Dims dims;
  Dims known;
  for (const auto& dim : tensor.shape().dim()) {
    // Exporters write 0 or a negative number where they mean "unknown".
    dims.push_back(dim.has_dim_value() && dim.dim_value() > 0 ? dim.dim_value() : -1);
    known.push_back(std::max<int64_t>(dims.back(), 1));
  }
  const auto count = ElementCount(known);
  if (!count.ok()) return bad(count.error().code, "is " + count.error().message);
  value.dims = std::move(dims);
  return {};
}

Status GraphReader::ReadInputs(const onnx::GraphProto& proto, Scope& scope) {
  for (const auto& input : proto.input()) {
    const auto initialised = scope.names.find(input.name());
    if (initialised != scope.names.end() && scope.graph.values[initialised->second].constant) {
      continue;  // a default that nobody overrides: a constant
    }
    FloatValueId id = 0;
    VOIZK_RETURN_IF_ERROR(Declare(scope, input.name(), id));
    VOIZK_RETURN_IF_ERROR(ReadType(input, scope.graph.values[id]));
    scope.graph.inputs.push_back(id);
  }
  return {};
}

Status GraphReader::DeclareOutputs(const onnx::NodeProto& proto, FloatNode& node, Scope& scope) {
  node.op = proto.op_type();
  node.name = proto.name();
  if (node.name.empty()) node.name = node.op + "_" + std::to_string(scope.graph.nodes.size());
  if (!IsDefaultDomain(proto.domain())) {
    return NodeError(node, ErrorCode::kUnsupported,
                     "is of domain " + proto.domain() +
                         "; only ONNX's own operations are understood: export without it");
  }
  if (!IsOnnxOperation(node.op)) {
    return NodeError(node, ErrorCode::kUnsupported, "is not among the operations understood");
  }
  for (const std::string& output : proto.output()) {
    FloatValueId id = kAbsentValue;
    if (!output.empty()) {
      const Status declared = Declare(scope, output, id);
      if (!declared.ok()) {
        return NodeError(node, declared.error().code, declared.error().message);
      }
    }
    node.outputs.push_back(id);
  }
  return {};
}

Result<FloatAttribute> GraphReader::ReadAttribute(const onnx::AttributeProto& proto, Scope& scope) {
  if (!proto.ref_attr_name().empty()) return {ErrorCode::kUnsupported, "refers to a function's"};
  switch (proto.type()) {
    case onnx::AttributeProto::FLOAT:
      return FloatAttribute(proto.f());
    case onnx::AttributeProto::INT:
      return FloatAttribute(int64_t{proto.i()});
    case onnx::AttributeProto::STRING:
      return FloatAttribute(proto.s());
    case onnx::AttributeProto::FLOATS:
      return FloatAttribute(std::vector<float>(proto.floats().begin(), proto.floats().end()));
    case onnx::AttributeProto::INTS:
      return FloatAttribute(std::vector<int64_t>(proto.ints().begin(), proto.ints().end()));
    case onnx::AttributeProto::STRINGS:
      return FloatAttribute(
          std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case onnx::AttributeProto::TENSOR: {
      VOIZK_ASSIGN_OR_RETURN(FloatTensor tensor, tensors_.Read(proto.t()));
      return FloatAttribute(std::make_shared<const FloatTensor>(std::move(tensor)));
    }
    case onnx::AttributeProto::GRAPH: {
      VOIZK_ASSIGN_OR_RETURN(FloatGraph graph, Read(proto.g(), &scope));
      return FloatAttribute(std::make_shared<const FloatGraph>(std::move(graph)));
    }
    default:
      return {ErrorCode::kUnsupported, "is of a type that is not understood"};
  }
}

Status GraphReader::ReadNode(const onnx::NodeProto& proto, FloatNode& node, Scope& scope) {
  for (const std::string& input : proto.input()) {
    if (input.empty()) {
      node.inputs.push_back(kAbsentValue);
      continue;
    }
    const auto id = scope.Find(input);
    if (!id) {
      return NodeError(node, ErrorCode::kMalformed,
                       "reads " + Quoted(input) + ", which is never written");
    }
    node.inputs.push_back(*id);
  }
  // Left-out inputs at the end say nothing, but for Loop, whose inputs are counted.
  while (node.op != "Loop" && !node.inputs.empty() && node.inputs.back() == kAbsentValue)
    node.inputs.pop_back();
  for (const auto& attribute : proto.attribute()) {
    auto value = ReadAttribute(attribute, scope);
    if (!value.ok()) {
      return NodeError(node, value.error().code,
                       "attribute " + Quoted(attribute.name()) + ": " + value.error().message);
    }
    if (!node.attributes.emplace(attribute.name(), std::move(*value)).second) {
      return NodeError(node, ErrorCode::kMalformed,
                       "attribute " + Quoted(attribute.name()) + " comes twice");
    }
  }
  return {};
}

// What a node reads, its subgraphs included.
template <typename Fn>
void ForEachRead(const FloatNode& node, Fn fn) {
  for (const FloatValueId id : node.inputs) {
    if (id != kAbsentValue) fn(id);
  }
  for (const auto& [key, attribute] : node.attributes) {
    if (const auto* inner = std::get_if<std::shared_ptr<const FloatGraph>>(&attribute)) {
      for (const FloatGraph::Capture& c : (*inner)->captures) fn(c.outer);
    }
  }
}

// Kahn's algorithm; of the nodes that are ready the one that the file names first.
Status SortNodes(FloatGraph& graph) {
  constexpr size_t kNobody = SIZE_MAX;
  std::vector<size_t> writer(graph.values.size(), kNobody);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const FloatValueId id : graph.nodes[n].outputs) {
      if (id != kAbsentValue) writer[id] = n;
    }
  }
  std::vector<size_t> waits(graph.nodes.size(), 0);
  std::vector<std::vector<size_t>> readers(graph.nodes.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    ForEachRead(graph.nodes[n], [&](FloatValueId id) {
      if (writer[id] == kNobody) return;
      readers[writer[id]].push_back(n);
      ++waits[n];
    });
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t n = 0; n < waits.size(); ++n) {
    if (waits[n] == 0) ready.push(n);
  }
  std::vector<FloatNode> sorted;
  while (!ready.empty()) {
    const size_t n = ready.top();
    ready.pop();
    sorted.push_back(std::move(graph.nodes[n]));
    for (const size_t reader : readers[n]) {
      if (--waits[reader] == 0) ready.push(reader);
    }
  }
  if (sorted.size() != graph.nodes.size()) {
    size_t n = 0;
    while (waits[n] == 0) ++n;  // it waits, so it was not moved
    return NodeError(graph.nodes[n], ErrorCode::kMalformed, "depends on its own output");
  }
  graph.nodes = std::move(sorted);
  return {};
}

Result<FloatGraph> GraphReader::Read(const onnx::GraphProto& proto, Scope* outer) {
  Scope scope;
  scope.outer = outer;
  scope.depth = outer ? outer->depth + 1 : 0;
  scope.graph.opset = opset_;
  scope.graph.name = proto.name().empty() ? "main" : proto.name();
  if (scope.depth > kMaxOnnxDepth) {
    return {ErrorCode::kLimitExceeded, "subgraphs are nested deeper than 8"};
  }
  VOIZK_RETURN_IF_ERROR(ReadConstants(proto, scope));
  VOIZK_RETURN_IF_ERROR(ReadInputs(proto, scope));
  for (const auto& node : proto.node()) {
    FloatNode declared;
    VOIZK_RETURN_IF_ERROR(DeclareOutputs(node, declared, scope));
    scope.graph.nodes.push_back(std::move(declared));
  }
  for (int n = 0; n < proto.node_size(); ++n) {
    VOIZK_RETURN_IF_ERROR(
        ReadNode(proto.node(n), scope.graph.nodes[static_cast<size_t>(n)], scope));
  }
  for (const auto& output : proto.output()) {
    const auto id = scope.Find(output.name());
    if (!id) {
      return {ErrorCode::kMalformed, "output " + Quoted(output.name()) + " is never written"};
    }
    scope.graph.outputs.push_back(*id);
  }
  if (scope.graph.outputs.empty()) return {ErrorCode::kMalformed, "the graph has no outputs"};
  VOIZK_RETURN_IF_ERROR(SortNodes(scope.graph));
  return std::move(scope.graph);
}

}  // namespace

Result<FloatGraph> ReadOnnxGraph(const onnx::GraphProto& proto, int64_t opset,
                                 OnnxTensorReader& tensors) {
  return GraphReader(opset, tensors).Read(proto, nullptr);
}

}  // namespace voizk
