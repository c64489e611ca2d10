// Products that are summed over whole axes, without a cell for each.
#ifndef VOIZK_NETWORK_OPERATIONS_DOT_H_
#define VOIZK_NETWORK_OPERATIONS_DOT_H_

#include <utility>

#include "network/operations/operation.h"
#include "network/operations/reduce.h"

namespace voizk::op {

/// The sum of x * y over some axes, which become dimensions of 1; x and y have one shape.  An
/// accumulator that is committed: a cell per output, a product per element of x.
class Dot final : public Operation {
 public:
  explicit Dot(Axes axes) : axes_(std::move(axes)) {}
  static Dot Read(AttributeReader& attributes) { return Dot(Axes::Read(attributes)); }
  std::string_view kind() const override { return "dot"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Axes axes_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_DOT_H_
