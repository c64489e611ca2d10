// Guards: lstm is its formula, forward and in reverse, with and without initial states, and close
// to the float recurrence that it stands for; its relation does not grow in number with time; a
// state shifted by a step, or wrong by one, is no witness.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/recurrent_cells.h"

namespace voizk {
namespace {

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
  for (const char* name :
       {"y", "y cell", "y input gate", "y forget gate", "y output gate", "y candidate"}) {
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

}  // namespace
}  // namespace voizk
