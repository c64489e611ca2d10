// Runs the float network on samples and keeps what its values look like.
#ifndef VOIZK_NETWORK_QUANTISE_CALIBRATE_H_
#define VOIZK_NETWORK_QUANTISE_CALIBRATE_H_

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"
#include "network/quantise/statistics.h"

namespace voizk {

/// Inputs of one run, in the graph's order.
using FloatSample = std::vector<FloatTensor>;

/// Statistics of every float value, by id.  `next` gives samples until there is none.
/// kInvalidArgument: there is no sample, or one does not fit.
Result<std::vector<ValueStatistics>> Calibrate(const FloatGraph& graph,
                                               const std::function<const FloatSample*()>& next,
                                               const ExecuteOptions& options);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_CALIBRATE_H_
