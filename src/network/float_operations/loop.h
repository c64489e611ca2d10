// What execution and unrolling have in common about ONNX's Loop.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_LOOP_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_LOOP_H_

#include <cstdint>

#include "network/float_operations/operation.h"

namespace voizk {

inline constexpr int64_t kMaxLoopTrips = 1 << 16;  // 40 s of 16 kHz speech in steps of 10 samples

/// The body's outputs are: condition, then as many values as are carried, then scans.
struct LoopShape {
  size_t carried, scans;
};

/// Of a node with these numbers of inputs and outputs.  kMalformed.
Result<LoopShape> ShapeOfLoop(const FloatNode& node, const FloatGraph& body);

struct LoopStart {
  int64_t trips;  // INT64_MAX: only the condition ends it
  bool go;        // the condition before the first step
};
/// From inputs 0 and 1, either of which may be absent.  kMalformed.
Result<LoopStart> StartOfLoop(const FloatNode& node, const FloatTensor* trips,
                              const FloatTensor* condition);

/// A bool of one element.  kMalformed.
Result<bool> LoopCondition(const FloatNode& node, const FloatTensor* condition);

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_LOOP_H_
