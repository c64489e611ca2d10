// Random recurrences, their inputs and one with the scales of a real network.
#ifndef VOIZK_TESTS_NETWORK_OPERATIONS_RECURRENT_CELLS_H_
#define VOIZK_TESTS_NETWORK_OPERATIONS_RECURRENT_CELLS_H_

#include <algorithm>
#include <cmath>
#include <random>

#include "network/operations/array.h"
#include "network/operations/lstm.h"

namespace voizk {

inline int64_t FloorShift(int64_t v, int shift) { return FloorDivide(v, int64_t{1} << shift); }
inline int64_t Half(int shift) { return shift == 0 ? 0 : int64_t{1} << (shift - 1); }

inline int64_t Look(const op::GateTable& table, int64_t v) {
  const int64_t last = static_cast<int64_t>(table.values.size()) - 1;
  const int64_t row =
      std::min(std::max<int64_t>(FloorShift(v, table.shift) - table.first, 0), last);
  return table.values[static_cast<size_t>(row)];
}

using State = std::vector<int64_t>;

/// sum_i row[i] * x[i] of row `at` of a weight matrix, and its bias.
inline int64_t Row(const std::vector<int32_t>& weights, size_t at, const State& x) {
  int64_t sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += weights[at * x.size() + i] * x[i];
  return sum;
}

struct Cell {
  uint32_t length = 1, channels = 1, hidden = 1, gates = 1;
  op::RecurrentWeights weights;
  std::vector<int32_t> x;

  static Cell Random(uint32_t gates) {
    Cell c;
    c.length = SomeU(1, 6);
    c.channels = SomeU(1, 3);
    c.hidden = SomeU(1, 3);
    c.gates = gates;
    op::RecurrentWeights& w = c.weights;
    w.hidden = c.hidden;
    const size_t rows = size_t{gates} * c.hidden;
    if (Some(0, 3) == 0) {  // the input is added to the gates as it is
      c.channels = static_cast<uint32_t>(rows);
      w.input_weight = {Some(-20, 20)};
    } else {
      w.input_weight = SomeValues(rows * c.channels, -20, 20);
    }
    w.state_weight = SomeValues(rows * c.hidden, -20, 20);
    if (Some(0, 1) != 0) w.bias = SomeValues(rows, -200, 200);
    w.reverse = Some(0, 1) != 0;
    c.x = SomeValues(size_t{c.length} * c.channels, -64, 63);
    return c;
  }
  State Input(uint32_t t) const {
    const auto from = x.begin() + static_cast<std::ptrdiff_t>(t * channels);
    return {from, from + channels};
  }
  int64_t Share(uint32_t gate, uint32_t k, const State& input) const {
    const size_t row = gate * hidden + k;
    const int64_t sum = weights.input_weight.size() == 1 ? weights.input_weight[0] * input[row]
                                                         : Row(weights.input_weight, row, input);
    return sum + (weights.bias.empty() ? 0 : weights.bias[row]);
  }
  int64_t StateShare(uint32_t gate, uint32_t k, const State& state) const {
    return Row(weights.state_weight, gate * hidden + k, state);
  }
  /// step(t) in the order of time.
  void Through(const std::function<void(uint32_t)>& step) const {
    for (uint32_t n = 0; n < length; ++n) step(weights.reverse ? length - 1 - n : n);
  }
};

inline op::GateTable SomeTable(int lo, int hi, int shift = 0) {
  op::GateTable table;
  table.shift = Some(shift, shift + 4);
  table.first = -40;
  table.values = SomeValues(80, lo, hi);
  std::sort(table.values.begin(), table.values.end());
  return table;
}

/// The initial states as inputs, in any of their forms.
inline std::vector<Graph::NodeId> AddInputs(Graph& g, const Cell& c,
                                            const std::vector<State>& initial, Inputs* inputs) {
  std::vector<Graph::NodeId> nodes{g.Input("x", MakeShape({c.length, c.channels}), -64, 63)};
  (*inputs)["x"] = c.x;
  for (size_t k = 0; k < initial.size(); ++k) {
    const std::string name(k == 0 ? "h0" : "c0");
    const Shape shape = k == 0 ? MakeShape({1, c.hidden}) : MakeShape({c.hidden});
    nodes.push_back(g.Input(name, shape, -128, 127));
    (*inputs)[name] = {initial[k].begin(), initial[k].end()};
  }
  return nodes;
}

inline State SomeState(const Cell& c) {
  const auto v = SomeValues(c.hidden, -128, 127);
  return {v.begin(), v.end()};
}

/// f at the middles of 2^shift accumulators of `scale` to 1, by `one` to 1.
inline op::GateTable Rounded(double (*f)(double), int shift, double scale, double one, int reach) {
  op::GateTable table;
  table.shift = shift;
  table.first = -reach;
  for (int h = -reach; h < reach; ++h) {
    const double v = (h + (shift == 0 ? 0.0 : 0.5)) * std::ldexp(1, shift) / scale;
    table.values.push_back(static_cast<int32_t>(std::lround(f(v) * one)));
  }
  return table;
}

inline double Sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

struct FloatLstm {
  static constexpr double kState = 128, kAcc = 128 * 128, kCell = 1024;
  Cell c;
  op::Lstm::Attributes a;

  FloatLstm(uint32_t length, uint32_t hidden) {
    std::mt19937 rng(5);
    const auto fill = [&](std::vector<int32_t>& v, size_t n, int reach) {
      for (size_t i = 0; i < n; ++i) {
        v.push_back(static_cast<int32_t>(rng() % static_cast<uint32_t>(2 * reach + 1)) - reach);
      }
    };
    c.length = length;
    c.channels = 8;
    c.hidden = hidden;
    c.gates = 4;
    c.weights.hidden = hidden;
    fill(c.weights.input_weight, size_t{4} * hidden * 8, 60);
    fill(c.weights.state_weight, size_t{4} * hidden * hidden, 40);
    fill(c.weights.bias, size_t{4} * hidden, 5000);
    fill(c.x, size_t{length} * 8, 63);
    a.weights = c.weights;
    a.sigmoid = Rounded(Sigmoid, 6, kAcc, 128, 2048);
    a.tanh = Rounded(std::tanh, 6, kAcc, kCell, 2048);
    a.cell_tanh = Rounded(std::tanh, 0, kCell, kState, 8192);
    a.cell_shift = 7;
    a.hidden_shift = 7;
    a.cell_lo = -8192;
    a.cell_hi = 8191;
  }
};

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_OPERATIONS_RECURRENT_CELLS_H_
