#include "network/float_operations/execute.h"

#include <algorithm>

#include "base/exceptions.h"
#include "network/float_operations/loop.h"
#include "network/float_operations/operation.h"

namespace voizk {

namespace {

// Index of the last node that reads each value; outputs are read after the last.
std::vector<size_t> LastReads(const FloatGraph& graph) {
  std::vector<size_t> last(graph.values.size(), 0);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const FloatNode& node = graph.nodes[n];
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      for (const FloatValueId id : *ids) {
        if (id != kAbsentValue) last[id] = n;
      }
    }
    for (const auto& [key, attribute] : node.attributes) {
      if (const auto* inner = std::get_if<std::shared_ptr<const FloatGraph>>(&attribute)) {
        for (const FloatGraph::Capture& c : (*inner)->captures) last[c.outer] = n;
      }
    }
  }
  for (const FloatValueId id : graph.outputs) last[id] = SIZE_MAX;
  return last;
}

class Executor {
 public:
  explicit Executor(const ExecuteOptions& options) : options_(options) {
    budget_.max_bytes = options.max_bytes;
    budget_.max_work = options.max_work;
    budget_.interrupted = options.interrupted;
  }

  // `observe`: this is the top graph.
  Result<FloatValues> Run(const FloatGraph& graph, FloatValues inputs,
                          const std::vector<FloatValue>* outer, bool observe);

 private:
  Result<FloatValues> RunNode(const FloatGraph& graph, const FloatNode& node,
                              const std::vector<FloatValue>& values);
  Result<FloatValues> RunIf(const FloatNode& node, const FloatValues& inputs,
                            const std::vector<FloatValue>& values);
  Result<FloatValues> RunLoop(const FloatNode& node, const FloatValues& inputs,
                              const std::vector<FloatValue>& values, int64_t opset);
  Result<FloatValue> Stack(const FloatNode& node, const std::vector<FloatValue>& parts,
                           int64_t opset);
  FloatConstant Counted(FloatConstant tensor);
  void Count(FloatValues& values);
  void Observe(FloatValueId id, const FloatValue& value) const {
    if (options_.observer && value.tensor) options_.observer(id, *value.tensor);
  }

  const ExecuteOptions& options_;
  FloatBudget budget_;
};

// A tensor that nothing else holds yet counts as live until it is given back.
FloatConstant Executor::Counted(FloatConstant tensor) {
  if (!tensor || tensor.use_count() != 1) return tensor;
  const uint64_t bytes = tensor->bytes();
  budget_.live_bytes += bytes;
  const FloatTensor* raw = tensor.get();
  return FloatConstant(raw, [this, bytes, held = std::move(tensor)](const FloatTensor*) mutable {
    budget_.live_bytes -= bytes;
    held.reset();
  });
}

void Executor::Count(FloatValues& values) {
  for (FloatValue& value : values) {
    value.tensor = Counted(std::move(value.tensor));
    if (!value.sequence || value.sequence.use_count() != 1) continue;
    std::vector<FloatConstant> list = *value.sequence;
    value.sequence.reset();
    for (FloatConstant& tensor : list) tensor = Counted(std::move(tensor));
    value.sequence = std::make_shared<const std::vector<FloatConstant>>(std::move(list));
  }
}

Result<FloatValues> Executor::Run(const FloatGraph& graph, FloatValues inputs,
                                  const std::vector<FloatValue>* outer, bool observe) {
  const uint64_t steps = 64 + graph.values.size();  // a loop over an empty body ends too
  if (steps > budget_.max_work - budget_.work) {
    return {ErrorCode::kLimitExceeded, "graph " + graph.name + " is run too often"};
  }
  budget_.work += steps;
  if (budget_.interrupted && budget_.interrupted()) return {ErrorCode::kRefused, "interrupted"};
  std::vector<FloatValue> values(graph.values.size());
  for (FloatValueId id = 0; id < values.size(); ++id) values[id].tensor = graph.values[id].constant;
  for (size_t i = 0; i < inputs.size(); ++i) values[graph.inputs[i]] = std::move(inputs[i]);
  for (const FloatGraph::Capture& c : graph.captures) values[c.inner] = (*outer)[c.outer];
  if (observe) {
    for (const FloatValueId id : graph.inputs) Observe(id, values[id]);
  }
  const std::vector<size_t> last = LastReads(graph);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const FloatNode& node = graph.nodes[n];
    VOIZK_ASSIGN_OR_RETURN(FloatValues outputs, RunNode(graph, node, values));
    Count(outputs);
    for (size_t k = 0; k < node.outputs.size() && k < outputs.size(); ++k) {
      const FloatValueId id = node.outputs[k];
      if (id == kAbsentValue) continue;
      values[id] = std::move(outputs[k]);
      if (observe) Observe(id, values[id]);
    }
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      for (const FloatValueId id : *ids) {
        if (id != kAbsentValue && last[id] == n) values[id] = {};
      }
    }
  }
  FloatValues outputs;
  for (const FloatValueId id : graph.outputs) outputs.push_back(values[id]);
  return outputs;
}

Result<FloatValues> Executor::RunNode(const FloatGraph& graph, const FloatNode& node,
                                      const std::vector<FloatValue>& values) {
  FloatValues inputs;
  for (const FloatValueId id : node.inputs) {
    inputs.push_back(id == kAbsentValue ? FloatValue{} : values[id]);
  }
  if (node.op == "If") return RunIf(node, inputs, values);
  if (node.op == "Loop") return RunLoop(node, inputs, values, graph.opset);
  return RunOperation(node, graph.opset, std::move(inputs), options_.pool, budget_);
}

Result<FloatValues> Executor::RunIf(const FloatNode& node, const FloatValues& inputs,
                                    const std::vector<FloatValue>& values) {
  const FloatTensor* condition = inputs.size() == 1 ? inputs[0].tensor.get() : nullptr;
  if (!condition || !condition->is_bool() || condition->size() != 1) {
    return NodeError(node, ErrorCode::kMalformed, "the condition is not one bool");
  }
  VOIZK_ASSIGN_OR_RETURN(
      const std::shared_ptr<const FloatGraph> branch,
      GraphAttribute(node, condition->bools()[0] ? "then_branch" : "else_branch"));
  if (!branch->inputs.empty() || branch->outputs.size() < node.outputs.size()) {
    return NodeError(node, ErrorCode::kMalformed, "the branch does not fit the node");
  }
  return Run(*branch, {}, &values, false);
}

Result<FloatValue> Executor::Stack(const FloatNode& node, const std::vector<FloatValue>& parts,
                                   int64_t opset) {
  auto list = std::make_shared<std::vector<FloatConstant>>();
  for (const FloatValue& part : parts) {
    if (!part.tensor) {
      return NodeError(node, ErrorCode::kMalformed, "collects something else than tensors");
    }
    list->push_back(part.tensor);
  }
  FloatNode concat{node.name, "ConcatFromSequence", {}, {0}, {}};
  concat.attributes.emplace("axis", int64_t{0});
  concat.attributes.emplace("new_axis", int64_t{1});
  VOIZK_ASSIGN_OR_RETURN(
      FloatValues stacked,
      RunOperation(concat, opset, {FloatValue{nullptr, list}}, options_.pool, budget_));
  Count(stacked);
  return std::move(stacked[0]);
}

Result<FloatValues> Executor::RunLoop(const FloatNode& node, const FloatValues& inputs,
                                      const std::vector<FloatValue>& values, int64_t opset) {
  VOIZK_ASSIGN_OR_RETURN(const std::shared_ptr<const FloatGraph> body,
                         GraphAttribute(node, "body"));
  VOIZK_ASSIGN_OR_RETURN(const LoopShape shape, ShapeOfLoop(node, *body));
  VOIZK_ASSIGN_OR_RETURN(LoopStart start,
                         StartOfLoop(node, inputs[0].tensor.get(), inputs[1].tensor.get()));
  FloatValues carried(inputs.begin() + 2, inputs.end());
  std::vector<std::vector<FloatValue>> scans(shape.scans);
  for (int64_t trip = 0; start.go && trip < start.trips; ++trip) {
    if (trip == kMaxLoopTrips) {
      return NodeError(node, ErrorCode::kLimitExceeded, "a loop of more than 2^16 steps");
    }
    FloatValues step{ValueOf(FloatTensor::Scalar(trip)),
                     ValueOf(FloatTensor({}, std::vector<uint8_t>{1}))};
    step.insert(step.end(), carried.begin(), carried.end());
    VOIZK_ASSIGN_OR_RETURN(FloatValues out, Run(*body, std::move(step), &values, false));
    VOIZK_ASSIGN_OR_RETURN(start.go, LoopCondition(node, out[0].tensor.get()));
    for (size_t k = 0; k < shape.carried; ++k) carried[k] = out[k + 1];
    for (size_t k = 0; k < shape.scans; ++k) scans[k].push_back(out[k + 1 + shape.carried]);
  }
  FloatValues outputs = std::move(carried);
  for (const auto& parts : scans) {
    if (parts.empty()) {
      return NodeError(node, ErrorCode::kUnsupported, "collects nothing, as it takes no step");
    }
    VOIZK_ASSIGN_OR_RETURN(FloatValue stacked, Stack(node, parts, opset));
    outputs.push_back(std::move(stacked));
  }
  return outputs;
}

Status CheckInput(const FloatGraphValue& value, const FloatTensor& tensor) {
  bool fits = !value.type || *value.type == tensor.type();
  if (value.dims) {
    fits &= value.dims->size() == tensor.rank();
    for (size_t d = 0; fits && d < tensor.rank(); ++d) {
      fits = (*value.dims)[d] < 0 || (*value.dims)[d] == tensor.dims()[d];
    }
  }
  if (fits) return {};
  return {ErrorCode::kInvalidArgument, "input " + value.name + " is " + Name(tensor.type()) +
                                           ToString(tensor.dims()) + "; the network declares " +
                                           (value.type ? Name(*value.type) : "any type") +
                                           (value.dims ? ToString(*value.dims) : "")};
}

}  // namespace

Result<std::vector<FloatTensor>> Execute(const FloatGraph& graph,
                                         std::span<const FloatTensor> inputs,
                                         const ExecuteOptions& options) try {
  if (inputs.size() != graph.inputs.size()) {
    return {ErrorCode::kInvalidArgument, "the network has " + std::to_string(graph.inputs.size()) +
                                             " inputs, not " + std::to_string(inputs.size())};
  }
  Executor executor(options);
  FloatValues values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    VOIZK_RETURN_IF_ERROR(CheckInput(graph.values[graph.inputs[i]], inputs[i]));
    // The caller's tensor, for as long as this call lasts.
    values.push_back({FloatConstant(FloatConstant(), &inputs[i]), nullptr});
  }
  VOIZK_ASSIGN_OR_RETURN(const FloatValues outputs,
                         executor.Run(graph, std::move(values), nullptr, true));
  std::vector<FloatTensor> tensors;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].tensor) {
      return {ErrorCode::kUnsupported,
              "output " + graph.values[graph.outputs[i]].name + " is a sequence"};
    }
    tensors.push_back(*outputs[i].tensor);
  }
  return tensors;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
