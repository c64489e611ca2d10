// Division with remainder and square roots, bounded from both sides.
#ifndef VOIZK_RELATION_GADGETS_DIVISION_H_
#define VOIZK_RELATION_GADGETS_DIVISION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// q = floor(n / d), n and d of one shape: n = q*d + r with 0 <= r <= d - 1 has one solution, and
/// none unless d >= 1.  q is shown to lie in `quotient`, which may be narrower than what the
/// operands' ranges give (the default); its product with d's certified range must not wrap.  The
/// prover refuses with `refusal` where d < 1.
TensorId FloorDiv(Builder& b, const std::string& name, const View& n, const View& d,
                  std::optional<Interval> quotient = {}, const std::string& refusal = {});

/// q = floor(n / d) by a constant d >= 1: the remainder is a view, and no product is needed.
TensorId FloorDiv(Builder& b, const std::string& name, const View& n, int32_t d, Interval quotient);

/// The constraints of FloorDiv for a quotient q that the caller has committed and bounded, and a
/// committed remainder r: 0 <= r <= d - 1 and q*d = n - r.
void RequireDivision(Builder& b, const View& n, const View& d, TensorId q, TensorId r);

/// s = floor(sqrt(v)), v >= 0: s^2 <= v < (s+1)^2.
TensorId Isqrt(Builder& b, const std::string& name, const View& v);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_DIVISION_H_
