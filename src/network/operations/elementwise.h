// Sum and product of two values of one shape.
#ifndef VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_
#define VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_

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

/// x * y, an accumulator that is committed: one cell and one product per element.  |x*y| < 2^30 by
/// the certificate.
class Mul final : public Operation {
 public:
  std::string_view kind() const override { return "mul"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_ELEMENTWISE_H_
