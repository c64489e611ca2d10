#include "network/quantise/saturation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr double kGateReach = 8;   // a sigmoid is 3.4e-4 from its end there, a tanh 2e-7
constexpr double kStateReach = 4;  // times the length of a row of weights, of states in [-1, 1]

// The most that state and bias add to a gate, unless more states pull one way than four times what
// states of random signs would.
double MostState(const FloatGraph& graph, const FloatNode& node) {
  const FloatTensor* const r = graph.ConstantOf(node.inputs[2]);
  const FloatTensor* const b = node.inputs.size() > 3 && node.inputs[3] != kAbsentValue
                                   ? graph.ConstantOf(node.inputs[3])
                                   : nullptr;
  if (r == nullptr) return INFINITY;
  const auto hidden = static_cast<size_t>(r->dims()[2]), rows = 4 * hidden;
  double most = 0;
  for (size_t row = 0; row < rows; ++row) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < hidden; ++i) {
      const double w = std::abs(double{r->floats()[row * hidden + i]});
      sum += w;
      square += w * w;
    }
    sum = std::min(sum, kStateReach * std::sqrt(square));
    if (b != nullptr) sum += std::abs(double{b->floats()[row]} + b->floats()[row + rows]);
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace

bool ReadsGatesDirectly(const FloatGraph& graph, const FloatNode& node) {
  constexpr std::array<size_t, 4> kGate{0, 2, 1, 3};  // ONNX's i, o, f, c among i, f, o, c
  const FloatTensor* const w = node.op == "LSTM" ? graph.ConstantOf(node.inputs[1]) : nullptr;
  if (w == nullptr || w->dims()[0] != 1 || w->dims()[1] != w->dims()[2]) return false;
  const auto rows = static_cast<size_t>(w->dims()[1]), hidden = rows / 4;
  if (rows == 0 || rows % 4 != 0) return false;
  for (size_t row = 0; row < rows; ++row) {
    const size_t own = kGate[row / hidden] * hidden + row % hidden;
    for (size_t i = 0; i < rows; ++i) {
      if (w->floats()[row * rows + i] != (i == own ? 1.0F : 0.0F)) return false;
    }
  }
  return true;
}

std::vector<double> SaturationReach(const FloatGraph& graph) {
  std::vector<double> reach(graph.values.size(), 0);
  for (const FloatValueId id : graph.outputs) reach[id] = INFINITY;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    double most = INFINITY;
    if (ReadsGatesDirectly(graph, *node)) {
      most = kGateReach + MostState(graph, *node);
    } else if (MovesValues(node->op)) {
      most = 0;
      for (const FloatValueId id : node->outputs) {
        if (id != kAbsentValue) most = std::max(most, reach[id]);
      }
    }
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const FloatValueId id = node->inputs[i];
      if (id == kAbsentValue) continue;
      reach[id] = std::max(reach[id], i == 0 || node->op == "Concat" ? most : INFINITY);
    }
  }
  return reach;
}

}  // namespace voizk
