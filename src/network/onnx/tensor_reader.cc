#include "network/onnx/tensor_reader.h"

#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "network/float_operations/onnx_types.h"
#include "network/onnx/external_data.h"
#include "network/onnx/proto.h"
#include "network/onnx/read_onnx.h"

namespace voizk {

namespace {

size_t RawBytes(int64_t type) {
  switch (type) {
    case kOnnxUint8:
    case kOnnxInt8:
    case kOnnxBool:
      return 1;
    case kOnnxUint16:
    case kOnnxInt16:
    case kOnnxFloat16:
    case kOnnxBfloat16:
      return 2;
    case kOnnxFloat:
    case kOnnxInt32:
    case kOnnxUint32:
      return 4;
    default:
      return 8;
  }
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  const uint32_t exponent = (half >> 10) & 31u;
  const uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {  // below the least normal: fraction times 2^-24
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float BfloatToFloat(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

template <typename T>
T Load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// One element of raw little-endian data.
float RawFloat(int64_t type, const uint8_t* at) {
  switch (type) {
    case kOnnxFloat16:
      return HalfToFloat(Load<uint16_t>(at));
    case kOnnxBfloat16:
      return BfloatToFloat(Load<uint16_t>(at));
    case kOnnxDouble:
      return static_cast<float>(Load<double>(at));
    default:
      return Load<float>(at);
  }
}

// A uint64 beyond int64 comes out negative, which the caller looks for.
int64_t RawInt(int64_t type, const uint8_t* at) {
  switch (type) {
    case kOnnxUint8:
    case kOnnxBool:
      return *at;
    case kOnnxInt8:
      return Load<int8_t>(at);
    case kOnnxUint16:
      return Load<uint16_t>(at);
    case kOnnxInt16:
      return Load<int16_t>(at);
    case kOnnxInt32:
      return Load<int32_t>(at);
    case kOnnxUint32:
      return Load<uint32_t>(at);
    default:
      return Load<int64_t>(at);
  }
}

// Where the numbers of a tensor are: raw bytes, or one of the typed lists.
class OnnxElements {
 public:
  OnnxElements(const onnx::TensorProto& proto, int64_t type, ByteSpan raw, bool is_raw)
      : proto_(proto), type_(type), raw_(raw), is_raw_(is_raw) {}

  uint64_t Count() const {
    if (is_raw_) return raw_.size() / RawBytes(type_);
    switch (type_) {
      case kOnnxFloat:
        return static_cast<uint64_t>(proto_.float_data_size());
      case kOnnxDouble:
        return static_cast<uint64_t>(proto_.double_data_size());
      case kOnnxInt64:
        return static_cast<uint64_t>(proto_.int64_data_size());
      case kOnnxUint32:
      case kOnnxUint64:
        return static_cast<uint64_t>(proto_.uint64_data_size());
      default:
        return static_cast<uint64_t>(proto_.int32_data_size());
    }
  }

  float Float(uint64_t i) const {
    if (is_raw_) return RawFloat(type_, raw_.data() + i * RawBytes(type_));
    const int at = static_cast<int>(i);
    switch (type_) {
      case kOnnxFloat:
        return proto_.float_data(at);
      case kOnnxDouble:
        return static_cast<float>(proto_.double_data(at));
      case kOnnxFloat16:
        return HalfToFloat(static_cast<uint16_t>(proto_.int32_data(at)));
      default:
        return BfloatToFloat(static_cast<uint16_t>(proto_.int32_data(at)));
    }
  }

  int64_t Int(uint64_t i) const {
    if (is_raw_) return RawInt(type_, raw_.data() + i * RawBytes(type_));
    const int at = static_cast<int>(i);
    switch (type_) {
      case kOnnxInt64:
        return proto_.int64_data(at);
      case kOnnxUint32:
      case kOnnxUint64:
        return static_cast<int64_t>(proto_.uint64_data(at));
      default:
        return proto_.int32_data(at);
    }
  }

 private:
  const onnx::TensorProto& proto_;
  int64_t type_;
  ByteSpan raw_;
  bool is_raw_;
};

Result<FloatTensor> Convert(const OnnxElements& from, FloatType type, int64_t onnx_type, Dims dims,
                            size_t count) {
  if (type == FloatType::kFloat) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = from.Float(i);
    return FloatTensor(std::move(dims), std::move(values));
  }
  if (type == FloatType::kBool) {
    std::vector<uint8_t> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = from.Int(i) != 0 ? 1 : 0;
    return FloatTensor(std::move(dims), std::move(values));
  }
  std::vector<int64_t> values(count);
  const OnnxIntegerRange range = OnnxIntegers(onnx_type);
  for (size_t i = 0; i < count; ++i) {
    values[i] = from.Int(i);
    if (values[i] < range.lo || values[i] > range.hi) {
      return {ErrorCode::kUnsupported, "holds an integer that its type or int64 cannot hold"};
    }
  }
  return FloatTensor(std::move(dims), std::move(values));
}

}  // namespace

Result<FloatTensor> OnnxTensorReader::Read(const onnx::TensorProto& proto) {
  const int64_t onnx_type = proto.data_type();
  const auto type = FloatTypeOfOnnx(onnx_type);
  if (!type) {
    return {ErrorCode::kUnsupported,
            "elements of ONNX's type " + std::to_string(onnx_type) + " are not understood"};
  }
  if (proto.has_segment()) return {ErrorCode::kUnsupported, "is stored in segments"};
  Dims dims(proto.dims().begin(), proto.dims().end());
  VOIZK_ASSIGN_OR_RETURN(const int64_t signed_count, ElementCount(dims));
  const auto count = static_cast<uint64_t>(signed_count);
  const bool external = proto.data_location() == onnx::TensorProto::EXTERNAL;
  const bool is_raw = external || proto.has_raw_data();
  std::vector<uint8_t> file;
  ByteSpan raw(reinterpret_cast<const uint8_t*>(proto.raw_data().data()), proto.raw_data().size());
  const uint64_t raw_bytes = count * RawBytes(onnx_type);
  held_bytes_ += count * BytesPerElement(*type);
  if (held_bytes_ > kMaxOnnxConstants) {
    return {ErrorCode::kLimitExceeded, "the file's tensors take more than 8 GiB"};
  }
  if (external) {
    VOIZK_ASSIGN_OR_RETURN(file, ReadExternalData(proto, folder_, raw_bytes));
    raw = file;
  }
  const OnnxElements elements(proto, onnx_type, raw, is_raw);
  if (is_raw ? raw.size() != raw_bytes : elements.Count() != count) {
    return {ErrorCode::kMalformed,
            "its data are not as many as its dims " + ToString(dims) + " say"};
  }
  return Convert(elements, *type, onnx_type, std::move(dims), count);
}

}  // namespace voizk
