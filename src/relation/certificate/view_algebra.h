// Sums of views as data.
#ifndef VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_
#define VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_

#include <cstdint>

#include "relation/core/relation.h"

namespace voizk {

/// a + factor * b; equal terms and constants of equal dimensions are merged, so that what cancels
/// is gone.  A view without a valid shape (rank 0) if the shapes differ or a scaled constant is no
/// int32.  A coefficient that overflows is saturated, beyond what the certificate accepts.
View Combine(View a, const View& b, int64_t factor);

/// v without its term at an index.
View WithoutTerm(const View& v, size_t index);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_
