#include "network/graph/graph.h"

#include <algorithm>
#include <variant>

#include "network/operations/limits.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/lattice.h"

namespace voizk {

namespace {

constexpr char kLeaveTheField[] = " may leave (-p/2, p/2), p/2 = 1065353216";

std::string Text(const Interval& range) {
  std::string text("[");
  text += std::to_string(range.lo);
  text += ", ";
  text += std::to_string(range.hi);
  return text += "]";
}

/// Whatever else the builder finds wrong, this network cannot be proven.
ErrorCode CodeOf(const Builder& b) {
  const bool limit = b.error().code == ErrorCode::kLimitExceeded;
  return limit ? ErrorCode::kLimitExceeded : ErrorCode::kUnsupported;
}

void CommitToWeights(Builder& b, const std::string& prefix) {
  std::vector<TensorId> tensors = b.TakeToCommit();
  if (tensors.empty()) return;
  gadgets::CommitToTensors(b, prefix + Graph::kSaltName, std::move(tensors));
}

// About.
uint64_t BytesOf(const View& view) {
  uint64_t bytes = sizeof(View);
  for (const ConstantTerm& constant : view.constants) {
    bytes += sizeof constant + 4 * constant.values.size();
  }
  for (const Term& term : view.terms) {
    bytes += sizeof term;
    const auto* const map = std::get_if<IndexMap>(&term.op);
    if (map == nullptr) continue;
    for (const DimSource& source : map->sources) bytes += sizeof source + 4 * source.weights.size();
  }
  return bytes;
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
    if (status_.ok()) {
      const std::string kind(node.operation ? node.operation->kind() : "input");
      status_ = {status.error().code, "node '" + node.name.substr(0, kMaxNameLength) + "' (" +
                                          kind + "): " + status.error().message};
    }
    return 0;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  by_name_[node.name] = id;
  nodes_.push_back(std::move(node));
  if (!has_output_) output_ = id;
  return id;
}

Graph::NodeId Graph::Input(std::string name, Shape shape, int64_t lo, int64_t hi, Owner owner) {
  Status status;
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus) {
    status = {ErrorCode::kInvalidArgument, "the input's range is empty or too wide"};
  } else if (shape.rank < 1 || shape.rank > 3) {
    status = {ErrorCode::kInvalidArgument, "inputs have 1 to 3 dimensions"};
  }
  return Append({std::move(name), nullptr, {}, shape, lo, hi, owner}, std::move(status));
}

Graph::NodeId Graph::Add(std::string name, std::shared_ptr<const Operation> operation,
                         std::vector<NodeId> inputs) {
  Node node{std::move(name), std::move(operation), std::move(inputs), {}};
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

Error Graph::At(NodeId node, ErrorCode code, const std::string& why) const {
  return {code, "node '" + nodes_[node].name + "' (" + std::string(kind(node)) + "): " + why};
}

Result<Value> Graph::Build(Builder& b, const std::string& prefix,
                           std::map<std::string, Value> inputs) const {
  if (!status_.ok()) return status_.error();
  if (nodes_.empty()) return {ErrorCode::kInvalidArgument, "the graph is empty"};
  return BuildFirst(nodes_.size(), b, prefix, std::move(inputs));
}

Result<Value> Graph::BuildFirst(size_t count, Builder& b, const std::string& prefix,
                                std::map<std::string, Value> inputs, const Visitor& visit) const {
  std::vector<Value> values(count);
  uint64_t view_bytes = 0;
  for (NodeId id = 0; id < count; ++id) {
    const Node& node = nodes_[id];
    if (node.operation) {
      std::vector<Value> operands;
      for (const NodeId input : node.inputs) operands.push_back(values[input]);
      values[id] = node.operation->Reduce(prefix + node.name, operands, b);
      for (size_t k = 0; k < operands.size(); ++k) values[node.inputs[k]] = std::move(operands[k]);
      if (b.failed()) return At(id, CodeOf(b), b.error().message);
      view_bytes += BytesOf(values[id].view);
      if (view_bytes > kMaxViewBytes) {
        return At(id, ErrorCode::kLimitExceeded,
                  "the nodes' terms and constants exceed 2^29 bytes");
      }
      // A tensor's range is within these bounds already.
      const auto range = values[id].tensor ? Interval{0, 0} : b.Bound(values[id].view);
      if (range.lo < -kHalfModulus || range.hi > kHalfModulus) {
        return At(id, ErrorCode::kUnsupported, "its values " + Text(range) + kLeaveTheField);
      }
      if (visit) visit(id, values[id]);
      continue;
    }
    const auto given = inputs.find(node.name);
    if (given == inputs.end() || !(given->second.view.shape == node.shape)) {
      return At(id, ErrorCode::kInvalidArgument, "missing or misshapen");
    }
    const auto range = b.Bound(given->second.view);
    if (range.lo < node.lo || range.hi > node.hi) {
      return At(id, ErrorCode::kInvalidArgument,
                "given values " + Text(range) + ", takes " + Text({node.lo, node.hi}));
    }
    values[id] = std::move(given->second);
  }
  return count > output_ ? values[output_] : Value();
}

Result<std::map<std::string, Value>> Graph::AddInputs(size_t count, Builder& b,
                                                      const std::string& prefix,
                                                      const Visitor& visit) const {
  std::map<std::string, Value> inputs;
  for (NodeId id = 0; id < count; ++id) {
    const Node& node = nodes_[id];
    if (node.operation) continue;
    inputs[node.name] =
        ValueOf(b, node.owner == Owner::kPublic
                       ? gadgets::Public(b, prefix + node.name, node.shape, node.lo, node.hi)
                       : gadgets::Input(b, prefix + node.name, node.shape, node.lo, node.hi));
    if (b.failed()) return At(id, ErrorCode::kUnsupported, b.error().message);
    if (visit) visit(id, inputs[node.name]);
  }
  return inputs;
}

Graph Graph::WithInputsOwned(Owner owner) const {
  Graph graph = *this;
  for (Node& node : graph.nodes_) node.owner = owner;
  return graph;
}

std::vector<std::string> Graph::PublicInputNames() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    if (!node.operation && node.owner == Owner::kPublic) names.push_back(node.name);
  }
  return names;
}

Result<Value> Graph::BuildWithInputs(Builder& b, const std::string& prefix,
                                     const Visitor& visit) const {
  if (!status_.ok()) return status_.error();
  if (nodes_.empty()) return {ErrorCode::kInvalidArgument, "the graph is empty"};
  VOIZK_ASSIGN_OR_RETURN(auto inputs, AddInputs(nodes_.size(), b, prefix, visit));
  VOIZK_ASSIGN_OR_RETURN(Value value,
                         BuildFirst(nodes_.size(), b, prefix, std::move(inputs), visit));
  CommitToWeights(b, prefix);
  return value;
}

Error Graph::ExplainUncertified(const Error& error) const {
  // Nodes only add constraints, so the first failing one is found by halving.
  const auto first = [this](size_t count) -> Status {
    Builder b;
    VOIZK_ASSIGN_OR_RETURN(auto inputs, AddInputs(count, b, {}));
    VOIZK_RETURN_IF_ERROR(BuildFirst(count, b, {}, std::move(inputs)).status());
    CommitToWeights(b, {});
    return std::move(b).Finish().status();
  };
  Status last = first(nodes_.size());
  if (last.ok()) return error;
  size_t passes = 0, fails = nodes_.size();
  while (fails - passes > 1) {
    const size_t middle = passes + (fails - passes) / 2;
    Status status = first(middle);
    (status.ok() ? passes : fails) = middle;
    if (!status.ok()) last = std::move(status);
  }
  return At(static_cast<NodeId>(fails - 1), ErrorCode::kUnsupported, last.error().message);
}

Result<Relation> Graph::BuildStandalone(const std::string& prefix) const {
  Builder b;
  Result<Value> output = BuildWithInputs(b, prefix);
  if (output.ok()) {
    if (!output->tensor) gadgets::Materialise(b, prefix + nodes_[output_].name, output->view);
  } else if (!b.failed()) {
    return output.error();
  }
  return std::move(b).Finish();
}

}  // namespace voizk
