// What the certificate must refuse, one relation per reason, beside its nearest sound neighbour.
#include "relation/certificate/certificate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "relation/execution/checker.h"
#include "relation/support/raw_relation.h"

namespace voizk {
namespace {

const Shape kFour = MakeShape({4});

// The certificate asks of every tensor that a lattice commitment names to be short, and to be kept
// so by a constraint; of the salt, that it is no narrower either.
TEST(Certificate, WhatALatticeCommitmentNamesIsShort) {
  const auto with = [](int32_t lo, int32_t hi, int32_t salt_lo, int32_t salt_hi) {
    Raw a;
    const TensorId t = a.Tensor(MakeShape({3}), lo, hi);
    const TensorId salt = a.Tensor(MakeShape({2, 1024}), salt_lo, salt_hi);
    a.InRange(a.Of(t), lo, hi);
    a.InRange(a.Of(salt), salt_lo, salt_hi);
    a.r.commitments = {{{t}, salt}};
    return a;
  };
  ExpectCertified(with(-2048, 2047, -512, 511));
  ExpectRefused(with(-2049, 2047, -512, 511),
                "lattice commitment 0: a tensor of more than 12 bits");
  ExpectRefused(with(-2048, 2048, -512, 511),
                "lattice commitment 0: a tensor of more than 12 bits");
  ExpectRefused(with(0, 1, -513, 511), "lattice commitment 0: range of the salt");
  ExpectRefused(with(0, 1, -512, 512), "lattice commitment 0: range of the salt");
  ExpectRefused(with(0, 1, 0, 0), "lattice commitment 0: range of the salt");
  for (const size_t lookup : {size_t{0}, size_t{1}}) {
    Raw open = with(-5, 5, -512, 511);
    open.r.lookups.erase(open.r.lookups.begin() + static_cast<int64_t>(lookup));
    ExpectRefused(open, "its range is not enforced");
  }
}

TEST(Certificate, EmptyRelationHolds) { ExpectCertified(Raw{}); }

TEST(Certificate, KeyOfALookupJustifiesExactlyTheTablesRange) {
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, -3, 9)), -3, 9);
  ExpectCertified(a);
  a.r.tensors[0].hi = 8;
  ExpectRefused(a, "tensor 0: its range is not enforced");
}

TEST(Certificate, ScaledKeyIsNoJustification) {
  // 2 t in [0, 9] mod p does not bound t: t = (p + 1) / 2 gives 1.
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 9), 2), 0, 9);
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, ShiftedKeyOfATensorIsOne) {
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 9 << 4)), 0, 9, 4);
  ExpectCertified(a);
}

TEST(Certificate, ShiftedTableRowsMayNotWrap) {
  Raw a;
  const TensorId t = a.Tensor(kFour, 0, 1);
  a.InRange(a.Of(t), 0, 1);
  a.InRange(a.Of(t), 0, 1, 29);
  ExpectCertified(a);
  a.r.lookups[1].shift = 30;  // 2^30 > p / 2
  ExpectRefused(a, "lookup 1: table key wraps");
}

TEST(Certificate, ShiftBeyond30IsRefused) {
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 1)), 0, 1, 31);
  ExpectRefused(a, "shift");
}

TEST(Certificate, UnjustifiedTensorIsRefused) {
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 1)), 0, 1);
  a.Tensor(kFour, 0, 1);
  ExpectRefused(a, "tensor 1: its range is not enforced");
}

TEST(Certificate, CyclicJustificationIsRefused) {
  // a = b and b = a bound nothing.
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 1), y = a.Tensor(kFour, 0, 1);
  a.r.equalities.push_back({Plus(a.Of(x), a.Of(y), -1)});
  a.r.equalities.push_back({Plus(a.Of(y), a.Of(x), -1)});
  ExpectRefused(a, "tensor 0: its range is not enforced");
  a.InRange(a.Of(y), 0, 1);
  ExpectCertified(a);
}

TEST(Certificate, APublicInputJustifiesExactlyItsRange) {
  Raw a;
  const TensorId t = a.Tensor(kFour, -3, 9);
  a.r.publics.push_back({"", a.Of(t), -3, 9});
  ExpectCertified(a);
  a.r.publics[0].lo = -4;
  ExpectRefused(a, "tensor 0: its range is not enforced");
  a.r.publics[0].lo = -3;
  a.r.publics[0].hi = 10;
  ExpectRefused(a, "tensor 0: its range is not enforced");
  // Shown with a sign and beside a constant: 5 - t in [-4, 8].
  View v = a.Of(t, -1);
  v.constants.push_back({0, {5}});
  a.r.publics[0] = {"", v, -4, 8};
  ExpectCertified(a);
  a.r.publics[0].hi = 9;
  ExpectRefused(a, "tensor 0: its range is not enforced");
  a.r.publics[0] = {"", a.Of(t, 2), -3, 9};  // 2 t mod p does not bound t
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, APublicInputsRangeIsOfTheField) {
  constexpr int64_t kHalf = 1065353216;
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 1)), 0, 1);
  a.r.publics.push_back({"", a.Of(0), 0, kHalf});
  ExpectCertified(a);
  a.r.publics[0].hi = kHalf + 1;
  ExpectRefused(a, "public input 0: range leaves (-p/2, p/2)");
  a.r.publics[0] = {"", a.Of(0), -kHalf - 1, 0};
  ExpectRefused(a, "public input 0: range leaves (-p/2, p/2)");
  a.r.publics[0] = {"", a.Of(0), 1, 0};
  ExpectRefused(a, "public input 0: range leaves (-p/2, p/2)");
}

TEST(Certificate, APublicInputMayNotBeMetByAWrap) {
  // t in [0, 1]: c t - P = 0 mod p and not over the integers needs |c t - P| >= p.
  constexpr int32_t kHalf = 1065353216;
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, 1)), 0, 1);
  View v = a.Of(0);
  v.constants.push_back({0, {kHalf - 1}});
  a.r.publics.push_back({"", v, -kHalf, 0});  // differences up to 2 kHalf = p - 1
  ExpectCertified(a);
  v.constants[0].values[0] = kHalf;
  a.r.publics[0].v = v;  // kHalf + 1 - (-kHalf) = p
  ExpectRefused(a, "public input 0: can wrap");
}

TEST(Certificate, ATensorDoesNotJustifyItself) {
  // x = shift of x: reads x twice.
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 1);
  View v = a.Of(x);
  IndexMap shifted;
  shifted.sources.push_back({DimSource::Kind::kAffine, 0, 1, -1, {}});
  v.terms.push_back({x, -1, shifted});
  a.r.equalities.push_back({v});
  ExpectRefused(a, "not enforced");
}

// In the rows rule key - rest is formed as a view.  Its constants 2^31 - 1 and 5 add up to no
// int32; cut to one, they would bound a - b by [-15, 5] and "show" t = a - b in [-10, 5].
TEST(Certificate, RowsRuleWithAConstantBeyond32BitsShowsNothing) {
  Raw raw;
  const TensorId a = raw.Tensor(kFour, 0, 10), b = raw.Tensor(kFour, 0, 10);
  const TensorId one = raw.Tensor(kFour, 1, 1), t = raw.Tensor(kFour, -10, 5);
  raw.InRange(raw.Of(a), 0, 10);
  raw.InRange(raw.Of(b), 0, 10);
  raw.InRange(raw.Of(one), 1, 1);
  Table same;
  for (int32_t k = 0; k <= 10; ++k) {
    same.keys.push_back(k);
    same.values.push_back(k);
  }
  raw.r.tables.push_back(std::move(same));
  const auto with_ones = [&](View v, std::initializer_list<int32_t> coefficients,
                             int32_t constant) {
    for (const int32_t c : coefficients) v.terms.push_back(raw.Of(one, c).terms[0]);
    v.constants.push_back({0, {constant}});
    return v;
  };
  constexpr int32_t kLarge = (1 << 30) - 1;
  const View key = with_ones(raw.Of(a), {-kLarge, -kLarge, -1}, INT32_MAX);  // a
  View value = with_ones(raw.Of(t), {5}, -5);                                // t + b
  value.terms.push_back(raw.Of(b).terms[0]);
  raw.r.lookups.push_back({key, 0, true, value, 3});
  const Relation r = raw.Finished();
  Witness w(r.tensors.size());
  w[a] = {10, 10, 10, 10};
  w[b] = {0, 0, 0, 0};
  w[one] = {1, 1, 1, 1};
  w[t] = {10, 10, 10, 10};
  ASSERT_TRUE(FillMultiplicities(r, &w).ok());
  ASSERT_TRUE(CheckRelationModP(r, w).ok());  // t = 10 satisfies the constraints
  ExpectRefused(r, "tensor 3: its range is not enforced");
  raw.r.tensors[t].hi = 10;
  ExpectCertified(raw);
}

// Sums of bounds that are useless already stay useless, and do not overflow on the way.
TEST(Certificate, BoundsBeyond100BitsAreRefused) {
  Raw a;
  const TensorId x = a.Tensor(MakeShape({1, 1, 1}), -kHalfModulus, kHalfModulus);
  const std::vector<int32_t> weights{INT32_MAX};
  const DimSource sum{DimSource::Kind::kSum, 0, 1, 0, weights};
  View v{MakeShape({1}), {}, {}};
  for (int k = 0; k < 64; ++k) {
    v.terms.push_back({x, (1 << 30) - 1, IndexMap{{sum, sum, sum}, {}, {}}});
  }
  a.r.equalities.push_back({v});
  a.r.products.push_back({v, v, v});
  ExpectRefused(a, "not enforced");
  const Interval bound = BoundView(a.r, v);
  EXPECT_LT(bound.lo, -kModulus);
  EXPECT_GT(bound.hi, kModulus);
}

TEST(Certificate, PartsOfATensorAddUp) {
  // Cells 0..1 by one lookup, cells 2..3 by another; then one of them short.
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 9);
  auto part = [&](int32_t begin, uint32_t count) {
    IndexMap map;
    map.sources.push_back({DimSource::Kind::kAffine, 0, 1, begin, {}});
    return View{MakeShape({count}), {{x, 1, map}}, {}};
  };
  a.InRange(part(0, 2), 0, 9);
  Raw b = a;
  a.InRange(part(2, 2), 0, 9);
  ExpectCertified(a);
  b.InRange(part(2, 1), 0, 9);
  ExpectRefused(b, "tensor 0: its range is not enforced");
}

TEST(Certificate, StridedPartShowsNoBox) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 9);
  IndexMap map;
  map.sources.push_back({DimSource::Kind::kAffine, 0, 2, 0, {}});
  a.InRange({MakeShape({2}), {{x, 1, map}}, {}}, 0, 9);
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, WindowedLookupLeavesTheOtherCellsFree) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 9);
  View v = a.Of(x);
  std::get<IndexMap>(v.terms[0].op).out_end[0] = 3;
  a.InRange(v, 0, 9);
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, SumOfATensorDoesNotBoundItsCells) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 9);
  IndexMap map;
  map.sources.push_back({DimSource::Kind::kSum, 0, 1, 0, {}});
  a.InRange({MakeShape({1}), {{x, 1, map}}, {}}, 0, 9);
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, ValueOfALookupJustifiesTheTablesValues) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 1), y = a.Tensor(kFour, -7, 7);
  a.InRange(a.Of(x), 0, 1);
  a.r.tables.push_back({"", {0, 1}, {-7, 7}});
  a.r.lookups.push_back({a.Of(x), 0, true, a.Of(y), 1});
  ExpectCertified(a);
  a.r.tables[1].values[1] = 8;
  ExpectRefused(a, "tensor 1: its range is not enforced");
}

TEST(Certificate, TableValueBeyondHalfThePrimeIsRefused) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 1);
  a.InRange(a.Of(x), 0, 1);
  a.r.tables[0].values[1] = 1065353217;
  ExpectRefused(a, "table 0");
}

TEST(Certificate, BooleanProductJustifiesZeroAndOneOnly) {
  Raw a;
  const TensorId b = a.Tensor(kFour, 0, 1);
  a.r.products.push_back({a.Of(b), a.Of(b), a.Of(b)});
  ExpectCertified(a);
  a.r.products[0].a.terms[0].coeff = 2;  // 2 b * b = b also has the root (p + 1) / 2
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, ProductBoundsItsResult) {
  Raw a;
  const TensorId x = a.Tensor(kFour, -128, 127), y = a.Tensor(MakeShape({1}), -65536, 65536);
  a.InRange(a.Of(x), -128, 127);
  auto row = [&](TensorId t) {
    IndexMap map;
    map.sources.push_back({DimSource::Kind::kAffine, 1, 1, 0, {}});
    return View{MakeShape({1, 4}), {{t, 1, map}}, {}};
  };
  a.r.products.push_back({row(x), row(x), a.Of(y)});
  ExpectCertified(a);
  a.r.tensors[1].lo = 0;  // a sum of four squares
  ExpectCertified(a);
  a.r.tensors[1].lo = 1;
  ExpectRefused(a, "not enforced");
  a.r.tensors[1].lo = 0;
  a.r.tensors[1].hi = 65535;
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, WrappingSumOfSquaresIsRefused) {
  // re^2 + im^2 of 16-bit values reaches 2^31 > p.
  Raw a;
  const TensorId x = a.Tensor(MakeShape({4, 2}), -32768, 32767);
  const TensorId y = a.Tensor(kFour, 0, kHalfModulus);
  a.InRange(a.Of(x), -32768, 32767);
  a.InRange(a.Of(y), 0, 0);
  a.r.tensors[y].hi = 0;
  a.r.products.push_back({a.Of(x), a.Of(x), a.Of(y)});
  ExpectRefused(a, "product 0: can wrap");
}

TEST(Certificate, WrappingAccumulatorIsRefused) {
  Raw a;
  const TensorId x = a.Tensor(MakeShape({1, 64}), -128, 127);
  a.InRange(a.Of(x), -128, 127);
  a.r.weights.push_back({MakeShape({1, 1, 64}), std::vector<int32_t>(64, 127)});
  const View acc{MakeShape({1, 1}), {{x, 1, Conv{}}}, {}};
  const Interval bound = BoundView(a.r, acc);
  EXPECT_EQ(bound.lo, -64 * 128 * 127);
  a.r.tables.push_back({"", {0}, {0}});
  a.r.lookups.push_back({acc, 0, false, {}, 1});
  ExpectCertified(a);
  a.r.weights[0].values.assign(64, 130051);  // 64 * 128 * 130051 = 1065377792 > (p - 1) / 2
  ExpectRefused(a, "lookup 1: key can wrap");
  a.r.weights[0].values.assign(64, 130048);  // 1065353216 = (p - 1) / 2
  ExpectCertified(a);
}

TEST(Certificate, WrappingValueIsRefused) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 1);
  a.InRange(a.Of(x), 0, 1);
  a.r.tables.push_back({"", {0, 1}, {0, 1}});
  a.r.lookups.push_back({a.Of(x), 0, true, a.Of(x, 1065353216), 1});  // (p - 1) / 2
  ExpectCertified(a);
  a.r.lookups[1].value.constants.push_back({0, {1}});
  ExpectRefused(a, "lookup 1: value can wrap");
}

TEST(Certificate, EqualityMayNotReachThePrime) {
  Raw a;
  const TensorId x = a.Tensor(kFour, 0, 2);
  a.InRange(a.Of(x), 0, 2);
  a.r.equalities.push_back({a.Of(x, 1065353216)});  // 2 * coefficient = p - 1
  ExpectCertified(a);
  a.r.equalities[0].v.constants.push_back({0, {1}});
  ExpectRefused(a, "equality 0: can wrap");
}

TEST(Certificate, TwoLimbsThatCoverTheFieldAreNoRangeCheck) {
  // 16 + 15 bits: -1 = p - 1 < 2^31 would pass.
  Raw a;
  const TensorId t = a.Tensor(kFour, 0, kHalfModulus), low = a.Tensor(kFour, 0, 65535);
  a.InRange(a.Of(low), 0, 65535);
  a.InRange(Plus(a.Of(t), a.Of(low), -1), 0, 32767, 16);
  ExpectRefused(a, "not enforced");
}

TEST(Certificate, MaximumOfTwoIsBoundedRowByRow) {
  Raw a;
  const TensorId x = a.Tensor(kFour, -4, 4), y = a.Tensor(kFour, -2, 9), m = a.Tensor(kFour, -2, 9);
  a.InRange(a.Of(x), -4, 4);
  a.InRange(a.Of(y), -2, 9);
  Table positive;
  for (int32_t k = -20; k <= 20; ++k) {
    positive.keys.push_back(k);
    positive.values.push_back(std::max(k, 0));
  }
  a.r.tables.push_back(positive);
  a.r.lookups.push_back({Plus(a.Of(x), a.Of(y), -1), 0, true, Plus(a.Of(m), a.Of(y), -1), 2});
  ExpectCertified(a);
  a.r.tensors[m].hi = 8;
  ExpectRefused(a, "tensor 2");
  a.r.tensors[m] = {"", kFour, -1, 9};
  ExpectRefused(a, "tensor 2");
}

TEST(Certificate, ClaimedRangeBeyondHalfThePrimeIsRefused) {
  Raw a;
  a.InRange(a.Of(a.Tensor(kFour, 0, kHalfModulus + 1)), 0, 1);
  ExpectRefused(a, "tensor 0: range leaves");
  a.r.tensors[0] = {"", kFour, 1, 0};
  ExpectRefused(a, "tensor 0: range leaves");
}

}  // namespace
}  // namespace voizk
