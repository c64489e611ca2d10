// A network of ONNX's operations on float tensors, as data: what the reader makes of a file, what
// specialising turns into a flat list, what the quantiser reads.  Executed by float_operations.
#ifndef VOIZK_NETWORK_FLOAT_GRAPH_GRAPH_H_
#define VOIZK_NETWORK_FLOAT_GRAPH_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "network/float_graph/tensor.h"

namespace voizk {

struct FloatGraph;

/// Index into FloatGraph::values.
using FloatValueId = size_t;
/// An optional input that is left out, an output that nobody reads.
inline constexpr FloatValueId kAbsentValue = SIZE_MAX;

/// Shared and immutable: weights are not copied when a graph is.
using FloatConstant = std::shared_ptr<const FloatTensor>;

using FloatAttribute =
    std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                 std::vector<std::string>, FloatConstant, std::shared_ptr<const FloatGraph>>;

/// A tensor, or (in graphs that are not specialised) a sequence of tensors.
struct FloatGraphValue {
  std::string name;        // unique among the graph's values; never empty
  FloatConstant constant;  // null unless the value is one
  std::optional<FloatType> type = {};
  std::optional<Dims> dims = {};  // -1 for a dim that is not known; no dims: not even the rank is
};

struct FloatNode {
  std::string name;                   // for messages; never empty
  std::string op;                     // ONNX's operation type, or one of float_operations' own
  std::vector<FloatValueId> inputs;   // kAbsentValue: left out
  std::vector<FloatValueId> outputs;  // kAbsentValue: not wanted
  std::map<std::string, FloatAttribute, std::less<>> attributes = {};
};

/// Invariants (CheckFloatGraph): ids are in range; every value is written at most once, by a node,
/// as an input, as a capture or as a constant; nodes stand in an order in which each reads what was
/// written before it; every output is written.
struct FloatGraph {
  /// In a subgraph: the value of the graph around it that the inner value stands for.
  struct Capture {
    FloatValueId outer;
    FloatValueId inner;
  };

  std::string name;
  int64_t opset = 17;  // of ONNX's default domain
  std::vector<FloatGraphValue> values;
  std::vector<FloatNode> nodes;
  std::vector<FloatValueId> inputs;
  std::vector<FloatValueId> outputs;
  std::vector<Capture> captures = {};  // empty at the top

  /// Adds a value; `name` is taken as it is.
  FloatValueId AddValue(std::string name);
  FloatValueId AddConstant(std::string name, FloatTensor tensor);
  const FloatTensor* ConstantOf(FloatValueId id) const {
    return id == kAbsentValue ? nullptr : values[id].constant.get();
  }
  /// The input or output of that name.
  std::optional<FloatValueId> FindInput(std::string_view input_name) const;
};

/// kMalformed if an invariant above does not hold, with the node's name.  Looks into subgraphs.
Status CheckFloatGraph(const FloatGraph& graph);

/// An attribute of another type than the default is kMalformed, naming node and attribute.
Result<int64_t> IntAttribute(const FloatNode& node, std::string_view key, int64_t absent);
Result<float> RealAttribute(const FloatNode& node, std::string_view key, float absent);
Result<std::string> StringAttribute(const FloatNode& node, std::string_view key,
                                    std::string_view absent);
Result<std::vector<int64_t>> IntsAttribute(const FloatNode& node, std::string_view key,
                                           std::vector<int64_t> absent);
Result<std::vector<float>> RealsAttribute(const FloatNode& node, std::string_view key,
                                          std::vector<float> absent);
Result<std::vector<std::string>> StringsAttribute(const FloatNode& node, std::string_view key,
                                                  std::vector<std::string> absent);
/// Null when absent.
Result<FloatConstant> TensorAttribute(const FloatNode& node, std::string_view key);
/// kMalformed when absent.
Result<std::shared_ptr<const FloatGraph>> GraphAttribute(const FloatNode& node,
                                                         std::string_view key);

/// The one way in which an error names its place: "node NAME (OP): rule".
Error NodeError(const FloatNode& node, ErrorCode code, std::string_view rule);

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_GRAPH_GRAPH_H_
