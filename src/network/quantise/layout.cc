#include "network/quantise/layout.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace voizk::layout {

TensorLayout FromAxes(std::vector<int64_t> dims, std::span<const int> axes) {
  TensorLayout result{std::move(dims), {}};
  result.axes.resize(result.dims.size());
  for (size_t d = 0; d < axes.size(); ++d) {
    result.axes[static_cast<size_t>(axes[d])] = {static_cast<int>(d)};
  }
  return result;
}

std::vector<int> LongAxes(const std::vector<int64_t>& dims) {
  std::vector<int> axes;
  for (size_t k = 0; k < dims.size(); ++k) {
    if (dims[k] != 1) axes.push_back(static_cast<int>(k));
  }
  return axes;
}

TensorLayout Natural(std::vector<int64_t> dims) {
  // [N][C][T] and [N][C][H][W] with N = 1: the channels last.
  if ((dims.size() == 3 || dims.size() == 4) && dims[0] == 1) {
    std::vector<int> axes(dims.size() - 2);
    std::iota(axes.begin(), axes.end(), 2);
    axes.push_back(1);
    return FromAxes(std::move(dims), axes);
  }
  std::vector<int> axes = LongAxes(dims);
  if (axes.empty() && !dims.empty()) axes.push_back(static_cast<int>(dims.size()) - 1);
  return FromAxes(std::move(dims), axes);
}

std::vector<int> Order(const TensorLayout& layout) {
  std::vector<int> order;
  for (const auto& dims : layout.axes) order.insert(order.end(), dims.begin(), dims.end());
  return order;
}

std::vector<uint32_t> OrderFor(const TensorLayout& layout, int rank, std::span<const int> axes) {
  std::vector<uint32_t> order;
  std::vector<bool> taken(static_cast<size_t>(rank), false);
  const auto take = [&](int dim) {
    if (taken[static_cast<size_t>(dim)]) return;
    taken[static_cast<size_t>(dim)] = true;
    order.push_back(static_cast<uint32_t>(dim));
  };
  for (const int axis : axes) {
    for (const int dim : layout.axes[static_cast<size_t>(axis)]) take(dim);
  }
  for (int dim = 0; dim < rank; ++dim) take(dim);
  return order;
}

std::optional<TensorLayout> Reshaped(const TensorLayout& layout, std::span<const uint32_t> shape,
                                     const std::vector<int64_t>& dims) {
  std::vector<int> order;
  for (const int dim : Order(layout)) {
    if (shape[static_cast<size_t>(dim)] != 1) order.push_back(dim);
  }
  TensorLayout result{dims, std::vector<std::vector<int>>(dims.size())};
  size_t next = 0;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    int64_t length = 1;
    while (length < dims[axis]) {
      if (next == order.size()) return std::nullopt;
      length *= shape[static_cast<size_t>(order[next])];
      result.axes[axis].push_back(order[next++]);
    }
    if (length != dims[axis]) return std::nullopt;
  }
  if (next != order.size()) return std::nullopt;
  return result;
}

std::optional<std::vector<int>> AxesOfDims(const TensorLayout& layout, int rank) {
  std::vector<int> axes(static_cast<size_t>(rank), -1);
  for (size_t axis = 0; axis < layout.axes.size(); ++axis) {
    if (layout.axes[axis].size() > 1) return std::nullopt;
    for (const int dim : layout.axes[axis]) axes[static_cast<size_t>(dim)] = static_cast<int>(axis);
  }
  if (std::find(axes.begin(), axes.end(), -1) != axes.end()) return std::nullopt;
  return axes;
}

Reduction Reduced(const TensorLayout& layout, std::vector<uint32_t> shape,
                  std::span<const size_t> axes, size_t result_rank) {
  Reduction r{layout, std::move(shape), {}, 1};
  for (const size_t axis : axes) {
    for (const int dim : r.layout.axes[axis]) {
      r.gone.push_back(dim);
      r.count *= r.shape[static_cast<size_t>(dim)];
      r.shape[static_cast<size_t>(dim)] = 1;
    }
    r.layout.dims[axis] = 1;
    auto& dims = r.layout.axes[axis];
    if (dims.size() > 1) dims.erase(dims.begin() + 1, dims.end());
  }
  if (result_rank == r.layout.dims.size()) return r;
  TensorLayout rest;
  for (size_t axis = 0; axis < r.layout.dims.size(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) continue;
    rest.dims.push_back(r.layout.dims[axis]);
    rest.axes.push_back(r.layout.axes[axis]);
  }
  r.layout = std::move(rest);
  return r;
}

TensorLayout Widened(const TensorLayout& layout, size_t rank) {
  TensorLayout wide = layout;
  const size_t more = rank - layout.dims.size();
  wide.dims.insert(wide.dims.begin(), more, 1);
  wide.axes.insert(wide.axes.begin(), more, std::vector<int>());
  return wide;
}

TensorLayout Transposed(const TensorLayout& layout, std::span<const int64_t> order) {
  TensorLayout result;
  for (const int64_t axis : order) {
    result.dims.push_back(layout.dims[static_cast<size_t>(axis)]);
    result.axes.push_back(layout.axes[static_cast<size_t>(axis)]);
  }
  return result;
}

}  // namespace voizk::layout
