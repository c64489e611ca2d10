#include "network/specialise/flat_builder.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace voizk {

namespace {

struct ShapeInputs {
  std::string_view op;
  std::array<size_t, 4> inputs;  // filled up with the first
};

// Inputs whose values decide about the shape of the result, or about which axis is meant.
constexpr ShapeInputs kShapeInputs[] = {
    {"Reshape", {1, 1, 1, 1}},         {"Expand", {1, 1, 1, 1}}, {"Tile", {1, 1, 1, 1}},
    {"ConstantOfShape", {0, 0, 0, 0}}, {"Range", {0, 1, 2, 0}},  {"TopK", {1, 1, 1, 1}},
    {"OneHot", {1, 1, 1, 1}},          {"Pad", {1, 3, 1, 1}},    {"Resize", {1, 2, 3, 1}},
    {"Slice", {1, 2, 3, 4}},           {"Split", {1, 1, 1, 1}},  {"Squeeze", {1, 1, 1, 1}},
    {"Unsqueeze", {1, 1, 1, 1}},       {"CumSum", {1, 1, 1, 1}}, {"Trilu", {1, 1, 1, 1}},
};

bool DecidesShape(std::string_view op, size_t input) {
  if (op.starts_with("Reduce")) return input == 1;
  const auto* found = std::ranges::find(kShapeInputs, op, &ShapeInputs::op);
  return found != std::end(kShapeInputs) && std::ranges::count(found->inputs, input) > 0;
}

// Results that depend on their input's shape alone.
bool ReadsShapeOnly(std::string_view op) {
  return op == "Shape" || op == "Size" || op == "EyeLike";
}

}  // namespace

FlatBuilder::FlatBuilder(const FloatGraph& graph, const ExecuteOptions& options)
    : pool_(options.pool) {
  graph_.name = graph.name;
  graph_.opset = graph.opset;
  budget_.max_bytes = options.max_bytes;
  budget_.max_work = options.max_work;
  budget_.interrupted = options.interrupted;
}

std::string FlatBuilder::Unique(const std::string& name) {
  std::string unique = name;
  for (size_t n = names_.size(); !names_.insert(unique).second; ++n) {
    unique = name + "#" + std::to_string(n);
  }
  return unique;
}

Status FlatBuilder::Charge(uint64_t steps) {
  if (steps > budget_.max_work - budget_.work || graph_.values.size() > kMaxFlatValues) {
    return {ErrorCode::kLimitExceeded, "the network is too large when it is flat"};
  }
  budget_.work += steps;
  if (budget_.interrupted && budget_.interrupted()) return {ErrorCode::kRefused, "interrupted"};
  return {};
}

FloatValueId FlatBuilder::AddInput(const std::string& name, FloatType type, const Dims& dims) {
  const FloatValueId id = graph_.AddValue(Unique(name));
  graph_.values[id].type = type;
  graph_.values[id].dims = dims;
  graph_.inputs.push_back(id);
  keep_name_.insert(id);
  return id;
}

FloatValueId FlatBuilder::AddConstant(const std::string& name, FloatConstant tensor) {
  const FloatValueId id = graph_.AddValue(Unique(name));
  FloatGraphValue& value = graph_.values[id];
  value.type = tensor->type();
  value.dims = tensor->dims();
  value.constant = std::move(tensor);
  return id;
}

FloatValueId FlatBuilder::AddConstant(const std::string& name, FloatTensor tensor) {
  return AddConstant(name, std::make_shared<const FloatTensor>(std::move(tensor)));
}

// Any values of the right shape: ones, but integers, which may be indices, are 0 unless divided by.
FloatConstant FlatBuilder::Sample(const FloatNode& node, FloatValueId id) const {
  const FloatGraphValue& value = graph_.values[id];
  const auto count = static_cast<size_t>(*ElementCount(*value.dims));
  switch (*value.type) {
    case FloatType::kFloat:
      return std::make_shared<const FloatTensor>(*value.dims, std::vector<float>(count, 1.0f));
    case FloatType::kInt64: {
      const int64_t fill = node.op == "Div" || node.op == "Mod" ? 1 : 0;
      return std::make_shared<const FloatTensor>(*value.dims, std::vector<int64_t>(count, fill));
    }
    case FloatType::kBool:
      break;
  }
  return std::make_shared<const FloatTensor>(*value.dims, std::vector<uint8_t>(count, 0));
}

// Samples are no values of the network, and take memory all the same.
Status FlatBuilder::CheckSamples(const FloatNode& node) const {
  uint64_t bytes = budget_.live_bytes;
  for (const FloatValueId id : node.inputs) {
    if (id == kAbsentValue || graph_.values[id].constant) continue;
    const FloatGraphValue& value = graph_.values[id];
    bytes += static_cast<uint64_t>(*ElementCount(*value.dims)) * BytesPerElement(*value.type);
  }
  if (bytes <= budget_.max_bytes) return {};
  return NodeError(node, ErrorCode::kLimitExceeded, "its inputs take too much memory");
}

Result<FloatValues> FlatBuilder::RunConstant(const FloatNode& node, bool shapes_only) {
  VOIZK_RETURN_IF_ERROR(CheckSamples(node));
  FloatValues inputs;
  for (const FloatValueId id : node.inputs) {
    if (id == kAbsentValue) {
      inputs.emplace_back();
    } else if (graph_.values[id].constant) {
      inputs.push_back({graph_.values[id].constant, nullptr});
    } else {
      inputs.push_back({Sample(node, id), nullptr});
    }
  }
  budget_.shapes_only = shapes_only;
  return RunOperation(node, graph_.opset, std::move(inputs), pool_, budget_);
}

Result<std::vector<FloatValueId>> FlatBuilder::AddNode(FloatNode node,
                                                       const std::vector<std::string>& names) {
  bool constant = true;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const FloatValueId id = node.inputs[i];
    if (id == kAbsentValue || graph_.values[id].constant) continue;
    constant = false;
    if (DecidesShape(node.op, i)) {
      return NodeError(node, ErrorCode::kUnsupported,
                       "input " + std::to_string(i) + " (" + graph_.values[id].name +
                           ") decides about a shape and depends on the network's inputs; a "
                           "proof needs shapes that do not: give that input a fixed value, or "
                           "export the network without it");
    }
  }
  constant |= ReadsShapeOnly(node.op);
  node.outputs.assign(names.size(), kAbsentValue);
  for (size_t k = 0; k < names.size(); ++k) {
    if (!names[k].empty()) node.outputs[k] = 0;  // wanted
  }
  VOIZK_ASSIGN_OR_RETURN(const FloatValues results, RunConstant(node, !constant));
  for (size_t k = 0; k < names.size(); ++k) {
    if (names[k].empty()) continue;
    const FloatConstant& tensor = results[k].tensor;
    if (constant) {
      budget_.live_bytes += tensor->bytes();
      node.outputs[k] = AddConstant(names[k], tensor);
      continue;
    }
    node.outputs[k] = graph_.AddValue(Unique(names[k]));
    graph_.values[node.outputs[k]].type = tensor->type();
    graph_.values[node.outputs[k]].dims = tensor->dims();
  }
  std::vector<FloatValueId> outputs = node.outputs;
  if (!constant) graph_.nodes.push_back(std::move(node));
  if (graph_.nodes.size() > kMaxFlatNodes) {
    return {ErrorCode::kLimitExceeded, "the network has more than 2^20 nodes when it is flat"};
  }
  return outputs;
}

void FlatBuilder::NameOutput(FloatValueId id, const std::string& name) {
  FloatGraphValue& value = graph_.values[id];
  if (value.name == name || value.constant || !keep_name_.insert(id).second) return;
  value.name = Unique(name);
}

}  // namespace voizk
