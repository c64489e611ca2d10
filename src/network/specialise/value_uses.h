// Who writes a value of a float graph, and how often it is read.
#ifndef VOIZK_NETWORK_SPECIALISE_VALUE_USES_H_
#define VOIZK_NETWORK_SPECIALISE_VALUE_USES_H_

#include <cstddef>
#include <vector>

#include "network/float_graph/graph.h"

namespace voizk {

/// By value; points into the nodes that it was made of.
struct ValueUses {
  std::vector<const FloatNode*> writer;  // nullptr: an input or a constant
  std::vector<size_t> readers;           // an output of the graph is read once more

  /// Of `graph`, whose nodes these are.
  ValueUses(const FloatGraph& graph, const std::vector<FloatNode>& nodes);

  /// nullptr too for a value that came later.
  const FloatNode* WriterOf(FloatValueId id) const {
    return id < writer.size() ? writer[id] : nullptr;
  }
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_VALUE_USES_H_
