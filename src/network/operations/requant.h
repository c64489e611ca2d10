// From accumulators back to small values: scaling, rounding and clamping in one function of the
// accumulator's high part.  ReLU is lo = 0.
#ifndef VOIZK_NETWORK_OPERATIONS_REQUANT_H_
#define VOIZK_NETWORK_OPERATIONS_REQUANT_H_

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// h = floor(acc / 2^shift);  y = clamp(floor(((2h+1)*mult + 2^q) / 2^(q+1)), lo, hi)
/// so y is (h + 1/2) * mult / 2^q rounded to nearest, h + 1/2 being the middle of the accumulators
/// that h stands for.  Per output: two cells (y, low part), two lookups; shift = 0: one and one.
/// Table rows: the certified range of h (at most 2^16).
class Requant final : public Operation {
 public:
  struct Attributes {
    int shift = 0;
    int32_t mult = 1;
    int q = 0;
    int32_t lo = -128, hi = 127;
    /// A pure shift (mult = 2^q) has table rows for h from -2^k to 2^k - 1, k at least this: layers
    /// that agree on k, lo and hi share one table.
    int table_bits = 0;
    /// A pure shift shown without a table of rows (gadgets::ShiftClamp): for few outputs of a wide
    /// range.
    bool wide = false;
  };
  explicit Requant(const Attributes& attributes) : a_(attributes) {}
  static Requant Read(AttributeReader& attributes);

  std::string_view kind() const override { return "requant"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

  /// y as a function of h, |h| < 2^31.
  int32_t Round(int64_t h) const;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_REQUANT_H_
