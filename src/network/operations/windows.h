// Sliding windows over one dimension.
#ifndef VOIZK_NETWORK_OPERATIONS_WINDOWS_H_
#define VOIZK_NETWORK_OPERATIONS_WINDOWS_H_

#include <cstdint>

#include "base/result.h"

namespace voizk::op {

/// floor((length + before + after - (kernel-1)*dilation - 1) / stride) + 1: how many whole windows
/// fit.  kInvalidArgument if none does, kLimitExceeded beyond limits.h.
struct Window {
  uint32_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;
};
Result<uint32_t> CountWindows(uint32_t length, const Window& w);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_WINDOWS_H_
