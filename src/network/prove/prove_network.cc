#include <algorithm>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "network/graph/graph.h"
#include "network/prove/prove_run.h"
#include "network/statement/network_public_values.h"
#include "proof/prover/prover.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/commit.h"
#include "voizk/graph.h"
#include "voizk/memory.h"

namespace voizk {

Result<std::vector<int32_t>> EvaluateNetwork(const Network& network, const Inputs& inputs,
                                             int threads) try {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value value, AddNetworkTo(b, network));
  const TensorId output =
      value.tensor ? *value.tensor : gadgets::Materialise(b, "output", value.view);
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, FinishNetwork(std::move(b), network));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  // All of the witness, so that what is refused here is what ProveNetwork refuses.
  VOIZK_ASSIGN_OR_RETURN(Witness witness, Execute(relation, inputs, &pool));
  const WitnessEraser erase(witness);
  return std::move(witness[output]);
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> ProveNetwork(const Network& network, const Inputs& inputs,
                                          std::span<const int32_t> output,
                                          std::span<const uint8_t> context, int threads) try {
  const KeepMemory keep;
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeNetworkInstance(network));
  VOIZK_ASSIGN_OR_RETURN(const PublicValues values,
                         NetworkPublicValues(StatementOf(network), inputs, output, context));
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), values.inputs()));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  VOIZK_ASSIGN_OR_RETURN(Witness witness, Execute(instance.relation(), inputs, &pool));
  const WitnessEraser erase(witness);
  return ProveAndErase(instance, values, &witness, &pool);
} catch (...) {
  return ErrorOfException();
}

Result<ProvenRun> ProveRun(const Network& network, const Inputs& inputs,
                           std::span<const uint8_t> context, int threads) try {
  const KeepMemory keep;
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeNetworkInstance(network));
  const Relation& relation = instance.relation();
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  VOIZK_ASSIGN_OR_RETURN(Witness witness, Execute(relation, inputs, &pool));
  const WitnessEraser erase(witness);
  ProvenRun run;
  // The last of the public inputs; that a commitment is the weights' is the proof's to find.
  const std::vector<int64_t> output = EvaluateView(relation, relation.publics.back().v, witness);
  run.output.assign(output.begin(), output.end());
  VOIZK_ASSIGN_OR_RETURN(const PublicValues values,
                         NetworkPublicValues(StatementOf(network), inputs, run.output, context));
  VOIZK_ASSIGN_OR_RETURN(run.proof, ProveAndErase(instance, values, &witness, &pool));
  return run;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
