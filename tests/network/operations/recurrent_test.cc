// Guards: lstm, gru and rnn are their formulas, forward and in reverse, with and without initial
// states, and close to the float recurrences that they stand for; their relation does not grow in
// number with time; a state shifted by a step, or wrong by one, is no witness.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <random>

#include "network/operations/array.h"
#include "network/operations/gru.h"
#include "network/operations/lstm.h"
#include "network/operations/rnn.h"

namespace voizk {
namespace {

int64_t FloorShift(int64_t v, int shift) { return FloorDivide(v, int64_t{1} << shift); }
int64_t Half(int shift) { return shift == 0 ? 0 : int64_t{1} << (shift - 1); }

int64_t Look(const op::GateTable& table, int64_t v) {
  const int64_t last = static_cast<int64_t>(table.values.size()) - 1;
  const int64_t row =
      std::min(std::max<int64_t>(FloorShift(v, table.shift) - table.first, 0), last);
  return table.values[static_cast<size_t>(row)];
}

using State = std::vector<int64_t>;

/// sum_i row[i] * x[i] of row `at` of a weight matrix, and its bias.
int64_t Row(const std::vector<int32_t>& weights, size_t at, const State& x) {
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
    w.input_weight = SomeValues(rows * c.channels, -20, 20);
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
    return Row(weights.input_weight, row, input) + (weights.bias.empty() ? 0 : weights.bias[row]);
  }
  int64_t StateShare(uint32_t gate, uint32_t k, const State& state) const {
    return Row(weights.state_weight, gate * hidden + k, state);
  }
  /// step(t) in the order of time.
  void Through(const std::function<void(uint32_t)>& step) const {
    for (uint32_t n = 0; n < length; ++n) step(weights.reverse ? length - 1 - n : n);
  }
};

op::GateTable SomeTable(int lo, int hi, int shift = 0) {
  op::GateTable table;
  table.shift = Some(shift, shift + 4);
  table.first = -40;
  table.values = SomeValues(80, lo, hi);
  std::sort(table.values.begin(), table.values.end());
  return table;
}

/// The initial states as inputs, in any of their forms.
std::vector<Graph::NodeId> AddInputs(Graph& g, const Cell& c, const std::vector<State>& initial,
                                     Inputs* inputs) {
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

State SomeState(const Cell& c) {
  const auto v = SomeValues(c.hidden, -128, 127);
  return {v.begin(), v.end()};
}

op::Lstm::Attributes SomeLstm(const Cell& c) {
  op::Lstm::Attributes a;
  a.weights = c.weights;
  a.hidden_shift = Some(0, 1) != 0 ? 0 : Some(4, 7);
  const int shift = a.hidden_shift == 0 ? 6 : 2;  // at most 2^16 rows
  a.sigmoid = SomeTable(0, 128, shift);
  a.tanh = SomeTable(-128, 128, shift);
  a.cell_tanh = SomeTable(-128, 128);
  a.cell_shift = Some(1, 7);
  a.cell_lo = -Some(1, 300);
  a.cell_hi = Some(1, 300);
  a.with_cell = Some(0, 1) != 0;
  return a;
}

std::vector<int32_t> LstmReference(const Cell& c, const op::Lstm::Attributes& a, State h,
                                   State cell) {
  const size_t width = c.hidden * (a.with_cell ? 2u : 1u);
  std::vector<int32_t> out(c.length * width);
  c.Through([&](uint32_t t) {
    const State x = c.Input(t), before = h;
    for (uint32_t k = 0; k < c.hidden; ++k) {
      const auto acc = [&](uint32_t gate) {
        return c.Share(gate, k, x) + c.StateShare(gate, k, before);
      };
      const int64_t i = Look(a.sigmoid, acc(0)), f = Look(a.sigmoid, acc(1)),
                    o = Look(a.sigmoid, acc(2)), g = Look(a.tanh, acc(3));
      const int64_t sum = f * cell[k] + i * g + Half(a.cell_shift);
      cell[k] = std::clamp<int64_t>(FloorShift(sum, a.cell_shift), a.cell_lo, a.cell_hi);
      h[k] = FloorShift(o * Look(a.cell_tanh, cell[k]) + Half(a.hidden_shift), a.hidden_shift);
      out[t * width + k] = static_cast<int32_t>(h[k]);
      if (a.with_cell) out[t * width + c.hidden + k] = static_cast<int32_t>(cell[k]);
    }
  });
  return out;
}

RC_GTEST_PROP(LstmTest, IsItsFormula, ()) {
  const Cell c = Cell::Random(4);
  const auto a = SomeLstm(c);
  std::vector<State> initial;
  if (Some(0, 1) != 0) initial = {SomeState(c), SomeState(c)};
  Graph g;
  Inputs inputs;
  g.Add("y", op::Lstm(a), AddInputs(g, c, initial, &inputs));
  const Outcome outcome = RunGraph(g, inputs);
  RC_ASSERT(outcome.error == "");
  const State zero(c.hidden, 0);
  RC_ASSERT(outcome.output == LstmReference(c, a, initial.empty() ? zero : initial[0],
                                            initial.empty() ? zero : initial[1]));
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 20))) == "");
}

op::Gru::Attributes SomeGru(const Cell& c) {
  op::Gru::Attributes a;
  a.weights = c.weights;
  a.gate_bits = Some(1, 7);
  a.sigmoid = SomeTable(0, 1 << a.gate_bits);
  a.tanh = SomeTable(-128, 127, 5);
  a.reset_after = Some(0, 1) != 0;
  a.state_shift = Some(0, 5);
  a.candidate_scale = a.reset_after ? Some(1, 9) : 1;
  if (a.reset_after && Some(0, 1) != 0) a.state_bias = SomeValues(c.hidden, -100, 100);
  return a;
}

std::vector<int32_t> GruReference(const Cell& c, const op::Gru::Attributes& a, State h) {
  std::vector<int32_t> out(c.length * c.hidden);
  c.Through([&](uint32_t t) {
    const State x = c.Input(t), before = h;
    State r(c.hidden), reset(c.hidden);
    for (uint32_t k = 0; k < c.hidden; ++k) {
      r[k] = Look(a.sigmoid, c.Share(1, k, x) + c.StateShare(1, k, before));
      reset[k] = FloorShift(r[k] * before[k] + Half(a.gate_bits), a.gate_bits);
    }
    for (uint32_t k = 0; k < c.hidden; ++k) {
      const int64_t z = Look(a.sigmoid, c.Share(0, k, x) + c.StateShare(0, k, before));
      int64_t acc = c.Share(2, k, x);
      if (a.reset_after) {
        const int64_t s = c.StateShare(2, k, before) + (a.state_bias.empty() ? 0 : a.state_bias[k]);
        acc = acc * a.candidate_scale + r[k] * FloorShift(s, a.state_shift);
      } else {
        acc += c.StateShare(2, k, reset);
      }
      const int64_t n = Look(a.tanh, acc), one = int64_t{1} << a.gate_bits;
      h[k] = FloorShift(z * before[k] + (one - z) * n + one / 2, a.gate_bits);
      out[t * c.hidden + k] = static_cast<int32_t>(h[k]);
    }
  });
  return out;
}

RC_GTEST_PROP(GruTest, IsItsFormula, ()) {
  const Cell c = Cell::Random(3);
  const auto a = SomeGru(c);
  std::vector<State> initial;
  if (Some(0, 1) != 0) initial = {SomeState(c)};
  Graph g;
  Inputs inputs;
  g.Add("y", op::Gru(a), AddInputs(g, c, initial, &inputs));
  const Outcome outcome = RunGraph(g, inputs);
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output ==
            GruReference(c, a, initial.empty() ? State(c.hidden, 0) : initial[0]));
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 20))) == "");
}

RC_GTEST_PROP(RnnTest, IsItsFormula, ()) {
  const Cell c = Cell::Random(1);
  const op::GateTable table = SomeTable(-128, 127);
  std::vector<State> initial;
  if (Some(0, 1) != 0) initial = {SomeState(c)};
  Graph g;
  Inputs inputs;
  g.Add("y", op::Rnn({c.weights, table}), AddInputs(g, c, initial, &inputs));
  const Outcome outcome = RunGraph(g, inputs);
  RC_ASSERT(outcome.error == "");
  State h = initial.empty() ? State(c.hidden, 0) : initial[0];
  std::vector<int32_t> expected(c.length * c.hidden);
  c.Through([&](uint32_t t) {
    const State x = c.Input(t), before = h;
    for (uint32_t k = 0; k < c.hidden; ++k) {
      h[k] = Look(table, c.Share(0, k, x) + c.StateShare(0, k, before));
      expected[t * c.hidden + k] = static_cast<int32_t>(h[k]);
    }
  });
  RC_ASSERT(outcome.output == expected);
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 20))) == "");
}

/// f at the middles of 2^shift accumulators of `scale` to 1, by `one` to 1.
op::GateTable Rounded(double (*f)(double), int shift, double scale, double one, int reach) {
  op::GateTable table;
  table.shift = shift;
  table.first = -reach;
  for (int h = -reach; h < reach; ++h) {
    const double v = (h + (shift == 0 ? 0.0 : 0.5)) * std::ldexp(1, shift) / scale;
    table.values.push_back(static_cast<int32_t>(std::lround(f(v) * one)));
  }
  return table;
}

double Sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

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

TEST(LstmTest, StaysCloseToFloat) {
  const FloatLstm l(60, 16);
  Graph g;
  Inputs inputs;
  g.Add("y", op::Lstm(l.a), AddInputs(g, l.c, {}, &inputs));
  const Outcome outcome = RunGraph(g, inputs);
  ASSERT_EQ(outcome.error, "");
  std::vector<double> h(16, 0), cell(16, 0);
  double worst = 0;
  for (uint32_t t = 0; t < l.c.length; ++t) {
    const std::vector<double> before = h;
    for (uint32_t k = 0; k < 16; ++k) {
      const auto acc = [&](uint32_t gate) {
        double sum = static_cast<double>(l.c.Share(gate, k, l.c.Input(t))) / FloatLstm::kAcc;
        for (size_t i = 0; i < 16; ++i) {
          sum += l.c.weights.state_weight[(gate * 16 + k) * 16 + i] / 128.0 * before[i];
        }
        return sum;
      };
      cell[k] = Sigmoid(acc(1)) * cell[k] + Sigmoid(acc(0)) * std::tanh(acc(3));
      h[k] = Sigmoid(acc(2)) * std::tanh(cell[k]);
      worst = std::max(worst, std::abs(h[k] - outcome.output[t * 16 + k] / FloatLstm::kState));
    }
  }
  // Half a step of 1/128 at each of sigmoid, cell_tanh and h, and what the state carries on.
  EXPECT_LT(worst, 4.0 / 128);
}

TEST(LstmTest, ConstraintsDoNotGrowWithTime) {
  std::vector<size_t> counts;
  for (const uint32_t length : {1u, 40u}) {
    FloatLstm l(length, 4);
    Graph g;
    Inputs inputs;
    g.Add("y", op::Lstm(l.a), AddInputs(g, l.c, {}, &inputs));
    const auto r = g.BuildStandalone();
    ASSERT_TRUE(r.ok()) << r.error().message;
    counts.push_back(r->lookups.size() + r->products.size() + r->equalities.size());
    const uint64_t n = uint64_t{length} * 4;
    uint64_t input = uint64_t{length} * 8;
    EXPECT_EQ(CommittedCells(*r), 14 * n + input);
    EXPECT_EQ(LookupCount(*r), 13 * n + input);
    EXPECT_EQ(ProductEntries(*r), 3 * n);
  }
  EXPECT_EQ(counts[0], counts[1]);
}

/// The witness in which every committed tensor of [T][..] is what it was an index later.
TEST(LstmTest, AStateShiftedByAStepIsRejected) {
  const FloatLstm l(12, 3);
  Graph g;
  Inputs inputs;
  g.Add("y", op::Lstm(l.a), AddInputs(g, l.c, {}, &inputs));
  const Outcome outcome = RunGraph(g, inputs);
  ASSERT_EQ(outcome.error, "");
  const auto shifted = [](std::vector<int32_t> cells, size_t row) {
    cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(row));
    cells.resize(cells.size() + row, 0);
    return cells;
  };
  for (const char* name : {"y", "y cell", "y gates", "y candidate"}) {
    Witness lie = outcome.witness;
    for (size_t t = 0; t < outcome.relation.tensors.size(); ++t) {
      const Tensor& tensor = outcome.relation.tensors[t];
      if (tensor.name == name) lie[t] = shifted(lie[t], tensor.shape.dims[1]);
    }
    ASSERT_NE(lie, outcome.witness) << name;
    EXPECT_FALSE(FillMultiplicities(outcome.relation, &lie).ok() &&
                 CheckRelation(outcome.relation, lie).ok())
        << name;
  }
  // All of them at once: a run that begins an index late.
  Witness late = outcome.witness;
  for (size_t t = 1; t + outcome.relation.multiplicities.size() < late.size(); ++t) {
    if (outcome.relation.tensors[t].shape.dims[0] != 12) continue;
    late[t] = shifted(late[t], outcome.relation.tensors[t].shape.dims[1]);
  }
  EXPECT_FALSE(FillMultiplicities(outcome.relation, &late).ok() &&
               CheckRelation(outcome.relation, late).ok());
}

TEST(RecurrentTest, RefusesWhatDoesNotFit) {
  const FloatLstm l(3, 2);
  const auto code = [](auto operation, std::vector<Shape> more = {}) {
    Graph g;
    std::vector<Graph::NodeId> nodes{g.Input("x", MakeShape({3, 8}), 0, 1)};
    for (const Shape& s : more) {
      nodes.push_back(g.Input(nodes.size() == 1 ? "h0" : "c0", s, 0, 1));
    }
    g.Add("y", std::move(operation), nodes);
    return g.status().ok() ? ErrorCode::kInternal : g.status().error().code;
  };
  using E = ErrorCode;
  const auto lstm = [&](auto change) {
    op::Lstm::Attributes a = l.a;
    change(a);
    return op::Lstm(a);
  };
  EXPECT_EQ(code(op::Lstm(l.a)), E::kInternal);
  EXPECT_EQ(code(op::Lstm(l.a), {MakeShape({1, 2})}), E::kInvalidArgument);
  EXPECT_EQ(code(op::Lstm(l.a), {MakeShape({1, 2}), MakeShape({1, 3})}), E::kInvalidArgument);
  EXPECT_EQ(code(op::Lstm(l.a), {MakeShape({1, 2}), MakeShape({2, 1})}), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.weights.hidden = UINT32_MAX; })), E::kLimitExceeded);
  EXPECT_EQ(code(lstm([](auto& a) { a.weights.hidden = 0; })), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.weights.bias.pop_back(); })), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.weights.state_weight.clear(); })), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.tanh.values.clear(); })), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.tanh.values[0] = 1 << 16; })), E::kInvalidArgument);
  EXPECT_EQ(code(lstm([](auto& a) { a.sigmoid.shift = 31; })), E::kLimitExceeded);
  EXPECT_EQ(code(lstm([](auto& a) { a.cell_shift = -1; })), E::kLimitExceeded);
  EXPECT_EQ(code(lstm([](auto& a) { a.cell_lo = 9000; })), E::kInvalidArgument);
  op::Gru::Attributes gru;
  gru.weights = l.a.weights;
  gru.weights.input_weight.resize(48);
  gru.weights.state_weight.resize(12);
  gru.weights.bias.clear();
  gru.sigmoid = l.a.sigmoid;
  gru.tanh = l.a.tanh;
  gru.gate_bits = 7;
  EXPECT_EQ(code(op::Gru(gru)), E::kInternal);
  gru.gate_bits = 6;  // its sigmoid reaches 128
  EXPECT_EQ(code(op::Gru(gru)), E::kInvalidArgument);
  gru.gate_bits = 40;
  EXPECT_EQ(code(op::Gru(gru)), E::kLimitExceeded);
  EXPECT_EQ(code(op::Rnn({})), E::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
