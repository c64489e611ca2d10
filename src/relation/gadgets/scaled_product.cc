#include "relation/gadgets/scaled_product.h"

#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {

void ProductShiftInto(Builder& b, const std::string& name, const View& x1, const View& x2,
                      int shift, const View& addend, TensorId y) {
  const Shape out = b.tensor(y).shape;
  bool fits = b.Accepts(x1, name) && b.Accepts(x2, name) && b.Accepts(addend, name) &&
              x1.shape == x2.shape && addend.shape == out && out.rank <= x1.shape.rank &&
              shift >= 1 && shift < 30;
  for (size_t d = 0; fits && d < static_cast<size_t>(out.rank); ++d) {
    fits = out.dims[d] == x1.shape.dims[d];
  }
  if (!fits) return b.Fail(name + ": scaled product of these shapes");
  const int64_t unit = int64_t{1} << shift;
  const TensorId low = b.AddTensor(name + " low part", out, 0, unit - 1);
  b.AddStep(steps::ProductShift(name, x1, x2, addend, shift, y, low));
  // sum + addend = 2^shift y + low with low in [0, 2^shift) has one solution over the integers.
  RequireBelow(b, b.Identity(low), unit);
  Range(b, b.Identity(y), b.tensor(y).lo, b.tensor(y).hi);
  const View whole =
      views::Add(views::Scale(b.Identity(y), static_cast<int32_t>(unit)), b.Identity(low));
  b.AddProduct({x1, x2, views::Sub(whole, addend)});
}

TensorId ProductShift(Builder& b, const std::string& name, const View& x1, const View& x2,
                      int shift, Shape out) {
  if (!b.Accepts(x1, name) || !b.Accepts(x2, name) || !IsValidShape(out) || shift < 1 ||
      shift >= 30 || !(x1.shape == x2.shape)) {
    b.Fail(name + ": scaled product of these shapes");
    return 0;
  }
  const View half = views::Constant(out, int32_t{1} << (shift - 1));
  const View zero = views::Constant(out, 0);
  const Interval bound = ViewBounder(b.relation()).BoundProduct({x1, x2, zero});
  const int64_t middle = int64_t{1} << (shift - 1);
  if (!WithinHalf({bound.lo, bound.hi})) {
    b.Fail(ErrorCode::kUnsupported, name + ": product can leave (-p/2, p/2)");
    return 0;
  }
  const TensorId y =
      b.AddTensor(name, out, (bound.lo + middle) >> shift, (bound.hi + middle) >> shift);
  ProductShiftInto(b, name, x1, x2, shift, half, y);
  return y;
}

}  // namespace voizk::gadgets
