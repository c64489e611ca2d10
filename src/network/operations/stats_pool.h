// Masked mean and standard deviation over time, the pooling of a speaker embedding.
#ifndef VOIZK_NETWORK_OPERATIONS_STATS_POOL_H_
#define VOIZK_NETWORK_OPERATIONS_STATS_POOL_H_

#include "network/operations/operation.h"

namespace voizk::op {

/// x [T][C] in 0..127 and mask [T] in 0..1 to [1][2C]:
///   n = sum_t mask (at least 1, else refused);  mean8 = floor(8 * sum_t mask*x / n)
///   msq64 = floor(64 * sum_t mask*x^2 / n);     std8 = isqrt(msq64 - mean8^2)
/// result: mean8 of all channels, then std8.  msq64 >= mean8^2: mean8^2 is an integer, and at most
/// 64 * mean^2 <= 64 * mean(x^2).
///
/// Cost: mask*x is committed, one cell and one product per element of x, no lookup; its sum is
/// linear, and its square summed over time is one product with a summed dimension (mask^2 = mask).
/// The divisions and the root cost 14 cells and 14 lookups per channel.  T <= 2064, or the product
/// msq64 * n could reach p and the certificate fails.
class StatsPool final : public Operation {
 public:
  static constexpr int32_t kMaxInput = 127;

  std::string_view kind() const override { return "stats_pool"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_STATS_POOL_H_
