// Tensors of digits that a network's lattice commitment binds (docs/protocol/lattice.md): weights
// and biases of more than 8 bits take several, so that one table of 256 rows checks them all.
#ifndef VOIZK_NETWORK_OPERATIONS_COMMITTED_DIGITS_H_
#define VOIZK_NETWORK_OPERATIONS_COMMITTED_DIGITS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "relation/builder/builder.h"

namespace voizk::op {

inline constexpr int kMaxWeightBits = 16, kMaxBiasBits = 28;
/// The greatest weight whose digits hold it: 127 * 256 + 127.
inline constexpr int32_t kMostCommittedWeight = 32639;

/// A multiple of 4 from least to most.
bool AreBits(int bits, int least, int most);

/// A matrix of weights, [outputs][row] row-major, as the sum over d of 256^d digits_d.  Its tensors
/// are [outputs][row] or [row][outputs], whichever takes fewer addresses.
class CommittedMatrix {
 public:
  /// Adds the digits as inputs of the prover, `name`#weight0, #weight1, .., range-checked, and
  /// leaves them to be committed to (Builder::Commit).
  CommittedMatrix(Builder& b, const std::string& name, uint32_t outputs, uint32_t row, int bits);
  /// Output first_output + o[output_dim], weight o[row_dim] of it, at each index o of the shape.
  View At(Builder& b, const Shape& shape, uint32_t output_dim, uint32_t first_output,
          uint32_t row_dim) const;

 private:
  std::string name_;
  bool rows_inside_;
  std::vector<TensorId> digits_;
};

/// The same of a vector, `name`#bias0, ..; nothing of 0 bits.
class CommittedBias {
 public:
  CommittedBias(Builder& b, const std::string& name, uint32_t outputs, int bits);
  bool empty() const { return digits_.empty(); }
  /// Value first_output + o[output_dim].
  View At(Builder& b, const Shape& shape, uint32_t output_dim, uint32_t first_output) const;

 private:
  std::string name_;
  std::vector<TensorId> digits_;
};

/// A tensor of digits by the name it is given under.
struct CommittedDigits {
  std::string name;
  std::vector<int32_t> values;
};
/// What the prover is given for a layer of `outputs` rows, weights [outputs][..] row-major, bias
/// [outputs] or empty.  kInvalidArgument: a value that these bits do not hold.
Result<std::vector<CommittedDigits>> DigitsOfLayer(const std::string& name, uint32_t outputs,
                                                   int weight_bits, int bias_bits,
                                                   std::span<const int32_t> weight,
                                                   std::span<const int32_t> bias);
/// The least multiple of 4 that holds all of them, 0 of none.  Digits are balanced, so that n bits
/// hold a little less above and more below than two's complement does.  kUnsupported: `most` do
/// not; the message says what they hold.
Result<int> BitsOfValues(std::span<const int32_t> values, int most);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_COMMITTED_DIGITS_H_
