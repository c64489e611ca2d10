// Loops over arrays of field elements.  voizk::X runs the widest vector unit found at run time;
// voizk::plain::X is the same function in plain C++, against which tests compare (MatchesScalar)
// and to which voizk::X forwards in builds with VOIZK_SCALAR.
//
// Templates exist for D = 4 and 5; name D at the call: Fold<D>(lo, hi, r, out).
#ifndef VOIZK_ALGEBRA_FIELD_KERNELS_H_
#define VOIZK_ALGEBRA_FIELD_KERNELS_H_

#include <cstdint>
#include <span>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "algebra/field/koala_bear.h"

namespace voizk {

#include "algebra/field/kernels_list.inc"

namespace plain {

#include "algebra/field/kernels_list.inc"

}  // namespace plain
}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_KERNELS_H_
