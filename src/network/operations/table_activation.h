// Any function of an accumulator's high part, given by its values: sigmoid, tanh, GELU.
#ifndef VOIZK_NETWORK_OPERATIONS_TABLE_ACTIVATION_H_
#define VOIZK_NETWORK_OPERATIONS_TABLE_ACTIVATION_H_

#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// h = floor(acc / 2^shift);  y = table[clamp(h - first, 0, n - 1)]
/// Cells and lookups as requant.
class TableActivation final : public Operation {
 public:
  struct Attributes {
    int shift = 0;
    int32_t first = 0;
    std::vector<int32_t> table;  // 16-bit values, at most 2^16
  };
  explicit TableActivation(Attributes attributes) : a_(std::move(attributes)) {}
  static TableActivation Read(AttributeReader& attributes);

  std::string_view kind() const override { return "table_activation"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_TABLE_ACTIVATION_H_
