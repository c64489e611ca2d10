// Guards: networks of every group of operations are proven and verified through the public header,
// with the output that evaluation gives and no other.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "voizk/graph.h"

namespace voizk {
namespace {

std::vector<int32_t> Random(size_t n, int32_t lo, int32_t hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> v(n);
  for (int32_t& x : v) x = lo + static_cast<int32_t>(rng() % static_cast<uint32_t>(hi - lo + 1));
  return v;
}

void CheckProven(const Network& n, const Inputs& inputs) {
  ASSERT_TRUE(n.status().ok()) << n.status().error().message;
  const auto y = EvaluateNetwork(n, inputs);
  ASSERT_TRUE(y.ok()) << y.error().message;
  const auto proof = ProveNetwork(n, inputs, *y, {});
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  const Status accepted = VerifyNetwork(n, *y, {}, *proof);
  EXPECT_TRUE(accepted.ok()) << accepted.error().message;
  std::vector<int32_t> other = *y;
  other.front() += other.front() > 0 ? -1 : 1;
  EXPECT_FALSE(ProveNetwork(n, inputs, other, {}).ok());
  EXPECT_FALSE(VerifyNetwork(n, other, {}, *proof).ok());
}

TEST(Operations, MovingAndJoining) {
  Network n;
  const auto x = n.Input("x", {6, 8}, -20, 20);
  const auto heads = n.Transpose(n.Reshape(x, {6, 2, 4}), {1, 0, 2});
  const auto padded = n.Pad(heads, 1, 1, 2, Network::PadMode::kReflect);
  const auto turned = n.Slice(padded, 8, -1, 1, -2);
  const auto edge = n.Pad(n.Pad(turned, 2, 1, 1, Network::PadMode::kEdge), 2, 0, 1,
                          Network::PadMode::kConstant, 7);
  const auto some = n.Gather(edge, {0, 2, 4, 5, 1}, 2);
  const auto moved = n.Offset(n.Scale(some, {1}, {3}), {2, 1, 5}, Random(10, -9, 9, 1));
  const auto both = n.Concat({moved, n.Sub(some, n.Slice(some, 0, 1, 0))}, 1);
  n.Add(both, n.Mul(n.Slice(both, 0, 1, 0), n.Slice(both, 1, 2, 0)));
  CheckProven(n, {{"x", Random(48, -20, 20, 2)}});
}

Network::Function Ramp(int shift, int32_t lo, int32_t hi) {
  Network::Function f{shift, lo, {}};
  for (int32_t h = lo; h <= hi; ++h) f.table.push_back(h);
  return f;
}

Network::Recurrence Weights(uint32_t gates, uint32_t channels, uint32_t hidden, bool reverse) {
  return {hidden, Random(gates * hidden * channels, -20, 20, 3),
          Random(gates * hidden * hidden, -20, 20, 4), Random(gates * hidden, -99, 99, 5), reverse};
}

TEST(Operations, Recurrences) {
  Network n;
  const auto x = n.Input("x", {10, 3}, -64, 63);
  const auto h0 = n.Input("h0", {1, 4}, -64, 64), c0 = n.Input("c0", {1, 4}, -64, 64);
  Network::LstmLayer lstm;
  lstm.weights = Weights(4, 3, 4, false);
  lstm.sigmoid = Ramp(5, 0, 64);
  lstm.tanh = Ramp(5, -64, 64);
  lstm.cell_tanh = Ramp(0, -64, 64);
  lstm.cell_shift = lstm.hidden_shift = 6;
  lstm.cell_lo = -200;
  lstm.cell_hi = 200;
  lstm.with_cell = true;
  const auto forward = n.Lstm(x, lstm, {h0, c0});
  lstm.weights.reverse = true;
  lstm.with_cell = false;
  const auto both = n.Concat({n.Slice(forward, 0, 4), n.Lstm(x, lstm)});
  Network::GruLayer gru;
  gru.weights = Weights(3, 8, 2, true);
  gru.sigmoid = Ramp(6, 0, 64);
  gru.tanh = Ramp(8, -64, 64);
  gru.gate_bits = 6;
  gru.state_shift = 2;
  gru.candidate_scale = 4;
  const auto y = n.Gru(both, gru);
  const auto z =
      n.Rnn(n.Concat({y, n.Slice(forward, 4, 8)}), Weights(1, 6, 3, false), Ramp(6, -64, 64));
  n.Slice(z, 9, 10, 0);
  CheckProven(n, {{"x", Random(30, -64, 63, 6)},
                  {"h0", Random(4, -64, 64, 7)},
                  {"c0", Random(4, -64, 64, 8)}});
}

/// Attention over 6 positions of 2 heads, as a transformer has it, and what stands around it.
TEST(Operations, Attention) {
  Network n;
  const auto x = n.Input("x", {6, 8}, -60, 60);
  Network::NormaliseLayer norm;
  norm.axes = {-1};
  norm.epsilon = 64;
  norm.scale = 1 << 14;
  norm.shift = 7;
  const auto normal = n.Normalise(x, norm);
  const auto project = [&](uint32_t seed) {
    Network::Conv1dLayer layer;
    layer.outputs = 8;
    layer.kernel = 1;
    layer.group_inputs = 8;
    layer.weight = Random(64, -20, 20, seed);
    const auto small = n.Requant(n.Conv1d(normal, layer), 6, 1, 0, -100, 100);
    return n.Transpose(n.Reshape(small, {6, 2, 4}), {1, 0, 2});
  };
  const auto q = project(1), k = project(2), v = project(3);
  const auto scores = n.Requant(n.MatMul(q, k, false, true), 8, 1, 0, -100, 100);
  Network::SoftmaxLayer softmax;
  softmax.total = 1000;
  softmax.first = -120;
  for (int32_t d = softmax.first; d <= 1; ++d) {
    softmax.table.push_back(static_cast<int32_t>(1000.0 * std::exp(0.0625 * d)));
  }
  softmax.table.front() = 0;
  const auto mixed = n.MatMul(n.Softmax(scores, softmax), v);
  const auto merged = n.Reshape(n.Transpose(mixed, {1, 0, 2}), {6, 8});
  const auto out = n.Add(n.Requant(merged, 10, 1, 0, -100, 100), x);
  n.Div(n.Concat({out, n.LogSoftmax(n.Requant(out, 1, 1, 0, -100, 100), softmax)}),
        n.Offset(n.Sqrt(n.Sum(n.Mul(out, out), {-1}), 2), {1}, {1}), 3);
  CheckProven(n, {{"x", Random(48, -60, 60, 4)}});
}

/// A logarithm of sums of 22 bits and sign.
TEST(Operations, LogarithmInTwoScales) {
  Network n;
  const auto x = n.Input("x", {6, 8}, -1000, 1000);
  const auto value = [](double v) {
    return static_cast<int32_t>(std::lround(16 * std::log2(std::max(std::abs(v), 0.5))));
  };
  Network::Function coarse{10, -(1 << 12), {}}, fine{2, -(1 << 10), {}};
  for (int h = -(1 << 12); h < 1 << 12; ++h) coarse.table.push_back(value((h + 0.5) * (1 << 10)));
  for (int g = -(1 << 10); g < 1 << 10; ++g) fine.table.push_back(value((g + 0.5) * 4));
  n.Sum(n.WideTable(n.Scale(x, {8}, {1, 4, 16, 64, 256, 1024, 4000, 2}), coarse, fine), {0});
  CheckProven(n, {{"x", Random(48, -1000, 1000, 11)}});
}

TEST(Operations, PoolsReductionsAndMatrices) {
  Network n;
  const auto x = n.Input("x", {5, 6, 2}, -20, 20);
  Network::PoolLayer pool;
  pool.size = {3, 3};
  pool.stride = {2, 1};
  pool.pad = {1, 1, 1, 1};
  const auto most = n.MaxPool2d(x, pool);
  pool.include_pad = false;
  const auto mean = n.AvgPool2d(x, pool);
  const auto scores = n.MatMul(most, mean, false, true);  // [3][6][6]
  const auto small = n.Requant(scores, 4, 1, 0, -128, 127);
  const auto top = n.Sub(small, n.Max(small, {-1}));
  Network::Conv1dLayer up;
  up.outputs = 2;
  up.kernel = 3;
  up.group_inputs = 6;
  up.stride = 2;
  up.pad_left = 1;
  up.weight = Random(36, -5, 5, 1);
  const auto longer = n.ConvTranspose1d(n.Reshape(n.Mean(top, {1}), {3, 6}), up, 1);
  n.Sum(longer, {0});
  CheckProven(n, {{"x", Random(60, -20, 20, 9)}});
}

}  // namespace
}  // namespace voizk
