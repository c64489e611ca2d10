// A function by table in two scales: fine where values are small, coarse where they are large.
#ifndef VOIZK_RELATION_GADGETS_TWO_SCALES_H_
#define VOIZK_RELATION_GADGETS_TWO_SCALES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// y(v) = fine(floor(v / 2^fine_shift)) where that is in [fine_begin, fine_end), else
/// coarse(floor(v / 2^shift)).  fine_shift < shift <= 16, and both ends of the fine scale are ends
/// of coarse values: multiples of 2^(shift - fine_shift).
struct TwoScales {
  int shift = 1, fine_shift = 0;
  int64_t fine_begin = 0, fine_end = 0;
  std::function<int32_t(int64_t)> coarse, fine;
};

/// y of every index of v, three cells and two lookups each:
///   (low, c) in {(l, 0): l < 2^shift} and {(l, 1): l < 2^fine_shift},
///   (v - low - gap c, y) in {(2^shift h, coarse(h))} and {(2^fine_shift g - gap, fine(g))},
/// h and g over what v can certifiedly be outside and inside of the fine scale.  The gap is longer
/// than v's range and 2^shift, so that no key of one scale is one of the other: c = 0 leaves
/// coarse rows only and c = 1 fine ones, low is then a remainder, and the row the one that v names.
/// An error of the builder: shifts or ends that are no such (kInvalidArgument); more than 2^19 rows
/// of a scale, or keys that may leave (-p/2, p/2) (kUnsupported).
TensorId LookupInTwoScales(Builder& b, const std::string& name, const View& v,
                           const TwoScales& scales);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_TWO_SCALES_H_
