// What tests of rewriting passes ask: that the graph computes what it did, and which nodes are
// left.
#ifndef VOIZK_TESTS_NETWORK_SPECIALISE_SAME_FUNCTION_H_
#define VOIZK_TESTS_NETWORK_SPECIALISE_SAME_FUNCTION_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"

namespace voizk {

inline size_t CountOf(const FloatGraph& graph, std::string_view op) {
  return static_cast<size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                           [&](const FloatNode& node) { return node.op == op; }));
}

/// The first output, element by element.
inline void ExpectSameFunction(const FloatGraph& before, const FloatGraph& after,
                               const std::vector<FloatTensor>& inputs, double tolerance) {
  EXPECT_TRUE(CheckFloatGraph(after).ok());
  const auto was = Execute(before, inputs), is = Execute(after, inputs);
  ASSERT_TRUE(was.ok() && is.ok());
  ASSERT_EQ((*was)[0].dims(), (*is)[0].dims());
  for (size_t i = 0; i < (*was)[0].size(); ++i) {
    EXPECT_NEAR((*was)[0].floats()[i], (*is)[0].floats()[i], tolerance) << i;
  }
}

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_SPECIALISE_SAME_FUNCTION_H_
