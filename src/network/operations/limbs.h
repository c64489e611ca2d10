// A value in two parts, for readers whose sums could not hold it whole.
#ifndef VOIZK_NETWORK_OPERATIONS_LIMBS_H_
#define VOIZK_NETWORK_OPERATIONS_LIMBS_H_

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x [..][C] to [..][2C]: low = x mod 2^shift in [0, 2^shift), and behind it high =
/// floor(x / 2^shift), along the last dimension.  Two cells, two lookups and an equality per
/// element of x.  kUnsupported where a part has more than 2^16 values.
class Limbs final : public Operation {
 public:
  explicit Limbs(int shift) : shift_(shift) {}
  static Limbs Read(AttributeReader& attributes);
  std::string_view kind() const override { return "limbs"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int shift_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_LIMBS_H_
