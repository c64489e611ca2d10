#include "network/statement/network_public_values.h"

#include <memory>
#include <utility>

#include "network/graph/graph.h"
#include "proof/verifier/verifier.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk {

Result<Value> AddNetworkTo(Builder& b, const Network& network) {
  auto value = network.graph().BuildWithInputs(b, {});
  if (!value.ok() && b.failed()) return std::move(b).Finish().status();
  return value;
}

Result<Instance> MakeNetworkInstance(const Network& network, std::span<const int32_t> output) {
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value value, AddNetworkTo(b, network));
  if (value.view.shape.Cells() != output.size()) {
    return {ErrorCode::kInvalidArgument, "the output has another size than the network's"};
  }
  b.AddEquality(views::Sub(
      value.view,
      views::Constants(value.view.shape, std::vector<int32_t>(output.begin(), output.end()))));
  VOIZK_ASSIGN_OR_RETURN(Relation relation, std::move(b).Finish());
  return Instance::Make(std::make_shared<const Relation>(std::move(relation)));
}

PublicValues NetworkPublicValues(ByteSpan context) {
  PublicValues public_values;
  public_values.AddText("suite", "voizk network v1");
  public_values.Add("context", context);
  return public_values;
}

Status VerifyNetwork(const Network& network, std::span<const int32_t> output,
                     std::span<const uint8_t> context, std::span<const uint8_t> proof) {
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeNetworkInstance(network, output));
  return Verify(instance, NetworkPublicValues(context), proof);
}

}  // namespace voizk
