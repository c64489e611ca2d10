// The prover's functional (a table over cells), the verifier's value of it at a point, and the
// plain evaluation of views agree, on random views and witnesses.
#include "proof/functionals/view_functional.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "crypto/hash/rng.h"
#include "proof/functionals/add_functional.h"
#include "proof/functionals/evaluate_functional.h"
#include "proof/functionals/placed_values.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"

namespace voizk {
namespace {

uint32_t Below(uint32_t lo, uint32_t hi) { return *rc::gen::inRange<uint32_t>(lo, hi); }
int32_t Signed(int32_t lo, int32_t hi) { return *rc::gen::inRange<int32_t>(lo, hi); }

Shape RandomShape(int rank) {
  Shape shape;
  shape.rank = rank;
  for (int k = 0; k < rank; ++k) shape.dims[static_cast<size_t>(k)] = Below(1, 6);
  return shape;
}

IndexMap RandomMap(const Shape& in, const Shape& out) {
  IndexMap map;
  std::array<bool, Shape::kMaxRank> fed{};
  for (size_t j = 0; j < static_cast<size_t>(in.rank); ++j) {
    DimSource source;
    const uint32_t kind = Below(0, 4);
    const uint32_t d = Below(0, static_cast<uint32_t>(out.rank));
    if (kind <= 1 && !fed[d]) {
      fed[d] = true;
      source.kind = DimSource::Kind::kAffine;
      source.out_dim = d;
      source.stride = Signed(0, 2) == 0 ? Signed(1, 3) : -Signed(1, 3);
      source.offset = Signed(-3, 7);
    } else if (kind == 2) {
      source.kind = DimSource::Kind::kSum;
      if (Signed(0, 2) == 0) {
        for (uint32_t i = 0; i < in.dims[j]; ++i) source.weights.push_back(Signed(-9, 10));
      }
    } else {
      source.offset = static_cast<int32_t>(Below(0, in.dims[j]));
    }
    map.sources.push_back(source);
  }
  for (size_t d = 0; d < static_cast<size_t>(out.rank); ++d) {
    if (Signed(0, 3) != 0) continue;
    map.out_begin[d] = Below(0, out.dims[d]);
    map.out_end[d] = Below(map.out_begin[d] + 1, out.dims[d] + 1);
  }
  return map;
}

std::vector<int32_t> RandomInts(size_t n, int32_t limit) {
  std::vector<int32_t> values(n);
  for (auto& v : values) v = Signed(-limit, limit + 1);
  return values;
}

// A relation with a few tensors, and one view over them.
struct Case {
  Relation relation;
  View view;
  Witness witness;
};

void AddTensor(const Shape& shape, Case* c) {
  Tensor tensor;
  tensor.shape = shape;
  c->relation.tensors.push_back(tensor);
  c->witness.push_back(RandomInts(shape.Cells(), 100));
}

void AddConstants(Case* c) {
  ConstantTerm constant;
  constant.dim_mask = Below(0, 1u << c->view.shape.rank);
  size_t size = 1;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (constant.dim_mask >> d & 1) size *= c->view.shape.dims[d];
  }
  constant.values = RandomInts(size, 1000);
  c->view.constants.push_back(constant);
}

Case RandomMaps() {
  Case c;
  c.view.shape = RandomShape(Signed(1, 5));
  const int terms = Signed(1, 4);
  for (int i = 0; i < terms; ++i) {
    AddTensor(RandomShape(Signed(1, 5)), &c);
    Term term;
    term.tensor = Below(0, static_cast<uint32_t>(c.relation.tensors.size()));
    term.coeff = Signed(-50, 50);
    term.op = RandomMap(c.relation.tensors[term.tensor].shape, c.view.shape);
    c.view.terms.push_back(term);
  }
  AddConstants(&c);
  return c;
}

Case RandomConvolution() {
  Case c;
  Conv conv;
  conv.spatial = Signed(1, 3);
  conv.groups = Below(1, 4);
  const uint32_t in_group = Below(1, 4), out_group = Below(1, 4);
  const uint32_t in_channels = in_group * conv.groups, out_channels = out_group * conv.groups;
  Weights weights;
  Shape in;
  const auto spatial = static_cast<size_t>(conv.spatial);
  for (size_t d = 0; d < spatial; ++d) {
    conv.stride[d] = Below(1, 4);
    conv.dilation[d] = Below(1, 4);
    conv.pad[d] = Signed(-2, 5);
    in.dims[d] = Below(1, 9);
    c.view.shape.dims[d] = Below(1, 9);  // may reach past the end
    weights.shape.dims[d + 1] = Below(1, 5);
  }
  in.rank = c.view.shape.rank = conv.spatial + 1;
  weights.shape.rank = conv.spatial + 2;
  in.dims[spatial] = in_channels;
  if (conv.spatial == 1 && in_channels == 1 && Signed(0, 2) == 0) in.rank = 1;
  c.view.shape.dims[spatial] = out_channels;
  weights.shape.dims[0] = out_channels;
  weights.shape.dims[spatial + 1] = in_group;
  weights.values = RandomInts(weights.shape.Cells(), 127);
  c.relation.weights.push_back(weights);
  AddTensor(RandomShape(Signed(1, 5)), &c);
  AddTensor(in, &c);
  Term term;
  term.tensor = 1;
  term.coeff = Signed(-3, 4);
  term.op = conv;
  c.view.terms.push_back(term);
  AddConstants(&c);
  return c;
}

template <int D>
std::vector<Fp> PlaceWitness(const Layout& layout, const Witness& witness) {
  std::vector<Fp> cells(layout.cells.size);
  for (size_t t = 0; t < witness.size(); ++t) {
    const Placement& item = layout.cells.items[t];
    const auto& d = item.shape.dims;
    size_t index = 0;
    for (uint64_t i0 = 0; i0 < d[0]; ++i0) {
      for (uint64_t i1 = 0; i1 < d[1]; ++i1) {
        for (uint64_t i2 = 0; i2 < d[2]; ++i2) {
          for (uint64_t i3 = 0; i3 < d[3]; ++i3) {
            uint64_t address = i0;
            address = (address << item.shape.DimBits(1)) + i1;
            address = (address << item.shape.DimBits(2)) + i2;
            address = (address << item.shape.DimBits(3)) + i3;
            cells[item.base + address] = Fp::FromI64(witness[t][index++]);
          }
        }
      }
    }
  }
  return cells;
}

template <int D>
RankOne<D> RandomWeights(SecureRng& rng, const Shape& shape) {
  RankOne<D> w;
  w.scalar = rng.NextExt<D>();
  for (size_t k = 0; k < Shape::kMaxRank; ++k) {
    w.factors[k] = ExtVec<D>(shape.dims[k]);
    for (uint32_t i = 0; i < shape.dims[k]; ++i) w.factors[k].set(i, rng.NextExt<D>());
  }
  return w;
}

template <int D>
Ext<D> NaiveValue(const Case& c, const RankOne<D>& w) {
  const std::vector<int64_t> values = EvaluateView(c.relation, c.view, c.witness);
  const auto& dims = c.view.shape.dims;
  Ext<D> sum;
  for (size_t i = 0; i < values.size(); ++i) {
    size_t rest = i;
    Ext<D> weight = w.scalar;
    for (size_t k = Shape::kMaxRank; k-- > 0;) {
      weight *= w.factors[k].get(rest % dims[k]);
      rest /= dims[k];
    }
    sum += weight * Fp::FromI64(values[i]);
  }
  return sum;
}

template <int D>
void Compare(const Case& c) {
  const Status fits = CheckView(c.relation, c.view);
  RC_ASSERT(fits.ok());
  const Layout layout = MakeLayout(c.relation);
  SecureRng rng = SecureRng::ForTest(Below(0, 1u << 30));
  const RankOne<D> w = RandomWeights<D>(rng, c.view.shape);
  ThreadPool pool(2);

  // (a) the table: its inner product with the cells is the naive value.
  const Ext<D> scalar = rng.NextExt<D>();
  ExtVec<D> e(layout.cells.size);
  AddViewFunctional<D>(c.relation, layout, c.view, w, scalar, &e, pool);
  const std::vector<Fp> cells = PlaceWitness<D>(layout, c.witness);
  const Ext<D> on_cells = InnerProduct<D>(e.span(), FpSpan(cells));
  RC_ASSERT(on_cells == scalar * (NaiveValue(c, w) - ConstantOfView<D>(c.view, w)));

  // (b) the verifier's value is the table's multilinear extension.
  std::vector<Ext<D>> z;
  for (int i = 0; i < layout.cells.bits; ++i) z.push_back(rng.NextExt<D>());
  CellPoint<D> point(layout, z);
  const auto eq = EqWindow<D>(z, 0, layout.cells.size);
  Ext<D> at_z;
  for (size_t x = 0; x < e.size(); ++x) at_z += e.get(x) * eq.get(x);
  RC_ASSERT(at_z == scalar * EvaluateViewFunctional<D>(c.relation, c.view, w, point));
}

TEST(ViewFunctional, IndexMapsAgreeWithPlainEvaluation) {
  EXPECT_TRUE(rc::check([] { Compare<4>(RandomMaps()); }));
  EXPECT_TRUE(rc::check([] { Compare<5>(RandomMaps()); }));
}

TEST(ViewFunctional, ConvolutionsAgreeWithPlainEvaluation) {
  EXPECT_TRUE(rc::check([] { Compare<4>(RandomConvolution()); }));
  EXPECT_TRUE(rc::check([] { Compare<5>(RandomConvolution()); }));
}

// More columns than one thread takes at once and more outputs than one block, in groups.
TEST(ViewFunctional, WideConvolutionsAgreeWithPlainEvaluation) {
  const auto wide = [] {
    Case c;
    Conv conv;
    conv.groups = 2;
    Weights weights;
    weights.shape = MakeShape({140, 3, 201});
    weights.values = RandomInts(weights.shape.Cells(), 127);
    c.relation.weights.push_back(weights);
    AddTensor(MakeShape({6, 402}), &c);
    c.view.shape = MakeShape({4, 140});
    c.view.terms.push_back({0, -2, conv});
    return c;
  };
  EXPECT_TRUE(rc::check("degree 4", [&] { Compare<4>(wide()); }));
  EXPECT_TRUE(rc::check("degree 5", [&] { Compare<5>(wide()); }));
}

// Wide enough to leave int64 if sums of weights were never reduced.
TEST(ViewFunctional, LargestWeightsDoNotOverflow) {
  Case c;
  Conv conv;
  Weights weights;
  weights.shape = MakeShape({40, 1, 3});
  for (int i = 0; i < 120; ++i) weights.values.push_back(i % 2 == 0 ? INT32_MIN : INT32_MAX);
  c.relation.weights.push_back(weights);
  Tensor tensor;
  tensor.shape = MakeShape({2, 3});
  c.relation.tensors.push_back(tensor);
  c.witness.push_back({1, -1, 0, 0, 1, 1});
  c.view.shape = MakeShape({2, 40});
  c.view.terms.push_back({0, 1, conv});
  EXPECT_TRUE(rc::check([&] { Compare<4>(c); }));
}

// Addresses that are not cells: nothing may be written there
// (docs/protocol/pitfalls.md, "cells that nobody claims").
TEST(ViewFunctional, PaddingIsNeverWritten) {
  Relation relation;
  Tensor tensor;
  tensor.shape = MakeShape({3, 3, 5});  // inner block of 4 * 8 addresses, 15 cells
  relation.tensors.push_back(tensor);
  View view;
  view.shape = tensor.shape;
  IndexMap map;
  for (uint32_t d = 0; d < 3; ++d) {
    DimSource source;
    source.kind = DimSource::Kind::kAffine;
    source.out_dim = d;
    map.sources.push_back(source);
  }
  view.terms.push_back({0, 1, map});
  const Layout layout = MakeLayout(relation);
  SecureRng rng = SecureRng::ForTest(3);
  ThreadPool pool;
  ExtVec<4> e(layout.cells.size);
  AddViewFunctional<4>(relation, layout, view, RandomWeights<4>(rng, view.shape), Ext<4>::kOne, &e,
                       pool);
  for (size_t x = 0; x < e.size(); ++x) {
    const bool cell = (x >> 3 & 3) < 3 && (x & 7) < 5;
    EXPECT_EQ(!e.get(x).IsZero(), cell) << x;
  }
}

// W(r)[i] = eq(r, base + address(i)), by the definition.
TEST(PlaceWeights, IsEqAtTheAddresses) {
  SecureRng rng = SecureRng::ForTest(8);
  Relation relation;
  for (const Shape& shape : {MakeShape({5}), MakeShape({3, 5, 2}), MakeShape({2, 3, 1, 3})}) {
    Tensor tensor;
    tensor.shape = shape;
    relation.tensors.push_back(tensor);
  }
  const Layout layout = MakeLayout(relation);
  std::vector<Ext<4>> r;
  for (int i = 0; i < layout.cells.bits; ++i) r.push_back(rng.NextExt<4>());
  for (const Placement& item : layout.cells.items) {
    const RankOne<4> w = PlaceWeights<4>(r, item);
    const auto& d = item.shape.dims;
    ForEachRow(item, [&](uint64_t address, uint64_t index, uint64_t count) {
      for (uint64_t i = index; i < index + count; ++i) {
        Ext<4> weight = w.scalar;
        size_t rest = i;
        for (size_t k = Shape::kMaxRank; k-- > 0;) {
          weight *= w.factors[k].get(rest % d[k]);
          rest /= d[k];
        }
        EXPECT_EQ(weight, EqAt<4>(r, address + i - index));
      }
    });
  }
}

}  // namespace
}  // namespace voizk
