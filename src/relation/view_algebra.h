// Sums of views as data.
#ifndef VOIZK_RELATION_VIEW_ALGEBRA_H_
#define VOIZK_RELATION_VIEW_ALGEBRA_H_

#include <cstdint>

#include "relation/relation.h"

namespace voizk {

/// a + factor * b; equal terms and constants of equal dimensions are merged, so that what cancels
/// is gone.  Different shapes give a view without a valid shape (rank 0); a coefficient or constant
/// that overflows is saturated, which the certificate refuses.
View Combine(View a, const View& b, int64_t factor);

/// v without its term at an index.
View WithoutTerm(const View& v, size_t index);

}  // namespace voizk

#endif  // VOIZK_RELATION_VIEW_ALGEBRA_H_
