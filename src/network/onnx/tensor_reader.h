// Tensors of an ONNX file: initialisers and attributes.
#ifndef VOIZK_NETWORK_ONNX_TENSOR_READER_H_
#define VOIZK_NETWORK_ONNX_TENSOR_READER_H_

#include <cstdint>
#include <string>

#include "base/result.h"
#include "network/float_graph/tensor.h"

namespace onnx {
class TensorProto;
}

namespace voizk {

class OnnxTensorReader {
 public:
  /// `folder`: where external data may lie; empty: nowhere.
  explicit OnnxTensorReader(std::string folder) : folder_(std::move(folder)) {}

  /// Its data are as many as its dims say, whatever form they have.  kMalformed, kUnsupported,
  /// kLimitExceeded (all tensors together), kIo, kNotFound.
  Result<FloatTensor> Read(const onnx::TensorProto& proto);

 private:
  std::string folder_;
  uint64_t held_bytes_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_ONNX_TENSOR_READER_H_
