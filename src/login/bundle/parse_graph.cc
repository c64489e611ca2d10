#include "login/bundle/parse_graph.h"

#include <nlohmann/json.hpp>

#include "network/operations/attribute_reader.h"
#include "network/operations/limits.h"
#include "network/operations/table.h"

namespace voizk {

using nlohmann::json;

namespace {

constexpr size_t kMaxInputs = 16;
constexpr uint32_t kMaxFramesDivisor = 64;

// A node's attributes: keys of its object, tensors by reference.
class NodeAttributes final : public AttributeReader {
 public:
  NodeAttributes(JsonObject& object, TensorReader& tensors) : object_(object), tensors_(tensors) {}
  int64_t Int(std::string_view key, int64_t lo, int64_t hi) override {
    return object_.Int(key, lo, hi);
  }
  std::vector<int64_t> Ints(std::string_view key, size_t count, int64_t lo, int64_t hi) override {
    return object_.Ints(key, count, count, lo, hi);
  }
  std::vector<int64_t> List(std::string_view key, size_t most, int64_t lo, int64_t hi) override {
    return object_.Ints(key, 1, most, lo, hi);
  }
  bool Has(std::string_view key) override { return object_.Has(key); }
  TensorData Tensor(std::string_view key, std::string_view dtype, size_t rank) override {
    return tensors_.Read(object_, key, dtype, rank);
  }

 private:
  JsonObject& object_;
  TensorReader& tensors_;
};

GraphModel::Node ParseNode(JsonObject& o, TensorReader& tensors) {
  GraphModel::Node node;
  node.name = o.Text("name", Graph::kMaxNameLength);
  node.inputs = o.Texts("inputs", Graph::kMaxNodeInputs, Graph::kMaxNameLength);
  const std::string name = o.Text("op", 32);
  if (const OperationEntry* const entry = FindOperation(name)) {
    NodeAttributes attributes(o, tensors);
    node.operation = entry->read(attributes);
  } else {
    o.Fail(ErrorCode::kUnsupported, "unknown operation '" + name + "'");
  }
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
