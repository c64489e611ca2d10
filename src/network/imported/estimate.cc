// What a proof takes, from what its relation holds.
#include <algorithm>

#include "voizk/model.h"

namespace voizk {

namespace {

// Fitted to the first table of docs/networks.md, two threads of an EPYC with AVX2, of which none is
// off by more than a half.  A weight's is mostly that of building the relation.
constexpr double kSecondsFixed = 20e-3;
constexpr double kSecondsPerCell = 150e-9;
constexpr double kSecondsPerLookup = 150e-9;
constexpr double kSecondsPerProduct = 50e-9;
constexpr double kSecondsPerWeight = 20e-9;
constexpr double kSerialPart = 0.25;  // of the time, whatever the threads
constexpr double kBytesFixed = 25e6;
constexpr double kBytesPerCell = 26;
constexpr double kBytesPerLookup = 26;
constexpr double kBytesPerProduct = 32;
constexpr double kBytesPerWeight = 12;

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
