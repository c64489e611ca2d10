// The functional of a lattice commitment: the prover's coefficients, the verifier's value at a
// point and the commitment that is computed from cells agree with a sum over the definition, for
// tensors below and above one polynomial, with padding and without.
#include <gtest/gtest.h>

#include <random>

#include "algebra/poly/eq.h"
#include "crypto/hash/rng.h"
#include "crypto/lattice/columns.h"
#include "proof/functionals/add_lattice.h"
#include "proof/functionals/evaluate_lattice.h"
#include "proof/functionals/placed_values.h"
#include "relation/core/structure.h"
#include "relation/execution/lattice_value.h"

namespace voizk {
namespace {

constexpr int D = 4;

Ext<D> RandomExt(std::mt19937& rng) {
  Ext<D> x;
  for (int l = 0; l < D; ++l) x[l] = Fp::FromU64(rng());
  return x;
}

std::vector<Shape> Shapes() {
  return {MakeShape({5}),        MakeShape({1500}),       MakeShape({7, 3}),
          MakeShape({300, 5}),   MakeShape({2, 1024}),    MakeShape({3, 1030}),
          MakeShape({3, 40, 9}), MakeShape({2, 3, 5, 6}), MakeShape({1, 70, 3, 9})};
}

// Powers of every slot's root: zeta_s^c = psi^((2 bitrev(s) + 1) c).
Fp RootPower(size_t slot, size_t c) { return LatticeSlots().DomainPoint(slot).Pow(c); }

TEST(LatticeFunctional, IsTheSumOfItsDefinition) {
  std::mt19937 rng(3);
  for (const Shape& shape : Shapes()) {
    const uint64_t polynomials = LatticePolynomials(shape);
    const LatticeColumns columns(polynomials);
    const FpSpan column = columns.Of(0, polynomials);
    // Weights on a few slots only, so that the sum by definition stays short.
    ExtVec<D> w(kLatticeDegree);
    const std::vector<size_t> slots = {0, 1, 513, 1023};
    for (const size_t s : slots) w.set(s, RandomExt(rng));
    const Ext<D> scalar = RandomExt(rng);
    const int inner_bits = shape.InnerBits();
    const Placement item{uint64_t{3} << inner_bits, shape};
    const uint64_t size = item.base + shape.AddressCount() + 5;
    ExtVec<D> expected(size);
    std::vector<int32_t> values(shape.Cells());
    ForEachRow(item, [&](uint64_t address, uint64_t, uint64_t count) {
      for (uint64_t x = address; x < address + count; ++x) {
        const uint64_t local = x - item.base;
        Ext<D> sum;
        for (const size_t s : slots) {
          sum += w.get(s) * (column[local / 1024 * 1024 + s] * RootPower(s, local % 1024));
        }
        expected.set(x, scalar * sum);
      }
    });
    ExtVec<D> e(size);
    ThreadPool pool(2);
    AddLatticeFunctional<D>(item, column, w.span(), scalar, &e, pool);
    EXPECT_EQ(e.ToVector(), expected.ToVector()) << shape.dims[0] << "x" << shape.dims[1];
    int bits = 1;
    while (uint64_t{1} << bits < size) ++bits;
    std::vector<Ext<D>> z(static_cast<size_t>(bits));
    for (Ext<D>& x : z) x = RandomExt(rng);
    const ExtVec<D> eq = EqWindow<D>(z, 0, size);
    Ext<D> value;
    for (uint64_t x = 0; x < size; ++x) value += eq.get(x) * expected.get(x);
    EXPECT_EQ(
        scalar * EvaluateLatticeFunctional<D>(shape, column, w.span(), PlaceWeights<D>(z, item)),
        value)
        << shape.dims[0] << "x" << shape.dims[1];
  }
}

// The commitment itself, slot by slot, with salt, over two tensors of which the second begins with
// a public element of its own.
TEST(LatticeValue, IsTheSumOfItsDefinition) {
  std::mt19937 rng(4);
  Relation r;
  r.tensors = {{"", MakeShape({30, 5, 7}), -9, 9},
               {"", MakeShape({11}), -9, 9},
               {"", MakeShape({2, 1024}), -512, 511}};
  r.commitments = {{{0, 1}, 2}};
  Witness w;
  for (const Tensor& t : r.tensors) {
    w.emplace_back(t.shape.Cells());
    for (int32_t& x : w.back()) x = static_cast<int32_t>(rng() % 19) - 9;
  }
  const std::vector<int32_t> value = LatticeValue(r, r.commitments[0], w);
  ASSERT_EQ(value.size(), 1024u);
  const LatticeColumns columns(3);
  for (const size_t s : {size_t{0}, size_t{7}, size_t{1023}}) {
    Fp sum;
    // [30][5][7] lies at addresses (i0 8 + i1) 8 + i2: two polynomials.
    for (size_t i = 0; i < w[0].size(); ++i) {
      const size_t address = (i / 35 * 8 + i / 7 % 5) * 8 + i % 7;
      sum += Fp::FromI64(w[0][i]) * columns.Of(address / 1024, 1)[s] * RootPower(s, address % 1024);
    }
    for (size_t i = 0; i < w[1].size(); ++i) {
      sum += Fp::FromI64(w[1][i]) * columns.Of(2, 1)[s] * RootPower(s, i);
    }
    for (size_t i = 0; i < 1024; ++i) {
      sum += Fp::FromI64(w[2][i]) * columns.Salt()[s] * RootPower(s, i);
      sum += Fp::FromI64(w[2][1024 + i]) * RootPower(s, i);
    }
    EXPECT_EQ(value[s], sum.ToCentered()) << s;
  }
}

}  // namespace
}  // namespace voizk
