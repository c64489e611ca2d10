// Steps by name: how the honest prover computes tensors (relation.h, StepKind, says what each kind
// does; docs/protocol/relation.md section 8).  A `refusal` is the reason given where a value lies
// outside the step's domain; empty: a text that names the step.
#ifndef VOIZK_RELATION_BUILDER_STEPS_H_
#define VOIZK_RELATION_BUILDER_STEPS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relation/core/relation.h"

namespace voizk::steps {

/// t <- the external input of this name.
Step Input(std::string name, TensorId t);
/// t <- v.
Step Material(std::string name, View v, TensorId t);
/// y <- T(v).
Step Table(std::string name, View v, TensorId y, TableId table, std::string refusal = {});
/// low <- v mod 2^shift, y <- T(floor(v / 2^shift)).
Step Requant(std::string name, View v, int shift, TensorId low, TensorId y, TableId table,
             std::string refusal = {});
/// low <- v mod 2^bits.
Step Low(std::string name, View v, int bits, TensorId low);
/// high <- floor(v / 2^bits).
Step Shift(std::string name, View v, int bits, TensorId high);
/// h = floor(v / 2^shift); y <- clamp(h, lo, hi), low <- v mod 2^shift, over <- max(h - y, 0),
/// under <- max(y - h, 0), as far as they are there.
Step ShiftClamp(std::string name, View v, int shift, int64_t lo, int64_t hi, TensorId y,
                std::optional<TensorId> low, std::optional<TensorId> over,
                std::optional<TensorId> under);
/// fine <- 1 if begin <= v < end, else 0; low <- v mod 2^fine_shift if so, else v mod 2^shift.
Step TwoScales(std::string name, View v, int shift, int fine_shift, int64_t begin, int64_t end,
               TensorId low, TensorId fine);
/// t <- the sum over the dims beyond t's rank of a * b.
Step Product(std::string name, View a, View b, TensorId t);
/// y <- floor((the same + addend) / 2^shift), low <- what is left.
Step ProductShift(std::string name, View a, View b, View addend, int shift, TensorId y,
                  TensorId low);
/// t[.., m, n] <- the sum over k of a[.., m, k] * b[.., n, k].
Step MatMul(std::string name, View a, View b, TensorId t);
/// t <- v at multiples of the strides along its first two dims, 0 between.
Step Spread(std::string name, View v, TensorId t, std::array<uint32_t, 2> strides);
/// bits[.., j] <- bit j of v, two's complement.
Step Bits(std::string name, View v, int count, TensorId bits);
/// q <- floor(n / d), r <- n - q * d; refuses where d < 1.
Step FloorDiv(std::string name, View n, View d, TensorId q, TensorId r, std::string refusal = {});
/// The same without the remainder.
Step Quotient(std::string name, View n, View d, TensorId q);
/// s <- floor(sqrt(v)), r <- v - s * s; refuses where v < 0.
Step Isqrt(std::string name, View v, TensorId s, TensorId r);
/// t <- the largest over all views and over their dims beyond t's rank.
Step MaxDim(std::string name, std::vector<View> views, TensorId t);
/// t <- 1 at the first inner index where v is largest, else 0; the first `outer` dims are outer.
Step OneHotMax(std::string name, View v, int outer, TensorId t);
/// t[.., i] <- 1 where v = i, else 0; refuses a v that is no place of t's last dim.
Step OneHot(std::string name, View v, TensorId t);
/// t[.., i] <- 1 at all i before the first along the last dim where v is largest, else 0; t is one
/// shorter than v.
Step BeforeMax(std::string name, View v, TensorId t);
/// bit <- 1 if v >= 0, else 0.
Step GreaterEq(std::string name, View v, TensorId bit);
/// exponent <- floor(log2(v)); refuses where v < 1.
Step Log2(std::string name, View v, TensorId exponent);
/// z <- the least z of its range with sum over v's dims beyond z's rank of T(v - z) <= total; keys
/// of the table, which does not fall, are first..last, and keys beyond are cut to them.
Step LeastShift(std::string name, View v, TensorId z, TableId table, int64_t total, int64_t first,
                int64_t last);
/// Refuses unless lo <= v <= hi everywhere.
Step CheckRange(View v, int64_t lo, int64_t hi, std::string refusal);
/// The hint registered under this name (relation/execution/hints.h).
Step Custom(std::string hint, std::vector<View> views, std::vector<TensorId> outputs,
            std::vector<int64_t> params, std::string refusal = {});
/// All of body for one index of dim 0 after the other, from the last if `reverse`.
Step Recurrence(std::string name, std::vector<Step> body, bool reverse);

}  // namespace voizk::steps

#endif  // VOIZK_RELATION_BUILDER_STEPS_H_
