// Views against their definition, term by term and index by index.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "relation/certificate/certificate.h"
#include "relation/certificate/view_algebra.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"
#include "relation/support/random_views.h"

namespace voizk {
namespace {

using Index = std::array<int64_t, Shape::kMaxRank>;

Index IndexOf(const Shape& shape, size_t flat) {
  Index i{};
  for (size_t d = Shape::kMaxRank; d-- > 0;) {
    i[d] = static_cast<int64_t>(flat % shape.dims[d]);
    flat /= shape.dims[d];
  }
  return i;
}

size_t Flat(const Shape& shape, const Index& i) {
  size_t flat = 0;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    flat = flat * shape.dims[d] + static_cast<size_t>(i[d]);
  }
  return flat;
}

int64_t MapAt(const Shape& in, const IndexMap& map, const Shape& out, const Index& o,
              const std::vector<int32_t>& x) {
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    const uint32_t end = map.out_end[d] == 0 ? out.dims[d] : map.out_end[d];
    if (o[d] < map.out_begin[d] || o[d] >= end) return 0;
  }
  int64_t sum = 0;
  for (size_t flat = 0; flat < x.size(); ++flat) {
    const Index i = IndexOf(in, flat);
    int64_t weight = 1;
    for (size_t j = 0; j < map.sources.size(); ++j) {
      const DimSource& s = map.sources[j];
      if (s.kind == DimSource::Kind::kSum) {
        if (!s.weights.empty()) weight *= s.weights[static_cast<size_t>(i[j])];
      } else if (s.kind == DimSource::Kind::kConst) {
        weight *= i[j] == s.offset;
      } else {
        weight *= i[j] == s.stride * o[s.out_dim] + s.offset;
      }
    }
    sum += weight * x[flat];
  }
  return sum;
}

int64_t ConvAt(const Relation& r, const Shape& in, const Conv& c, const Shape& out, const Index& o,
               const std::vector<int32_t>& x) {
  const Weights& w = r.weights[c.weights];
  const auto spatial = static_cast<size_t>(c.spatial);
  const int64_t group_in = w.shape.dims[spatial + 1];
  const int64_t group_out = out.dims[spatial] / c.groups;
  int64_t sum = 0;
  for (size_t flat = 0; flat < w.values.size(); ++flat) {
    const Index k = IndexOf(w.shape, flat);
    if (k[0] != o[spatial]) continue;
    Index i{};
    bool inside = true;
    for (size_t d = 0; d < spatial; ++d) {
      i[d] = int64_t{c.stride[d]} * o[d] + int64_t{c.dilation[d]} * k[d + 1] - c.pad[d];
      inside = inside && i[d] >= 0 && i[d] < in.dims[d];
    }
    i[spatial] = o[spatial] / group_out * group_in + k[spatial + 1];
    if (inside) sum += int64_t{w.values[flat]} * x[Flat(in, i)];
  }
  return sum;
}

int64_t ViewAt(const Relation& r, const View& v, const Index& o, const Witness& w) {
  int64_t sum = 0;
  for (const Term& t : v.terms) {
    const Shape& in = r.tensors[t.tensor].shape;
    sum += t.coeff * (std::holds_alternative<Conv>(t.op)
                          ? ConvAt(r, in, std::get<Conv>(t.op), v.shape, o, w[t.tensor])
                          : MapAt(in, std::get<IndexMap>(t.op), v.shape, o, w[t.tensor]));
  }
  for (const ConstantTerm& c : v.constants) {
    size_t at = 0;
    for (size_t d = 0; d < Shape::kMaxRank; ++d) {
      if ((c.dim_mask >> d & 1) != 0) at = at * v.shape.dims[d] + static_cast<size_t>(o[d]);
    }
    sum += c.values[at];
  }
  return sum;
}

RC_GTEST_PROP(View, EvaluatesToItsDefinition, (uint64_t seed, bool with_conv)) {
  RandomViews random(seed);
  Relation r;
  const View v = random.AnyView(&r, with_conv);
  const Status status = CheckView(r, v);
  RC_ASSERT(status.ok());
  const Witness w = random.AnyWitness(r);
  const std::vector<int64_t> values = EvaluateView(r, v, w);
  RC_ASSERT(values.size() == v.shape.Cells());
  for (size_t i = 0; i < values.size(); ++i) {
    RC_ASSERT(values[i] == ViewAt(r, v, IndexOf(v.shape, i), w));
  }
}

RC_GTEST_PROP(View, LiesWithinItsBound, (uint64_t seed, bool with_conv)) {
  RandomViews random(seed);
  Relation r;
  const View v = random.AnyView(&r, with_conv);
  const Interval bound = BoundView(r, v);
  for (int n = 0; n < 5; ++n) {
    for (int64_t x : EvaluateView(r, v, random.AnyWitness(r))) {
      RC_ASSERT(x >= bound.lo);
      RC_ASSERT(x <= bound.hi);
    }
  }
}

RC_GTEST_PROP(View, ContributesExactlyOnItsBox, (uint64_t seed)) {
  RandomViews random(seed);
  Relation r;
  View v = random.AnyView(&r, false);
  v.constants.clear();
  if (v.terms.empty()) return;
  v.terms.resize(1);
  v.terms[0].coeff = 1;
  auto& map = std::get<IndexMap>(v.terms[0].op);
  for (DimSource& s : map.sources) s.weights.clear();
  const TensorId t = v.terms[0].tensor;
  Witness w(r.tensors.size());
  w[t].assign(r.tensors[t].shape.Cells(), 1);
  const Box box = ReachedOutputs(r.tensors[t].shape, v.shape, map);
  const std::vector<int64_t> values = EvaluateView(r, v, w);
  for (size_t i = 0; i < values.size(); ++i) {
    const Index o = IndexOf(v.shape, i);
    bool inside = true;
    for (size_t d = 0; d < Shape::kMaxRank; ++d) {
      inside = inside && o[d] >= box.begin[d] && o[d] < box.end[d];
    }
    RC_ASSERT(inside == (values[i] != 0));
  }
}

RC_GTEST_PROP(View, CombinesAsItsValuesDo, (uint64_t seed)) {
  RandomViews random(seed);
  Relation r;
  const View a = random.AnyView(&r, false);
  View b = random.AnyView(&r, false);
  b.shape = a.shape;
  b.terms = a.terms;  // equal terms, to be merged
  b.constants = a.constants;
  if (!b.terms.empty()) b.terms.pop_back();
  const auto factor = static_cast<int32_t>(random.Between(-3, 3));
  const Witness w = random.AnyWitness(r);
  const std::vector<int64_t> x = EvaluateView(r, a, w), y = EvaluateView(r, b, w);
  const std::vector<int64_t> z = EvaluateView(r, Combine(a, b, factor).value(), w);
  for (size_t i = 0; i < x.size(); ++i) RC_ASSERT(z[i] == x[i] + factor * y[i]);
  RC_ASSERT(Combine(a, a, -1)->terms.empty());
}

TEST(View, BoundOfAConvolutionTakesTheWorstChannelWithItsBias) {
  Relation r;
  r.tensors.push_back({"x", MakeShape({8, 2}), -128, 127});
  r.weights.push_back({MakeShape({2, 1, 2}), {1, -1, 3, 0}});
  View v{MakeShape({8, 2}), {{0, 1, Conv{}}}, {{2, {1000, -5}}}};
  // Channel 0: 1000 + x0 - x1; channel 1: 3 x0 - 5.
  EXPECT_EQ(BoundView(r, v).lo, -389);
  EXPECT_EQ(BoundView(r, v).hi, 1255);
}

TEST(View, BoundOfAConcatenationIsTheHullNotTheSum) {
  Relation r;
  r.tensors.push_back({"x", MakeShape({4}), 10, 20});
  r.tensors.push_back({"y", MakeShape({3}), 30, 40});
  IndexMap first, second;
  first.sources.push_back({DimSource::Kind::kAffine, 0, 1, 0, {}});
  second.sources.push_back({DimSource::Kind::kAffine, 0, 1, -4, {}});
  const View v{MakeShape({7}), {{0, 1, first}, {1, 1, second}}, {}};
  EXPECT_EQ(BoundView(r, v).lo, 10);
  EXPECT_EQ(BoundView(r, v).hi, 40);
}

TEST(View, BoundThatLeaves100BitsIsUseless) {
  Relation r;
  r.tensors.push_back({"x", MakeShape({1, 1, 1, 1}), -kHalfModulus, kHalfModulus});
  IndexMap map;
  for (int j = 0; j < 4; ++j) {
    map.sources.push_back({DimSource::Kind::kSum, 0, 1, 0, {2147483647}});
  }
  const View v{MakeShape({1}), {{0, 1 << 29, map}, {0, -(1 << 29), map}}, {}};
  EXPECT_LT(BoundView(r, v).lo, -kModulus);
  EXPECT_GT(BoundView(r, v).hi, kModulus);
}

}  // namespace
}  // namespace voizk
