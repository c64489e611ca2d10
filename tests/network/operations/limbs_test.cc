// Guards: limbs are a value's remainder and quotient by a power of two, side by side, on random
// shapes and ranges; no other pair is a witness; what does not fit has a typed error.
#include "network/operations/limbs.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/array.h"
#include "network/operations/elementwise.h"

namespace voizk {
namespace {

int64_t FloorOf(int64_t v, int64_t unit) { return v / unit - (v % unit < 0 ? 1 : 0); }

RC_GTEST_PROP(LimbsTest, AreRemainderAndQuotient, ()) {
  const int shift = Some(1, 8);
  const int64_t unit = int64_t{1} << shift;
  const Array x = SomeArray(SomeDims(1, 3, 5), -3000, 3000);
  Graph g;
  const auto limbs = g.Add("l", op::Limbs(shift), {g.Input("x", ShapeOf(x), -3000, 3000)});
  g.Add("y", op::Offset({{1}, {1}}), {limbs});
  const auto channels = x.dims.back();
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  const auto cells = [&](const std::string& name) {
    for (size_t t = 0; t < outcome.relation.tensors.size(); ++t) {
      if (outcome.relation.tensors[t].name == name) return outcome.witness[t];
    }
    return std::vector<int32_t>();
  };
  const auto low = cells("l low"), high = cells("l high");
  RC_ASSERT(low.size() == x.cells.size() && high.size() == x.cells.size());
  for (size_t i = 0; i < x.cells.size(); ++i) {
    const int64_t quotient = FloorOf(x.cells[i], unit);
    RC_ASSERT(high[i] == quotient);
    RC_ASSERT(low[i] == x.cells[i] - unit * quotient);
    if (outcome.output.empty()) continue;  // a view
    const size_t row = i / channels * 2 * channels + i % channels;
    RC_ASSERT(outcome.output[row] == low[i] + 1);
    RC_ASSERT(outcome.output[row + channels] == high[i] + 1);
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

TEST(LimbsTest, RefusesWhatDoesNotFit) {
  const auto code = [](int shift, int32_t reach) {
    Graph g;
    g.Add("y", op::Limbs(shift), {g.Input("x", MakeShape({4, 8}), -reach, reach)});
    if (!g.status().ok()) return g.status().error().code;
    const auto r = g.BuildStandalone();
    return r.ok() ? ErrorCode::kInternal : r.error().code;
  };
  EXPECT_EQ(code(0, 100), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code(17, 100), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code(4, 1 << 24), ErrorCode::kUnsupported);  // a quotient of 21 bits
  EXPECT_EQ(code(12, 1 << 24), ErrorCode::kInternal);    // fits
}

}  // namespace
}  // namespace voizk
