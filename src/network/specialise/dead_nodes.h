// Drops what no output needs.
#ifndef VOIZK_NETWORK_SPECIALISE_DEAD_NODES_H_
#define VOIZK_NETWORK_SPECIALISE_DEAD_NODES_H_

#include "network/float_graph/graph.h"

namespace voizk {

/// A flat graph's nodes that an output depends on, in their order, and the values they speak of;
/// inputs stay.  Nodes without outputs are dropped.
FloatGraph WithoutDeadNodes(FloatGraph graph);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_DEAD_NODES_H_
