// The flat graph while it is built: constants are folded and shapes found as nodes are added.
#ifndef VOIZK_NETWORK_SPECIALISE_FLAT_BUILDER_H_
#define VOIZK_NETWORK_SPECIALISE_FLAT_BUILDER_H_

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"
#include "network/float_operations/operation.h"

namespace voizk {

inline constexpr size_t kMaxFlatNodes = 1 << 20;  // after unrolling
inline constexpr size_t kMaxFlatValues = 1 << 22;

/// What a value of the original graph has become: one value of the flat graph, or several.
struct FlatItem {
  FloatValueId id = kAbsentValue;
  bool is_sequence = false;
  std::vector<FloatValueId> list = {};
};

class FlatBuilder {
 public:
  FlatBuilder(const FloatGraph& graph, const ExecuteOptions& options);

  FloatGraph& graph() { return graph_; }
  const FloatTensor* ConstantOf(FloatValueId id) const { return graph_.ConstantOf(id); }
  const Dims& DimsOf(FloatValueId id) const { return *graph_.values[id].dims; }

  /// Steps that add nothing are paid for too.  kLimitExceeded, kRefused.
  Status Charge(uint64_t steps);

  FloatValueId AddInput(const std::string& name, FloatType type, const Dims& dims);
  /// Shared, not copied.
  FloatValueId AddConstant(const std::string& name, FloatConstant tensor);
  FloatValueId AddConstant(const std::string& name, FloatTensor tensor);

  /// A node with inputs of the flat graph; `names` are those of its outputs ("": not wanted).
  /// The outputs' values: constants if the inputs are, or only their shapes matter; else a node is
  /// added, and its outputs' types and dims are found.  kUnsupported: an input that decides about
  /// shapes depends on the network's inputs.
  Result<std::vector<FloatValueId>> AddNode(FloatNode node, const std::vector<std::string>& names);

  /// Gives the value this name if it is neither an input nor a constant nor another output.
  void NameOutput(FloatValueId id, const std::string& name);

 private:
  std::string Unique(const std::string& name);
  Result<FloatValues> RunConstant(const FloatNode& node, bool shapes_only);
  FloatConstant Sample(const FloatNode& node, FloatValueId id) const;
  Status CheckSamples(const FloatNode& node) const;

  FloatGraph graph_;
  FloatBudget budget_;
  ThreadPool* pool_;
  std::unordered_set<std::string> names_;
  std::unordered_set<FloatValueId> keep_name_;  // inputs, and outputs that have theirs
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_FLAT_BUILDER_H_
