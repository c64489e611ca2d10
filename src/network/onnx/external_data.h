// Data of a tensor that lie in a file of their own beside the ONNX file.
#ifndef VOIZK_NETWORK_ONNX_EXTERNAL_DATA_H_
#define VOIZK_NETWORK_ONNX_EXTERNAL_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace onnx {
class TensorProto;
}

namespace voizk {

/// Exactly `bytes` of them.  The location must be the bare name of a regular file in `folder` (no
/// folder, no symbolic link), and offset and length within that file.  kUnsupported, kMalformed,
/// kNotFound, kIo.
Result<std::vector<uint8_t>> ReadExternalData(const onnx::TensorProto& proto,
                                              const std::string& folder, uint64_t bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_ONNX_EXTERNAL_DATA_H_
