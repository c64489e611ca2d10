// The same values in another shape.
#ifndef VOIZK_NETWORK_OPERATIONS_RESHAPE_H_
#define VOIZK_NETWORK_OPERATIONS_RESHAPE_H_

#include <cstdint>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x, row-major, in the given dimensions.  Dimensions of 1 come and go for nothing.  An index map
/// knows no division, so that a split or merge takes one term per row: splitting a dimension takes
/// (product of all parts but one) terms, merging takes (product of all dimensions but the last). Up
/// to kMaxRearrangedTerms it is a view; a merge of up to kMaxMergedRows rows is committed, one cell
/// and one equality per element; beyond, kLimitExceeded.
class Reshape final : public Operation {
 public:
  static constexpr uint64_t kMaxMergedRows = 1 << 12;

  explicit Reshape(std::vector<uint32_t> dims) : dims_(std::move(dims)) {}
  static Reshape Read(AttributeReader& attributes);
  std::string_view kind() const override { return "reshape"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  std::vector<uint32_t> dims_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_RESHAPE_H_
