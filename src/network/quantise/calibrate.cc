#include "network/quantise/calibrate.h"

namespace voizk {

namespace {

constexpr size_t kNoAxis = SIZE_MAX;

// By value: the axis of the channels of the layer that reads it.
std::vector<size_t> ChannelAxes(const FloatGraph& graph) {
  std::vector<size_t> axes(graph.values.size(), kNoAxis);
  for (const FloatNode& node : graph.nodes) {
    if (node.op == "Conv") axes[node.inputs[0]] = 1;
    if (node.op == "MatMul" && graph.ConstantOf(node.inputs[1]) != nullptr) {
      axes[node.inputs[0]] = graph.values[node.inputs[0]].dims->size() - 1;
    }
  }
  return axes;
}

}  // namespace

Result<std::vector<ValueStatistics>> Calibrate(const FloatGraph& graph,
                                               const std::function<const FloatSample*()>& next,
                                               const ExecuteOptions& options) {
  std::vector<ValueStatistics> statistics(graph.values.size());
  const std::vector<size_t> axes = ChannelAxes(graph);
  ExecuteOptions watched = options;
  watched.observer = [&](FloatValueId id, const FloatTensor& tensor) {
    if (!tensor.is_float()) return;
    const size_t row = tensor.rank() == 0 ? 0 : static_cast<size_t>(tensor.dims().back());
    statistics[id].Add(tensor.floats(), row);
    if (axes[id] < tensor.rank()) {
      statistics[id].AddChannels(tensor.floats(), tensor.dims(), axes[id]);
    }
  };
  size_t samples = 0;
  while (const FloatSample* const sample = next()) {
    const auto outputs = Execute(graph, *sample, watched);
    if (!outputs.ok()) return outputs.error();
    ++samples;
  }
  if (samples == 0) return {ErrorCode::kInvalidArgument, "there is nothing to calibrate on"};
  return statistics;
}

}  // namespace voizk
