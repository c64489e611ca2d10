// The networks that provers are compared on, with random weights, each
// with an input.  Sizes are the published ones.
#ifndef VOIZK_NETWORK_SAMPLES_BENCHMARK_NETWORKS_H_
#define VOIZK_NETWORK_SAMPLES_BENCHMARK_NETWORKS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/samples/random_network.h"
#include "relation/core/relation.h"

namespace voizk {

/// 32x32x1; conv 5x5 to 6, max 2; conv 5x5 to 16, max 2; dense 120, 84, 10.
Result<SampleNetwork> LeNet5(uint32_t seed = 1);
/// 32x32x3; thirteen convolutions 3x3 pad 1 (64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512
/// 512 M), max 2; dense 512, 512, 10.
Result<SampleNetwork> Vgg16(uint32_t seed = 1);
/// 100 frames of 40; conv1d to 64, k 5, pad 2; conv1d to 64, k 3, dilation 2, pad 2; mean over
/// time; dense 64.
Result<SampleNetwork> Speech1d(uint32_t seed = 1);
/// 32x32x3; conv 5x5 to 12, max 2; conv 5x5 to 33, max 2; dense 247, 173, 10.
Result<SampleNetwork> Cnn264k(uint32_t seed = 1);
/// Dense layers of these widths; the first is the input's.
Result<SampleNetwork> DenseNetwork(std::span<const uint32_t> widths, uint32_t seed = 1);

/// What a relation costs.
struct RelationCounts {
  uint64_t activations = 0;  // values of requantisations, tables and maxima
  uint64_t lookups = 0;
  uint64_t table_rows = 0;
  uint64_t committed = 0;  // cells, multiplicities included
  uint64_t products = 0;   // entries of a
  uint64_t weights = 0;
};
RelationCounts CountRelation(const Relation& relation);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SAMPLES_BENCHMARK_NETWORKS_H_
