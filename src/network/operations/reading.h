// Values read through index maps: what every operation that moves values is made of.
#ifndef VOIZK_NETWORK_OPERATIONS_READING_H_
#define VOIZK_NETWORK_OPERATIONS_READING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/operations/operation.h"
#include "relation/builder/index_maps.h"  // IWYU pragma: export

namespace voizk::op {

/// Terms of a view that rearranging operations may make; beyond, what they read is committed.  The
/// interval rule is exact up to here (2^16 regions times terms, docs/protocol/relation.md, 5).
inline constexpr size_t kMaxRearrangedTerms = 128;

/// The sum of `value` read through each of the maps, whose boxes are disjoint as a rule.  Costs
/// nothing where views of the tensors behind `value` say so (relation/builder/compose.h), else
/// `value` is committed first, and remembers it.
View ReadThrough(Builder& b, const std::string& name, Value& value, const Shape& out,
                 const std::vector<IndexMap>& maps);

/// A dimension of `shape`, counted from the end if negative; kInvalidArgument if there is none.
Result<size_t> AxisOf(int64_t axis, const Shape& shape);

/// The shape of several values joined by numpy's rule: aligned at the last dimension, a dimension
/// of length 1 repeats.  kInvalidArgument where lengths differ otherwise.
Result<Shape> BroadcastShape(const Shape& a, const Shape& b);

/// How a value of shape `in` is read at each index of `out` by that rule.
IndexMap BroadcastMap(const Shape& in, const Shape& out);

/// `value` in that shape.
View BroadcastTo(Builder& b, const std::string& name, Value& value, const Shape& out);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_READING_H_
