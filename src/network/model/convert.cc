#include "network/model/convert.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace voizk {

bool LayoutFits(const TensorLayout& layout, std::span<const uint32_t> dims) {
  if (layout.axes.size() != layout.dims.size()) return false;
  std::vector<bool> seen(dims.size(), false);
  for (size_t axis = 0; axis < layout.axes.size(); ++axis) {
    int64_t length = 1;
    for (const int dim : layout.axes[axis]) {
      const auto d = static_cast<size_t>(dim);
      if (d >= dims.size() || seen[d] || length > INT32_MAX) return false;
      seen[d] = true;
      length *= dims[d];
    }
    if (length != layout.dims[axis]) return false;
  }
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!seen[d] && dims[d] != 1) return false;
  }
  return true;
}

std::vector<size_t> FloatIndices(const TensorLayout& layout, std::span<const uint32_t> dims) {
  // Stride of every dim among the float tensor's elements.
  std::vector<size_t> stride(dims.size(), 0);
  size_t step = 1;
  for (size_t axis = layout.axes.size(); axis-- > 0;) {
    for (size_t i = layout.axes[axis].size(); i-- > 0;) {
      const auto dim = static_cast<size_t>(layout.axes[axis][i]);
      stride[dim] = step;
      step *= dims[dim];
    }
  }
  std::vector<size_t> indices{0};
  for (size_t d = 0; d < dims.size(); ++d) {
    std::vector<size_t> next;
    next.reserve(indices.size() * dims[d]);
    for (const size_t base : indices) {
      for (size_t i = 0; i < dims[d]; ++i) next.push_back(base + i * stride[d]);
    }
    indices = std::move(next);
  }
  return indices;
}

Result<std::vector<int32_t>> ToIntegers(const QuantisedModel::Input& input,
                                        std::span<const float> reals) {
  const auto indices = FloatIndices(input.quantity.layout, input.shape);
  if (indices.size() != reals.size()) {
    return {ErrorCode::kInvalidArgument, "input '" + input.quantity.name + "' has " +
                                             std::to_string(indices.size()) +
                                             " values, given are " + std::to_string(reals.size())};
  }
  std::vector<int32_t> integers;
  integers.reserve(reals.size());
  for (const size_t i : indices) {
    if (!std::isfinite(reals[i])) {
      return {ErrorCode::kInvalidArgument,
              "input '" + input.quantity.name + "' holds a value that is not finite"};
    }
    const double q = std::round(double{reals[i]} / input.quantity.step);
    if (input.integers &&
        (q != double{reals[i]} / input.quantity.step || q < input.lo || q > input.hi)) {
      return {ErrorCode::kInvalidArgument, "input '" + input.quantity.name +
                                               "' takes integers from " + std::to_string(input.lo) +
                                               " to " + std::to_string(input.hi)};
    }
    integers.push_back(static_cast<int32_t>(
        std::clamp(q, static_cast<double>(input.lo), static_cast<double>(input.hi))));
  }
  return integers;
}

Result<std::vector<float>> ToReals(const QuantisedModel::Quantity& quantity,
                                   std::span<const uint32_t> dims,
                                   std::span<const int32_t> integers) {
  const auto indices = FloatIndices(quantity.layout, dims);
  if (indices.size() != integers.size()) {
    return {ErrorCode::kInvalidArgument, "'" + quantity.name + "': another number of values"};
  }
  std::vector<float> reals(integers.size());
  for (size_t i = 0; i < indices.size(); ++i) {
    reals[indices[i]] = static_cast<float>(quantity.step * integers[i]);
  }
  return reals;
}

}  // namespace voizk
