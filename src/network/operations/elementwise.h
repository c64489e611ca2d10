// Sums, differences and products of two values, or of one and a constant.  Shapes join by numpy's
// rule (BroadcastShape, reading.h).
#ifndef VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_
#define VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_

#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x + y, an accumulator: costs nothing.
class Add final : public Operation {
 public:
  std::string_view kind() const override { return "add"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

/// x - y, an accumulator: costs nothing.
class Sub final : public Operation {
 public:
  std::string_view kind() const override { return "sub"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

/// x * y, an accumulator that is committed: one cell and one product per element.  |x*y| < 2^30 by
/// the certificate.
class Mul final : public Operation {
 public:
  std::string_view kind() const override { return "mul"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

/// A public tensor of a model.
struct ConstantTensor {
  std::vector<uint32_t> dims;   // 1 to 4
  std::vector<int32_t> values;  // row-major
  static ConstantTensor Read(AttributeReader& attributes);
  /// kInvalidArgument, kLimitExceeded.
  Result<Shape> CheckedShape() const;
};

/// x + constant: costs nothing.
class Offset final : public Operation {
 public:
  explicit Offset(ConstantTensor constant) : constant_(std::move(constant)) {}
  static Offset Read(AttributeReader& attributes) {
    return Offset(ConstantTensor::Read(attributes));
  }
  std::string_view kind() const override { return "offset"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  ConstantTensor constant_;
};

/// x * constant, an accumulator.  One number for all is a view, and so is one per channel of a
/// signal or image, by a depthwise convolution (x is committed if it is no tensor); anything else
/// costs a cell and a product per element.
class Scale final : public Operation {
 public:
  explicit Scale(ConstantTensor constant) : constant_(std::move(constant)) {}
  static Scale Read(AttributeReader& attributes) { return Scale(ConstantTensor::Read(attributes)); }
  std::string_view kind() const override { return "scale"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  ConstantTensor constant_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_
