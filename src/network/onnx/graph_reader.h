// Graphs of an ONNX file, subgraphs included: names become value ids.
#ifndef VOIZK_NETWORK_ONNX_GRAPH_READER_H_
#define VOIZK_NETWORK_ONNX_GRAPH_READER_H_

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/onnx/tensor_reader.h"

namespace onnx {
class GraphProto;
}

namespace voizk {

inline bool IsDefaultDomain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// Nodes are brought into an order in which each reads what was written before.  kMalformed: a name
/// that is written twice or never, a cycle; kUnsupported: an operation, domain, type or attribute
/// that is not understood; kLimitExceeded: subgraphs too deep.
Result<FloatGraph> ReadOnnxGraph(const onnx::GraphProto& proto, int64_t opset,
                                 OnnxTensorReader& tensors);

}  // namespace voizk

#endif  // VOIZK_NETWORK_ONNX_GRAPH_READER_H_
