#include "relation/gadgets/commit.h"

#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {

TensorId Input(Builder& b, std::string name, Shape shape, int64_t lo, int64_t hi) {
  const TensorId t = b.AddTensor(name, shape, lo, hi);
  b.AddStep(steps::Input(name, t));
  Range(b, b.Identity(t), lo, hi, "input " + std::move(name) + " is out of range");
  return t;
}

TensorId Public(Builder& b, std::string name, Shape shape, int64_t lo, int64_t hi) {
  const TensorId t = b.AddTensor(name, shape, lo, hi);
  b.AddStep(steps::Input(name, t));
  b.AddPublicInput(std::move(name), b.Identity(t), lo, hi);
  return t;
}

TensorId Materialise(Builder& b, std::string name, const View& v) {
  if (!b.Accepts(v, name)) return 0;
  const Interval bound = b.Bound(v);
  const TensorId t = b.AddTensor(name, v.shape, bound.lo, bound.hi);
  b.AddStep(steps::Material(std::move(name), v, t));
  b.AddEquality(views::Sub(v, b.Identity(t)));
  return t;
}

TensorId Mul(Builder& b, std::string name, const View& x, const View& y, Shape out) {
  if (!b.Accepts(x, name) || !b.Accepts(y, name)) return 0;
  bool fits = IsValidShape(out) && x.shape == y.shape && out.rank <= x.shape.rank;
  for (size_t d = 0; fits && d < static_cast<size_t>(out.rank); ++d) {
    fits = out.dims[d] == x.shape.dims[d];
  }
  if (!fits) {
    b.Fail(name + ": product of these shapes");
    return 0;
  }
  const Interval bound = ViewBounder(b.relation()).BoundProduct({x, y, views::Constant(out, 0)});
  const TensorId t = b.AddTensor(name, out, bound.lo, bound.hi);
  b.AddStep(steps::Product(std::move(name), x, y, t));
  b.AddProduct({x, y, b.Identity(t)});
  return t;
}

}  // namespace voizk::gadgets
