// Long short-term memory over a signal.
#ifndef VOIZK_NETWORK_OPERATIONS_LSTM_H_
#define VOIZK_NETWORK_OPERATIONS_LSTM_H_

#include "network/operations/recurrent.h"

namespace voizk::op {

/// x [T][C], and h0, c0 [1][H] or zeros, to h [T][H] (with_cell: h beside c, [T][2H]).  At each
/// index, h' and c' those of the index before, gates in the order i, f, o, g:
///   acc = W x + U h' + b;   i, f, o = sigmoid(acc);   g = tanh(acc)              (tables)
///   c = clamp(floor((f c' + i g + 2^(cell_shift-1)) / 2^cell_shift), cell_lo, cell_hi)
///   h = floor((o * cell_tanh(c) + 2^(hidden_shift-1)) / 2^hidden_shift)          (rounded; 0:
///   exact)
/// W x and U h' have one scale, that of g is c's, sigmoids count 2^cell_shift as 1.
///
/// Per index and hidden unit, shifts above 0 and cell_tanh without one: 14 cells (4 gates and their
/// low parts; f c' + i g; c, h and their low parts; cell_tanh), 13 lookups, 3 products.  The
/// relation does not unroll: as many tensors whatever T.  Ranges do not go round in circles:
/// gates, c and h have theirs from their own lookups.
class Lstm final : public Operation {
 public:
  struct Attributes {
    RecurrentWeights weights;
    GateTable sigmoid, tanh, cell_tanh;
    int cell_shift = 0, hidden_shift = 0;
    int32_t cell_lo = INT16_MIN, cell_hi = INT16_MAX;
    bool with_cell = false;
  };
  explicit Lstm(Attributes attributes) : a_(std::move(attributes)) {}
  static Lstm Read(AttributeReader& attributes);
  /// With weights and bias that the statement commits to, by the same formula; 4 cells more.
  static Lstm ReadCommitted(AttributeReader& attributes);
  std::string_view kind() const override {
    return a_.weights.committed ? "committed_lstm" : "lstm";
  }
  size_t arity() const override { return kAnyNumber; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  static Lstm ReadWith(RecurrentWeights weights, AttributeReader& attributes);
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_LSTM_H_
