// Operations that move values: views, which cost nothing (a later convolution or pooling commits
// what it reads, one cell and one equality per element).
#ifndef VOIZK_NETWORK_OPERATIONS_REARRANGE_H_
#define VOIZK_NETWORK_OPERATIONS_REARRANGE_H_

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// Along channels, the last dimension; the inputs agree in all others.
class Concat final : public Operation {
 public:
  std::string_view kind() const override { return "concat"; }
  size_t arity() const override { return kAnyNumber; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

/// Channels [begin, end).
class Slice final : public Operation {
 public:
  Slice(uint32_t begin, uint32_t end) : begin_(begin), end_(end) {}
  static Slice Read(AttributeReader& attributes);
  std::string_view kind() const override { return "slice"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  uint32_t begin_, end_;
};

/// x [C] or [1][C], repeated over the first dimension of `like`: [T][C].
class Broadcast final : public Operation {
 public:
  std::string_view kind() const override { return "broadcast"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_REARRANGE_H_
