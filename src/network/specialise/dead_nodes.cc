#include "network/specialise/dead_nodes.h"

#include <algorithm>

namespace voizk {

FloatGraph WithoutDeadNodes(FloatGraph graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const auto* ids : {&graph.inputs, &graph.outputs}) {
    for (const FloatValueId id : *ids) needed[id] = true;
  }
  std::vector<bool> alive(graph.nodes.size(), false);
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const FloatNode& node = graph.nodes[n];
    alive[n] = std::ranges::any_of(
        node.outputs, [&](FloatValueId id) { return id != kAbsentValue && needed[id]; });
    if (!alive[n]) continue;
    for (const FloatValueId id : node.inputs) {
      if (id != kAbsentValue) needed[id] = true;
    }
  }
  FloatGraph kept{graph.name, graph.opset, {}, {}, {}, {}, {}};
  std::vector<FloatValueId> moved(graph.values.size(), kAbsentValue);
  for (FloatValueId id = 0; id < graph.values.size(); ++id) {
    if (!needed[id]) continue;
    moved[id] = kept.values.size();
    kept.values.push_back(std::move(graph.values[id]));
  }
  const auto move_all = [&](std::vector<FloatValueId>& ids) {
    for (FloatValueId& id : ids) id = id == kAbsentValue ? id : moved[id];
  };
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!alive[n]) continue;
    move_all(graph.nodes[n].inputs);
    move_all(graph.nodes[n].outputs);
    kept.nodes.push_back(std::move(graph.nodes[n]));
  }
  kept.inputs = std::move(graph.inputs);
  kept.outputs = std::move(graph.outputs);
  move_all(kept.inputs);
  move_all(kept.outputs);
  return kept;
}

}  // namespace voizk
