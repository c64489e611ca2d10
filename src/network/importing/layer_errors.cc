#include "network/importing/layer_errors.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "network/graph/graph.h"
#include "network/model/convert.h"
#include "relation/core/relation.h"
#include "relation/execution/executor.h"

namespace voizk {

namespace {

Result<Inputs> IntegerInputs(const QuantisedModel& model, std::span<const FloatTensor> sample) {
  Inputs inputs;
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    std::vector<float> reals;
    if (sample[i].is_float()) {
      reals = sample[i].floats();
    } else {
      reals.assign(sample[i].ints().begin(), sample[i].ints().end());
    }
    VOIZK_ASSIGN_OR_RETURN(inputs[model.inputs[i].name], ToIntegers(model.inputs[i], reals));
  }
  return inputs;
}

}  // namespace

Result<std::vector<FloatNetwork::LayerError>> MeasureLayers(const FloatGraph& graph,
                                                            const QuantisedModel& model,
                                                            std::span<const QuantisedValue> values,
                                                            std::span<const FloatTensor> sample,
                                                            const ExecuteOptions& options) {
  VOIZK_ASSIGN_OR_RETURN(const Graph integers, BuildGraph(model));
  const auto built = integers.BuildStandalone();
  if (!built.ok()) return integers.ExplainUncertified(built.error());
  const Relation& relation = *built;
  std::set<std::string> tensors;
  for (const Tensor& tensor : relation.tensors) tensors.insert(tensor.name);
  std::map<FloatValueId, const QuantisedValue*> wanted;
  std::vector<std::string> names;
  for (const QuantisedValue& value : values) {
    if (tensors.count(value.node) == 0) continue;  // a view
    wanted[value.value] = &value;
    names.push_back(value.node);
  }
  VOIZK_ASSIGN_OR_RETURN(const Inputs inputs, IntegerInputs(model, sample));
  VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(relation));
  VOIZK_ASSIGN_OR_RETURN(const auto results, executor.Infer(inputs, names, options.pool));

  std::map<FloatValueId, FloatNetwork::LayerError> rows;
  Status failure;
  ExecuteOptions watched = options;
  watched.observer = [&](FloatValueId id, const FloatTensor& tensor) {
    const auto found = wanted.find(id);
    if (found == wanted.end() || !tensor.is_float()) return;
    const QuantisedValue& value = *found->second;
    const auto reals =
        ToReals({value.node, value.layout, value.step}, value.dims, results.at(value.node));
    if (!reals.ok()) {
      failure = reals.error();
      return;
    }
    double error = 0, signal = 0;
    for (size_t i = 0; i < reals->size(); ++i) {
      const double y = tensor.floats()[i], difference = (*reals)[i] - y;
      error += difference * difference;
      signal += y * y;
    }
    const auto count = static_cast<double>(std::max<size_t>(reals->size(), 1));
    rows[id] = {graph.values[id].name,    {}, tensor.dims(), value.step, std::sqrt(error / count),
                std::sqrt(signal / count)};
  };
  VOIZK_RETURN_IF_ERROR(Execute(graph, sample, watched).status());
  VOIZK_RETURN_IF_ERROR(failure);
  std::vector<FloatNetwork::LayerError> errors;
  for (const FloatNode& node : graph.nodes) {
    for (const FloatValueId id : node.outputs) {
      const auto found = rows.find(id);
      if (found == rows.end()) continue;
      found->second.op = node.op;
      errors.push_back(std::move(found->second));
    }
  }
  return errors;
}

}  // namespace voizk
