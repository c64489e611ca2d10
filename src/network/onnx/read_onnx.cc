#include "network/onnx/read_onnx.h"

#include <filesystem>

#include "base/exceptions.h"
#include "base/files.h"
#include "network/onnx/graph_reader.h"
#include "network/onnx/proto.h"
#include "network/onnx/tensor_reader.h"
#include "network/onnx/wire_check.h"

namespace voizk {

namespace {

Result<int64_t> OpsetOf(const onnx::ModelProto& model) {
  std::optional<int64_t> opset;
  for (const auto& import : model.opset_import()) {
    if (!IsDefaultDomain(import.domain())) continue;
    if (opset && *opset != import.version()) {
      return {ErrorCode::kMalformed, "the file imports two opsets of the default domain"};
    }
    opset = import.version();
  }
  if (!opset) return {ErrorCode::kMalformed, "the file imports no opset of the default domain"};
  if (*opset < kMinOnnxOpset || *opset > kMaxOnnxOpset) {
    return {ErrorCode::kUnsupported, "the file is of opset " + std::to_string(*opset) +
                                         "; 10 to 20 are understood: export with opset 17"};
  }
  return *opset;
}

Result<FloatGraph> Read(ByteSpan bytes, const std::string& folder) {
  if (bytes.size() > kMaxOnnxBytes) {
    return {ErrorCode::kLimitExceeded, "the file has more than 2^31 - 1 bytes"};
  }
  VOIZK_RETURN_IF_ERROR(CheckOnnxWire(bytes));
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return {ErrorCode::kMalformed, "not an ONNX file: its messages do not parse"};
  }
  if (!model.has_graph()) return {ErrorCode::kMalformed, "the file holds no graph"};
  VOIZK_ASSIGN_OR_RETURN(const int64_t opset, OpsetOf(model));
  OnnxTensorReader tensors(folder);
  VOIZK_ASSIGN_OR_RETURN(FloatGraph graph, ReadOnnxGraph(model.graph(), opset, tensors));
  VOIZK_RETURN_IF_ERROR(CheckFloatGraph(graph));
  return graph;
}

}  // namespace

Result<FloatGraph> ReadOnnx(const std::string& path) try {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, ReadSmallFile(path, kMaxOnnxBytes));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return Read(bytes, folder.empty() ? "." : folder);
} catch (...) {
  return ErrorOfException();
}

Result<FloatGraph> ReadOnnxBytes(ByteSpan bytes) try { return Read(bytes, ""); } catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
