// Inner loops of the sum-checks of products.  voizk::X runs the widest vector unit,
// voizk::plain::X is its plain sibling with the same results bit for bit.
//
// lo and hi are the two halves of a table, hi possibly shorter: a table's entries beyond its size
// are zero.
#ifndef VOIZK_PROOF_SUMCHECK_KERNELS_H_
#define VOIZK_PROOF_SUMCHECK_KERNELS_H_

#include <array>

#include "algebra/field/ext_array.h"

namespace voizk {

/// A table split at its top variable.
template <typename Span>
struct Halves {
  Span lo, hi;  // hi.size() <= lo.size()
};

// sum_i p_i(X) for X = 0, 2, .., where p_i is the product of the lines through (0, lo_i) and
// (1, hi_i) of every table.
#define VOIZK_SUMCHECK_KERNELS                                                            \
  template <int D>                                                                        \
  std::array<Ext<D>, 2> DotRound(Halves<ExtConstSpan<D>> a, Halves<FpSpan> b);            \
  template <int D>                                                                        \
  std::array<Ext<D>, 2> DotRound(Halves<ExtConstSpan<D>> a, Halves<ExtConstSpan<D>> b);   \
  template <int D>                                                                        \
  std::array<Ext<D>, 3> TripleRound(Halves<ExtConstSpan<D>> w, Halves<FpSpan> a,          \
                                    Halves<FpSpan> b);                                    \
  template <int D>                                                                        \
  std::array<Ext<D>, 3> TripleRound(Halves<ExtConstSpan<D>> w, Halves<ExtConstSpan<D>> a, \
                                    Halves<ExtConstSpan<D>> b);

VOIZK_SUMCHECK_KERNELS
namespace plain {
VOIZK_SUMCHECK_KERNELS
}  // namespace plain
#undef VOIZK_SUMCHECK_KERNELS

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_KERNELS_H_
