// Debian's generated ONNX header, which our warnings are not for.
#ifndef VOIZK_NETWORK_ONNX_PROTO_H_
#define VOIZK_NETWORK_ONNX_PROTO_H_

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define ONNX_ML 1
#include <onnx/onnx_pb.h>
#pragma GCC diagnostic pop

#endif  // VOIZK_NETWORK_ONNX_PROTO_H_
