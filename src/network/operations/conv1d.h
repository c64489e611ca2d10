// Convolution over time.
#ifndef VOIZK_NETWORK_OPERATIONS_CONV1D_H_
#define VOIZK_NETWORK_OPERATIONS_CONV1D_H_

#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x [T][C] ([T]: C = 1) to acc [T'][O], zero outside x:
///   acc[t][o] = bias[o] + sum_{j,i} weight[o][j][i] * x[t*stride + j*dilation - pad_left][g*I + i]
/// I = C / groups, g = floor(o * groups / O); T' = whole windows of the padded input.
/// Costs nothing but the input's claim (one sum-check row) and one pass over the weights.
class Conv1d final : public Operation {
 public:
  struct Attributes {
    uint32_t outputs = 0, kernel = 0, group_inputs = 0;
    std::vector<int32_t> weight;  // [outputs][kernel][group_inputs]
    std::vector<int32_t> bias;    // [outputs], or empty
    uint32_t stride = 1, dilation = 1, pad_left = 0, pad_right = 0, groups = 1;
  };
  explicit Conv1d(Attributes attributes) : a_(std::move(attributes)) {}
  static Conv1d Read(AttributeReader& attributes);

  std::string_view kind() const override { return "conv1d"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_CONV1D_H_
