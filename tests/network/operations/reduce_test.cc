// Guards: sums, means and maxima over axes, padded and dilated pools, transposed convolutions and
// products of matrices are their formulas on random shapes, cost what docs/graph.md says, and admit
// no other witness; what does not fit has a typed error.
#include "network/operations/reduce.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "network/operations/array.h"
#include "network/operations/conv1d.h"
#include "network/operations/conv_transpose.h"
#include "network/operations/dot.h"
#include "network/operations/matmul.h"
#include "network/operations/pool.h"
#include "network/operations/rearrange.h"
#include "network/operations/reshape.h"

namespace voizk {
namespace {

/// By index of the reduced shape, the values that come together.
std::vector<std::vector<int64_t>> Together(const Array& x, const std::vector<bool>& among,
                                           std::vector<uint32_t>* reduced) {
  *reduced = x.dims;
  for (size_t d = 0; d < x.rank(); ++d) {
    if (among[d]) (*reduced)[d] = 1;
  }
  Array place{*reduced, {}};
  size_t count = 1;
  for (const uint32_t d : *reduced) count *= d;
  std::vector<std::vector<int64_t>> groups(count);
  ForEachIndex(x.dims, [&](const Index& i) {
    Index to = i;
    for (size_t d = 0; d < x.rank(); ++d) to[d] = among[d] ? 0 : to[d];
    groups[place.Position(to)].push_back(x.at(i));
  });
  return groups;
}

RC_GTEST_PROP(ReduceTest, SumMeanAndMaxOverAxes, ()) {
  const Array x = SomeArray(SomeDims(1, 3, 6), -100, 127);
  std::vector<bool> among(x.rank());
  op::Axes axes;
  for (size_t d = 0; d < x.rank(); ++d) {
    among[d] = Some(0, 1) != 0;
    const auto axis = static_cast<int32_t>(d);
    if (among[d]) axes.axes.push_back(Some(0, 1) ? axis : axis - static_cast<int32_t>(x.rank()));
  }
  if (axes.axes.empty()) return;
  std::vector<uint32_t> dims;
  const auto groups = Together(x, among, &dims);
  for (int which = 0; which < 3; ++which) {
    Graph g;
    const auto in = g.Input("x", ShapeOf(x), -100, 127);
    // The maximum also of wide values, which takes another way.
    const bool wide = Some(0, 3) == 0;
    const auto from = wide && which == 2 ? g.Input("z", ShapeOf(x), -100, 1 << 20) : in;
    if (which == 0) g.Add("y", op::Sum(axes), {from});
    if (which == 1) g.Add("y", op::Mean(axes), {from});
    if (which == 2) g.Add("y", op::Max(axes), {from});
    Inputs inputs{{"x", x.cells}};
    if (g.size() == 3) inputs["z"] = x.cells;
    const Outcome outcome = RunGraph(g, inputs);
    RC_ASSERT(outcome.error == "");
    RC_ASSERT(g.shape(static_cast<Graph::NodeId>(g.size() - 1)) == ShapeOf(Array{dims, {}}));
    for (size_t k = 0; k < groups.size(); ++k) {
      int64_t sum = 0, max = INT64_MIN;
      for (const int64_t v : groups[k]) sum += v, max = std::max(max, v);
      const int64_t count = static_cast<int64_t>(groups[k].size());
      RC_ASSERT(outcome.output[k] == (which == 0   ? sum
                                      : which == 1 ? FloorDivide(sum, count)
                                                   : max));
    }
    RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
  }
}

RC_GTEST_PROP(ReduceTest, SumsOfProductsOverAxes, ()) {
  const Array x = SomeArray(SomeDims(1, 3, 6), -100, 127);
  const Array y = SomeArray(x.dims, -90, 60);
  Array product = x;
  for (size_t i = 0; i < x.cells.size(); ++i) product.cells[i] *= y.cells[i];
  std::vector<bool> among(x.rank());
  op::Axes axes;
  for (size_t d = 0; d < x.rank(); ++d) {
    among[d] = Some(0, 1) != 0;
    if (among[d]) axes.axes.push_back(static_cast<int32_t>(d));
  }
  if (axes.axes.empty()) return;
  std::vector<uint32_t> dims;
  const auto groups = Together(product, among, &dims);
  Graph g;
  g.Add("sum", op::Dot(axes),
        {g.Input("x", ShapeOf(x), -100, 127), g.Input("y", ShapeOf(y), -90, 60)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}, {"y", y.cells}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(g.shape(2) == ShapeOf(Array{dims, {}}));
  for (size_t k = 0; k < groups.size(); ++k) {
    int64_t sum = 0;
    for (const int64_t v : groups[k]) sum += v;
    RC_ASSERT(outcome.output[k] == sum);
  }
  RC_ASSERT(outcome.relation.lookups.size() == 2u);  // the inputs' ranges
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

TEST(ReduceTest, ProductsOfTwoShapesAreRefused) {
  Graph g;
  g.Add("sum", op::Dot({{0}}),
        {g.Input("x", MakeShape({3, 2}), 0, 9), g.Input("y", MakeShape({1, 2}), 0, 9)});
  EXPECT_EQ(g.BuildStandalone().error().code, ErrorCode::kInvalidArgument);
}

TEST(ReduceTest, AMaximumIsHalved) {
  Graph g;
  g.Add("y", op::Max({{1}}), {g.Input("x", MakeShape({5, 200}), -128, 127)});
  const auto r = g.BuildStandalone();
  ASSERT_TRUE(r.ok()) << r.error().message;
  EXPECT_EQ(LookupCount(*r) - 1000, 5u * (100 + 50 + 25 + 13 + 7 + 4 + 2 + 1));
  EXPECT_LE(r->lookups.size(), 10u);
  EXPECT_TRUE(r->products.empty());
}

struct Pooling {
  op::PoolWindows w;
  Array x;
  std::vector<uint32_t> dims;
  std::vector<std::vector<int64_t>> windows;  // without padding
  int64_t taps = 1;
};

Pooling SomePooling(int spatial) {
  Pooling p;
  p.w.spatial = spatial;
  for (;;) {
    std::vector<uint32_t> in;
    bool fits = true;
    p.dims.clear();
    p.taps = 1;
    for (size_t d = 0; d < static_cast<size_t>(spatial); ++d) {
      p.w.size[d] = SomeU(1, 3);
      p.w.stride[d] = SomeU(1, 3);
      p.w.dilation[d] = SomeU(1, 2);
      p.w.pad[2 * d] = SomeU(0, 2);
      p.w.pad[2 * d + 1] = SomeU(0, 2);
      in.push_back(SomeU(1, 6));
      const int span = static_cast<int>((p.w.size[d] - 1) * p.w.dilation[d]) + 1;
      const int room = static_cast<int>(in[d] + p.w.pad[2 * d] + p.w.pad[2 * d + 1]) - span;
      fits = fits && room >= 0;
      p.dims.push_back(static_cast<uint32_t>(std::max(room, 0)) / p.w.stride[d] + 1);
      p.taps *= p.w.size[d];
    }
    in.push_back(SomeU(1, 3));
    p.dims.push_back(in.back());
    if (!fits) continue;
    p.x = SomeArray(in, -100, 127);
    p.windows.clear();
    ForEachIndex(p.dims, [&](const Index& o) {
      auto& window = p.windows.emplace_back();
      for (int64_t i = 0; i < p.w.size[0]; ++i) {
        for (int64_t j = 0; j < (spatial == 2 ? p.w.size[1] : 1); ++j) {
          Index at = o;
          at[0] = o[0] * p.w.stride[0] + i * p.w.dilation[0] - p.w.pad[0];
          if (spatial == 2) at[1] = o[1] * p.w.stride[1] + j * p.w.dilation[1] - p.w.pad[2];
          if (p.x.Has(at)) window.push_back(p.x.at(at));
        }
      }
      fits = fits && !window.empty();
    });
    if (fits) return p;
  }
}

RC_GTEST_PROP(PaddedPoolTest, MaximaAndMeans, ()) {
  Pooling p = SomePooling(Some(1, 2));
  for (int which = 0; which < 3; ++which) {
    Graph g;
    const auto in = g.Input("x", ShapeOf(p.x), -100, 127);
    p.w.include_pad = which == 1;
    if (which == 0) g.Add("y", op::MaxPool(p.w), {in});
    if (which != 0) g.Add("y", op::MeanPool(p.w), {in});
    const Outcome outcome = RunGraph(g, {{"x", p.x.cells}});
    RC_ASSERT(outcome.error == "");
    RC_ASSERT(outcome.output.size() == p.windows.size());
    for (size_t k = 0; k < p.windows.size(); ++k) {
      int64_t sum = 0, max = INT64_MIN;
      for (const int64_t v : p.windows[k]) sum += v, max = std::max(max, v);
      const auto held = static_cast<int64_t>(p.windows[k].size());
      RC_ASSERT(outcome.output[k] == (which == 0   ? max
                                      : which == 1 ? FloorDivide(sum, p.taps)
                                                   : FloorDivide(sum, held)));
    }
    RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
    for (const Tensor& t : outcome.relation.tensors) {
      if (t.name == "y" && which == 0) RC_ASSERT((t.lo >= -100 && t.hi <= 127));
    }
  }
}

TEST(PaddedPoolTest, RefusesWindowsOfPadding) {
  const auto code = [](op::PoolWindows w, bool max) {
    Graph g;
    const auto in = g.Input("x", MakeShape({8, 2}), 0, 127);
    max ? g.Add("y", op::MaxPool(w), {in}) : g.Add("y", op::MeanPool(w), {in});
    return g.status().ok() ? ErrorCode::kInternal : g.status().error().code;
  };
  op::PoolWindows w;
  w.size[0] = 2;
  w.pad = {2, 0, 0, 0};
  EXPECT_EQ(code(w, true), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(w, false), ErrorCode::kInvalidArgument);
  w.pad = {1, 1, 0, 0};
  EXPECT_EQ(code(w, true), ErrorCode::kInternal);
  w.dilation[0] = 0;
  EXPECT_EQ(code(w, true), ErrorCode::kInvalidArgument);
  w.dilation[0] = UINT32_MAX;
  EXPECT_EQ(code(w, true), ErrorCode::kLimitExceeded);
  w.dilation[0] = 1;
  w.size[0] = 200;
  w.pad = {199, 199, 0, 0};
  EXPECT_EQ(code(w, true), ErrorCode::kLimitExceeded) << "40,000 terms";
  w.include_pad = false;
  EXPECT_EQ(code(w, false), ErrorCode::kInternal);
}

RC_GTEST_PROP(ConvTransposeTest, AddsItsKernelPerValue, ()) {
  op::ConvTranspose::Attributes a;
  a.spatial = Some(1, 2);
  const auto rank = static_cast<size_t>(a.spatial);
  a.groups = SomeU(1, 2);
  a.group_inputs = SomeU(1, 2);
  a.outputs = a.groups * SomeU(1, 2);
  std::vector<uint32_t> in, out;
  size_t taps = 1;
  for (size_t d = 0; d < rank; ++d) {
    a.kernel[d] = SomeU(1, 3);
    a.stride[d] = SomeU(1, 3);
    a.dilation[d] = SomeU(1, 2);
    a.output_pad[d] = SomeU(0, 2);
    a.pad[2 * d] = SomeU(0, 2);
    a.pad[2 * d + 1] = SomeU(0, 2);
    in.push_back(SomeU(1, 4));
    taps *= a.kernel[d];
    const int length = static_cast<int>((in[d] - 1) * a.stride[d] +
                                        (a.kernel[d] - 1) * a.dilation[d] + 1 + a.output_pad[d]) -
                       static_cast<int>(a.pad[2 * d] + a.pad[2 * d + 1]);
    if (length < 1) return;
    out.push_back(static_cast<uint32_t>(length));
  }
  in.push_back(a.groups * a.group_inputs);
  out.push_back(a.outputs);
  a.weight = SomeValues(a.outputs * taps * a.group_inputs, -9, 9);
  if (Some(0, 1) != 0) a.bias = SomeValues(a.outputs, -50, 50);
  const Array x = SomeArray(in, -20, 20);
  Array expected = Filled(out, [&](const Index& i) {
    return a.bias.empty() ? 0 : a.bias[static_cast<size_t>(i[rank])];
  });
  ForEachIndex(in, [&](const Index& u) {
    for (uint32_t o = 0; o < a.outputs; ++o) {
      const uint32_t group = o / (a.outputs / a.groups);
      if (static_cast<uint32_t>(u[rank]) / a.group_inputs != group) continue;
      const auto c = static_cast<size_t>(u[rank]) % a.group_inputs;
      for (uint32_t j = 0; j < a.kernel[0]; ++j) {
        for (uint32_t k = 0; k < a.kernel[1]; ++k) {
          Index to(rank + 1, o);
          to[0] = u[0] * a.stride[0] + j * a.dilation[0] - a.pad[0];
          if (rank == 2) to[1] = u[1] * a.stride[1] + k * a.dilation[1] - a.pad[2];
          if (!expected.Has(to)) continue;
          const size_t tap = size_t{j} * a.kernel[1] + k;
          expected.cells[expected.Position(to)] +=
              a.weight[(o * taps + tap) * a.group_inputs + c] * x.at(u);
        }
      }
    }
  });
  Graph g;
  g.Add("y", op::ConvTranspose(a), {g.Input("x", ShapeOf(x), -20, 20)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected.cells);
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
  if (a.stride == std::array<uint32_t, 2>{1, 1}) {
    RC_ASSERT(CommittedCells(outcome.relation) == x.cells.size() + expected.cells.size());
  }
}

TEST(ConvTransposeTest, RefusesWhatDoesNotFit) {
  const auto code = [](auto change) {
    op::ConvTranspose::Attributes a;
    a.outputs = 1;
    a.group_inputs = 2;
    a.weight = {1, 2};
    change(a);
    Graph g;
    g.Add("y", op::ConvTranspose(a), {g.Input("x", MakeShape({5, 2}), 0, 1)});
    return g.status().ok() ? ErrorCode::kInternal : g.status().error().code;
  };
  using E = ErrorCode;
  EXPECT_EQ(code([](auto&) {}), E::kInternal);
  EXPECT_EQ(code([](auto& a) { a.stride[0] = 0; }), E::kInvalidArgument);
  EXPECT_EQ(code([](auto& a) { a.stride[0] = 4000; }), E::kLimitExceeded);
  EXPECT_EQ(code([](auto& a) { a.dilation[0] = 0; }), E::kInvalidArgument);
  EXPECT_EQ(code([](auto& a) { a.kernel[0] = UINT32_MAX; }), E::kLimitExceeded);
  EXPECT_EQ(code([](auto& a) { a.outputs = UINT32_MAX; }), E::kLimitExceeded);
  EXPECT_EQ(code([](auto& a) { a.pad[0] = 5; }), E::kInvalidArgument);
  EXPECT_EQ(code([](auto& a) { a.groups = 2; }), E::kInvalidArgument);
  EXPECT_EQ(code([](auto& a) { a.spatial = 2; }), E::kInvalidArgument);
  EXPECT_EQ(code([](auto& a) { a.bias = {1, 2}; }), E::kInvalidArgument);
}

RC_GTEST_PROP(MatMulTest, SumsOverTheInnerDimension, ()) {
  const uint32_t m = SomeU(1, 4), n = SomeU(1, 4), k = SomeU(1, 4);
  const bool tx = Some(0, 1) != 0, ty = Some(0, 1) != 0;
  std::vector<uint32_t> batch(SomeU(0, 1));
  for (uint32_t& d : batch) d = SomeU(1, 3);
  const auto dims_of = [&](uint32_t rows, uint32_t columns, bool turned) {
    const size_t drop = static_cast<size_t>(Some(0, static_cast<int>(batch.size())));
    std::vector<uint32_t> dims(batch.begin() + static_cast<std::ptrdiff_t>(drop), batch.end());
    for (uint32_t& d : dims) d = Some(0, 2) == 0 ? 1 : d;
    dims.push_back(turned ? columns : rows);
    dims.push_back(turned ? rows : columns);
    return dims;
  };
  const Array x = SomeArray(dims_of(m, k, tx), -100, 100), y = SomeArray(dims_of(k, n, ty), -9, 9);
  std::vector<uint32_t> out(std::max(x.rank(), y.rank()) - 2, 1);
  for (const Array* a : {&x, &y}) {
    for (size_t d = 0; d + 2 < a->rank(); ++d) {
      uint32_t& length = out[out.size() - (a->rank() - 2) + d];
      length = std::max(length, a->dims[d]);
    }
  }
  out.push_back(m);
  out.push_back(n);
  const auto read = [&](const Array& a, const Index& o, int64_t row, int64_t column, bool turned) {
    Index at(o.end() - static_cast<std::ptrdiff_t>(a.rank()), o.end());
    for (size_t d = 0; d + 2 < at.size(); ++d) at[d] = a.dims[d] == 1 ? 0 : at[d];
    at[at.size() - 2] = turned ? column : row;
    at[at.size() - 1] = turned ? row : column;
    return int64_t{a.at(at)};
  };
  const Array expected = Filled(out, [&](const Index& o) {
    int64_t sum = 0;
    for (int64_t i = 0; i < k; ++i) {
      sum += read(x, o, o[o.size() - 2], i, tx) * read(y, o, i, o[o.size() - 1], ty);
    }
    return sum;
  });
  Graph g;
  const auto a = g.Input("x", ShapeOf(x), -100, 100), b = g.Input("y", ShapeOf(y), -9, 9);
  g.Add("z", op::MatMul(tx, ty), {a, b});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}, {"y", y.cells}});
  RC_ASSERT(outcome.error == "");
  RC_ASSERT(outcome.output == expected.cells);
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
  RC_ASSERT(ProductEntries(outcome.relation) == expected.cells.size() * k);
}

TEST(MatMulTest, EachMatrixOfABatchIsOneConstraint) {
  Graph g;
  const auto x = g.Input("x", MakeShape({6, 2, 3}), -9, 9);
  const auto four = g.Add("four", op::Reshape({2, 3, 2, 3}), {x});
  const auto first = g.Add("first", op::Slice(0, 1, 1), {four});  // [2][1][2][3]
  g.Add("y", op::MatMul(false, true), {four, first});
  ASSERT_TRUE(g.status().ok()) << g.status().error().message;
  std::vector<int32_t> cells(36);
  for (size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<int32_t>(i * 7 % 19) - 9;
  const Outcome outcome = RunGraph(g, {{"x", cells}});
  ASSERT_EQ(outcome.error, "");
  const Array a{{2, 3, 2, 3}, cells};
  const Array expected = Filled({2, 3, 2, 2}, [&](const Index& o) {
    int64_t sum = 0;
    for (int64_t k = 0; k < 3; ++k) {
      sum += a.at({o[0], o[1], o[2], k}) * a.at({o[0], 0, o[3], k});
    }
    return sum;
  });
  EXPECT_EQ(outcome.output, expected.cells);
  EXPECT_EQ(outcome.relation.products.size(), 6u);
  EXPECT_EQ(CommittedCells(outcome.relation), 36u + 24);
  for (size_t pick = 0; pick < 24; ++pick) EXPECT_EQ(UnpinnedTensor(outcome, pick), "");
}

TEST(MatMulTest, RefusesWhatDoesNotFit) {
  const auto code = [](std::initializer_list<uint32_t> x, std::initializer_list<uint32_t> y) {
    Graph g;
    const auto a = g.Input("x", MakeShape(x), 0, 1), b = g.Input("y", MakeShape(y), 0, 1);
    g.Add("z", op::MatMul(false, false), {a, b});
    return g.status().ok() ? ErrorCode::kInternal : g.status().error().code;
  };
  EXPECT_EQ(code({2, 3}, {3, 4}), ErrorCode::kInternal);
  EXPECT_EQ(code({2, 3}, {4, 3}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({3}, {3, 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({2, 2, 3}, {3, 3, 4}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({1 << 15, 8}, {8, 1 << 15}), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code({257, 2, 2}, {2, 2}), ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
