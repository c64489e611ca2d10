// Guards: softmax, log_softmax, logsumexp, normalise, div and sqrt are their formulas on random
// shapes and within the stated bounds of the float functions; a normaliser off by one, a wrong
// remainder, another root or quotient is no witness; what does not fit has a typed error.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "network/operations/array.h"
#include "network/operations/divide.h"
#include "network/operations/normalise.h"
#include "network/operations/softmax.h"

namespace voizk {
namespace {

using Kind = op::Softmax::Kind;

op::Softmax::Attributes Exponential(int fraction_bits, double step, int32_t total) {
  op::Softmax::Attributes a;
  a.fraction_bits = fraction_bits;
  a.total = total;
  a.first = static_cast<int32_t>(std::floor(-std::log(2.0 * total + 1) / step)) - 1;
  for (int32_t d = a.first;; ++d) {
    a.table.push_back(static_cast<int32_t>(std::lround(total * std::exp(step * d))));
    if (a.table.back() > total) return a;
  }
}

int64_t Look(const op::Softmax::Attributes& a, int64_t d) {
  const int64_t last = static_cast<int64_t>(a.table.size()) - 1;
  return a.table[static_cast<size_t>(std::clamp<int64_t>(d - a.first, 0, last))];
}

/// By trying every z from below.
int64_t Normaliser(const op::Softmax::Attributes& a, const std::vector<int64_t>& x) {
  for (int64_t z = -100000;; ++z) {
    int64_t sum = 0;
    for (const int64_t v : x) sum += Look(a, (v << a.fraction_bits) - z);
    if (sum <= a.total) return z;
  }
}

RC_GTEST_PROP(SoftmaxTest, IsItsFormula, ()) {
  op::Softmax::Attributes a;
  if (Some(0, 1) != 0) {
    a = Exponential(Some(0, 3), Some(1, 40) / 100.0, Some(1, 4000));
  } else {
    a.fraction_bits = Some(0, 2);
    a.total = Some(1, 300);
    a.first = Some(-30, 30);
    a.table = SomeValues(SomeU(0, 20), 0, 400);
    a.table.push_back(0);
    a.table.push_back(a.total + Some(1, 100));
    std::sort(a.table.begin(), a.table.end());
  }
  const Array x = SomeArray(SomeDims(1, 3, 5), -60, 60);
  const auto n = static_cast<size_t>(x.dims.back());
  a.result = static_cast<Kind>(Some(0, 2));
  Graph g;
  g.Add("y", op::Softmax(a), {g.Input("x", ShapeOf(x), -60, 60)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  for (size_t row = 0; row < x.cells.size() / n; ++row) {
    const std::vector<int64_t> values(x.cells.begin() + static_cast<std::ptrdiff_t>(row * n),
                                      x.cells.begin() + static_cast<std::ptrdiff_t>((row + 1) * n));
    const int64_t z = Normaliser(a, values);
    if (a.result == Kind::kLogSumExp) {
      RC_ASSERT(outcome.output[row] == z);
      continue;
    }
    for (size_t j = 0; j < n; ++j) {
      const int64_t d = (values[j] << a.fraction_bits) - z;
      RC_ASSERT(outcome.output[row * n + j] == (a.result == Kind::kSoftmax ? Look(a, d) : d));
    }
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

RC_GTEST_PROP(SoftmaxTest, IsWithinItsBoundOfFloat, ()) {
  const double scale = Some(2, 20) / 100.0;  // of x
  const int fraction_bits = Some(0, 4);
  const double step = std::ldexp(scale, -fraction_bits);
  op::Softmax::Attributes a = Exponential(fraction_bits, step, Some(100, 16000));
  const Array x = SomeArray({SomeU(1, 4), SomeU(1, 30)}, -128, 127);
  const auto n = static_cast<size_t>(x.dims[1]);
  for (const Kind kind : {Kind::kSoftmax, Kind::kLogSoftmax}) {
    a.result = kind;
    Graph g;
    g.Add("y", op::Softmax(a), {g.Input("x", ShapeOf(x), -128, 127)});
    const Outcome outcome = RunGraph(g, {{"x", x.cells}});
    RC_ASSERT(outcome.error == "");
    const double half = static_cast<double>(n) / (2.0 * a.total);
    for (size_t row = 0; row < x.dims[0]; ++row) {
      double sum = 0;
      for (size_t j = 0; j < n; ++j) sum += std::exp(scale * x.cells[row * n + j]);
      for (size_t j = 0; j < n; ++j) {
        const double p = std::exp(scale * x.cells[row * n + j]) / sum;
        const int32_t y = outcome.output[row * n + j];
        if (kind == Kind::kSoftmax) {
          RC_ASSERT(std::abs(y - a.total * p) <= 0.5 + p * a.total * (step + half) + 1e-6);
        } else if (half < 0.5) {
          RC_ASSERT(std::abs(y * step - std::log(p)) <= step - std::log(1 - half) + 1e-9);
        }
      }
    }
  }
}

TEST(SoftmaxTest, TakesTwoLookupsPerElement) {
  Graph g;
  g.Add("y", op::Softmax(Exponential(3, 1.0 / 128, 4096)),
        {g.Input("x", MakeShape({50, 40}), -128, 127)});
  const auto r = g.BuildStandalone();
  ASSERT_TRUE(r.ok()) << r.error().message;
  uint64_t pairs = 0;
  for (const Lookup& lookup : r->lookups) pairs += lookup.has_value ? lookup.key.shape.Cells() : 0;
  EXPECT_EQ(pairs, 2u * 2000);
  EXPECT_TRUE(r->products.empty());
  // Beside x, y and w: per row z and the low limbs of its checks.
  EXPECT_LE(CommittedCells(*r), 3u * 2000 + 50 * 4);
}

/// Everything that follows from another z, counted anew.
TEST(SoftmaxTest, ANormaliserOffByOneIsRejected) {
  const auto a = Exponential(2, 1.0 / 16, 1000);
  Graph g;
  g.Add("y", op::Softmax(a), {g.Input("x", MakeShape({2, 6}), -40, 40)});
  const Outcome outcome = RunGraph(g, {{"x", {5, -3, 30, 31, 12, -40, 0, 0, 0, 0, 0, 0}}});
  ASSERT_EQ(outcome.error, "");
  const Relation& r = outcome.relation;
  const auto find = [&](const std::string& name) {
    size_t t = 0;
    while (r.tensors[t].name != name) ++t;
    return t;
  };
  for (const int change : {-2, -1, 1, 2}) {
    Relation lying = r;
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    HintRegistry hints;
    for (Step& step : lying.steps) {
      if (step.kind != StepKind::kLeastShift) continue;
      step.kind = StepKind::kCustom;
      step.name = "lie";
      const int32_t z = outcome.witness[find("y normaliser")][0] + change;
      const int32_t other = outcome.witness[find("y normaliser")][1];
      hints["lie"] = [z, other](const HintCall& call) {
        call.outputs[0][0] = z;
        call.outputs[0][1] = other;
        return Status();
      };
    }
    auto lie = Execute(lying, {{"x", outcome.witness[0]}}, nullptr, hints);
    EXPECT_FALSE(lie.ok() && CheckRelation(r, *lie).ok()) << change;
  }
}

RC_GTEST_PROP(NormaliseTest, IsItsFormulaAndCloseToFloat, ()) {
  const Array x = SomeArray(SomeDims(1, 3, 8), -128, 127);
  op::Normalise::Attributes a;
  std::vector<bool> among(x.rank());
  for (size_t d = 0; d < x.rank(); ++d) {
    among[d] = d == 0 || Some(0, 1) != 0;
    if (among[d]) a.axes.axes.push_back(static_cast<int32_t>(d));
  }
  a.centred = Some(0, 1) != 0;
  a.fraction_bits = Some(0, 2);
  a.epsilon = Some(0, 1) != 0 ? 1 : Some(1, 5000);
  a.scale = 1 << Some(6, 14);
  a.shift = Some(1, 6);
  Graph g;
  g.Add("y", op::Normalise(a), {g.Input("x", ShapeOf(x), -128, 127)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  std::vector<uint32_t> reduced = x.dims;
  for (size_t d = 0; d < x.rank(); ++d) reduced[d] = among[d] ? 1 : reduced[d];
  const auto row_of = [&](Index i) {
    for (size_t d = 0; d < x.rank(); ++d) i[d] = among[d] ? 0 : i[d];
    return Array{reduced, {}}.Position(i);
  };
  std::vector<std::vector<int64_t>> rows;
  ForEachIndex(x.dims, [&](const Index& i) {
    rows.resize(std::max(rows.size(), row_of(i) + 1));
    rows[row_of(i)].push_back(x.at(i));
  });
  ForEachIndex(x.dims, [&](const Index& i) {
    const auto& row = rows[row_of(i)];
    const auto n = static_cast<int64_t>(row.size());
    const int64_t one = int64_t{1} << a.fraction_bits;
    int64_t sum = 0, squares = 0;
    for (const int64_t v : row) sum += v;
    const int64_t mean = a.centred ? FloorDivide(one * sum + n / 2, n) : 0;
    double true_squares = 0;
    const double true_mean = a.centred ? static_cast<double>(sum) / static_cast<double>(n) : 0;
    for (const int64_t v : row) {
      squares += (one * v - mean) * (one * v - mean);
      true_squares += std::pow(static_cast<double>(one) * (static_cast<double>(v) - true_mean), 2);
    }
    int64_t s = 0;
    while ((s + 1) * (s + 1) <= squares + a.epsilon) ++s;
    const int64_t d = one * x.at(i) - mean, half = int64_t{1} << (a.shift - 1);
    const int64_t y = FloorDivide(d * (a.scale / s) + half, int64_t{1} << a.shift);
    const int32_t got = outcome.output[x.Position(i)];
    RC_ASSERT(got == y);
    const double unit = std::ldexp(1, -a.shift), under = true_squares + a.epsilon;
    const double exact =
        a.scale * unit * static_cast<double>(one) * (x.at(i) - true_mean) / std::sqrt(under);
    const auto root = static_cast<double>(s);
    const double bound =
        0.5 + unit * (root + 1.5 * a.scale / root + a.scale * static_cast<double>(n) / (8 * under));
    RC_ASSERT(std::abs(got - exact) <= bound + 1e-6);
  });
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 60))) == "");
}

// Rows whose squares leave the field: the same formula with each part's sum shifted.  The rows are
// the first dimension's or the last's.
RC_GTEST_PROP(NormaliseTest, InPartsIsItsFormula, ()) {
  const bool last = Some(0, 1) != 0;
  constexpr uint32_t kLength = 300, kRows = 3;
  const std::vector<uint32_t> dims =
      last ? std::vector<uint32_t>{kRows, kLength} : std::vector<uint32_t>{kLength, kRows};
  const Array x = SomeArray(dims, -2048, 2047);
  op::Normalise::Attributes a;
  a.axes.axes = {last ? 1 : 0};
  a.centred = Some(0, 1) != 0;
  a.epsilon = Some(40, 5000);
  a.scale = 1 << Some(6, 12);
  a.shift = Some(1, 6);
  a.square_shift = 2 * Some(3, 5);
  Graph g;
  g.Add("y", op::Normalise(a), {g.Input("x", ShapeOf(x), -2048, 2047)});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}});
  RC_ASSERT(outcome.error == "");
  const auto at = [&](uint32_t row, uint32_t i) {
    return last ? row * kLength + i : i * kRows + row;
  };
  // As many as have squares below 2^29: |d| <= 4095 about the mean, else 2048.
  const uint32_t part = a.centred ? (1 << 29) / (4095 * 4095) : (1 << 29) / (2048 * 2048);
  for (uint32_t row = 0; row < kRows; ++row) {
    int64_t sum = 0, squares = 0;
    for (uint32_t i = 0; i < kLength; ++i) sum += x.cells[at(row, i)];
    const int64_t mean = a.centred ? FloorDivide(sum + kLength / 2, kLength) : 0;
    for (uint32_t begin = 0; begin < kLength; begin += part) {
      int64_t of_part = 0;
      for (uint32_t i = begin; i < std::min(begin + part, kLength); ++i) {
        of_part += (x.cells[at(row, i)] - mean) * (x.cells[at(row, i)] - mean);
      }
      squares += of_part >> a.square_shift;
    }
    int64_t s = 0;
    while ((s + 1) * (s + 1) <= squares + a.epsilon) ++s;
    for (uint32_t i = 0; i < kLength; ++i) {
      const int64_t d = x.cells[at(row, i)] - mean, half = int64_t{1} << (a.shift - 1);
      const int64_t y = FloorDivide(d * (a.scale / s) + half, int64_t{1} << a.shift);
      RC_ASSERT(outcome.output[at(row, i)] == y);
    }
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 60))) == "");
}

// One long row of a single loud value has the largest |d| floor(scale / s) there is.
TEST(NormaliseTest, InPartsTheLoudestValueFits) {
  op::Normalise::Attributes a;
  a.axes.axes = {1};
  a.epsilon = 40;
  a.scale = 1 << 10;
  a.shift = 2;
  a.square_shift = 10;
  for (const int32_t loud : {-2048, 2047, 33, -32}) {
    Graph g;
    g.Add("y", op::Normalise(a), {g.Input("x", MakeShape({1, 300}), -2048, 2047)});
    std::vector<int32_t> x(300, 0);
    x[7] = loud;
    EXPECT_EQ(RunGraph(g, {{"x", x}}).error, "") << loud;
  }
  a.epsilon = 5;  // less than there are parts
  Graph g;
  g.Add("y", op::Normalise(a), {g.Input("x", MakeShape({1, 300}), -2048, 2047)});
  EXPECT_FALSE(g.BuildStandalone().ok());
}

TEST(NormaliseTest, TakesTwoCellsPerElement) {
  Graph g;
  op::Normalise::Attributes a;
  a.axes.axes = {-1};
  a.scale = 1 << 20;
  a.epsilon = 1024;
  a.shift = 12;
  g.Add("y", op::Normalise(a), {g.Input("x", MakeShape({100, 256}), -128, 127)});
  const auto r = g.BuildStandalone();
  ASSERT_TRUE(r.ok()) << r.error().message;
  const uint64_t n = 100 * 256;
  EXPECT_EQ(ProductEntries(*r), 2 * n + 2 * 100);
  EXPECT_LE(CommittedCells(*r), 3 * n + 100 * 20);
  EXPECT_LE(LookupCount(*r), 3 * n + 100 * 30);
}

RC_GTEST_PROP(DivideTest, QuotientsAndRoots, ()) {
  const Array x = SomeArray(SomeDims(1, 2, 6), 0, 5000);
  const Array y = SomeArray({x.dims.back()}, 1, 300);
  const int bits = Some(0, 8);
  Graph g;
  const auto a = g.Input("x", ShapeOf(x), 0, 5000), b = g.Input("y", ShapeOf(y), 1, 300);
  const bool root = Some(0, 1) != 0;
  root ? g.Add("z", op::Sqrt(bits), {a}) : g.Add("z", op::Div(bits), {a, b});
  const Outcome outcome = RunGraph(g, {{"x", x.cells}, {"y", y.cells}});
  RC_ASSERT(outcome.error == "");
  for (size_t i = 0; i < x.cells.size(); ++i) {
    const int64_t v = int64_t{x.cells[i]} << bits, z = outcome.output[i];
    const int64_t d = y.cells[i % y.cells.size()];
    RC_ASSERT((root ? z * z <= v && v < (z + 1) * (z + 1) : z * d <= v && v < (z + 1) * d));
  }
  RC_ASSERT(UnpinnedTensor(outcome, static_cast<size_t>(Some(0, 30))) == "");
}

TEST(DivideTest, RefusesAZeroDivisorAndANegativeRadicand) {
  Graph g;
  const auto a = g.Input("x", MakeShape({1}), -5, 5), b = g.Input("y", MakeShape({1}), -5, 5);
  g.Add("z", op::Div(3), {a, b});
  EXPECT_EQ(RunGraph(g, {{"x", {-3}}, {"y", {2}}}).output, (std::vector<int32_t>{-12}));
  EXPECT_NE(RunGraph(g, {{"x", {1}}, {"y", {0}}}).error, "");
  Graph root;
  root.Add("z", op::Sqrt(2), {root.Input("x", MakeShape({1}), -5, 5)});
  EXPECT_EQ(RunGraph(root, {{"x", {5}}}).output, (std::vector<int32_t>{4}));
  EXPECT_NE(RunGraph(root, {{"x", {-1}}}).error, "");
}

TEST(NormaliserTest, RefusesWhatDoesNotFit) {
  const auto code = [](auto operation) {
    Graph g;
    g.Add("y", std::move(operation), {g.Input("x", MakeShape({4, 8}), -128, 127)});
    if (!g.status().ok()) return g.status().error().code;
    const auto r = g.BuildStandalone();
    return r.ok() ? ErrorCode::kInternal : r.error().code;
  };
  using E = ErrorCode;
  const auto softmax = [&](auto change) {
    auto a = Exponential(2, 0.1, 500);
    change(a);
    return code(op::Softmax(a));
  };
  EXPECT_EQ(softmax([](auto&) {}), E::kInternal);
  EXPECT_EQ(softmax([](auto& a) { a.table.clear(); }), E::kInvalidArgument);
  EXPECT_EQ(softmax([](auto& a) { a.table[0] = 1; }), E::kInvalidArgument);
  EXPECT_EQ(softmax([](auto& a) { a.table.back() = a.total; }), E::kInvalidArgument);
  EXPECT_EQ(softmax([](auto& a) { a.table[1] = 400; }), E::kInvalidArgument);
  EXPECT_EQ(softmax([](auto& a) { a.total = 0; }), E::kLimitExceeded);
  EXPECT_EQ(softmax([](auto& a) { a.first = INT32_MIN; }), E::kLimitExceeded);
  EXPECT_EQ(softmax([](auto& a) { a.fraction_bits = 40; }), E::kLimitExceeded);
  EXPECT_EQ(softmax([](auto& a) { a.fraction_bits = 12; }), E::kUnsupported);
  const auto normalise = [&](auto change) {
    op::Normalise::Attributes a;
    a.axes.axes = {1};
    a.scale = 1 << 12;
    change(a);
    return code(op::Normalise(a));
  };
  EXPECT_EQ(normalise([](auto&) {}), E::kInternal);
  EXPECT_EQ(normalise([](auto& a) { a.axes.axes = {2}; }), E::kInvalidArgument);
  EXPECT_EQ(normalise([](auto& a) { a.axes.axes = {1, -1}; }), E::kInvalidArgument);
  EXPECT_EQ(normalise([](auto& a) { a.axes.axes = {}; }), E::kInvalidArgument);
  EXPECT_EQ(normalise([](auto& a) { a.epsilon = 0; }), E::kLimitExceeded);
  EXPECT_EQ(normalise([](auto& a) { a.shift = 0; }), E::kLimitExceeded);
  EXPECT_EQ(normalise([](auto& a) { a.scale = 1 << 28; }), E::kInvalidArgument);
  EXPECT_EQ(code(op::Sqrt(-1)), E::kLimitExceeded);
  EXPECT_EQ(code(op::Sqrt(29)), E::kUnsupported);
}

}  // namespace
}  // namespace voizk
