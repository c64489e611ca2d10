// Dense layer over a whole value.
#ifndef VOIZK_NETWORK_OPERATIONS_DENSE_H_
#define VOIZK_NETWORK_OPERATIONS_DENSE_H_

#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x of any shape of rank <= 3, flattened row-major, to acc [1][O]:
///   acc[o] = bias[o] + sum_i weight[o][i] * x[i]
class Dense final : public Operation {
 public:
  struct Attributes {
    uint32_t outputs = 0;
    std::vector<int32_t> weight;  // [outputs][cells of x]
    std::vector<int32_t> bias;    // [outputs], or empty
  };
  explicit Dense(Attributes attributes) : a_(std::move(attributes)) {}
  static Dense Read(AttributeReader& attributes);

  std::string_view kind() const override { return "dense"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_DENSE_H_
