// The sum-check's vector kernels against the plain ones.
#include "proof/sumcheck/kernels.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/hash/rng.h"

namespace voizk {
namespace {

template <int D>
ExtVec<D> RandomExt(SecureRng& rng, size_t n, bool largest) {
  ExtVec<D> v(n);
  for (size_t i = 0; i < n; ++i) {
    v.set(i, rng.NextExt<D>());
    // The largest representatives, where a missing reduction would overflow.
    if (largest) {
      for (int l = 0; l < D; ++l) v.limb(l)[i] = Fp::FromRaw(Fp::kModulus - 1);
    }
  }
  return v;
}

template <int D>
void Matches() {
  SecureRng rng = SecureRng::ForTest(1);
  for (const size_t lo : {1u, 5u, 8u, 32u, 67u, 256u}) {
    for (const size_t hi : {size_t{0}, lo / 3, lo / 2, lo}) {
      const bool largest = lo == 256;
      const ExtVec<D> w_lo = RandomExt<D>(rng, lo, largest), w_hi = RandomExt<D>(rng, hi, largest);
      const ExtVec<D> a_lo = RandomExt<D>(rng, lo, largest), a_hi = RandomExt<D>(rng, hi, largest);
      const ExtVec<D> b_lo = RandomExt<D>(rng, lo, largest), b_hi = RandomExt<D>(rng, hi, largest);
      std::vector<Fp> x_lo(lo), x_hi(hi), y_lo(lo), y_hi(hi);
      for (auto* v : {&x_lo, &x_hi, &y_lo, &y_hi}) rng.Fill(*v);
      using E = Halves<ExtConstSpan<D>>;
      using B = Halves<FpSpan>;
      const E w{w_lo.span(), w_hi.span()}, a{a_lo.span(), a_hi.span()}, b{b_lo.span(), b_hi.span()};
      const B x{x_lo, x_hi}, y{y_lo, y_hi};
      EXPECT_EQ(DotRound<D>(w, x), plain::DotRound<D>(w, x)) << lo << " " << hi;
      EXPECT_EQ(DotRound<D>(w, a), plain::DotRound<D>(w, a)) << lo << " " << hi;
      EXPECT_EQ(TripleRound<D>(w, x, y), plain::TripleRound<D>(w, x, y)) << lo << " " << hi;
      EXPECT_EQ(TripleRound<D>(w, a, b), plain::TripleRound<D>(w, a, b)) << lo << " " << hi;
    }
  }
}

TEST(SumcheckKernels, MatchesScalarDegree4) { Matches<4>(); }
TEST(SumcheckKernels, MatchesScalarDegree5) { Matches<5>(); }

}  // namespace
}  // namespace voizk
