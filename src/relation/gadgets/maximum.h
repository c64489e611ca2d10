// Maxima.
#ifndef VOIZK_RELATION_GADGETS_MAXIMUM_H_
#define VOIZK_RELATION_GADGETS_MAXIMUM_H_

#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// max over the dims of v beyond out's rank (v's shape is out ++ inner).  Narrow values: a tree of
/// maxima of two, one cell and one lookup each.  Wide ones: range checks and a one-hot choice.
TensorId Max(Builder& b, const std::string& name, const View& v, Shape out);

/// max over the dims of v from `outer` >= 1 on, which become 1 or (wide values) disappear.  Narrow
/// values: halves of one dimension after the other are compared, at most n - 1 + log2 n cells and
/// lookups for a dimension of n and log2 n constraints, where Max takes n - 1 of each.  Wide ones
/// as Max.
TensorId MaxOverLast(Builder& b, const std::string& name, const View& v, int outer);

/// max(x, y) of wide values, without a table: y + s*(x - y), s = [x - y >= 0].
TensorId MaxOfTwo(Builder& b, const std::string& name, const View& x, const View& y);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_MAXIMUM_H_
