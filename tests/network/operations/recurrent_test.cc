// Guards: gru and rnn are their formulas, forward and in reverse, with and without initial states,
// and no other state is a witness; recurrences that do not fit have typed errors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/gru.h"
#include "network/operations/lstm.h"
#include "network/operations/recurrent_cells.h"
#include "network/operations/rnn.h"

namespace voizk {
namespace {

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
