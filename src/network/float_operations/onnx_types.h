// ONNX's numbers of element types (TensorProto.DataType), and what each is held as.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_ONNX_TYPES_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_ONNX_TYPES_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "network/float_graph/tensor.h"

namespace voizk {

enum OnnxType : int64_t {
  kOnnxFloat = 1,
  kOnnxUint8 = 2,
  kOnnxInt8 = 3,
  kOnnxUint16 = 4,
  kOnnxInt16 = 5,
  kOnnxInt32 = 6,
  kOnnxInt64 = 7,
  kOnnxBool = 9,
  kOnnxFloat16 = 10,
  kOnnxDouble = 11,
  kOnnxUint32 = 12,
  kOnnxUint64 = 13,
  kOnnxBfloat16 = 16,
};

/// Nothing for strings, complex numbers, floats of 8 bits and 4-bit integers.
inline std::optional<FloatType> FloatTypeOfOnnx(int64_t type) {
  switch (type) {
    case kOnnxFloat:
    case kOnnxFloat16:
    case kOnnxBfloat16:
    case kOnnxDouble:
      return FloatType::kFloat;
    case kOnnxUint8:
    case kOnnxInt8:
    case kOnnxUint16:
    case kOnnxInt16:
    case kOnnxInt32:
    case kOnnxInt64:
    case kOnnxUint32:
    case kOnnxUint64:
      return FloatType::kInt64;
    case kOnnxBool:
      return FloatType::kBool;
    default:
      return std::nullopt;
  }
}

struct OnnxIntegerRange {
  int64_t lo = std::numeric_limits<int64_t>::min();
  int64_t hi = std::numeric_limits<int64_t>::max();
};

/// What an integer type holds of int64.
inline OnnxIntegerRange OnnxIntegers(int64_t type) {
  switch (type) {
    case kOnnxUint8:
      return {0, UINT8_MAX};
    case kOnnxInt8:
      return {INT8_MIN, INT8_MAX};
    case kOnnxUint16:
      return {0, UINT16_MAX};
    case kOnnxInt16:
      return {INT16_MIN, INT16_MAX};
    case kOnnxInt32:
      return {INT32_MIN, INT32_MAX};
    case kOnnxUint32:
      return {0, UINT32_MAX};
    case kOnnxUint64:
      return {0, INT64_MAX};
    default:
      return {};
  }
}

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_ONNX_TYPES_H_
