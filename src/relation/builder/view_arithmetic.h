// Sums of views.  No relation is needed: a view is data.
#ifndef VOIZK_RELATION_BUILDER_VIEW_ARITHMETIC_H_
#define VOIZK_RELATION_BUILDER_VIEW_ARITHMETIC_H_

#include <cstdint>
#include <vector>

#include "relation/core/relation.h"

namespace voizk::views {

/// One value everywhere.
View Constant(Shape shape, int32_t value);
/// A public tensor, row-major.
View Constants(Shape shape, std::vector<int32_t> values);

// Equal terms are merged, so that what cancels is gone (Combine, view_algebra.h).  Views of two
// shapes, or a scaled coefficient or constant that is no int32, give a view that no builder
// accepts.
View Add(View a, const View& b);
View Sub(View a, const View& b);
View Scale(const View& a, int32_t factor);
View Offset(View a, int32_t constant);

}  // namespace voizk::views

#endif  // VOIZK_RELATION_BUILDER_VIEW_ARITHMETIC_H_
