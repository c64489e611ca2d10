// A quantised network as data: what the importer writes and `voizk model` reads.  Nodes are lines
// of the table of operations (network/operations/table.h) with their attributes; with the steps
// that turn real numbers into integers and back.
#ifndef VOIZK_NETWORK_MODEL_QUANTISED_MODEL_H_
#define VOIZK_NETWORK_MODEL_QUANTISED_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "network/graph/graph.h"
#include "network/operations/attribute_reader.h"

namespace voizk {

using ModelAttribute =
    std::variant<int64_t, std::vector<int64_t>, std::shared_ptr<const TensorData>>;
using ModelAttributes = std::map<std::string, ModelAttribute, std::less<>>;

/// Which axes of the float network's tensor an integer tensor holds, in which order: for each axis
/// the integer tensor's dimensions over which it runs, row-major; none where it has length 1.
struct TensorLayout {
  std::vector<int64_t> dims;           // of the float tensor
  std::vector<std::vector<int>> axes;  // by axis of the float tensor
  bool operator==(const TensorLayout&) const = default;
};

struct QuantisedModel {
  /// A value of an input or output: real = step * integer.
  struct Quantity {
    std::string name;  // in the float network
    TensorLayout layout;
    double step = 1;
  };
  struct Input {
    std::string name;  // of the node
    std::vector<uint32_t> shape;
    int32_t lo = 0, hi = 0;
    Quantity quantity;
    bool integers = false;  // numbers of tokens and the like: nothing is rounded or clipped
  };
  struct Node {
    std::string name;
    std::string op;
    std::vector<std::string> inputs;
    ModelAttributes attributes;
  };
  struct Output {
    std::string node;
    Quantity quantity;
  };

  std::string name;
  std::vector<Input> inputs;
  std::vector<Node> nodes;  // in topological order
  Output output;
  std::vector<int32_t> commitment;  // to committed weights; empty or 1024 values
};

/// The operation of these attributes.  kUnsupported: no such operation; kMalformed: an attribute is
/// absent, of another type, out of bounds or unknown.
Result<std::shared_ptr<const Operation>> MakeOperation(std::string_view op,
                                                       const ModelAttributes& attributes);

/// The graph of it; inputs belong to `owner`.  Errors name the node.
Result<Graph> BuildGraph(const QuantisedModel& model, Graph::Owner owner = Graph::Owner::kSecret);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_QUANTISED_MODEL_H_
