// What a proof takes, from what its relation holds.
#include <algorithm>

#include "voizk/model.h"

namespace voizk {

namespace {

// One thread of a shared EPYC with AVX2, processor time fitted to the transformers of
// docs/networks.md.  A weight's is mostly that of building the relation and clearing pages.
constexpr double kSecondsFixed = 20e-3;
constexpr double kSecondsPerCell = 60e-9;
constexpr double kSecondsPerLookup = 80e-9;
constexpr double kSecondsPerProduct = 80e-9;
constexpr double kSecondsPerWeight = 40e-9;
constexpr double kSerialPart = 0.25;  // of the time, whatever the threads
constexpr double kBytesFixed = 12e6;
constexpr double kBytesPerCell = 30;
constexpr double kBytesPerLookup = 40;
constexpr double kBytesPerProduct = 64;
constexpr double kBytesPerWeight = 16;

}  // namespace

Model::Estimate Model::EstimateProof(int threads) const {
  double cells = 0, lookups = 0, products = 0, weights = 0;
  for (const Row& row : rows()) {
    cells += static_cast<double>(row.cells);
    lookups += static_cast<double>(row.lookups);
    products += static_cast<double>(row.products);
    weights += static_cast<double>(row.weights);
  }
  Estimate estimate;
  const double one = kSecondsFixed + kSecondsPerCell * cells + kSecondsPerLookup * lookups +
                     kSecondsPerProduct * products + kSecondsPerWeight * weights;
  estimate.seconds = one * (kSerialPart + (1 - kSerialPart) / std::max(threads, 1));
  estimate.bytes =
      static_cast<uint64_t>(kBytesFixed + kBytesPerCell * cells + kBytesPerLookup * lookups +
                            kBytesPerProduct * products + kBytesPerWeight * weights);
  return estimate;
}

}  // namespace voizk
