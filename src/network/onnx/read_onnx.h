// Reads ONNX files (opsets 10 to 20 of the default domain) into float graphs.  A file is hostile
// until it is read: everything that it claims is bounded and checked here, once.
#ifndef VOIZK_NETWORK_ONNX_READ_ONNX_H_
#define VOIZK_NETWORK_ONNX_READ_ONNX_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "network/float_graph/graph.h"

namespace voizk {

inline constexpr size_t kMaxOnnxBytes = (size_t{1} << 31) - 1;  // protobuf's own limit
inline constexpr uint64_t kMaxOnnxFields = 1 << 22;             // GPT-2's export has about 10^5
inline constexpr uint64_t kMaxOnnxVarints = 1 << 28;  // bytes of packed integers, which grow 8-fold
inline constexpr size_t kMaxOnnxDepth = 8;            // of If and Loop in each other
inline constexpr uint64_t kMaxOnnxConstants = uint64_t{8} << 30;  // bytes of all, as they are held
inline constexpr int64_t kMinOnnxOpset = 10;
inline constexpr int64_t kMaxOnnxOpset = 20;

/// The graph of a file: CheckFloatGraph holds, every node's operation is known.  External data must
/// lie in regular files beside it.  kNotFound, kIo; kMalformed, kUnsupported and kLimitExceeded
/// name the place and the rule.
Result<FloatGraph> ReadOnnx(const std::string& path);

/// The same for bytes; external data is refused.
Result<FloatGraph> ReadOnnxBytes(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_ONNX_READ_ONNX_H_
