#include "network/onnx/wire_check.h"

#include <string>

#include "network/onnx/read_onnx.h"

namespace voizk {

namespace {

// Messages of onnx.proto that can lie in each other; kFlat are those that hold scalars and strings.
enum class Kind {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kValueInfo,
  kType,
  kElementType,  // the type of a tensor, sequence or optional
  kShape,
  kAnnotation,  // of quantisation: a name, and flat messages
  kFlat,
  kVarints,  // packed integers
  kBytes,    // strings, raw data, packed floats: as large in memory as in the file
  kRefused,
};

// The kind of a length-delimited field.
Kind KindOf(Kind message, uint32_t field) {
  switch (message) {
    case Kind::kModel:
      return field == 7                   ? Kind::kGraph
             : field == 8 || field == 14  ? Kind::kFlat
             : field == 20 || field == 25 ? Kind::kRefused
                                          : Kind::kBytes;
    case Kind::kGraph:
      if (field == 14) return Kind::kAnnotation;
      return field == 1                   ? Kind::kNode
             : field == 5                 ? Kind::kTensor
             : field >= 11 && field <= 13 ? Kind::kValueInfo
             : field == 15                ? Kind::kRefused
                                          : Kind::kBytes;
    case Kind::kNode:
      return field == 5 ? Kind::kAttribute : Kind::kBytes;
    case Kind::kAttribute:
      if (field == 8) return Kind::kVarints;
      return field == 5 || field == 10    ? Kind::kTensor
             : field == 6 || field == 11  ? Kind::kGraph
             : field == 14 || field == 15 ? Kind::kType
             : field == 22 || field == 23 ? Kind::kRefused
                                          : Kind::kBytes;
    case Kind::kTensor:
      if (field == 1 || field == 5 || field == 7 || field == 11) return Kind::kVarints;
      return field == 3 || field == 13 ? Kind::kFlat : Kind::kBytes;
    case Kind::kValueInfo:
      return field == 2 ? Kind::kType : Kind::kBytes;
    case Kind::kType:
      return field == 6 ? Kind::kBytes : Kind::kElementType;
    case Kind::kElementType:  // of a tensor: 2, a shape; of a sequence or optional: 1, a type
      return field == 2 ? Kind::kShape : field == 1 ? Kind::kType : Kind::kBytes;
    case Kind::kShape:
      return Kind::kFlat;
    case Kind::kAnnotation:
      return field == 2 ? Kind::kFlat : Kind::kBytes;
    default:
      return Kind::kBytes;
  }
}

class Walker {
 public:
  Status Walk(ByteSpan bytes, Kind kind, size_t depth);

 private:
  Status Nested(ByteSpan bytes, Kind kind, size_t depth);
  uint64_t fields_ = 0;
  uint64_t varints_ = 0;
};

// A base-128 number off the front; false when it is cut or longer than ten bytes.
bool TakeVarint(ByteSpan& bytes, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < 10 && i < bytes.size(); ++i) {
    value |= uint64_t{bytes[i] & 0x7fu} << (7 * i);
    if (bytes[i] < 0x80) {
      bytes = bytes.subspan(i + 1);
      return true;
    }
  }
  return false;
}

Status Malformed() {
  return {ErrorCode::kMalformed, "not an ONNX file: its messages do not parse"};
}

Status Walker::Nested(ByteSpan bytes, Kind kind, size_t depth) {
  if (kind == Kind::kRefused) {
    return {ErrorCode::kUnsupported,
            "the file holds functions, sparse tensors or training parts, which are not understood"};
  }
  if (kind == Kind::kVarints && (varints_ += bytes.size()) > kMaxOnnxVarints) {
    return {ErrorCode::kLimitExceeded, "the file holds more than 2^28 bytes of packed integers"};
  }
  if (kind == Kind::kVarints || kind == Kind::kBytes) return {};
  return Walk(bytes, kind, depth + 1);
}

Status Walker::Walk(ByteSpan bytes, Kind kind, size_t depth) {
  if (depth > 6 + 3 * kMaxOnnxDepth) {  // graph, node, attribute per level
    return {ErrorCode::kLimitExceeded, "the file's messages are nested too deep"};
  }
  while (!bytes.empty()) {
    if (++fields_ > kMaxOnnxFields) {
      return {ErrorCode::kLimitExceeded, "the file has more than 2^22 fields"};
    }
    uint64_t tag = 0;
    uint64_t value = 0;
    if (!TakeVarint(bytes, tag)) return Malformed();
    const auto wire = static_cast<unsigned>(tag & 7);
    if (wire == 0) {
      if (!TakeVarint(bytes, value)) return Malformed();
      continue;
    }
    if (wire == 1) value = 8;
    if (wire == 5) value = 4;
    if (wire == 2 && !TakeVarint(bytes, value)) return Malformed();
    if ((wire != 1 && wire != 2 && wire != 5) || value > bytes.size()) return Malformed();
    if (wire == 2) {
      const Kind inner = KindOf(kind, static_cast<uint32_t>(tag >> 3));
      VOIZK_RETURN_IF_ERROR(Nested(bytes.first(value), inner, depth));
    }
    bytes = bytes.subspan(value);
  }
  return {};
}

}  // namespace

Status CheckOnnxWire(ByteSpan bytes) { return Walker().Walk(bytes, Kind::kModel, 0); }

}  // namespace voizk
