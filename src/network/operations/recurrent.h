// What LSTM, GRU and RNN share: weights, activations by table, and reading the state before.
#ifndef VOIZK_NETWORK_OPERATIONS_RECURRENT_H_
#define VOIZK_NETWORK_OPERATIONS_RECURRENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/committed_digits.h"
#include "network/operations/operation.h"

namespace voizk::op {

inline constexpr uint32_t kMaxHidden = 1 << 14;

/// y = values[clamp(floor(v / 2^shift) - first, 0, n - 1)], as table_activation.
struct GateTable {
  int shift = 0;
  int32_t first = 0;
  std::vector<int32_t> values;  // 16 bits, 1 to 2^16

  /// Attributes `name`, `name`_first, `name`_shift.
  static GateTable Read(AttributeReader& attributes, const std::string& name);
  Status Check() const;
  int32_t At(int64_t h) const;
  Interval Range() const;
};

/// Weights of gates 1..G over the input and over the state, rows gate by gate.
struct RecurrentWeights {
  uint32_t hidden = 0;                // H
  std::vector<int32_t> input_weight;  // [G*H][C]; or [1][1] where x is [T][G*H]: see direct
  std::vector<int32_t> state_weight;  // [G*H][H]
  std::vector<int32_t> bias;          // [G*H], or empty
  bool reverse = false;               // from the last index to the first
  /// Where the weights are the prover's (committed_digits.h): a matrix [G*H][C + H], of which row r
  /// is row r of both, and the bias; the three above are empty.
  struct Committed {
    int weight_bits, bias_bits;
  };
  std::optional<Committed> committed = {};

  static RecurrentWeights ReadCommitted(AttributeReader& attributes);
  static RecurrentWeights Read(AttributeReader& attributes);
  /// Gates read x as it is, times one number: it has been multiplied with weights before.
  bool direct() const { return input_weight.size() == 1; }
  /// x [T][C], then up to `states` initial states [1][H] or [H]; the result [T][H].
  Result<Shape> OutputShape(std::span<const Shape> inputs, uint32_t gates, size_t states,
                            std::string_view kind) const;
};

/// The views of one recurrence over T indices, and its tensors.  A state at the index before is the
/// same tensor read one index earlier (later, in reverse), where the initial state takes over at
/// the first: so the number of constraints does not depend on T.
class RecurrentViews {
 public:
  /// Of that many gates.  `x` is committed if it is no tensor; a direct one stays as it is.
  RecurrentViews(const RecurrentWeights& weights, const std::string& name, Value& x, Builder& b,
                 uint32_t gates);

  /// W x + U s + b of one gate, s the state at the index before; `initial` may be absent.  Of
  /// committed weights a product, whose step belongs to the recurrence.
  View Accumulator(uint32_t gate, TensorId state, const std::optional<TensorId>& initial) const;

  /// scale * (W x + bias) of gates [first, first + count), [T][count * H].
  View InputShare(uint32_t first, uint32_t count, int32_t scale = 1) const;
  /// U s of these gates, s the state at the index before; `initial` may be absent.
  View StateShare(uint32_t first, uint32_t count, TensorId state,
                  const std::optional<TensorId>& initial) const;
  /// U s of one gate at the same index.
  View ShareOf(uint32_t gate, TensorId s) const;
  /// The state at the index before, [T][H].
  View Before(TensorId state, const std::optional<TensorId>& initial) const;
  /// Gate k of a tensor [T][G*H], [T][H].
  View Gate(TensorId gates, uint32_t k) const;

  Shape shape(uint32_t gates = 1) const;

 private:
  View CommittedAccumulator(uint32_t gate, TensorId state,
                            const std::optional<TensorId>& initial) const;
  View Convolved(TensorId t, WeightsId w, int64_t pad, uint32_t outputs) const;
  WeightsId Rows(const std::vector<int32_t>& values, uint32_t columns, uint32_t first,
                 uint32_t count) const;

  const RecurrentWeights& weights_;
  std::string name_;
  Value& x_;
  Builder& b_;
  uint32_t length_;
  std::optional<CommittedMatrix> matrix_;  // of committed weights
  std::optional<CommittedBias> bias_;
};

/// The initial state among the inputs as a tensor, if there is one.
std::optional<TensorId> InitialState(Builder& b, const std::string& name, std::span<Value> inputs,
                                     size_t index);

/// The hull of a range, zero (where there is no initial state) and the initial state's range.
Interval WithInitial(const Builder& b, Interval range, const std::optional<TensorId>& initial);

/// What a table is looked up by: v and the table's shift; or, where v's certified range would give
/// the table more than kMaxGateRows rows and more than the clamp takes lookups, floor(v / 2^shift)
/// clamped to the table's indices (gadgets::ShiftClamp), and no shift.
inline constexpr int64_t kMaxGateRows = 1 << 14, kMostGateRows = 1 << 18;
inline constexpr uint64_t kClampLookups = 4;  // and as many cells, per element
struct GateArgument {
  View view;
  int shift = 0;
  bool clamped = false;
};
GateArgument ArgumentOf(Builder& b, const std::string& name, const View& v, const GateTable& table,
                        const Interval& range);

/// y, which the caller has added, by a table of v; and y as a new tensor.
void ActivateInto(Builder& b, const std::string& name, const View& v, const GateTable& table,
                  TensorId y);
TensorId Activate(Builder& b, const std::string& name, const View& v, const GateTable& table);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_RECURRENT_H_
