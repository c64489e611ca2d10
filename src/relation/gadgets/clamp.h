// Shifts with a clamp, without a table of the function.
#ifndef VOIZK_RELATION_GADGETS_CLAMP_H_
#define VOIZK_RELATION_GADGETS_CLAMP_H_

#include <cstdint>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// y = clamp(floor(v / 2^shift), lo, hi), lo < hi, as
///   v = low + 2^shift (y + over - under),  0 <= low < 2^shift,  lo <= y <= hi,
///   over, under >= 0,  over (hi - y) = 0,  under (y - lo) = 0
/// which has one solution: what is over shows y = hi, what is under y = lo, and not both are.  Per
/// index 4 cells and a limb for what over and under may reach beyond 2^10 or the index count, as
/// many lookups, 2 products (where over (hi - y) may leave (-p/2, p/2) a boolean, a range check and
/// a product more); no rows but those of range tables.  An over or under that v's certified range
/// excludes is left out.
/// Of many values, where hi - lo + 1 is a power of two from 2^6 on, 4 cells and 4 lookups instead:
/// with u = floor(v / 2^shift) - lo, a table gives the side of u's high part (below, within, above
/// the clamp), another y of that side and u's low bits; a row per high part and 3 (hi - lo + 1).
/// An error of the builder: lo >= hi, a bound beyond p/2, a shift that is
/// not in 0..29, a v that may leave (-p/2, p/2) (kUnsupported).
TensorId ShiftClamp(Builder& b, const std::string& name, const View& v, int shift, int64_t lo,
                    int64_t hi);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_CLAMP_H_
