#include "network/float_graph/graph.h"

#include <algorithm>

namespace voizk {

namespace {

template <typename T>
Result<T> Attribute(const FloatNode& node, std::string_view key, T absent, const char* type) {
  const auto found = node.attributes.find(key);
  if (found == node.attributes.end()) return absent;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  return NodeError(node, ErrorCode::kMalformed,
                   "attribute " + std::string(key) + " is not of type " + type);
}

// What has been written so far, while the nodes are gone through in order.
class Written {
 public:
  explicit Written(size_t values) : is_(values) {}
  bool Write(FloatValueId id) {
    if (id >= is_.size() || is_[id]) return false;
    is_[id] = true;
    return true;
  }
  bool Is(FloatValueId id) const { return id < is_.size() && is_[id]; }

 private:
  std::vector<bool> is_;
};

Status CheckSubgraphs(const FloatNode& node, const Written& written) {
  for (const auto& [key, attribute] : node.attributes) {
    const auto* inner = std::get_if<std::shared_ptr<const FloatGraph>>(&attribute);
    if (!inner) continue;
    for (const FloatGraph::Capture& c : (*inner)->captures) {
      if (!written.Is(c.outer)) {
        return NodeError(node, ErrorCode::kMalformed,
                         "its subgraph reads a value that nothing before it has written");
      }
    }
    VOIZK_RETURN_IF_ERROR(CheckFloatGraph(**inner));
  }
  return {};
}

}  // namespace

FloatValueId FloatGraph::AddValue(std::string value_name) {
  values.push_back({std::move(value_name), nullptr});
  return values.size() - 1;
}

FloatValueId FloatGraph::AddConstant(std::string value_name, FloatTensor tensor) {
  const FloatType type = tensor.type();
  Dims dims = tensor.dims();
  values.push_back({std::move(value_name), std::make_shared<const FloatTensor>(std::move(tensor)),
                    type, std::move(dims)});
  return values.size() - 1;
}

std::optional<FloatValueId> FloatGraph::FindInput(std::string_view input_name) const {
  const auto found =
      std::ranges::find_if(inputs, [&](FloatValueId id) { return values[id].name == input_name; });
  if (found == inputs.end()) return std::nullopt;
  return *found;
}

Status CheckFloatGraph(const FloatGraph& graph) {
  Written written(graph.values.size());
  const auto bad = [&](const std::string& what) {
    return Status(ErrorCode::kMalformed, "graph " + graph.name + ": " + what);
  };
  for (FloatValueId id = 0; id < graph.values.size(); ++id) {
    if (graph.values[id].constant) written.Write(id);
  }
  for (const FloatValueId id : graph.inputs) {
    if (!written.Write(id)) return bad("an input is no value, or is written twice");
  }
  for (const FloatGraph::Capture& c : graph.captures) {
    if (!written.Write(c.inner)) return bad("a captured value is written twice");
  }
  for (const FloatNode& node : graph.nodes) {
    for (const FloatValueId id : node.inputs) {
      if (id != kAbsentValue && !written.Is(id)) {
        return NodeError(node, ErrorCode::kMalformed,
                         "reads a value that nothing before it has written");
      }
    }
    VOIZK_RETURN_IF_ERROR(CheckSubgraphs(node, written));
    for (const FloatValueId id : node.outputs) {
      if (id != kAbsentValue && !written.Write(id)) {
        return NodeError(node, ErrorCode::kMalformed, "writes a value that is written already");
      }
    }
  }
  for (const FloatValueId id : graph.outputs) {
    if (!written.Is(id)) return bad("an output is never written");
  }
  return {};
}

Result<int64_t> IntAttribute(const FloatNode& node, std::string_view key, int64_t absent) {
  return Attribute<int64_t>(node, key, absent, "int");
}

Result<float> RealAttribute(const FloatNode& node, std::string_view key, float absent) {
  return Attribute<float>(node, key, absent, "float");
}

Result<std::string> StringAttribute(const FloatNode& node, std::string_view key,
                                    std::string_view absent) {
  return Attribute<std::string>(node, key, std::string(absent), "string");
}

Result<std::vector<int64_t>> IntsAttribute(const FloatNode& node, std::string_view key,
                                           std::vector<int64_t> absent) {
  return Attribute(node, key, std::move(absent), "ints");
}

Result<std::vector<float>> RealsAttribute(const FloatNode& node, std::string_view key,
                                          std::vector<float> absent) {
  return Attribute(node, key, std::move(absent), "floats");
}

Result<std::vector<std::string>> StringsAttribute(const FloatNode& node, std::string_view key,
                                                  std::vector<std::string> absent) {
  return Attribute(node, key, std::move(absent), "strings");
}

Result<FloatConstant> TensorAttribute(const FloatNode& node, std::string_view key) {
  return Attribute<FloatConstant>(node, key, nullptr, "tensor");
}

Result<std::shared_ptr<const FloatGraph>> GraphAttribute(const FloatNode& node,
                                                         std::string_view key) {
  VOIZK_ASSIGN_OR_RETURN(std::shared_ptr<const FloatGraph> graph,
                         Attribute<std::shared_ptr<const FloatGraph>>(node, key, nullptr, "graph"));
  if (!graph) {
    return NodeError(node, ErrorCode::kMalformed, "attribute " + std::string(key) + " is missing");
  }
  return graph;
}

Error NodeError(const FloatNode& node, ErrorCode code, std::string_view rule) {
  return {code, "node " + node.name + " (" + node.op + "): " + std::string(rule)};
}

}  // namespace voizk
