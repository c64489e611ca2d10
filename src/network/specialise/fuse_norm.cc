#include <algorithm>
#include <numeric>

#include "network/specialise/fuse.h"
#include "network/specialise/patterns.h"

namespace voizk {

namespace {

constexpr size_t kMaxNormScale = 1 << 20;  // factors that a recognised norm is given

// The first axis of a ReduceMean over the last dims that keeps them.
std::optional<size_t> MeanAxis(const GraphEditor& graph, const FloatNode& mean) {
  const auto keep = IntAttribute(mean, "keepdims", 1);
  auto axes = IntsAttribute(mean, "axes", {});
  if (!keep.ok() || !axes.ok() || *keep == 0) return std::nullopt;
  if (mean.inputs.size() == 2) {
    const FloatTensor* given = graph.ConstantOf(mean.inputs[1]);
    if (!given) return std::nullopt;
    *axes = given->ints();
  }
  const auto rank = static_cast<int64_t>(graph.DimsOf(mean.inputs[0]).size());
  for (int64_t& a : *axes) a = a < 0 ? a + rank : a;
  std::ranges::sort(*axes);
  const auto count = static_cast<int64_t>(axes->size());
  for (int64_t k = 0; k < count; ++k) {
    if ((*axes)[static_cast<size_t>(k)] != rank - count + k) return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  return static_cast<size_t>(rank - count);
}

struct Deviation {
  FloatValueId x;
  size_t axis;
  float epsilon;
};

// sqrt(mean(x^2) + epsilon), of the value that it is computed of.
std::optional<Deviation> DeviationOf(const GraphEditor& graph, FloatValueId id) {
  const FloatNode* root = graph.Writer(id, "Sqrt");
  const FloatNode* add = root ? graph.Writer(root->inputs[0], "Add") : nullptr;
  if (!add) return std::nullopt;
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const auto epsilon = ScalarOf(graph, add->inputs[k]);
    const FloatNode* mean = graph.Writer(add->inputs[1 - k], "ReduceMean");
    if (!epsilon || !mean) continue;
    const auto axis = MeanAxis(graph, *mean);
    const FloatNode* power = graph.Writer(mean->inputs[0], "Pow");
    const FloatNode* product = graph.Writer(mean->inputs[0], "Mul");
    if (!axis) continue;
    const FloatTensor* two = power ? graph.ConstantOf(power->inputs[1]) : nullptr;
    if (two && two->size() == 1 &&
        ((two->is_float() && two->floats()[0] == 2.0f) || (two->is_int() && two->ints()[0] == 2))) {
      return Deviation{power->inputs[0], *axis, *epsilon};
    }
    if (product && product->inputs[0] == product->inputs[1]) {
      return Deviation{product->inputs[0], *axis, *epsilon};
    }
  }
  return std::nullopt;
}

// x of x - mean(x) over the dims from `axis` on.
std::optional<FloatValueId> Centred(const GraphEditor& graph, FloatValueId id, size_t axis) {
  const FloatNode* sub = graph.Writer(id, "Sub");
  const FloatNode* mean = sub ? graph.Writer(sub->inputs[1], "ReduceMean") : nullptr;
  if (!mean || mean->inputs[0] != sub->inputs[0] || MeanAxis(graph, *mean) != axis) {
    return std::nullopt;
  }
  return sub->inputs[0];
}

// The numerator and the deviation of x / d or x * (1 / d).
struct Quotient {
  FloatValueId x;
  Deviation deviation;
};

std::optional<Quotient> QuotientOf(const GraphEditor& graph, const FloatNode& node) {
  if (node.inputs.size() != 2) return std::nullopt;
  if (node.op == "Div") {
    const auto d = DeviationOf(graph, node.inputs[1]);
    if (d) return Quotient{node.inputs[0], *d};
  }
  for (size_t k = 0; node.op == "Mul" && k < 2; ++k) {
    const FloatNode* inverse = graph.Writer(node.inputs[k], "Reciprocal");
    FloatValueId of = inverse ? inverse->inputs[0] : kAbsentValue;
    if (const FloatNode* one = graph.Writer(node.inputs[k], "Div")) {
      if (IsAbout(ScalarOf(graph, one->inputs[0]), 1.0)) of = one->inputs[1];
    }
    const auto d = of == kAbsentValue ? std::nullopt : DeviationOf(graph, of);
    if (d) return Quotient{node.inputs[1 - k], *d};
  }
  return std::nullopt;
}

bool FuseQuotient(GraphEditor& graph, size_t n) {
  const auto quotient = QuotientOf(graph, graph.node(n));
  if (!quotient) return false;
  const Deviation& d = quotient->deviation;
  const auto centred = Centred(graph, d.x, d.axis);
  // The numerator is the centred value itself, or computed a second time.
  const bool layer =
      centred && (quotient->x == d.x || Centred(graph, quotient->x, d.axis) == centred);
  if (!layer && quotient->x != d.x) return false;
  const FloatValueId x = layer ? *centred : d.x;
  const Dims& dims = graph.DimsOf(x);
  const Dims normalised(dims.begin() + static_cast<int64_t>(d.axis), dims.end());
  const auto count = static_cast<size_t>(*ElementCount(normalised));
  if (count > kMaxNormScale) return false;
  const FloatNode& old = graph.node(n);
  FloatNode norm{old.name, layer ? "LayerNormalization" : "RMSNormalization", {x}, {}, {}};
  norm.attributes.emplace("axis", static_cast<int64_t>(d.axis));
  norm.attributes.emplace("epsilon", d.epsilon);
  norm.inputs.push_back(
      graph.AddConstant(old.name, FloatTensor(normalised, std::vector<float>(count, 1.0f))));
  graph.Replace(n, std::move(norm));
  return true;
}

// A constant whose dims are the last ones of `whole`, but for leading ones.
std::optional<FloatTensor> Trailing(const FloatTensor* t, const Dims& whole) {
  if (!t || !t->is_float()) return std::nullopt;
  Dims dims = t->dims();
  while (dims.size() > whole.size() && dims.front() == 1) dims.erase(dims.begin());
  if (dims != whole) return std::nullopt;
  FloatTensor same = *t;
  same.Reshape(dims);
  return same;
}

// A factor or a summand behind a norm that has none of its own yet.
bool FuseScale(GraphEditor& graph, size_t n) {
  const FloatNode& node = graph.node(n);
  for (size_t k = 0; k < 2 && node.inputs.size() == 2; ++k) {
    const FloatNode* norm = graph.Writer(node.inputs[k], "LayerNormalization");
    const bool rms = !norm;
    if (rms) norm = graph.Writer(node.inputs[k], "RMSNormalization");
    if (!norm || norm->inputs.size() != 2 || !graph.HasOneReader(node.inputs[k])) continue;
    const FloatTensor* scale = graph.ConstantOf(norm->inputs[1]);
    const auto other =
        scale ? Trailing(graph.ConstantOf(node.inputs[1 - k]), scale->dims()) : std::nullopt;
    if (!other) continue;
    FloatNode fused = *norm;
    fused.name = node.name;
    if (node.op == "Mul") {
      FloatTensor product = *scale;
      for (size_t i = 0; i < product.size(); ++i) product.floats()[i] *= other->floats()[i];
      fused.inputs[1] = graph.AddConstant(node.name, std::move(product));
    } else if (node.op == "Add" && !rms) {
      fused.inputs.push_back(graph.AddConstant(node.name, *other));
    } else {
      continue;
    }
    graph.Replace(n, std::move(fused));
    return true;
  }
  return false;
}

}  // namespace

bool FuseNorm(GraphEditor& graph, size_t n) {
  return FuseQuotient(graph, n) || FuseScale(graph, n);
}

}  // namespace voizk
