#include "network/graph/graph_model.h"

namespace voizk {

namespace {

Result<Shape> ShapeAt(const GraphModel::Input& input, uint32_t frames) {
  Shape shape;
  if (input.dims.empty() || input.dims.size() > 3) {
    return {ErrorCode::kInvalidArgument, "input '" + input.name + "' has no 1 to 3 dimensions"};
  }
  shape.rank = static_cast<int>(input.dims.size());
  for (size_t d = 0; d < input.dims.size(); ++d) {
    const GraphModel::Dim& dim = input.dims[d];
    if (dim.frames_divisor != 0 && frames % dim.frames_divisor != 0) {
      return {ErrorCode::kInvalidArgument, "the number of frames is not divisible"};
    }
    shape.dims[d] = dim.frames_divisor == 0 ? dim.size : frames / dim.frames_divisor;
  }
  return shape;
}

}  // namespace

Result<Graph> GraphModel::At(uint32_t frames) const {
  Graph graph;
  for (const Input& input : inputs) {
    VOIZK_ASSIGN_OR_RETURN(const Shape shape, ShapeAt(input, frames));
    graph.Input(input.name, shape, input.lo, input.hi);
  }
  for (const Node& node : nodes) {
    std::vector<Graph::NodeId> ids;
    for (const std::string& name : node.inputs) {
      const auto id = graph.Find(name);
      if (!id.ok()) {
        return {ErrorCode::kInvalidArgument,
                "node '" + node.name + "' reads '" + name + "', which no node before it makes"};
      }
      ids.push_back(*id);
    }
    graph.Add(node.name, node.operation, std::move(ids));
    VOIZK_RETURN_IF_ERROR(graph.status());
  }
  VOIZK_RETURN_IF_ERROR(graph.status());
  const auto out = graph.Find(output);
  if (!out.ok()) {
    return {ErrorCode::kInvalidArgument, "the output '" + output + "' is made by no node"};
  }
  graph.SetOutput(*out);
  return graph;
}

}  // namespace voizk
