#include "network/quantise/calibrate.h"

namespace voizk {

Result<std::vector<ValueStatistics>> Calibrate(const FloatGraph& graph,
                                               const std::function<const FloatSample*()>& next,
                                               const ExecuteOptions& options) {
  std::vector<ValueStatistics> statistics(graph.values.size());
  ExecuteOptions watched = options;
  watched.observer = [&](FloatValueId id, const FloatTensor& tensor) {
    if (!tensor.is_float()) return;
    const size_t row = tensor.rank() == 0 ? 0 : static_cast<size_t>(tensor.dims().back());
    statistics[id].Add(tensor.floats(), row);
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
