// Values 0 and 1: b*b = b, one product entry per cell, cheaper than a lookup.
#ifndef VOIZK_RELATION_GADGETS_BOOLEAN_H_
#define VOIZK_RELATION_GADGETS_BOOLEAN_H_

#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// The view takes only the values 0 and 1.
void RequireBoolean(Builder& b, const View& v);
/// Every cell of t is 0 or 1.
void RequireBoolean(Builder& b, TensorId t);

/// A committed 0/1 tensor; the caller adds the step that computes it.
TensorId Boolean(Builder& b, std::string name, Shape shape);

/// bit = [v >= 0], two-sided: v + 2^k*(1 - bit) in [0, 2^k), where 2^k > |v|, k <= 29.
TensorId IsNonNegative(Builder& b, std::string name, const View& v);

/// bits[..][j] of v in [0, 2^count) or two's complement if is_signed; shape of v ++ [count].
/// count <= 29 (30 if the view's certified range allows).
TensorId Bits(Builder& b, std::string name, const View& v, int count, bool is_signed = false);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_BOOLEAN_H_
