// What a file would cost to parse, before it is parsed: an empty message takes two bytes in a file
// and a hundred in memory.
#ifndef VOIZK_NETWORK_ONNX_WIRE_CHECK_H_
#define VOIZK_NETWORK_ONNX_WIRE_CHECK_H_

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

/// Walks the file's messages by ONNX's schema.  kMalformed: no such structure; kLimitExceeded: more
/// than kMaxOnnxFields fields or kMaxOnnxVarints bytes of packed integers, or too deep;
/// kUnsupported: functions, sparse or training parts.
Status CheckOnnxWire(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_ONNX_WIRE_CHECK_H_
