#include "network/operations/windows.h"

#include "network/operations/limits.h"

namespace voizk::op {

Result<uint32_t> CountWindows(uint32_t length, const Window& w) {
  if (w.kernel == 0 || w.stride == 0 || w.dilation == 0) {
    return {ErrorCode::kInvalidArgument, "kernel, stride and dilation are at least 1"};
  }
  if (length > kMaxLength || w.kernel > kMaxLength || w.stride > kMaxStride ||
      w.dilation > kMaxStride || w.before > kMaxPad || w.after > kMaxPad) {
    return {ErrorCode::kLimitExceeded, "kernel, stride, dilation or padding out of limits"};
  }
  const int64_t room =
      int64_t{length} + w.before + w.after - int64_t{w.kernel - 1} * w.dilation - 1;
  if (room < 0) return {ErrorCode::kInvalidArgument, "the kernel is longer than the input"};
  return static_cast<uint32_t>(room / w.stride + 1);
}

}  // namespace voizk::op
