// A flat graph that is rewritten node by node, with who writes and who reads each value at hand.
#ifndef VOIZK_NETWORK_SPECIALISE_GRAPH_EDITOR_H_
#define VOIZK_NETWORK_SPECIALISE_GRAPH_EDITOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/float_graph/graph.h"

namespace voizk {

class GraphEditor {
 public:
  explicit GraphEditor(FloatGraph graph);

  const FloatGraph& graph() const { return graph_; }
  size_t node_count() const { return graph_.nodes.size(); }
  const FloatNode& node(size_t n) const { return graph_.nodes[n]; }
  const FloatTensor* ConstantOf(FloatValueId id) const { return graph_.ConstantOf(id); }
  const Dims& DimsOf(FloatValueId id) const { return *graph_.values[id].dims; }
  bool IsFloat(FloatValueId id) const { return graph_.values[id].type == FloatType::kFloat; }

  /// The node of this operation that writes the value, if none of its inputs is left out; or null.
  const FloatNode* Writer(FloatValueId id, std::string_view op) const;
  std::optional<size_t> WriterIndex(FloatValueId id) const;
  /// Read once, and no output of the graph.
  bool HasOneReader(FloatValueId id) const;

  FloatValueId AddConstant(std::string_view hint, FloatTensor tensor);
  /// Elements of all constants that were added.
  uint64_t work() const { return work_; }

  /// The node becomes another that writes the same values; nodes that nobody reads any more are
  /// emptied (their op is ""), so that they count as nobody's readers.
  void Replace(size_t n, FloatNode node);
  /// Input i of node n becomes another value.
  void SetInput(size_t n, size_t i, FloatValueId id);

  /// The graph without what nobody reads any more.
  FloatGraph Finish() &&;

 private:
  void Read(size_t n, const FloatNode& node, bool reads);
  bool IsUnread(const FloatNode& node) const;

  FloatGraph graph_;
  std::vector<size_t> writer_;                     // SIZE_MAX: none
  std::vector<std::map<size_t, size_t>> readers_;  // node: how often
  std::vector<bool> is_output_;
  size_t names_ = 0;
  uint64_t work_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_GRAPH_EDITOR_H_
