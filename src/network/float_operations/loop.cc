#include "network/float_operations/loop.h"

namespace voizk {

Result<LoopShape> ShapeOfLoop(const FloatNode& node, const FloatGraph& body) {
  const auto bad = [&](const char* rule) { return NodeError(node, ErrorCode::kMalformed, rule); };
  if (node.inputs.size() < 2) return bad("has fewer than two inputs");
  const size_t carried = node.inputs.size() - 2;
  if (body.inputs.size() != carried + 2) return bad("the body's inputs do not fit the node's");
  if (body.outputs.size() < carried + 1 || body.outputs.size() - 1 < node.outputs.size()) {
    return bad("the body's outputs do not fit the node's");
  }
  for (size_t k = 2; k < node.inputs.size(); ++k) {
    if (node.inputs[k] == kAbsentValue) return bad("a carried value is missing");
  }
  return LoopShape{carried, body.outputs.size() - 1 - carried};
}

Result<LoopStart> StartOfLoop(const FloatNode& node, const FloatTensor* trips,
                              const FloatTensor* condition) {
  LoopStart start{INT64_MAX, true};
  if (trips) {
    if (!trips->is_int() || trips->size() != 1) {
      return NodeError(node, ErrorCode::kMalformed, "the trip count is not one integer");
    }
    start.trips = trips->ints()[0];
  }
  if (condition) {
    VOIZK_ASSIGN_OR_RETURN(start.go, LoopCondition(node, condition));
  }
  return start;
}

Result<bool> LoopCondition(const FloatNode& node, const FloatTensor* condition) {
  if (!condition || !condition->is_bool() || condition->size() != 1) {
    return NodeError(node, ErrorCode::kMalformed, "the condition is not one bool");
  }
  return condition->bools()[0] != 0;
}

}  // namespace voizk
