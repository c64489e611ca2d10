// Products that are rounded at once: the product itself needs no cell.
#ifndef VOIZK_RELATION_GADGETS_SCALED_PRODUCT_H_
#define VOIZK_RELATION_GADGETS_SCALED_PRODUCT_H_

#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// y = floor((sum over the dims beyond y's rank of x1 * x2, plus addend) / 2^shift), shift >= 1, y
/// a tensor that the caller has added: 2^shift y + low - addend is the product's third view. Costs,
/// beside y, a cell for `low`, the range checks of both, and the product.  The honest y lies in its
/// claimed range by what the caller knows; else the prover refuses.
void ProductShiftInto(Builder& b, const std::string& name, const View& x1, const View& x2,
                      int shift, const View& addend, TensorId y);

/// The same rounded to nearest, y = floor((sum + 2^(shift-1)) / 2^shift), in the range that the
/// operands' ranges give.
TensorId ProductShift(Builder& b, const std::string& name, const View& x1, const View& x2,
                      int shift, Shape out);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_SCALED_PRODUCT_H_
