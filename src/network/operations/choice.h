// A number as a choice among many, and the choice of the largest as a number.
#ifndef VOIZK_NETWORK_OPERATIONS_CHOICE_H_
#define VOIZK_NETWORK_OPERATIONS_CHOICE_H_

#include <cstdint>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// y[..][v] = 1 where x[..] = v, else 0; v in 0..depth-1.  x must be certified to lie in there.
/// Its product with a matrix is that matrix's row x: an embedding.
///
/// Booleans that sum to 1, the numbers of their places to x: per element of y a cell and a product,
/// no lookup.
class OneHot final : public Operation {
 public:
  explicit OneHot(uint32_t depth) : depth_(depth) {}
  static OneHot Read(AttributeReader& attributes);
  std::string_view kind() const override { return "one_hot"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  uint32_t depth_;
};

/// The first place along the last dimension, which becomes 1, where x is largest.
///
/// s_i = [i < y], booleans that never rise; e_i = s_{i-1} - s_i is 1 at y alone.  m = sum e_i x_i;
/// m - x_i - s_i >= 0 for all i, so that m is the largest, and larger than all before y.  Per
/// element of x a cell, three products and a range check; y = sum s_i is no cell.
class ArgMax final : public Operation {
 public:
  std::string_view kind() const override { return "argmax"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_CHOICE_H_
