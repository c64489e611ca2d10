// Transposed convolution: each input value adds its kernel to the output, `stride` apart.
#ifndef VOIZK_NETWORK_OPERATIONS_CONV_TRANSPOSE_H_
#define VOIZK_NETWORK_OPERATIONS_CONV_TRANSPOSE_H_

#include <array>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x [T][C] (`spatial` = 1) or [H][W][C] to acc, in each dimension
///   acc[t][o] = bias[o] + sum over (u, j) with u*stride + j*dilation - pad_before = t, and over i,
///               of weight[o][j][i] * x[u][g*I + i]
/// of length (T-1)*stride + (k-1)*dilation + 1 - pad_before - pad_after + output_pad.
///
/// With stride 1 a convolution by the turned kernel, which costs nothing.  Else x is committed
/// anew with stride - 1 zeros between its values: a cell and a lookup for each of these, and the
/// same convolution.  (A convolution per remainder of t by the stride needs no zeros, but its
/// outputs are interleaved: a term per row, or twice a cell per output where there are more than
/// 128.)
class ConvTranspose final : public Operation {
 public:
  struct Attributes {
    int spatial = 1;
    uint32_t outputs = 0, group_inputs = 0;
    std::array<uint32_t, 2> kernel{1, 1};
    std::vector<int32_t> weight;  // [outputs][kernel..][group_inputs]
    std::vector<int32_t> bias;    // [outputs], or empty
    std::array<uint32_t, 2> stride{1, 1}, dilation{1, 1}, output_pad{0, 0};
    std::array<uint32_t, 4> pad{0, 0, 0, 0};  // cut off: before and after dimension 0, then 1
    uint32_t groups = 1;
  };
  explicit ConvTranspose(Attributes attributes) : a_(std::move(attributes)) {}
  static ConvTranspose Read(AttributeReader& attributes, int spatial);

  std::string_view kind() const override {
    return a_.spatial == 1 ? "conv_transpose1d" : "conv_transpose2d";
  }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  TensorId Spread(const std::string& name, TensorId x, Builder& b) const;
  std::vector<int32_t> TurnedWeights() const;

  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_CONV_TRANSPOSE_H_
