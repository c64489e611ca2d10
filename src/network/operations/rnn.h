// Plain recurrence over a signal.
#ifndef VOIZK_NETWORK_OPERATIONS_RNN_H_
#define VOIZK_NETWORK_OPERATIONS_RNN_H_

#include "network/operations/recurrent.h"

namespace voizk::op {

/// x [T][C], and h0 [1][H] or zeros, to h [T][H]:  h = table(W x + U h' + b), h' that of the index
/// before.  Per index and hidden unit two cells and two lookups, without a shift one and one.
class Rnn final : public Operation {
 public:
  struct Attributes {
    RecurrentWeights weights;
    GateTable table;
  };
  explicit Rnn(Attributes attributes) : a_(std::move(attributes)) {}
  static Rnn Read(AttributeReader& attributes);
  std::string_view kind() const override { return "rnn"; }
  size_t arity() const override { return kAnyNumber; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_RNN_H_
