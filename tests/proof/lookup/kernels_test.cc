// The kernels of the fraction tree against the plain ones, and these against the arithmetic of
// fractions.
#include "proof/lookup/kernels.h"

#include <gtest/gtest.h>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <int D>
ExtVec<D> RandomVec(SecureRng& rng, size_t n) {
  ExtVec<D> v(n);
  for (size_t i = 0; i < n; ++i) v.set(i, rng.NextExt<D>());
  return v;
}

template <int D>
void RoundMatches() {
  SecureRng rng = SecureRng::ForTest(1);
  for (const size_t n : {1u, 7u, 8u, 16u, 33u, 512u}) {
    std::vector<ExtVec<D>> v;
    for (int i = 0; i < 8; ++i) v.push_back(RandomVec<D>(rng, n));
    if (n == 33) {
      // The largest representatives, where a missing reduction would overflow.
      for (auto& x : v) {
        for (int l = 0; l < D; ++l) std::fill_n(x.limb(l), n, Fp::FromRaw(Fp::kModulus - 1));
      }
    }
    const ExtVec<D> eq = RandomVec<D>(rng, n);
    const FractionSpans<D> lo{v[0].span(), v[1].span(), v[2].span(), v[3].span()};
    const FractionSpans<D> hi{v[4].span(), v[5].span(), v[6].span(), v[7].span()};
    EXPECT_EQ(FractionRound<D>(lo, hi, eq.span()), plain::FractionRound<D>(lo, hi, eq.span())) << n;
    const Ext<D> shift = n == 33 ? v[0].get(0) : rng.NextExt<D>();
    const LookupSpans<D> lookup_lo{v[0].span(), v[1].span()}, lookup_hi{v[2].span(), v[3].span()};
    EXPECT_EQ(LookupRound<D>(lookup_lo, lookup_hi, shift, eq.span()),
              plain::LookupRound<D>(lookup_lo, lookup_hi, shift, eq.span()))
        << n;
  }
}
TEST(LookupKernels, FractionRoundMatchesScalar) {
  RoundMatches<4>();
  RoundMatches<5>();
}

template <int D>
void AddMatches() {
  SecureRng rng = SecureRng::ForTest(2);
  for (const size_t n : {1u, 7u, 8u, 31u, 512u}) {
    std::vector<ExtVec<D>> v;
    for (int i = 0; i < 4; ++i) v.push_back(RandomVec<D>(rng, n));
    ExtVec<D> num(n), den(n), plain_num(n), plain_den(n);
    AddFractions<D>(v[0].span(), v[1].span(), v[2].span(), v[3].span(), num.span(), den.span());
    plain::AddFractions<D>(v[0].span(), v[1].span(), v[2].span(), v[3].span(), plain_num.span(),
                           plain_den.span());
    EXPECT_EQ(num.ToVector(), plain_num.ToVector());
    EXPECT_EQ(den.ToVector(), plain_den.ToVector());
    // As fractions: n / q = n0/q0 + n1/q1.
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(num.get(i) * den.get(i).Inverse(),
                v[0].get(i) * v[2].get(i).Inverse() + v[1].get(i) * v[3].get(i).Inverse());
    }
  }
}
TEST(LookupKernels, AddFractionsMatchesScalarAndAddsFractions) {
  AddMatches<4>();
  AddMatches<5>();
}

}  // namespace
}  // namespace voizk
