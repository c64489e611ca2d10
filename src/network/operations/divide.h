// Quotients and square roots of values.
#ifndef VOIZK_NETWORK_OPERATIONS_DIVIDE_H_
#define VOIZK_NETWORK_OPERATIONS_DIVIDE_H_

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// floor(x * 2^bits / y), y >= 1 (else refused); shapes join by numpy's rule.  Two cells, one
/// product, and three range checks per element.
class Div final : public Operation {
 public:
  explicit Div(int bits) : bits_(bits) {}
  static Div Read(AttributeReader& attributes);
  std::string_view kind() const override { return "div"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int bits_;
};

/// floor(sqrt(x * 2^bits)), x >= 0 (else refused).  Two cells, one product, three range checks per
/// element; of values of up to 16 bits a table costs less.
class Sqrt final : public Operation {
 public:
  explicit Sqrt(int bits) : bits_(bits) {}
  static Sqrt Read(AttributeReader& attributes);
  std::string_view kind() const override { return "sqrt"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int bits_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_DIVIDE_H_
