// How far the values of a quantised model are from those of its float network.
#ifndef VOIZK_NETWORK_IMPORTING_LAYER_ERRORS_H_
#define VOIZK_NETWORK_IMPORTING_LAYER_ERRORS_H_

#include <span>
#include <vector>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"
#include "network/model/quantised_model.h"
#include "network/quantise/quantise.h"
#include "voizk/import.h"

namespace voizk {

/// Both run on one sample; a row for each value that is a tensor of the model, in the graph's
/// order.
Result<std::vector<FloatNetwork::LayerError>> MeasureLayers(const FloatGraph& graph,
                                                            const QuantisedModel& model,
                                                            std::span<const QuantisedValue> values,
                                                            std::span<const FloatTensor> sample,
                                                            const ExecuteOptions& options);

}  // namespace voizk

#endif  // VOIZK_NETWORK_IMPORTING_LAYER_ERRORS_H_
