// Gated recurrent unit over a signal.
#ifndef VOIZK_NETWORK_OPERATIONS_GRU_H_
#define VOIZK_NETWORK_OPERATIONS_GRU_H_

#include "network/operations/recurrent.h"

namespace voizk::op {

/// x [T][C], and h0 [1][H] or zeros, to h [T][H].  At each index, h' that of the index before,
/// gates in the order z, r, n, ONE = 2^gate_bits:
///   z, r = sigmoid(W x + U h' + b)                                                (table)
///   reset after (PyTorch; ONNX's linear_before_reset = 1):
///     s = floor((U_n h' + state_bias) / 2^state_shift)
///     n = tanh(candidate_scale * (W_n x + b_n) + r s)                             (table)
///   reset before (ONNX's default):
///     s = floor((r h' + ONE/2) / ONE)                  n = tanh(W_n x + U_n s + b_n)
///   h = floor((z h' + (ONE - z) n + ONE/2) / ONE)
/// sigmoid's values lie in [0, ONE], so h stays within the hull of n and h'.
///
/// Per index and hidden unit, shifts above 0, reset after: 10 cells, 10 lookups, 2 products (s and
/// r s; without state_shift 9 cells and 8 lookups); reset before: 10, 10, 2.
class Gru final : public Operation {
 public:
  struct Attributes {
    RecurrentWeights weights;
    GateTable sigmoid, tanh;
    int gate_bits = 0;
    bool reset_after = true;
    int state_shift = 0;
    int32_t candidate_scale = 1;
    std::vector<int32_t> state_bias;  // [H], or empty; reset after only
  };
  explicit Gru(Attributes attributes) : a_(std::move(attributes)) {}
  static Gru Read(AttributeReader& attributes);
  std::string_view kind() const override { return "gru"; }
  size_t arity() const override { return kAnyNumber; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  View Candidate(const std::string& name, const class RecurrentViews& v, const View& reset,
                 TensorId h, const std::optional<TensorId>& h0, Builder& b) const;

  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_GRU_H_
