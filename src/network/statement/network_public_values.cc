#include "network/statement/network_public_values.h"

#include <memory>
#include <utility>

#include "base/exceptions.h"
#include "network/graph/graph.h"
#include "proof/verifier/verifier.h"
#include "relation/builder/builder.h"
#include "relation/core/structure.h"

namespace voizk {

Result<Value> AddNetworkTo(Builder& b, const Network& network, const Graph::Visitor& visit) {
  VOIZK_RETURN_IF_ERROR(network.status());
  const Graph& graph = network.graph();
  VOIZK_ASSIGN_OR_RETURN(Value value, graph.BuildWithInputs(b, {}, visit));
  const auto at = [&graph](ErrorCode code, const std::string& why) -> Error {
    return {code, "node '" + graph.name(graph.output()) + "' (" +
                      std::string(graph.kind(graph.output())) + "): " + why};
  };
  if (value.view.shape.Cells() > kMaxPublicCells) {
    return at(ErrorCode::kLimitExceeded, "an output has at most 2^24 values");
  }
  const Interval range = b.Bound(value.view);
  // Then no difference of two values of the output wraps either (MakeNetworkInstance).
  if (range.hi - range.lo > kHalfModulus) {
    return at(ErrorCode::kUnsupported, "an output's range [" + std::to_string(range.lo) + ", " +
                                           std::to_string(range.hi) +
                                           "] has at most p/2 = 1065353216 values");
  }
  return value;
}

Result<Relation> FinishNetwork(Builder&& b, const Network& network) {
  auto relation = std::move(b).Finish();
  if (!relation.ok()) return network.graph().ExplainUncertified(relation.error());
  return relation;
}

Result<Instance> MakeNetworkInstance(const Network& network) {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value value, AddNetworkTo(b, network));
  const Interval range = b.Bound(value.view);
  b.AddPublicInput("output", value.view, range.lo, range.hi);
  VOIZK_ASSIGN_OR_RETURN(Relation relation, FinishNetwork(std::move(b), network));
  return Instance::Make(std::make_shared<const Relation>(std::move(relation)));
}

NetworkStatement StatementOf(const Network& network) {
  return {network.graph().PublicInputNames(), network.graph().commitment()};
}

Result<PublicValues> NetworkPublicValues(const NetworkStatement& statement, const Inputs& inputs,
                                         std::span<const int32_t> output, ByteSpan context) {
  PublicInputValues publics;
  for (const std::string& name : statement.public_inputs) {
    const auto input = inputs.find(name);
    if (input == inputs.end()) {
      return {ErrorCode::kInvalidArgument, "public input '" + name + "' is missing"};
    }
    publics.push_back(input->second);
  }
  publics.emplace_back(output.begin(), output.end());
  if (!statement.commitment.empty()) publics.push_back(statement.commitment);
  PublicValues public_values;
  public_values.SetInputs(std::move(publics));
  public_values.AddText("suite", kNetworkSuite);
  public_values.Add("context", context);
  return public_values;
}

struct NetworkVerifier::State {
  NetworkStatement statement;
  Instance instance;
};

Result<NetworkVerifier> NetworkVerifier::Make(const Network& network) try {
  VOIZK_ASSIGN_OR_RETURN(Instance instance, MakeNetworkInstance(network));
  return NetworkVerifier(
      std::make_shared<const State>(State{StatementOf(network), std::move(instance)}));
} catch (...) {
  return ErrorOfException();
}

Status NetworkVerifier::Verify(std::span<const int32_t> output, std::span<const uint8_t> context,
                               std::span<const uint8_t> proof, const Inputs& public_inputs) const
    try {
  if (public_inputs.size() != state_->statement.public_inputs.size()) {
    return {ErrorCode::kInvalidArgument, "these are not the network's public inputs"};
  }
  VOIZK_ASSIGN_OR_RETURN(const PublicValues values,
                         NetworkPublicValues(state_->statement, public_inputs, output, context));
  return voizk::Verify(state_->instance, values, proof);
} catch (...) {
  return ErrorOfException();
}

Status VerifyNetwork(const Network& network, std::span<const int32_t> output,
                     std::span<const uint8_t> context, std::span<const uint8_t> proof,
                     const Inputs& public_inputs) {
  VOIZK_ASSIGN_OR_RETURN(const NetworkVerifier verifier, NetworkVerifier::Make(network));
  return verifier.Verify(output, context, proof, public_inputs);
}

}  // namespace voizk
