// Products of two matrices that are both values.
#ifndef VOIZK_NETWORK_OPERATIONS_MATMUL_H_
#define VOIZK_NETWORK_OPERATIONS_MATMUL_H_

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// x [..][M][K] and y [..][K][N] (each with its last two dimensions exchanged if transposed) to the
/// accumulator [..][M][N]; dimensions before join by numpy's rule.  Ranks 2 to 4.
/// One cell and K product entries per output: of a product's sum-check, all outputs times K entries
/// are laid out, inner dimensions in powers of two.  So each matrix of a batch is a constraint of
/// its own, whose outer dimension, of any length, is M or N, whichever leaves less room unused.
class MatMul final : public Operation {
 public:
  static constexpr uint64_t kMaxMatrices = 256;

  MatMul(bool transpose_x, bool transpose_y) : transposed_{transpose_x, transpose_y} {}
  static MatMul Read(AttributeReader& attributes);
  std::string_view kind() const override { return "matmul"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  std::array<bool, 2> transposed_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_MATMUL_H_
