// Convolution over an image or spectrogram.
#ifndef VOIZK_NETWORK_OPERATIONS_CONV2D_H_
#define VOIZK_NETWORK_OPERATIONS_CONV2D_H_

#include <array>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x [H][W][C] to acc [H'][W'][O]: conv1d's formula in two dimensions.  Index 0 of stride and
/// dilation is the height's; pad = top, bottom, left, right.
class Conv2d final : public Operation {
 public:
  struct Attributes {
    uint32_t outputs = 0, kernel_height = 0, kernel_width = 0, group_inputs = 0;
    std::vector<int32_t> weight;  // [outputs][kernel_height][kernel_width][group_inputs]
    std::vector<int32_t> bias;    // [outputs], or empty
    std::array<uint32_t, 2> stride{1, 1}, dilation{1, 1};
    std::array<uint32_t, 4> pad{0, 0, 0, 0};
    uint32_t groups = 1;
  };
  explicit Conv2d(Attributes attributes) : a_(std::move(attributes)) {}
  static Conv2d Read(AttributeReader& attributes);

  std::string_view kind() const override { return "conv2d"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_CONV2D_H_
