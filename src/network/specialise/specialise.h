// From a graph as exported to a flat list of operations with known shapes.
#ifndef VOIZK_NETWORK_SPECIALISE_SPECIALISE_H_
#define VOIZK_NETWORK_SPECIALISE_SPECIALISE_H_

#include <map>
#include <string>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"

namespace voizk {

struct FixedInputs {
  /// Dims of inputs by name.  An input whose dims the file fixes may be left out.
  std::map<std::string, Dims> dims = {};
  /// Inputs that are made constants ("sr" = 16000).  They are inputs no more.
  std::map<std::string, FloatTensor> values = {};
};

/// The graph for inputs of these shapes: everything that does not depend on input values is
/// computed (a Shape of a value counts as such), If is decided, Loop and sequences are unrolled,
/// Identity, Dropout and what nobody reads are gone.  Every value has its type and all dims; no
/// node has a subgraph; outputs that are constant stay as constant values.  `options` bounds the
/// work; its observer is not called.
///
/// kInvalidArgument: an input's dims are missing or contradict the file; kUnsupported: an If or a
/// Loop whose course depends on input values, a sequence that does; the error says what would help.
Result<FloatGraph> FixInputs(const FloatGraph& graph, const FixedInputs& fixed,
                             const ExecuteOptions& options = {});

/// The same function in fewer operations, up to rounding; the graph must come from FixInputs.
/// docs/import.md lists what is merged and recognised.
Result<FloatGraph> Simplify(const FloatGraph& graph, const ExecuteOptions& options = {});

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_SPECIALISE_H_
