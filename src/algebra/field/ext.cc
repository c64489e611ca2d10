#include "algebra/field/ext.h"

#include <vector>

namespace voizk {

template <typename F>
void BatchInvert(std::span<F> xs) {
  // prefix[i] = product of the nonzero elements before i.
  std::vector<F> prefix(xs.size());
  F running = F::kOne;
  for (size_t i = 0; i < xs.size(); ++i) {
    prefix[i] = running;
    if (!xs[i].IsZero()) running *= xs[i];
  }
  F inverse = running.Inverse();
  for (size_t i = xs.size(); i-- > 0;) {
    if (xs[i].IsZero()) continue;
    const F x = xs[i];
    xs[i] = inverse * prefix[i];
    inverse *= x;
  }
}

template void BatchInvert(std::span<Fp>);
template void BatchInvert(std::span<Ext<4>>);
template void BatchInvert(std::span<Ext<5>>);

}  // namespace voizk
