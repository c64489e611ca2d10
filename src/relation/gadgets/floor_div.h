// Division with remainder where the quotient's range is known better than from the operands.
#ifndef VOIZK_RELATION_GADGETS_FLOOR_DIV_H_
#define VOIZK_RELATION_GADGETS_FLOOR_DIV_H_

#include <string>

#include "relation/builder/builder.h"

namespace voizk {

/// q = floor(n / d) with q in [lo, hi] proven: n = q*d + r, 0 <= r <= d - 1 (so d >= 1).  n and d
/// have one shape; hi * (certified bound of d) must not wrap.
TensorId FloorDivIn(Builder& b, const std::string& name, const View& n, const View& d, int64_t lo,
                    int64_t hi);

}  // namespace voizk

#endif  // VOIZK_RELATION_GADGETS_FLOOR_DIV_H_
