#include "network/graph/graph.h"

#include <algorithm>

#include "network/operations/limits.h"
#include "relation/gadgets/commit.h"

namespace voizk {

namespace {

Error At(const std::string& name, const Error& error) {
  return {error.code, "node '" + name + "': " + error.message};
}

}  // namespace

Graph::NodeId Graph::Append(Node node, Status status) {
  if (status.ok() && (node.name.empty() || node.name.size() > kMaxNameLength)) {
    status = {ErrorCode::kInvalidArgument, "names have 1 to 128 characters"};
  }
  if (status.ok() && nodes_.size() >= kMaxNodes) {
    status = {ErrorCode::kLimitExceeded, "more than 2^13 nodes"};
  }
  if (status.ok()) status = op::CheckValueShape(node.shape);
  if (status.ok() && by_name_.count(node.name) != 0) {
    status = {ErrorCode::kInvalidArgument, "the name is taken"};
  }
  if (!status.ok()) {
    if (status_.ok()) status_ = At(node.name.substr(0, kMaxNameLength), status.error());
    return 0;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  by_name_[node.name] = id;
  nodes_.push_back(std::move(node));
  if (!has_output_) output_ = id;
  return id;
}

Graph::NodeId Graph::Input(std::string name, Shape shape, int64_t lo, int64_t hi) {
  Status status;
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus) {
    status = {ErrorCode::kInvalidArgument, "the input's range is empty or too wide"};
  } else if (shape.rank < 1 || shape.rank > 3) {
    status = {ErrorCode::kInvalidArgument, "inputs have 1 to 3 dimensions"};
  }
  return Append({std::move(name), nullptr, {}, shape, lo, hi}, std::move(status));
}

Graph::NodeId Graph::Add(std::string name, std::shared_ptr<const Operation> operation,
                         std::vector<NodeId> inputs) {
  Node node{std::move(name), std::move(operation), std::move(inputs), {}, 0, 0};
  Status status = status_.ok() ? CheckNode(node) : status_;
  if (status.ok()) {
    std::vector<Shape> shapes;
    for (const NodeId input : node.inputs) shapes.push_back(nodes_[input].shape);
    auto shape = node.operation->OutputShape(shapes);
    status = shape.status();
    if (shape.ok()) node.shape = *shape;
  }
  return Append(std::move(node), std::move(status));
}

Status Graph::CheckNode(const Node& node) const {
  const size_t arity = node.operation ? node.operation->arity() : 0;
  const bool any = arity == Operation::kAnyNumber;
  if (!node.operation || node.inputs.size() > kMaxNodeInputs ||
      (any ? node.inputs.empty() : node.inputs.size() != arity)) {
    return {ErrorCode::kInvalidArgument, "wrong number of inputs"};
  }
  for (const NodeId input : node.inputs) {
    if (input >= nodes_.size()) return {ErrorCode::kInvalidArgument, "an input does not exist yet"};
  }
  return {};
}

void Graph::SetOutput(NodeId node) {
  if (node >= nodes_.size()) {
    if (status_.ok()) status_ = {ErrorCode::kInvalidArgument, "the output does not exist"};
    return;
  }
  output_ = node;
  has_output_ = true;
}

std::string_view Graph::kind(NodeId node) const {
  return nodes_[node].operation ? nodes_[node].operation->kind() : "input";
}

Result<Graph::NodeId> Graph::Find(const std::string& name) const {
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return {ErrorCode::kNotFound, "no node '" + name + "'"};
  return it->second;
}

Result<Value> Graph::Build(Builder& b, const std::string& prefix,
                           std::map<std::string, Value> inputs) const {
  if (!status_.ok()) return status_.error();
  if (nodes_.empty()) return {ErrorCode::kInvalidArgument, "the graph is empty"};
  std::vector<Value> values(nodes_.size());
  for (size_t id = 0; id < nodes_.size(); ++id) {
    const Node& node = nodes_[id];
    if (node.operation) {
      std::vector<Value> operands;
      for (const NodeId input : node.inputs) operands.push_back(values[input]);
      values[id] = node.operation->Reduce(prefix + node.name, operands, b);
      for (size_t k = 0; k < operands.size(); ++k) values[node.inputs[k]] = std::move(operands[k]);
      if (b.failed()) {
        return {ErrorCode::kUnsupported, "node '" + node.name + "': the builder has the reason"};
      }
      continue;
    }
    const auto given = inputs.find(node.name);
    if (given == inputs.end() || !(given->second.view.shape == node.shape)) {
      return {ErrorCode::kInvalidArgument, "input '" + node.name + "' is missing or misshapen"};
    }
    const auto range = b.Bound(given->second.view);
    if (range.lo < node.lo || range.hi > node.hi) {
      return {ErrorCode::kInvalidArgument, "input '" + node.name + "' may leave its range"};
    }
    values[id] = std::move(given->second);
  }
  return values[output_];
}

Result<Value> Graph::BuildWithInputs(Builder& b, const std::string& prefix) const {
  if (!status_.ok()) return status_.error();
  std::map<std::string, Value> inputs;
  for (const Node& node : nodes_) {
    if (node.operation) continue;
    inputs[node.name] =
        ValueOf(b, gadgets::Input(b, prefix + node.name, node.shape, node.lo, node.hi));
  }
  return Build(b, prefix, std::move(inputs));
}

Result<Relation> Graph::BuildStandalone(const std::string& prefix) const {
  Builder b;
  Result<Value> output = BuildWithInputs(b, prefix);
  if (output.ok()) {
    TensorOf(b, prefix + nodes_[output_].name, *output);
  } else if (!b.failed()) {
    return output.error();
  }
  return std::move(b).Finish();
}

}  // namespace voizk
