// Questions that the rewriting rules ask of a flat graph.
#ifndef VOIZK_NETWORK_SPECIALISE_PATTERNS_H_
#define VOIZK_NETWORK_SPECIALISE_PATTERNS_H_

#include <cmath>
#include <optional>

#include "network/specialise/graph_editor.h"

namespace voizk {

/// The one number of a float constant.
inline std::optional<float> ScalarOf(const GraphEditor& graph, FloatValueId id) {
  const FloatTensor* t = graph.ConstantOf(id);
  if (!t || !t->is_float() || t->size() != 1) return std::nullopt;
  return t->floats()[0];
}

/// Exporters round such constants to float, some from fewer digits.
inline bool IsAbout(std::optional<float> value, double expected) {
  return value && std::fabs(static_cast<double>(*value) - expected) <= 1e-6 * std::fabs(expected);
}

/// Of a node with two inputs the one that is not `id`; nothing if none or both are.
inline std::optional<FloatValueId> OtherInput(const FloatNode& node, FloatValueId id) {
  if (node.inputs.size() != 2 || (node.inputs[0] == id) == (node.inputs[1] == id)) {
    return std::nullopt;
  }
  return node.inputs[node.inputs[0] == id ? 1 : 0];
}

/// x of x + c, x * c and the like, in either order, for a scalar c of about this value.
inline std::optional<FloatValueId> WithScalar(const GraphEditor& graph, const FloatNode& node,
                                              double c) {
  if (node.inputs.size() != 2) return std::nullopt;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    if (IsAbout(ScalarOf(graph, node.inputs[k]), c)) return node.inputs[1 - k];
  }
  return std::nullopt;
}

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_PATTERNS_H_
