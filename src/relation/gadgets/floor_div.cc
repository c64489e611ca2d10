#include "relation/gadgets/floor_div.h"

#include <algorithm>
#include <utility>

namespace voizk {

TensorId FloorDivIn(Builder& b, const std::string& name, const View& n, const View& d, int64_t lo,
                    int64_t hi) {
  const int64_t largest = std::max<int64_t>(b.Bound(d).hi - 1, 0);
  const TensorId q = b.AddTensor(name, n.shape, lo, hi);
  const TensorId r = b.AddTensor(name + ".remainder", n.shape, 0, largest);
  Step step;
  step.kind = StepKind::kFloorDiv;
  step.views = {n, d};
  step.outputs = {q, r};
  b.AddStep(std::move(step));
  b.Range(b.Identity(q), lo, hi);
  b.Range(b.Identity(r), 0, largest);
  b.NonNegative(Builder::Offset(Builder::Sub(d, b.Identity(r)), -1));
  b.AddProduct({.a = b.Identity(q), .b = d, .c = Builder::Sub(n, b.Identity(r))});
  return q;
}

}  // namespace voizk
