// Sums of views as data, exact: no coefficient and no constant is ever cut to fit.  The certificate
// bounds what comes out of here, and a sum that differed from what was asked for would make every
// bound a bound of something else.
#ifndef VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_
#define VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_

#include <cstdint>
#include <optional>

#include "relation/core/relation.h"

namespace voizk {

/// a + factor * b; equal terms and constants of equal dimensions are merged, so that what cancels
/// is gone.  Where a merged coefficient or constant would be no int32 the two stand side by side.
/// Nothing if the shapes differ or factor times a single coefficient or constant is no int32.
std::optional<View> Combine(View a, const View& b, int32_t factor);

/// v without its term at an index.
View WithoutTerm(const View& v, size_t index);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_VIEW_ALGEBRA_H_
