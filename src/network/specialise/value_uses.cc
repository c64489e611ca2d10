#include "network/specialise/value_uses.h"

namespace voizk {

ValueUses::ValueUses(const FloatGraph& graph, const std::vector<FloatNode>& nodes)
    : writer(graph.values.size(), nullptr), readers(graph.values.size(), 0) {
  for (const FloatNode& node : nodes) {
    for (const FloatValueId id : node.outputs) {
      if (id != kAbsentValue) writer[id] = &node;
    }
    for (const FloatValueId id : node.inputs) {
      if (id != kAbsentValue) ++readers[id];
    }
  }
  for (const FloatValueId id : graph.outputs) ++readers[id];
}

}  // namespace voizk
