// FixInputs: goes through the graph in order and adds to a flat one; subgraphs are gone through in
// place, with what they capture bound to what it has become.
#include <algorithm>
#include <array>

#include "base/exceptions.h"
#include "network/float_operations/loop.h"
#include "network/specialise/dead_nodes.h"
#include "network/specialise/flat_builder.h"
#include "network/specialise/flat_sequences.h"
#include "network/specialise/specialise.h"

namespace voizk {

namespace {

using Items = std::vector<FlatItem>;

class Flattener {
 public:
  Flattener(const FloatGraph& graph, const ExecuteOptions& options)
      : builder_(graph, options), sequences_(builder_) {}

  Result<FloatGraph> Run(const FloatGraph& graph, const FixedInputs& fixed);

 private:
  // `prefix` tells the values of one inlined subgraph from another's.
  Result<Items> Inline(const FloatGraph& graph, const Items& inputs, const Items* outer,
                       const std::string& prefix);
  Result<Items> AddNode(const FloatGraph& graph, const FloatNode& node, const Items& items,
                        const std::string& prefix);
  Result<Items> AddIf(const FloatNode& node, const Items& inputs, const Items& items,
                      const std::string& prefix);
  Result<Items> AddBothBranches(const FloatNode& node, FloatValueId condition, const Items& items,
                                const std::string& prefix);
  Result<Items> AddLoop(const FloatNode& node, const Items& inputs, const Items& items,
                        const std::string& prefix);
  Result<FloatValueId> AddInput(const FloatGraphValue& value, const FixedInputs& fixed);
  Result<const FloatTensor*> Decided(const FloatNode& node, const FlatItem& item,
                                     const std::string& what) const;

  FlatBuilder builder_;
  FlatSequences sequences_;
};

Result<const FloatTensor*> Flattener::Decided(const FloatNode& node, const FlatItem& item,
                                              const std::string& what) const {
  if (item.id == kAbsentValue) return static_cast<const FloatTensor*>(nullptr);
  if (const FloatTensor* constant = builder_.ConstantOf(item.id)) return constant;
  return NodeError(node, ErrorCode::kUnsupported,
                   what +
                       " depends on the network's inputs, and a proof is of one fixed course of "
                       "operations; give the input that decides a fixed value, or export the "
                       "network without this node");
}

// Both branches, and of each output the one that the condition chooses.
Result<Items> Flattener::AddBothBranches(const FloatNode& node, FloatValueId condition,
                                         const Items& items, const std::string& prefix) {
  std::array<Items, 2> outputs;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    VOIZK_ASSIGN_OR_RETURN(const auto branch,
                           GraphAttribute(node, k == 0 ? "then_branch" : "else_branch"));
    if (!branch->inputs.empty()) {
      return NodeError(node, ErrorCode::kMalformed, "its branch has inputs");
    }
    const std::string here = prefix + node.name + (k == 0 ? "/then/" : "/else/");
    VOIZK_ASSIGN_OR_RETURN(outputs[k], Inline(*branch, {}, &items, here));
  }
  if (outputs[0].size() != outputs[1].size()) {
    return NodeError(node, ErrorCode::kMalformed, "its branches have different outputs");
  }
  Items chosen;
  for (size_t i = 0; i < outputs[0].size(); ++i) {
    const FlatItem &a = outputs[0][i], &b = outputs[1][i];
    if (a.is_sequence || b.is_sequence || a.id == kAbsentValue || b.id == kAbsentValue ||
        builder_.DimsOf(a.id) != builder_.DimsOf(b.id) ||
        builder_.DimsOf(a.id).size() < builder_.DimsOf(condition).size()) {
      return NodeError(node, ErrorCode::kUnsupported,
                       "the condition depends on the network's inputs, and its branches give "
                       "values of different shapes");
    }
    const std::string name = prefix + node.name + "/" + std::to_string(i);
    VOIZK_ASSIGN_OR_RETURN(
        const auto ids, builder_.AddNode({name, "Where", {condition, a.id, b.id}, {}, {}}, {name}));
    chosen.push_back({ids[0]});
  }
  return chosen;
}

Result<Items> Flattener::AddIf(const FloatNode& node, const Items& inputs, const Items& items,
                               const std::string& prefix) {
  if (inputs.size() != 1) return NodeError(node, ErrorCode::kMalformed, "has not one input");
  const FloatValueId given = inputs[0].id;
  if (!inputs[0].is_sequence && given != kAbsentValue && builder_.ConstantOf(given) == nullptr) {
    const auto count = ElementCount(builder_.DimsOf(given));
    if (count.ok() && *count == 1) return AddBothBranches(node, given, items, prefix);
  }
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* condition, Decided(node, inputs[0], "the condition"));
  VOIZK_ASSIGN_OR_RETURN(const bool yes, LoopCondition(node, condition));
  VOIZK_ASSIGN_OR_RETURN(const auto branch,
                         GraphAttribute(node, yes ? "then_branch" : "else_branch"));
  if (!branch->inputs.empty()) {
    return NodeError(node, ErrorCode::kMalformed, "its branch has inputs");
  }
  return Inline(*branch, {}, &items, prefix + node.name + "/");
}

Result<Items> Flattener::AddLoop(const FloatNode& node, const Items& inputs, const Items& items,
                                 const std::string& prefix) {
  VOIZK_ASSIGN_OR_RETURN(const auto body, GraphAttribute(node, "body"));
  VOIZK_ASSIGN_OR_RETURN(const LoopShape shape, ShapeOfLoop(node, *body));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* trips, Decided(node, inputs[0], "the trip count"));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor* first, Decided(node, inputs[1], "the condition"));
  VOIZK_ASSIGN_OR_RETURN(LoopStart start, StartOfLoop(node, trips, first));
  Items carried(inputs.begin() + 2, inputs.end());
  std::vector<std::vector<FloatValueId>> scans(shape.scans);
  for (int64_t trip = 0; start.go && trip < start.trips; ++trip) {
    if (trip == kMaxLoopTrips) {
      return NodeError(node, ErrorCode::kLimitExceeded, "a loop of more than 2^16 steps");
    }
    const std::string here = prefix + node.name + "/" + std::to_string(trip) + "/";
    Items step{{builder_.AddConstant(here + "trip", FloatTensor::Scalar(trip))},
               {builder_.AddConstant(here + "go", FloatTensor({}, std::vector<uint8_t>{1}))}};
    step.insert(step.end(), carried.begin(), carried.end());
    VOIZK_ASSIGN_OR_RETURN(const Items out, Inline(*body, step, &items, here));
    VOIZK_ASSIGN_OR_RETURN(const FloatTensor* go, Decided(node, out[0], "the condition"));
    VOIZK_ASSIGN_OR_RETURN(start.go, LoopCondition(node, go));
    for (size_t k = 0; k < shape.carried; ++k) carried[k] = out[k + 1];
    for (size_t k = 0; k < shape.scans; ++k) scans[k].push_back(out[k + 1 + shape.carried].id);
  }
  for (size_t k = 0; k < shape.scans; ++k) {
    VOIZK_ASSIGN_OR_RETURN(const FloatValueId stacked,
                           sequences_.Stack(node, scans[k], 0, prefix + node.name + "/scan"));
    carried.push_back({stacked});
  }
  return carried;
}

// At inference it changes nothing; training_mode is an input since opset 12.
bool IsIdleDropout(const FloatNode& node, const Items& inputs, const FlatBuilder& builder) {
  if (node.op != "Dropout" || inputs.empty()) return false;
  if (inputs.size() < 3 || inputs[2].id == kAbsentValue) return true;
  const FloatTensor* training = builder.ConstantOf(inputs[2].id);
  return training && training->is_bool() && training->size() == 1 && !training->bools()[0];
}

Result<Items> Flattener::AddNode(const FloatGraph& graph, const FloatNode& node, const Items& items,
                                 const std::string& prefix) {
  Items inputs;
  for (const FloatValueId id : node.inputs) {
    inputs.push_back(id == kAbsentValue ? FlatItem{} : items[id]);
  }
  if (node.op == "If") return AddIf(node, inputs, items, prefix);
  if (node.op == "Loop") return AddLoop(node, inputs, items, prefix);
  if (node.op == "Identity" && inputs.size() == 1) return inputs;
  std::vector<std::string> names;
  for (const FloatValueId id : node.outputs) {
    names.push_back(id == kAbsentValue ? "" : prefix + graph.values[id].name);
  }
  if (FlatSequences::Understands(node.op)) return sequences_.Add(node, inputs, names);
  FloatNode flat{prefix + node.name, node.op, {}, {}, node.attributes};
  for (const FlatItem& item : inputs) {
    if (item.is_sequence) return NodeError(node, ErrorCode::kMalformed, "an input is a sequence");
    flat.inputs.push_back(item.id);
  }
  if (IsIdleDropout(node, inputs, builder_) && names.size() == 1) return Items{inputs[0]};
  VOIZK_ASSIGN_OR_RETURN(const auto ids, builder_.AddNode(std::move(flat), names));
  Items outputs;
  for (const FloatValueId id : ids) outputs.push_back({id});
  return outputs;
}

Result<Items> Flattener::Inline(const FloatGraph& graph, const Items& inputs, const Items* outer,
                                const std::string& prefix) {
  VOIZK_RETURN_IF_ERROR(builder_.Charge(64 + graph.values.size() + graph.nodes.size()));
  Items items(graph.values.size());
  for (FloatValueId id = 0; id < items.size(); ++id) {
    const FloatGraphValue& value = graph.values[id];
    if (value.constant) items[id].id = builder_.AddConstant(prefix + value.name, value.constant);
  }
  for (size_t i = 0; i < inputs.size(); ++i) items[graph.inputs[i]] = inputs[i];
  for (const FloatGraph::Capture& c : graph.captures) items[c.inner] = (*outer)[c.outer];
  for (const FloatNode& node : graph.nodes) {
    VOIZK_ASSIGN_OR_RETURN(const Items outputs, AddNode(graph, node, items, prefix));
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] == kAbsentValue) continue;
      if (k >= outputs.size()) {
        return NodeError(node, ErrorCode::kMalformed, "has more outputs than it computes");
      }
      items[node.outputs[k]] = outputs[k];
    }
  }
  Items outputs;
  for (const FloatValueId id : graph.outputs) outputs.push_back(items[id]);
  return outputs;
}

Result<FloatValueId> Flattener::AddInput(const FloatGraphValue& value, const FixedInputs& fixed) {
  const auto bad = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument, "input " + value.name + ": " + what};
  };
  const auto constant = fixed.values.find(value.name);
  const auto asked = fixed.dims.find(value.name);
  if (constant == fixed.values.end() && !value.type) return bad("the file does not give its type");
  Dims dims = value.dims.value_or(Dims{});
  if (constant != fixed.values.end()) {
    dims = constant->second.dims();
    if (value.type && *value.type != constant->second.type()) return bad("is of another type");
  } else if (asked != fixed.dims.end()) {
    dims = asked->second;
  } else if (!value.dims) {
    return bad("the file does not give its shape: name it");
  }
  const auto count = ElementCount(dims);
  if (std::ranges::count(dims, -1) > 0) {
    return bad("of the shape " + ToString(dims) + " the dims that are -1 have to be named");
  }
  if (!count.ok()) return bad(count.error().message);
  bool fits = !value.dims || value.dims->size() == dims.size();
  for (size_t d = 0; fits && value.dims && d < dims.size(); ++d) {
    fits = (*value.dims)[d] == -1 || (*value.dims)[d] == dims[d];
  }
  if (!fits) return bad(ToString(dims) + " contradicts the file's " + ToString(*value.dims));
  if (constant != fixed.values.end()) return builder_.AddConstant(value.name, constant->second);
  return builder_.AddInput(value.name, *value.type, dims);
}

Result<FloatGraph> Flattener::Run(const FloatGraph& graph, const FixedInputs& fixed) {
  for (const auto& [name, dims] : fixed.dims) {
    if (!graph.FindInput(name)) return {ErrorCode::kInvalidArgument, "there is no input " + name};
  }
  for (const auto& [name, tensor] : fixed.values) {
    if (!graph.FindInput(name)) return {ErrorCode::kInvalidArgument, "there is no input " + name};
  }
  Items inputs;
  for (const FloatValueId id : graph.inputs) {
    VOIZK_ASSIGN_OR_RETURN(const FloatValueId flat, AddInput(graph.values[id], fixed));
    inputs.push_back({flat});
  }
  VOIZK_ASSIGN_OR_RETURN(const Items outputs, Inline(graph, inputs, nullptr, ""));
  for (size_t k = 0; k < outputs.size(); ++k) {
    const std::string& name = graph.values[graph.outputs[k]].name;
    if (outputs[k].is_sequence || outputs[k].id == kAbsentValue) {
      return {ErrorCode::kUnsupported, "output " + name + " is a sequence"};
    }
    builder_.NameOutput(outputs[k].id, name);
    builder_.graph().outputs.push_back(outputs[k].id);
  }
  return WithoutDeadNodes(std::move(builder_.graph()));
}

}  // namespace

Result<FloatGraph> FixInputs(const FloatGraph& graph, const FixedInputs& fixed,
                             const ExecuteOptions& options) try {
  VOIZK_RETURN_IF_ERROR(CheckFloatGraph(graph));
  return Flattener(graph, options).Run(graph, fixed);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
