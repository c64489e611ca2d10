// Layer, group, instance and root-mean-square normalisation, and division by the length.
#ifndef VOIZK_NETWORK_OPERATIONS_NORMALISE_H_
#define VOIZK_NETWORK_OPERATIONS_NORMALISE_H_

#include <cstdint>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"
#include "network/operations/reduce.h"

namespace voizk::op {

/// Over the N values that share all other indices (a row), with ONE = 2^fraction_bits:
///   m = floor((ONE * sum x + floor(N/2)) / N), or 0 unless centred;   d = ONE * x - m
///   s = isqrt(sum d^2 + epsilon);   r = floor(scale / s)
///   y = floor((d * r + 2^(shift-1)) / 2^shift)
/// so y is (scale / 2^shift) * (x - mean) / sqrt(sum (x - mean)^2 + ..); with scale taken sqrt(N)
/// larger, over the deviation.  |y| <= scale / 2^shift + 1/2, since |d| <= s.
///
/// With square_shift > 0 the squares are summed in parts of the row, each below 2^29, and
///   s = isqrt(sum over the parts of floor(sum d^2 / 2^square_shift) + epsilon),
/// about 2^(square_shift / 2) times less: for long rows and wide values.  epsilon must be at least
/// the number of parts, so that |d| < 2^(square_shift / 2) (s + 1) still holds.
///
/// Per element two cells (y, low part), two lookups, two product entries; per row m, sum d^2, s, r
/// and their remainders, each with its range checks.  Weights and shifts per channel are the next
/// layer's, or scale's and offset's.
class Normalise final : public Operation {
 public:
  struct Attributes {
    Axes axes;
    bool centred = true;
    int fraction_bits = 0;
    int32_t epsilon = 1;  // >= 1
    int32_t scale = 1;
    int shift = 1;
    int square_shift = 0;  // even
  };
  explicit Normalise(Attributes attributes) : a_(std::move(attributes)) {}
  static Normalise Read(AttributeReader& attributes);
  std::string_view kind() const override { return "normalise"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  View SumOfSquares(const std::string& name, const View& d, int outer, Builder& b) const;

  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_NORMALISE_H_
