#include "network/specialise/normalised_bank.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "network/specialise/dead_nodes.h"
#include "network/specialise/value_uses.h"

namespace voizk {

namespace {

using Ints = std::vector<int64_t>;

// Of a merged bank; that of a hostile file would else take minutes.
constexpr size_t kMostTaps = size_t{1} << 24;

class Rewriter {
 public:
  explicit Rewriter(FloatGraph graph)
      : graph_(std::move(graph)), old_(std::exchange(graph_.nodes, {})), uses_(graph_, old_) {}

  FloatGraph Run() && {
    for (const FloatNode& node : old_) {
      if (!Rewrite(node)) graph_.nodes.push_back(node);
    }
    return WithoutDeadNodes(std::move(graph_));
  }

 private:
  // A node of this operation whose value one node reads.
  const FloatNode* OnlyFor(FloatValueId id, std::string_view op) const {
    const FloatNode* const node = uses_.WriterOf(id);
    return node != nullptr && node->op == op && uses_.readers[id] == 1 ? node : nullptr;
  }
  std::optional<float> ScalarOf(FloatValueId id) const {
    const FloatTensor* const t = graph_.ConstantOf(id);
    if (t == nullptr || !t->is_float() || t->size() != 1) return std::nullopt;
    return t->floats()[0];
  }
  // Weights [O][1][K] of a Conv without bias, padding and groups, along one axis.
  const FloatTensor* PlainWeight(const FloatNode& conv) const {
    const FloatTensor* const weight =
        conv.inputs.size() == 2 ? graph_.ConstantOf(conv.inputs[1]) : nullptr;
    const auto pads = IntsAttribute(conv, "pads", {});
    const auto automatic = StringAttribute(conv, "auto_pad", "NOTSET");
    if (weight == nullptr || weight->rank() != 3 || weight->dims()[1] != 1 || !pads.ok() ||
        std::any_of(pads->begin(), pads->end(), [](int64_t p) { return p != 0; }) ||
        !automatic.ok() || *automatic != "NOTSET") {
      return nullptr;
    }
    return weight;
  }

  FloatValueId Add(const FloatNode& origin, std::string op, std::vector<FloatValueId> inputs,
                   Dims dims, decltype(FloatNode::attributes) attributes = {}) {
    const FloatValueId out = Value(origin, std::move(dims));
    graph_.nodes.push_back(
        {Name(origin), std::move(op), std::move(inputs), {out}, std::move(attributes)});
    return out;
  }
  std::string Name(const FloatNode& origin) {
    return origin.name + "#bank" + std::to_string(names_++);
  }
  FloatValueId Value(const FloatNode& origin, Dims dims) {
    const FloatValueId id = graph_.AddValue(Name(origin));
    graph_.values[id].dims = std::move(dims);
    graph_.values[id].type = FloatType::kFloat;
    return id;
  }
  FloatValueId Constant(const FloatNode& origin, FloatTensor tensor) {
    return graph_.AddConstant(Name(origin), std::move(tensor));
  }

  // Whether all that is read of a value is its difference from its mean over the last axis, which
  // no summand of the whole signal changes.
  bool IsCentredOverTime(FloatValueId id) const {
    const FloatNode *mean = nullptr, *difference = nullptr;
    for (const FloatNode& node : old_) {
      if (std::find(node.inputs.begin(), node.inputs.end(), id) == node.inputs.end()) continue;
      (node.op == "ReduceMean" ? mean : difference) = &node;
    }
    if (uses_.readers[id] != 2 || mean == nullptr || difference == nullptr ||
        difference->op != "Sub" || difference->inputs[0] != id ||
        difference->inputs[1] != mean->outputs[0]) {
      return false;
    }
    const auto axes = IntsAttribute(*mean, "axes", {});
    if (!axes.ok()) return false;
    Ints over = *axes;
    if (mean->inputs.size() > 1) {
      const FloatTensor* const given = graph_.ConstantOf(mean->inputs[1]);
      if (given == nullptr) return false;
      over = given->ints();
    }
    return uses_.readers[mean->outputs[0]] == 1 && (over == Ints{2} || over == Ints{-1});
  }
  bool Rewrite(const FloatNode& log);

  FloatGraph graph_;
  std::vector<FloatNode> old_;
  ValueUses uses_;
  size_t names_ = 0;
};

// [O][1][K] after [1][1][J]: [O][1][K + J - 1], both being correlations.
FloatTensor Convolved(const FloatTensor& bank, const FloatTensor& first) {
  const auto outputs = static_cast<size_t>(bank.dims()[0]);
  const size_t taps = bank.size() / outputs, before = first.size(), all = taps + before - 1;
  std::vector<double> sums(outputs * all, 0);
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t k = 0; k < taps; ++k) {
      for (size_t j = 0; j < before; ++j) {
        sums[o * all + k + j] += double{bank.floats()[o * taps + k]} * first.floats()[j];
      }
    }
  }
  return {Dims{bank.dims()[0], 1, static_cast<int64_t>(all)},
          std::vector<float>(sums.begin(), sums.end())};
}

FloatTensor SumsOf(const FloatTensor& bank) {
  const auto outputs = static_cast<size_t>(bank.dims()[0]);
  const size_t taps = bank.size() / outputs;
  std::vector<float> sums;
  for (size_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (size_t k = 0; k < taps; ++k) sum += double{bank.floats()[o * taps + k]};
    sums.push_back(static_cast<float>(sum));
  }
  return {Dims{1, bank.dims()[0], 1}, std::move(sums)};
}

bool IsPlain(const FloatNode& conv) {
  for (const char* key : {"strides", "dilations"}) {
    const auto given = IntsAttribute(conv, key, {1});
    if (!given.ok() || *given != Ints{1}) return false;
  }
  return true;
}

bool Rewriter::Rewrite(const FloatNode& log) {
  if (log.op != "Log") return false;
  double floor = 0;
  FloatValueId argument = log.inputs[0];
  if (const FloatNode* const add = OnlyFor(argument, "Add")) {
    const auto first = ScalarOf(add->inputs[0]), second = ScalarOf(add->inputs[1]);
    if (first.has_value() == second.has_value()) return false;
    floor = double{first ? *first : *second};
    argument = add->inputs[first ? 1 : 0];
  }
  const FloatNode* const abs = OnlyFor(argument, "Abs");
  const FloatNode* const conv = abs != nullptr ? OnlyFor(abs->inputs[0], "Conv") : nullptr;
  const FloatNode* const norm =
      conv != nullptr ? OnlyFor(conv->inputs[0], "InstanceNormalization") : nullptr;
  if (norm == nullptr || floor < 0) return false;
  const FloatTensor* const weight = PlainWeight(*conv);
  const auto scale = ScalarOf(norm->inputs[1]), shift = ScalarOf(norm->inputs[2]);
  const auto epsilon = RealAttribute(*norm, "epsilon", 1e-5F);
  if (weight == nullptr || !scale || *scale == 0 || shift != 0.0F || !epsilon.ok()) return false;
  FloatValueId x = norm->inputs[0];
  if (graph_.values[x].dims->size() != 3 || graph_.values[x].dims->at(0) != 1) return false;
  // A floor of more dimensions gives the logarithm more of them, which its readers count.
  if (graph_.values[log.outputs[0]].dims != graph_.values[conv->outputs[0]].dims) return false;

  const FloatValueId mean = Value(log, {1, 1, 1}), deviation = Value(log, {1, 1, 1});
  graph_.nodes.push_back(
      {Name(log), "RowMoments", {x}, {mean, deviation}, {{"epsilon", *epsilon}}});
  const FloatTensor sums = SumsOf(*weight);
  FloatTensor bank = *weight;
  if (const FloatNode* const first = uses_.writer[x]; first != nullptr && first->op == "Conv") {
    const FloatTensor* const own = PlainWeight(*first);
    const auto dilation = IntsAttribute(*conv, "dilations", {1});
    if (own != nullptr && own->dims()[0] == 1 && IsPlain(*first) && dilation.ok() &&
        *dilation == Ints{1} && bank.size() / own->size() < kMostTaps / own->size() / own->size()) {
      bank = Convolved(bank, *own);
      x = first->inputs[0];
    }
  }
  decltype(FloatNode::attributes) attributes = conv->attributes;
  attributes.erase("kernel_shape");
  const Dims dims = *graph_.values[conv->outputs[0]].dims;
  const FloatValueId filtered =
      Add(log, "Conv", {x, Constant(log, std::move(bank))}, dims, attributes);
  const FloatValueId offset = Add(log, "Mul", {mean, Constant(log, sums)}, sums.dims());
  const FloatValueId centred = Add(log, "Sub", {filtered, offset}, dims);
  FloatValueId magnitude = Add(log, "Abs", {centred}, dims);
  const auto gain = std::abs(double{*scale});
  if (floor != 0) {
    const FloatValueId least =
        Add(log, "Mul",
            {deviation, Constant(log, FloatTensor::Scalar(static_cast<float>(floor / gain)))},
            {1, 1, 1});
    magnitude = Add(log, "Add", {magnitude, least}, dims);
  }
  if (IsCentredOverTime(log.outputs[0])) {
    graph_.nodes.push_back({Name(log), "Log", {magnitude}, log.outputs, {}});
    return true;
  }
  const FloatValueId own_log = Add(log, "Log", {magnitude}, dims);
  const FloatValueId level = Add(log, "Log", {deviation}, {1, 1, 1});
  const FloatValueId change = Add(
      log, "Sub", {level, Constant(log, FloatTensor::Scalar(static_cast<float>(std::log(gain))))},
      {1, 1, 1});
  graph_.nodes.push_back({Name(log), "Sub", {own_log, change}, log.outputs, {}});
  return true;
}

}  // namespace

FloatGraph NormaliseBehindBanks(FloatGraph graph) { return Rewriter(std::move(graph)).Run(); }

}  // namespace voizk
