#include "network/statement/network_public_values.h"

#include <memory>
#include <utility>

#include "base/exceptions.h"
#include "network/graph/graph.h"
#include "proof/verifier/verifier.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk {

Result<Value> AddNetworkTo(Builder& b, const Network& network) {
  VOIZK_RETURN_IF_ERROR(network.status());
  const Graph& graph = network.graph();
  VOIZK_ASSIGN_OR_RETURN(Value value, graph.BuildWithInputs(b, {}));
  const Interval range = b.Bound(value.view);
  // Then no difference of two values of the output wraps either (MakeNetworkInstance).
  if (range.hi - range.lo > kHalfModulus) {
    return {ErrorCode::kUnsupported, "node '" + graph.name(graph.output()) + "' (" +
                                         std::string(graph.kind(graph.output())) +
                                         "): an output's range [" + std::to_string(range.lo) +
                                         ", " + std::to_string(range.hi) +
                                         "] has at most p/2 = 1065353216 values"};
  }
  return value;
}

Result<Relation> FinishNetwork(Builder&& b, const Network& network) {
  auto relation = std::move(b).Finish();
  if (!relation.ok()) return network.graph().ExplainUncertified(relation.error());
  return relation;
}

Result<Instance> MakeNetworkInstance(const Network& network, std::span<const int32_t> output) {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value value, AddNetworkTo(b, network));
  if (value.view.shape.Cells() != output.size()) {
    return {ErrorCode::kInvalidArgument, "the output has another size than the network's"};
  }
  const Interval range = b.Bound(value.view);
  for (size_t i = 0; i < output.size(); ++i) {
    if (output[i] >= range.lo && output[i] <= range.hi) continue;
    return {ErrorCode::kInvalidArgument,
            "output " + std::to_string(i) + " is none of the network's: they lie in [" +
                std::to_string(range.lo) + ", " + std::to_string(range.hi) + "]"};
  }
  b.AddEquality(views::Sub(
      value.view,
      views::Constants(value.view.shape, std::vector<int32_t>(output.begin(), output.end()))));
  VOIZK_ASSIGN_OR_RETURN(Relation relation, FinishNetwork(std::move(b), network));
  return Instance::Make(std::make_shared<const Relation>(std::move(relation)));
}

PublicValues NetworkPublicValues(ByteSpan context) {
  PublicValues public_values;
  public_values.AddText("suite", "voizk network v1");
  public_values.Add("context", context);
  return public_values;
}

Status VerifyNetwork(const Network& network, std::span<const int32_t> output,
                     std::span<const uint8_t> context, std::span<const uint8_t> proof) try {
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeNetworkInstance(network, output));
  return Verify(instance, NetworkPublicValues(context), proof);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
