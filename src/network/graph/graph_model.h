// A graph of a model file: shapes may depend on the number of frames, which the length bucket of a
// statement fixes.
#ifndef VOIZK_NETWORK_GRAPH_GRAPH_MODEL_H_
#define VOIZK_NETWORK_GRAPH_GRAPH_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/graph/graph.h"
#include "network/operations/operation.h"

namespace voizk {

struct GraphModel {
  /// A dimension: `size` if frames_divisor = 0, else frames / frames_divisor ("T", "T/2").
  struct Dim {
    uint32_t size = 0;
    uint32_t frames_divisor = 0;
  };
  struct Input {
    std::string name;
    std::vector<Dim> dims;
    int64_t lo = 0, hi = 0;
  };
  struct Node {
    std::string name;
    std::shared_ptr<const Operation> operation;
    std::vector<std::string> inputs;
  };

  std::vector<Input> inputs;
  std::vector<Node> nodes;  // in topological order: inputs of a node come before it
  std::string output;

  /// The graph for `frames` frames, sharing the operations.  Errors: kInvalidArgument (an unknown
  /// or later name, shapes that do not fit, frames not divisible), kLimitExceeded.
  Result<Graph> At(uint32_t frames) const;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_GRAPH_GRAPH_MODEL_H_
