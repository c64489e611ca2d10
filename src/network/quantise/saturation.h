// Values that only gates read: beyond where every gate is saturated, how far does not matter.
#ifndef VOIZK_NETWORK_QUANTISE_SATURATION_H_
#define VOIZK_NETWORK_QUANTISE_SATURATION_H_

#include <vector>

#include "network/float_graph/graph.h"

namespace voizk {

/// Whether an LSTM's input is added to its gates as it is: its W is the identity, gates in the
/// order i, f, o, c (one direction).  So an exporter says that the product with W is computed
/// before.
bool ReadsGatesDirectly(const FloatGraph& graph, const FloatNode& node);

/// By value: the magnitude beyond which all that read it, LSTMs as above, by way of operations that
/// move values, have saturated gates, whatever their states (unless nearly all pull one way);
/// infinite for all others.
std::vector<double> SaturationReach(const FloatGraph& graph);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_SATURATION_H_
