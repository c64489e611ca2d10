#include <algorithm>
#include <utility>

#include "base/threads.h"
#include "network/statement/network_public_values.h"
#include "proof/prover/prover.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/commit.h"
#include "voizk/graph.h"

namespace voizk {

Result<std::vector<int32_t>> EvaluateNetwork(const Network& network, const Inputs& inputs,
                                             int threads) {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value value, AddNetworkTo(b, network));
  constexpr char kOutput[] = "evaluated output";
  gadgets::Materialise(b, kOutput, value.view);
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, std::move(b).Finish());
  VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(relation));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  VOIZK_ASSIGN_OR_RETURN(auto found, executor.Infer(inputs, {kOutput}, &pool));
  return std::move(found[kOutput]);
}

Result<std::vector<uint8_t>> ProveNetwork(const Network& network, const Inputs& inputs,
                                          std::span<const int32_t> output,
                                          std::span<const uint8_t> context, int threads) {
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeNetworkInstance(network, output));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  VOIZK_ASSIGN_OR_RETURN(Witness witness, Execute(instance.relation(), inputs, &pool));
  const WitnessEraser erase(witness);
  return Prove(instance, NetworkPublicValues(context), witness, &pool);
}

}  // namespace voizk
