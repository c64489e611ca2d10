// Softmax over the last dimension, by one normaliser per row.
#ifndef VOIZK_NETWORK_OPERATIONS_SOFTMAX_H_
#define VOIZK_NETWORK_OPERATIONS_SOFTMAX_H_

#include <cstdint>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// Rows of n values.  T(d) is table[d - first], cut to the table's ends: it does not fall, begins
/// with 0 and ends above `total`; round(total * exp(step * d)) as a rule.
///   z = the least integer with sum_j T(2^fraction_bits x_j - z) <= total           (logsumexp)
///   y_j = T(2^fraction_bits x_j - z)                                               (softmax)
///   l_j = 2^fraction_bits x_j - z, an accumulator                                  (log_softmax)
/// z exists and is unique, since the sum does not rise with z, is 0 for large z and above total for
/// small ones.
///
/// Per element two cells (y_j, and w_j = T(.. + 1)) and two lookups, both in one table; per row z,
/// its range, and total - sum y >= 0, sum w - total > 0.  Other ways: the row's maximum by a tree
/// takes a cell and a lookup per element before any exponential, then e_j = T(x_j - max) another,
/// and y_j = floor(e_j 2^k / sum) a product and three or more: five lookups per element.
class Softmax final : public Operation {
 public:
  enum class Kind : uint8_t { kSoftmax, kLogSoftmax, kLogSumExp };
  struct Attributes {
    Kind result = Kind::kSoftmax;
    int fraction_bits = 0;
    int32_t total = 1;
    int32_t first = 0;
    std::vector<int32_t> table;
  };
  explicit Softmax(Attributes attributes) : a_(std::move(attributes)) {}
  static Softmax Read(AttributeReader& attributes, Kind result);
  std::string_view kind() const override;
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int64_t At(int64_t d) const;
  /// The greatest d with count * T(d) <= total.
  int64_t Greatest(int64_t count) const;

  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_SOFTMAX_H_
