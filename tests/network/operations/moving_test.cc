// Guards: slice, gather, transpose, reshape, pad, concat, sub, offset, scale and broadcasting mean
// what docs/graph.md says, alone and in chains; chains commit nothing between input and output;
// what does not fit has a typed error.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/array.h"
#include "network/operations/dense.h"
#include "network/operations/elementwise.h"
#include "network/operations/rearrange.h"
#include "network/operations/reshape.h"

namespace voizk {
namespace {

/// A graph that grows and the array that its last node should be.
struct Chain {
  Graph graph;
  Graph::NodeId node = 0;
  Array value;
  Inputs inputs;
  int added = 0;

  std::string Name(const char* what) { return what + std::to_string(added++); }
  template <typename Op>
  void Add(const char* what, Op op, Array expected) {
    node = graph.Add(Name(what), std::move(op), {node});
    value = std::move(expected);
  }
};

void AddSlice(Chain& c) {
  const auto axis = static_cast<size_t>(Some(0, static_cast<int>(c.value.rank()) - 1));
  const int length = static_cast<int>(c.value.dim(axis));
  const int begin = Some(0, length - 1), step = Some(0, 1) != 0 ? Some(1, 3) : -Some(1, 3);
  const int end = step > 0 ? Some(begin + 1, length) : Some(-1, begin - 1);
  std::vector<int64_t> kept;
  for (int i = begin; step > 0 ? i < end : i > end; i += step) kept.push_back(i);
  auto dims = c.value.dims;
  dims[axis] = static_cast<uint32_t>(kept.size());
  const int negative = static_cast<int>(axis) - static_cast<int>(c.value.rank());
  c.Add("slice", op::Slice(begin, end, Some(0, 1) != 0 ? negative : static_cast<int>(axis), step),
        Filled(dims, [&](Index i) {
          i[axis] = kept[static_cast<size_t>(i[axis])];
          return c.value.at(i);
        }));
}

void AddGather(Chain& c) {
  const auto axis = static_cast<size_t>(Some(0, static_cast<int>(c.value.rank()) - 1));
  std::vector<uint32_t> indices(SomeU(1, 6));
  for (uint32_t& i : indices) i = SomeU(0, static_cast<int>(c.value.dim(axis)) - 1);
  auto dims = c.value.dims;
  dims[axis] = static_cast<uint32_t>(indices.size());
  c.Add("gather", op::Gather(static_cast<int32_t>(axis), indices), Filled(dims, [&](Index i) {
          i[axis] = indices[static_cast<size_t>(i[axis])];
          return c.value.at(i);
        }));
}

void AddTranspose(Chain& c) {
  std::vector<uint32_t> order;
  for (uint32_t d = 0; d < c.value.rank(); ++d) order.push_back(d);
  for (size_t k = order.size(); k-- > 1;) {
    std::swap(order[k], order[static_cast<size_t>(Some(0, static_cast<int>(k)))]);
  }
  std::vector<uint32_t> dims;
  for (const uint32_t d : order) dims.push_back(c.value.dims[d]);
  c.Add("transpose", op::Transpose(order), Filled(dims, [&](const Index& i) {
          Index from(i.size());
          for (size_t k = 0; k < i.size(); ++k) from[order[k]] = i[k];
          return c.value.at(from);
        }));
}

void AddReshape(Chain& c) {
  const auto cells = static_cast<uint32_t>(c.value.cells.size());
  std::vector<uint32_t> dims;
  uint32_t rest = cells;
  for (int k = Some(1, 4); k > 1; --k) {
    std::vector<uint32_t> divisors;
    for (uint32_t d = 1; d <= rest; ++d) {
      if (rest % d == 0) divisors.push_back(d);
    }
    dims.push_back(divisors[static_cast<size_t>(Some(0, static_cast<int>(divisors.size()) - 1))]);
    rest /= dims.back();
  }
  dims.push_back(rest);
  Array expected{dims, c.value.cells};
  c.Add("reshape", op::Reshape(dims), std::move(expected));
}

void AddPad(Chain& c) {
  const auto axis = static_cast<size_t>(Some(0, static_cast<int>(c.value.rank()) - 1));
  const int length = static_cast<int>(c.value.dim(axis));
  op::Pad::Attributes a;
  a.axis = static_cast<int32_t>(axis);
  a.mode = static_cast<op::Pad::Mode>(Some(0, 2));
  const int most = a.mode == op::Pad::Mode::kReflect ? std::min(3, length - 1) : 3;
  a.before = SomeU(0, most);
  a.after = SomeU(0, most);
  a.value = Some(-3, 3);
  auto dims = c.value.dims;
  dims[axis] += a.before + a.after;
  c.Add("pad", op::Pad(a), Filled(dims, [&](Index i) {
          int64_t& at = i[axis];
          at -= a.before;
          if (at >= 0 && at < length) return c.value.at(i);
          if (a.mode == op::Pad::Mode::kConstant) return a.value;
          if (a.mode == op::Pad::Mode::kEdge) {
            at = at < 0 ? 0 : length - 1;
          } else {
            at = at < 0 ? -at : 2 * (length - 1) - at;
          }
          return c.value.at(i);
        }));
}

void AddConcat(Chain& c) {
  const auto axis = static_cast<size_t>(Some(0, static_cast<int>(c.value.rank()) - 1));
  const auto before = c.node;
  const Array first = c.value;
  AddTranspose(c);
  const Array second = c.value;
  if (second.dims != first.dims) return;
  auto dims = first.dims;
  dims[axis] *= 2;
  c.node = c.graph.Add(c.Name("concat"), op::Concat(static_cast<int32_t>(axis)), {before, c.node});
  c.value = Filled(dims, [&](Index i) {
    if (i[axis] < first.dim(axis)) return first.at(i);
    i[axis] -= first.dim(axis);
    return second.at(i);
  });
}

void AddOffset(Chain& c) {
  op::ConstantTensor constant;
  const size_t drop = static_cast<size_t>(Some(0, static_cast<int>(c.value.rank()) - 1));
  for (size_t d = drop; d < c.value.rank(); ++d) {
    constant.dims.push_back(Some(0, 1) != 0 ? 1 : c.value.dims[d]);
  }
  const Array k = SomeArray(constant.dims, -9, 9);
  constant.values = k.cells;
  const Array x = c.value;
  c.Add("offset", op::Offset(constant), Filled(x.dims, [&](const Index& i) {
          Index at(i.begin() + static_cast<std::ptrdiff_t>(drop), i.end());
          for (size_t d = 0; d < at.size(); ++d) at[d] = k.dims[d] == 1 ? 0 : at[d];
          return x.at(i) + k.at(at);
        }));
}

RC_GTEST_PROP(MovingTest, ChainsAreWhatTheyMeanAndCommitNothing, ()) {
  Chain c;
  c.value = SomeArray(SomeDims(1, 3, 5), -20, 20);
  c.node = c.graph.Input("x", ShapeOf(c.value), -20, 20);
  c.inputs["x"] = c.value.cells;
  const uint64_t input = c.value.cells.size();
  for (int k = Some(1, 6); k > 0 && c.value.cells.size() < 500; --k) {
    switch (Some(0, 6)) {
      case 0:
        AddSlice(c);
        break;
      case 1:
        AddGather(c);
        break;
      case 2:
        AddTranspose(c);
        break;
      case 3:
        AddReshape(c);
        break;
      case 4:
        AddPad(c);
        break;
      case 5:
        AddConcat(c);
        break;
      default:
        AddOffset(c);
        break;
    }
  }
  if (c.added == 0) return;
  RC_ASSERT(c.graph.status().ok());
  const Shape shape = c.graph.shape(c.node);
  RC_ASSERT(shape == ShapeOf(c.value));
  const Outcome outcome = RunGraph(c.graph, c.inputs);
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == c.value.cells);
  // Every view took at most 128 terms, so that input and output alone are cells.
  bool committed = false;
  for (const Tensor& t : outcome.relation.tensors) {
    committed = committed || t.name.find(" input") != std::string::npos;
  }
  if (!committed) RC_ASSERT(CommittedCells(outcome.relation) == input + c.value.cells.size());
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 99))) == "");
}

RC_GTEST_PROP(MovingTest, OperandsJoinByNumpysRule, ()) {
  const auto dims = SomeDims(1, 3, 4);
  const auto part = [&] {
    const size_t drop = static_cast<size_t>(Some(0, static_cast<int>(dims.size()) - 1));
    std::vector<uint32_t> own(dims.begin() + static_cast<std::ptrdiff_t>(drop), dims.end());
    for (uint32_t& d : own) d = Some(0, 2) == 0 ? 1 : d;
    return own;
  };
  const Array x = SomeArray(part(), -100, 100), y = SomeArray(part(), -100, 100);
  std::vector<uint32_t> joined(std::max(x.rank(), y.rank()), 1);
  for (const Array* a : {&x, &y}) {
    for (size_t d = 0; d < a->rank(); ++d) {
      uint32_t& length = joined[joined.size() - a->rank() + d];
      length = std::max(length, a->dims[d]);
    }
  }
  const auto read = [&](const Array& a, const Index& i) {
    Index at(i.end() - static_cast<std::ptrdiff_t>(a.rank()), i.end());
    for (size_t d = 0; d < at.size(); ++d) at[d] = a.dims[d] == 1 ? 0 : at[d];
    return int64_t{a.at(at)};
  };
  const int which = Some(0, 3);
  const Array expected = Filled(joined, [&](const Index& i) {
    const int64_t p = read(x, i), q = read(y, i);
    return which == 0 ? p + q : which == 1 ? p - q : p * q;
  });
  Graph g;
  const auto a = g.Input("x", ShapeOf(x), -100, 100);
  Inputs inputs{{"x", x.cells}};
  if (which == 3) {
    g.Add("z", op::Scale({y.dims, y.cells}), {a});
  } else {
    const auto b = g.Input("y", ShapeOf(y), -100, 100);
    inputs["y"] = y.cells;
    if (which == 0) g.Add("z", op::Add(), {a, b});
    if (which == 1) g.Add("z", op::Sub(), {a, b});
    if (which == 2) g.Add("z", op::Mul(), {a, b});
  }
  const Outcome outcome = RunGraph(g, inputs);
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(g.shape(static_cast<Graph::NodeId>(g.size() - 1)) == ShapeOf(expected));
  RC_ASSERT(outcome.output == expected.cells);
  RC_ASSERT(UnpinnedTensor(outcome, 1) == "");
}

TEST(MovingTest, WhatCostsNothing) {
  Graph g;
  const auto x = g.Input("x", MakeShape({20, 12}), -100, 100);
  const auto heads = g.Add("heads", op::Reshape({20, 4, 3}), {x});
  const auto by_head = g.Add("by head", op::Transpose({1, 0, 2}), {heads});
  const auto again = g.Add("again", op::Transpose({1, 0, 2}), {by_head});
  const auto merged = g.Add("merged", op::Reshape({20, 12}), {again});
  g.Add("channels", op::Scale({{12}, std::vector<int32_t>(12, 3)}), {merged});
  const auto relation = g.BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  EXPECT_EQ(relation->products.size(), 0u);
  // x, what the depthwise convolution reads, the output.
  EXPECT_EQ(CommittedCells(*relation), 3u * 240);
  EXPECT_LE(relation->equalities[0].v.terms.size(), 5u);
}

TEST(MovingTest, LongMergesAreCommitted) {
  Graph g;
  const auto x = g.Input("x", MakeShape({300, 5, 2}), -100, 100);
  g.Add("y", op::Reshape({1500, 2}), {x});
  std::vector<int32_t> cells(3000);
  for (size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<int32_t>(i * 37 % 201) - 100;
  const Outcome outcome = RunGraph(g, {{"x", cells}});
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, cells);
  for (size_t pick : {0u, 1u, 1279u, 1280u, 2999u}) EXPECT_EQ(UnpinnedTensor(outcome, pick), "");
  EXPECT_EQ(CommittedCells(outcome.relation), 6000u);
}

TEST(MovingTest, RefusesWhatDoesNotFit) {
  const auto code = [](auto operation, std::vector<uint32_t> dims = {4, 6}) {
    Graph g;
    const auto x = g.Input("x", ShapeOf(Array{dims, {}}), 0, 1);
    g.Add("y", std::move(operation), {x});
    if (!g.status().ok()) return g.status().error().code;
    const auto relation = g.BuildStandalone();
    return relation.ok() ? ErrorCode::kInternal : relation.error().code;
  };
  using E = ErrorCode;
  EXPECT_EQ(code(op::Slice(0, 1, 2)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Slice(0, 1, -3)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Slice(0, 1, 0, 0)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Slice(3, -2, 0, -1)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Slice(INT64_MIN, INT64_MAX, 0, INT64_MIN)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Slice(0, 4, 0, INT64_MAX)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Concat(5)), E::kInvalidArgument);
  EXPECT_EQ(code(op::Gather(0, {4})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Gather(0, {})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Gather(0, std::vector<uint32_t>(5000, 1))), E::kLimitExceeded);
  std::vector<uint32_t> jumps;
  for (uint32_t k = 0; k < 300; ++k) jumps.push_back(k * k % 4);
  EXPECT_EQ(code(op::Gather(0, jumps)), E::kLimitExceeded);
  EXPECT_EQ(code(op::Transpose({0})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Transpose({0, 0})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Transpose({0, 7})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Reshape({5, 5})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Reshape({})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Reshape({24, 0})), E::kLimitExceeded);
  // 2^80 cells, of which 64 bits see none.
  EXPECT_EQ(code(op::Reshape({1 << 20, 1 << 20, 1 << 20, 1 << 20})), E::kLimitExceeded);
  EXPECT_EQ(code(op::Reshape({100, 101}), {101, 100}), E::kLimitExceeded);
  EXPECT_EQ(code(op::Pad({0, 1 << 20, 1 << 20})), E::kLimitExceeded);
  EXPECT_EQ(code(op::Pad({0, 4, 0, op::Pad::Mode::kReflect})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Offset({{5}, {1, 2, 3, 4, 5}})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Offset({{6}, {1}})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Offset({{1 << 20, 1 << 20, 1 << 20, 1 << 20}, {}})), E::kLimitExceeded);
  EXPECT_EQ(code(op::Offset({{}, {}})), E::kInvalidArgument);
  EXPECT_EQ(code(op::Scale({{1}, {INT32_MIN}})), E::kMalformed);
  EXPECT_EQ(code(op::Offset({{1}, {INT32_MAX}})), E::kUnsupported);
}

}  // namespace
}  // namespace voizk
