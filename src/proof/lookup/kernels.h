// Inner loops of the fraction tree.  voizk::X runs the widest vector unit, voizk::plain::X is its
// plain sibling with the same results bit for bit.
#ifndef VOIZK_PROOF_LOOKUP_KERNELS_H_
#define VOIZK_PROOF_LOOKUP_KERNELS_H_

#include <array>

#include "algebra/field/ext_array.h"

namespace voizk {

/// The two fractions of each node of a layer: n0/q0 and m1/q1 with m1 = n1 + lambda q1, so that
/// G = n0 q1 + n1 q0 + lambda q0 q1 = n0 q1 + m1 q0.
template <int D>
struct FractionSpans {
  ExtSpan<D> n0, m1, q0, q1;
  FractionSpans subspan(size_t offset, size_t count) const {
    return {n0.subspan(offset, count), m1.subspan(offset, count), q0.subspan(offset, count),
            q1.subspan(offset, count)};
  }
};

/// One level up: n[x] = n0 q1 + n1 q0, q[x] = q0 q1.  Outputs must not overlap inputs.
template <int D>
void AddFractions(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                  ExtSpan<D> n, ExtSpan<D> q);

/// sum_k eq[k] G_k(0) and sum_k eq[k] G_k(2), where G_k is the polynomial in the variable that
/// distinguishes lo (0) from hi (1).
template <int D>
std::array<Ext<D>, 2> FractionRound(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                    ExtConstSpan<D> eq);

/// Nodes that are sums of two lookups, n0 = n1 = 1: there m1 = 1 + lambda q1 and
///   G = q1 + m1 q0 = m1 (q0 + 1/lambda) - 1/lambda,
/// so that two arrays do instead of four.  sum_k eq[k] m1_k (q0_k + shift) at 0 and at 2.
template <int D>
struct LookupSpans {
  ExtConstSpan<D> m1, q0;
};
template <int D>
std::array<Ext<D>, 2> LookupRound(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                  const Ext<D>& shift, ExtConstSpan<D> eq);

namespace plain {
template <int D>
std::array<Ext<D>, 2> LookupRound(const LookupSpans<D>& lo, const LookupSpans<D>& hi,
                                  const Ext<D>& shift, ExtConstSpan<D> eq);
template <int D>
void AddFractions(ExtConstSpan<D> n0, ExtConstSpan<D> n1, ExtConstSpan<D> q0, ExtConstSpan<D> q1,
                  ExtSpan<D> n, ExtSpan<D> q);
template <int D>
std::array<Ext<D>, 2> FractionRound(const FractionSpans<D>& lo, const FractionSpans<D>& hi,
                                    ExtConstSpan<D> eq);
}  // namespace plain

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_KERNELS_H_
