// Where the windows of a convolution or a pool stand: kernel, strides, dilations, padding.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_WINDOWS_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_WINDOWS_H_

#include <cstdint>
#include <vector>

#include "network/float_operations/operation.h"

namespace voizk::float_op {

/// Of strides, dilations, pads and kernel sizes: far above any network, and no sum of products of
/// two of them and a dim overflows.
inline constexpr int64_t kMaxWindowParameter = 1 << 20;

/// Along one spatial dim: output o reads input o * stride + k * dilation - pad_begin, k < kernel.
struct FloatWindow {
  int64_t in, out, kernel;
  int64_t stride = 1, dilation = 1, pad_begin = 0, pad_end = 0;

  int64_t At(int64_t o, int64_t k) const { return o * stride + k * dilation - pad_begin; }
  int64_t Reach() const { return (kernel - 1) * dilation + 1; }
};

/// Always two: a signal is an image of height 1.
struct FloatWindows {
  FloatWindow rows, columns;
  size_t spatial;  // 1 or 2

  int64_t kernel() const { return rows.kernel * columns.kernel; }
  int64_t in() const { return rows.in * columns.in; }
  int64_t out() const { return rows.out * columns.out; }
  /// {batch, channels, spatial...}
  Dims OutDims(int64_t batch, int64_t channels) const;
};

/// From the node's attributes, for an input [N][C][spatial...] and a kernel of these sizes, without
/// the number of outputs.  kUnsupported: other than one or two spatial dims; kMalformed.
Result<FloatWindows> ReadWindows(const OpContext& c, const Dims& input, const Dims& kernel);

/// Fills in auto_pad and the number of outputs of a convolution or pool.
Status PlaceWindows(const OpContext& c, bool ceil_mode, FloatWindows& windows);

}  // namespace voizk::float_op

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_WINDOWS_H_
