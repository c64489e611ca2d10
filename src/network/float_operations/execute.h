// Runs a float network: every value on given inputs, node by node in the graph's order, with bounds
// on memory and work, because the graph may come from a hostile file.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_EXECUTE_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_EXECUTE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "network/float_graph/graph.h"

namespace voizk {

// Wav2Vec2-base on 3 s takes 12 G multiply-adds; a value of it 13 MB at most.
inline constexpr uint64_t kMaxFloatBytes = uint64_t{8} << 30;
inline constexpr uint64_t kMaxFloatWork = uint64_t{1} << 42;

struct ExecuteOptions {
  ThreadPool* pool = nullptr;  // null: the caller's thread alone
  /// Values alive at one time, constants not counted.  kLimitExceeded beyond.
  uint64_t max_bytes = kMaxFloatBytes;
  /// Multiply-adds, and elements read or written.  kLimitExceeded beyond.
  uint64_t max_work = kMaxFloatWork;
  /// Asked between nodes; true ends the execution with kRefused.
  std::function<bool()> interrupted = nullptr;
  /// Sees every tensor of the top graph once: inputs, then what nodes write, in order; constants
  /// and sequences are left out.
  std::function<void(FloatValueId, const FloatTensor&)> observer = nullptr;
};

/// The graph's outputs in its order, for `inputs` in its order.  The graph must satisfy
/// CheckFloatGraph.  kInvalidArgument: another number of inputs, or types or dims other than the
/// graph's inputs declare; errors of operations name node, operation and rule.  An output that is a
/// sequence is kUnsupported.  Thread-safe.
Result<std::vector<FloatTensor>> Execute(const FloatGraph& graph,
                                         std::span<const FloatTensor> inputs,
                                         const ExecuteOptions& options = {});

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_EXECUTE_H_
