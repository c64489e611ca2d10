// Where the axes of a float tensor lie in an integer tensor.  ONNX is channels-first with a batch
// axis, the network language is channels-last without one; most reorderings are bookkeeping here
// and cost nothing in the relation.
#ifndef VOIZK_NETWORK_QUANTISE_LAYOUT_H_
#define VOIZK_NETWORK_QUANTISE_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "network/model/quantised_model.h"

namespace voizk::layout {

/// The integer tensor's dims are these axes of the float tensor, in this order, one each; the axes
/// left out have length 1.
TensorLayout FromAxes(std::vector<int64_t> dims, std::span<const int> axes);

/// Axes of length above 1, in order.
std::vector<int> LongAxes(const std::vector<int64_t>& dims);

/// Channels-last without the axes of length 1: signals, images, matrices as in docs/import.md.
TensorLayout Natural(std::vector<int64_t> dims);

/// The integer tensor's dims over which axes run, in the order of the float tensor's elements.
std::vector<int> Order(const TensorLayout& layout);

/// The order of dims (of an integer tensor of `rank` dims) that puts those of axes[0] first, then
/// those of axes[1] and so on, and dims of length 1 that belong to no axis last.
std::vector<uint32_t> OrderFor(const TensorLayout& layout, int rank, std::span<const int> axes);

/// The layout after a reshape to `dims` that moves no element of the integer tensor; nothing where
/// a dim of `shape` would have to be split.
std::optional<TensorLayout> Reshaped(const TensorLayout& layout, std::span<const uint32_t> shape,
                                     const std::vector<int64_t>& dims);

/// The axis that each dim of the integer tensor is, where every dim is one whole axis.
std::optional<std::vector<int>> AxesOfDims(const TensorLayout& layout, int rank);

/// What is left of a tensor of dims `shape` when axes of the float tensor become one value: the
/// dims that go stay as dims of length 1, the axes stay (of length 1) if the result has as many.
struct Reduction {
  TensorLayout layout;
  std::vector<uint32_t> shape;
  std::vector<int64_t> gone;  // dims of the integer tensor
  double count = 1;           // of values that become one
};
Reduction Reduced(const TensorLayout& layout, std::vector<uint32_t> shape,
                  std::span<const size_t> axes, size_t result_rank);

/// The same tensor with axes of length 1 put in front, `rank` axes in all.
TensorLayout Widened(const TensorLayout& layout, size_t rank);

/// Axis k of the result is axis order[k].
TensorLayout Transposed(const TensorLayout& layout, std::span<const int64_t> order);

}  // namespace voizk::layout

#endif  // VOIZK_NETWORK_QUANTISE_LAYOUT_H_
