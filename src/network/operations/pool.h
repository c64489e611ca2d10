// Pooling by maximum or mean over windows; incomplete windows are dropped.
#ifndef VOIZK_NETWORK_OPERATIONS_POOL_H_
#define VOIZK_NETWORK_OPERATIONS_POOL_H_

#include <array>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// Windows over the leading dimensions: `spatial` = 1: x [T][C], 2: x [H][W][C]; index 0 is the
/// outer one.
struct PoolWindows {
  int spatial = 1;
  std::array<uint32_t, 2> size{1, 1}, stride{1, 1};
  std::array<uint32_t, 2> dilation{1, 1};
  /// Beyond the input: before and after dimension 0, then dimension 1.  Every window holds at least
  /// one value of the input.
  std::array<uint32_t, 4> pad{0, 0, 0, 0};
  /// Means only: whether padding counts as zeros, or not at all.
  bool include_pad = true;

  static PoolWindows Read(AttributeReader& attributes, int spatial);
};

/// y = max over the window; padding never counts.  A tree of maxima of two: with n values per
/// window, n - 1 cells and n - 1 lookups per output, no products.  (Range checks of y - x_i take n
/// lookups and n - 1 products besides; a one-hot choice n booleans more.)
class MaxPool final : public Operation {
 public:
  explicit MaxPool(const PoolWindows& windows) : windows_(windows) {}
  std::string_view kind() const override {
    return windows_.spatial == 1 ? "maxpool1d" : "maxpool2d";
  }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  PoolWindows windows_;
};

/// y = floor(sum over the window / n), n values per window, padding among them or not.  One cell
/// and two lookups per output: sum - n*y in [0, n), and y in the range of x (without which y could
/// be any fraction mod p).
class MeanPool final : public Operation {
 public:
  explicit MeanPool(const PoolWindows& windows) : windows_(windows) {}
  std::string_view kind() const override {
    return windows_.spatial == 1 ? "avgpool1d" : "avgpool2d";
  }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  PoolWindows windows_;
};

/// x [T][C] to [1][C]: y = floor(sum_t x[t][c] / T).  Cost as MeanPool.
class MeanTime final : public Operation {
 public:
  std::string_view kind() const override { return "mean_time"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_POOL_H_
