// What the rules of LSTM, GRU and RNN share: tables of gates, rounded weights, states that come in
// and go out.
#ifndef VOIZK_NETWORK_QUANTISE_RECURRENCE_H_
#define VOIZK_NETWORK_QUANTISE_RECURRENCE_H_

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "network/quantise/lowering.h"

namespace voizk {

/// Attributes `name`, `name`_first and `name`_shift: an index h stands for the arguments
/// [h * step, (h + 1) * step), of which fn is taken in the middle, in units of `one`; |h * step| up
/// to `reach`.
void SetGateTable(const char* name, double (*fn)(double), double reach, double step, int shift,
                  double one, ModelAttributes* attributes);

/// As multiples of `unit`.
std::shared_ptr<const TensorData> RoundedWeights(const std::vector<double>& reals, double unit,
                                                 std::vector<uint32_t> shape);

/// The initial state of a node with one direction, its input `input`, at `step`, [1][H]; nothing
/// for zeros.  kUnsupported: a constant that is not zero, or two directions.
using OptionalNode = std::optional<Emitter::Node>;
Result<OptionalNode> InitialState(const FloatNode& node, size_t input, size_t directions,
                                  double step, int64_t reach, Lowering& lowering);

/// [1][H] of the index of [T][H] that is computed last.
Result<Emitter::Node> LastOf(Emitter::Node sequence, bool reverse, std::string_view name,
                             Lowering& lowering);

/// Whether anybody reads this output of the node.
bool IsWanted(const FloatNode& node, size_t output);

/// Gives output `output` the states of each direction, [T][H] or (not `sequence`) [1][H] each.
Status SetStates(const FloatNode& node, size_t output, const std::vector<Emitter::Node>& parts,
                 bool sequence, double step, Lowering& lowering);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_RECURRENCE_H_
