#include <algorithm>
#include <optional>
#include <utility>

#include "network/specialise/fuse.h"

namespace voizk {

namespace {

constexpr float kNothing = -1e4F;  // exporters write -10^4, the least float, or minus infinity

struct Masked {
  FloatValueId x;
  FloatTensor keep;  // bool
};

bool IsNothing(const FloatTensor* t) {
  return t != nullptr && t->is_float() &&
         std::all_of(t->floats().begin(), t->floats().end(), [](float v) { return v <= kNothing; });
}

// Where(keep, x, -inf), or the other way round.
std::optional<Masked> OfWhere(const GraphEditor& graph, const FloatNode& where) {
  const FloatTensor* const condition = graph.ConstantOf(where.inputs[0]);
  if (condition == nullptr) return std::nullopt;
  for (const size_t k : {size_t{1}, size_t{2}}) {
    if (!IsNothing(graph.ConstantOf(where.inputs[3 - k]))) continue;
    FloatTensor keep = *condition;
    if (k == 2) {
      for (uint8_t& v : keep.bools()) v = v == 0 ? 1 : 0;
    }
    return Masked{where.inputs[k], std::move(keep)};
  }
  return std::nullopt;
}

// x plus a constant of 0 and -inf.
std::optional<Masked> OfAdd(const GraphEditor& graph, const FloatNode& add) {
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const FloatTensor* const mask = graph.ConstantOf(add.inputs[1 - k]);
    if (mask == nullptr || !mask->is_float()) continue;
    const auto& values = mask->floats();
    const auto is_mask = [](float v) { return v == 0 || v <= kNothing; };
    if (!std::all_of(values.begin(), values.end(), is_mask)) continue;
    std::vector<uint8_t> keep;
    keep.reserve(values.size());
    for (const float v : values) keep.push_back(v == 0 ? 1 : 0);
    return Masked{add.inputs[k], FloatTensor(mask->dims(), std::move(keep))};
  }
  return std::nullopt;
}

}  // namespace

bool FuseMask(GraphEditor& graph, size_t n) {
  const FloatNode& node = graph.node(n);
  if (node.op != "Softmax" || graph.graph().opset < 13) return false;
  const FloatValueId id = node.inputs[0];
  if (!graph.HasOneReader(id)) return false;
  std::optional<Masked> masked;
  if (const FloatNode* const where = graph.Writer(id, "Where")) masked = OfWhere(graph, *where);
  if (const FloatNode* const add = graph.Writer(id, "Add")) masked = OfAdd(graph, *add);
  if (!masked || graph.DimsOf(masked->x) != graph.DimsOf(id)) return false;
  FloatNode softmax = node;
  softmax.op = "MaskedSoftmax";
  softmax.inputs = {masked->x, graph.AddConstant("mask", std::move(masked->keep))};
  softmax.outputs = {};
  graph.Replace(n, std::move(softmax));
  return true;
}

}  // namespace voizk
