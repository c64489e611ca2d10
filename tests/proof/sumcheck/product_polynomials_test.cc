// Rounds against the definition: the polynomial's values are sums of products of multilinear
// extensions, whatever the sizes of the tables.
#include "proof/sumcheck/product_polynomials.h"

#include <gtest/gtest.h>

#include <utility>

#include "crypto/hash/rng.h"
#include "proof/sumcheck/rounds.h"
#include "proof/sumcheck/verifier_side.h"

namespace voizk {
namespace {

// sum over the remaining variables with the first set to r_0.., X.
template <int D>
std::vector<Ext<D>> Promote(std::span<const Fp> v, size_t n) {
  std::vector<Ext<D>> out(n);
  for (size_t i = 0; i < v.size(); ++i) out[i] = Ext<D>::FromBase(v[i]);
  return out;
}
template <int D>
std::vector<Ext<D>> BindTo(const std::vector<Ext<D>>& v, const Ext<D>& x) {
  std::vector<Ext<D>> out(v.size() / 2);
  for (size_t i = 0; i < out.size(); ++i) out[i] = v[i] + x * (v[i + out.size()] - v[i]);
  return out;
}
template <int D>
std::vector<Ext<D>> Padded(const ExtVec<D>& v, size_t n) {
  std::vector<Ext<D>> out = v.ToVector();
  out.resize(n);
  return out;
}

template <int D>
void Compare(int bits, size_t size) {
  SecureRng rng = SecureRng::ForTest(static_cast<uint64_t>(size));
  ThreadPool pool(2);
  const size_t n = size_t{1} << bits;
  ExtVec<D> e(size);
  for (size_t i = 0; i < size; ++i) e.set(i, rng.NextExt<D>());
  std::vector<Fp> a(size), b(size);
  rng.Fill(a);
  rng.Fill(b);
  auto ne = Padded(e, n), na = Promote<D>(a, n), nb = Promote<D>(b, n);
  DotPolynomial<D> dot(e.Clone(), a, bits, pool);
  // With room behind e, in which anything may lie.
  ExtVec<D> roomy(n);
  for (size_t i = 0; i < n; ++i) roomy.set(i, i < size ? e.get(i) : rng.NextExt<D>());
  DotPolynomial<D> in_room(std::move(roomy), a, bits, pool);
  TriplePolynomial<D> triple(e.Clone(), a, b, bits, pool);
  Ext<D> sum;
  for (size_t i = 0; i < n; ++i) sum += ne[i] * na[i] * nb[i];
  EXPECT_EQ(triple.Sum(), sum);
  for (int i = 0; i < bits; ++i) {
    std::array<Ext<D>, 2> d;
    std::array<Ext<D>, 3> t;
    for (size_t k = 0; k < 3; ++k) {
      const Ext<D> x = Ext<D>::FromI64(k == 0 ? 0 : static_cast<int64_t>(k) + 1);
      const auto xe = BindTo(ne, x), xa = BindTo(na, x), xb = BindTo(nb, x);
      for (size_t j = 0; j < xe.size(); ++j) {
        if (k < 2) d[k] += xe[j] * xa[j];
        t[k] += xe[j] * xa[j] * xb[j];
      }
    }
    EXPECT_EQ(dot.Evaluate(), d) << bits << " " << size << " round " << i;
    EXPECT_EQ(in_room.Evaluate(), d) << bits << " " << size << " round " << i;
    EXPECT_EQ(triple.Evaluate(), t) << bits << " " << size << " round " << i;
    const Ext<D> r = rng.NextExt<D>();
    dot.Bind(r);
    in_room.Bind(r);
    triple.Bind(r);
    ne = BindTo(ne, r);
    na = BindTo(na, r);
    nb = BindTo(nb, r);
  }
  EXPECT_EQ(dot.e(), ne[0]);
  EXPECT_EQ(dot.w(), na[0]);
  EXPECT_EQ(in_room.e(), ne[0]);
  EXPECT_EQ(in_room.w(), na[0]);
  EXPECT_EQ(triple.a(), na[0]);
  EXPECT_EQ(triple.b(), nb[0]);
}

TEST(ProductPolynomials, AgreeWithTheDefinition) {
  for (const int bits : {1, 2, 5, 8}) {
    const size_t n = size_t{1} << bits;
    for (const size_t size : {size_t{1}, n / 2, n / 2 + 1, n - 1, n, n / 3}) {
      if (size == 0) continue;
      Compare<4>(bits, size);
      Compare<5>(bits, size);
    }
  }
  Compare<4>(14, 9001);  // several chunks
}

// Stretches of a and b in K, among them one that begins in a chunk and ends in the next.
template <int D>
void CompareStretches(int bits, size_t size, const std::vector<std::pair<size_t, size_t>>& places) {
  SecureRng rng = SecureRng::ForTest(static_cast<uint64_t>(size + places.size()));
  ThreadPool pool(2);
  const size_t n = size_t{1} << bits;
  const auto random = [&](size_t count) {
    ExtVec<D> v(count);
    for (size_t i = 0; i < count; ++i) v.set(i, rng.NextExt<D>());
    return v;
  };
  ExtVec<D> w = random(size);
  std::vector<Fp> a(size), b(size);
  rng.Fill(a);
  rng.Fill(b);
  auto nw = Padded(w, n), na = Promote<D>(a, n), nb = Promote<D>(b, n);
  std::vector<ExtStretch<D>> stretches;
  for (const auto& [begin, count] : places) {
    stretches.push_back({begin, random(count), random(count)});
    for (size_t i = 0; i < count; ++i) {
      na[begin + i] = stretches.back().a.get(i);
      nb[begin + i] = stretches.back().b.get(i);
    }
  }
  TriplePolynomial<D> triple(std::move(w), a, b, bits, pool, std::move(stretches));
  Ext<D> sum;
  for (size_t i = 0; i < n; ++i) sum += nw[i] * na[i] * nb[i];
  EXPECT_EQ(triple.Sum(), sum);
  for (int i = 0; i < bits; ++i) {
    std::array<Ext<D>, 3> t;
    for (size_t k = 0; k < 3; ++k) {
      const Ext<D> x = Ext<D>::FromI64(k == 0 ? 0 : static_cast<int64_t>(k) + 1);
      const auto xw = BindTo(nw, x), xa = BindTo(na, x), xb = BindTo(nb, x);
      for (size_t j = 0; j < xw.size(); ++j) t[k] += xw[j] * xa[j] * xb[j];
    }
    EXPECT_EQ(triple.Evaluate(), t) << bits << " " << size << " round " << i;
    const Ext<D> r = rng.NextExt<D>();
    triple.Bind(r);
    nw = BindTo(nw, r);
    na = BindTo(na, r);
    nb = BindTo(nb, r);
  }
  EXPECT_EQ(triple.a(), na[0]);
  EXPECT_EQ(triple.b(), nb[0]);
}

TEST(ProductPolynomials, FactorsMayLieInTheExtensionFromTheStart) {
  CompareStretches<4>(1, 1, {{0, 1}});
  CompareStretches<4>(4, 16, {{0, 16}});
  CompareStretches<5>(4, 11, {{1, 2}, {3, 1}, {9, 2}});
  CompareStretches<4>(4, 11, {{8, 3}});
  CompareStretches<4>(14, 13001, {{4000, 300}, {9000, 1}, {12900, 101}});
}

TEST(Rounds, LagrangeWeightsInterpolate) {
  SecureRng rng = SecureRng::ForTest(4);
  const auto c = std::array{rng.NextExt<4>(), rng.NextExt<4>(), rng.NextExt<4>(), rng.NextExt<4>()};
  const auto at = [&](const Ext<4>& x) { return c[0] + x * (c[1] + x * (c[2] + x * c[3])); };
  const Ext<4> r = rng.NextExt<4>();
  Ext<4> sum;
  const auto w = LagrangeWeights<4, 4>(r);
  for (size_t i = 0; i < 4; ++i) sum += w[i] * at(Ext<4>::FromI64(static_cast<int64_t>(i)));
  EXPECT_EQ(sum, at(r));
}

// A verifier's side of a proof of zeros.
struct ZeroProof {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(1000);
  ByteReader proof{bytes, ErrorCode::kProofMalformed, "proof"};
  Transcript transcript;
  ConstraintSystem<4> constraints{PadPlan{60, {}, 0}};
  VerifierChannel<4> channel{&transcript, &constraints, &proof};
  VerifierSide<4> side{&channel};
};

// eq(rho, x) leaves nothing of a variable with rho_i = 0 to divide by.
TEST(Rounds, ZeroCoordinateIsRejected) {
  ZeroProof zeros;
  VerifierSide<4>& side = zeros.side;
  UnknownPolynomial<4, 2> polynomial;
  const RoundLabels<2> labels{{"a", "b"}, "r"};
  std::vector<Ext<4>> rho = {Ext<4>::FromI64(5), Ext<4>::FromI64(6)};
  EXPECT_TRUE(
      RunEqSumcheck<4>(side, labels, std::span<const Ext<4>>(rho), AffineForm<4>(), polynomial)
          .ok());
  rho[1] = Ext<4>::kZero;
  const auto result =
      RunEqSumcheck<4>(side, labels, std::span<const Ext<4>>(rho), AffineForm<4>(), polynomial);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kProofRejected);
  EXPECT_TRUE(result.error().Failed(Check::kZeroCoordinate));
  EXPECT_EQ(result.error().rejection->unit, Rejection::Unit::kRound);
  EXPECT_EQ(result.error().rejection->position, 1u);
}

}  // namespace
}  // namespace voizk
