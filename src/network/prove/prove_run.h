// A run of a network and its proof in one: the network is executed once.
#ifndef VOIZK_NETWORK_PROVE_PROVE_RUN_H_
#define VOIZK_NETWORK_PROVE_PROVE_RUN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "voizk/graph.h"

namespace voizk {

struct ProvenRun {
  std::vector<int32_t> output;
  std::vector<uint8_t> proof;
};

/// What ProveNetwork proves with the output that EvaluateNetwork finds, and the errors of both.
Result<ProvenRun> ProveRun(const Network& network, const Inputs& inputs,
                           std::span<const uint8_t> context, int threads);

}  // namespace voizk

#endif  // VOIZK_NETWORK_PROVE_PROVE_RUN_H_
