// TopK, and Gather by its indices: a matrix of zeros and ones, computed from ranks.
//
// With keys x_i 2^b + (n - 1 - i), 2^b >= n, which all differ, the rank of i is the number of j
// whose key is above its own; row r of the selection has a 1 where the rank is r.  So equal values
// stand in the order of their indices, as in ONNX Runtime, and every witness of the comparisons is
// the honest one: nothing about a sorting has to be shown.  n^2 comparisons, k n zero tests.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr int64_t kMostRanked = 256;

Result<Emitter::Node> Reshaped(Emitter::Node x, std::vector<int64_t> dims, std::string_view name,
                               Lowering& lowering) {
  ModelAttributes attributes;
  attributes["dims"] = std::move(dims);
  return lowering.emitter().Add(name, "reshape", std::move(attributes), std::array{x});
}

std::shared_ptr<const TensorData> Data(std::vector<int32_t> values) {
  const auto count = static_cast<uint32_t>(values.size());
  return std::make_shared<const TensorData>(TensorData{{count}, std::move(values)});
}

Result<Emitter::Node> WithConstant(std::string_view op, Emitter::Node x, std::vector<int64_t> dims,
                                   std::vector<int32_t> values, std::string_view name,
                                   Lowering& lowering) {
  ModelAttributes attributes;
  attributes["dims"] = std::move(dims);
  attributes["values"] = Data(std::move(values));
  return lowering.emitter().Add(name, op, std::move(attributes), std::array{x});
}

// The rank of each of n values [n], 0 for the largest, as [1][n].
Result<Emitter::Node> Ranks(Emitter::Node x, int64_t n, std::string_view name, Lowering& lowering) {
  const auto unit = static_cast<int32_t>(std::bit_ceil(static_cast<uint64_t>(n)));
  std::vector<int32_t> order(static_cast<size_t>(n));
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int32_t>(n - 1) - static_cast<int32_t>(i);
  VOIZK_ASSIGN_OR_RETURN(Emitter::Node key, WithConstant("scale", x, {1}, {unit}, name, lowering));
  VOIZK_ASSIGN_OR_RETURN(key, WithConstant("offset", key, {n}, std::move(order), name, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node others, Reshaped(key, {n, 1}, name, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node own, Reshaped(key, {1, n}, name, lowering));
  Emitter& emitter = lowering.emitter();
  VOIZK_ASSIGN_OR_RETURN(Emitter::Node above,
                         emitter.Add(name, "sub", {}, std::array{others, own}));
  // clamp(difference - 1 + 1, 0, 1) of a requantisation: 1 where the other's key is above.
  VOIZK_ASSIGN_OR_RETURN(above, WithConstant("offset", above, {1}, {-1}, name, lowering));
  ModelAttributes clamp{{"shift", int64_t{0}}, {"mult", int64_t{1}}, {"q", int64_t{0}},
                        {"lo", int64_t{0}},    {"hi", int64_t{1}},   {"wide", int64_t{1}}};
  VOIZK_ASSIGN_OR_RETURN(above, emitter.Add(name, "requant", std::move(clamp), std::array{above}));
  ModelAttributes sum;
  sum["axes"] = std::vector<int64_t>{0};
  return emitter.Add(name, "sum", std::move(sum), std::array{above});
}

Status TopK(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0];
  const std::vector<int64_t>& dims = lowering.dims(in);
  const std::string_view name = lowering.NameOf(node);
  VOIZK_ASSIGN_OR_RETURN(const int64_t given, IntAttribute(node, "axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t largest, IntAttribute(node, "largest", 1));
  const auto rank = static_cast<int64_t>(dims.size());
  const auto axis = static_cast<size_t>(given < 0 ? given + rank : given);
  const int64_t n = dims[axis];
  int64_t count = 1;
  for (const int64_t d : dims) count *= d;
  if (count != n || n > kMostRanked || largest != 1) {
    return lowering.Unsupported(node, "it takes one row of at most 256 values, the largest first");
  }
  const std::array<int, 1> axes{static_cast<int>(axis)};
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.SmallAs(in, axes));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node ranks, Ranks(x.node, n, name, lowering));
  const auto kept = [&](size_t output) { return lowering.dims(node.outputs[output])[axis]; };
  const size_t shown = node.outputs[0] != kAbsentValue ? 0 : 1;
  const int64_t k = kept(shown);
  std::vector<int32_t> rows(static_cast<size_t>(k));
  for (size_t r = 0; r < rows.size(); ++r) rows[r] = -static_cast<int32_t>(r);
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node differences,
                         WithConstant("offset", ranks, {k, 1}, std::move(rows), name, lowering));
  ModelAttributes test;
  test["shift"] = int64_t{0};
  test["first"] = int64_t{-1};
  test["table"] = Data({0, 1, 0});
  Emitter& emitter = lowering.emitter();
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node selection,
      emitter.Add(name, "table_activation", std::move(test), std::array{differences}));
  if (node.outputs.size() > 1 && node.outputs[1] != kAbsentValue) {
    lowering.SetSelection(node.outputs[1], selection);
  }
  if (node.outputs[0] == kAbsentValue) return {};
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node column, Reshaped(x.node, {n, 1}, name, lowering));
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node values,
                         emitter.Add(name, "matmul", {}, std::array{selection, column}));
  const std::vector<int64_t>& out = lowering.dims(node.outputs[0]);
  TensorLayout layout{out, std::vector<std::vector<int>>(out.size())};
  layout.axes[axis] = {0};
  lowering.SetLinear(node.outputs[0], std::move(layout),
                     LinearOf(Quantity{values, x.step}, {static_cast<uint32_t>(k), 1}));
  return {};
}

constexpr LoweringEntry kSelectionRules[] = {{"TopK", TopK}};

}  // namespace

std::span<const LoweringEntry> SelectionRules() { return kSelectionRules; }

Status GatherBySelection(const FloatNode& node, Emitter::Node selection, size_t axis,
                         Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  std::vector<int> axes{static_cast<int>(axis)};
  for (const int other : layout::LongAxes(lowering.dims(in))) {
    if (other != static_cast<int>(axis)) axes.push_back(other);
  }
  if (axes.size() == 1 && lowering.dims(in).size() > 1) axes.push_back(axis == 0 ? 1 : 0);
  if (axes.size() != 2) {
    return lowering.Unsupported(node, "what it gathers from has not one axis beside the gathered");
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity x, lowering.SmallAs(in, axes));
  VOIZK_ASSIGN_OR_RETURN(
      const Emitter::Node rows,
      lowering.emitter().Add(lowering.NameOf(node), "matmul", {}, std::array{selection, x.node}));
  const auto dims = lowering.emitter().dims(rows);
  lowering.SetLinear(out, layout::FromAxes(lowering.dims(out), axes),
                     LinearOf(Quantity{rows, x.step}, {dims.begin(), dims.end()}));
  return {};
}

}  // namespace voizk
