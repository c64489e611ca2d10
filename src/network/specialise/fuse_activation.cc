#include <numbers>

#include "network/specialise/fuse.h"
#include "network/specialise/patterns.h"

namespace voizk {

namespace {

constexpr double kTanhRoot = 0.7978845608028654;  // sqrt(2 / pi)
constexpr double kTanhCubic = 0.044715;

// Factors of a product of up to four: constants multiplied up, the others in a list.
struct Factors {
  double constant = 1;
  std::vector<FloatValueId> values = {};
};

void CollectFactors(const GraphEditor& graph, FloatValueId id, size_t depth, Factors& factors) {
  if (const auto c = ScalarOf(graph, id)) {
    factors.constant *= static_cast<double>(*c);
    return;
  }
  const FloatNode* mul = depth > 0 && graph.HasOneReader(id) ? graph.Writer(id, "Mul") : nullptr;
  if (!mul) {
    factors.values.push_back(id);
    return;
  }
  for (const FloatValueId input : mul->inputs) CollectFactors(graph, input, depth - 1, factors);
}

// x / sqrt(2).
bool IsErfArgument(const GraphEditor& graph, FloatValueId id, FloatValueId x) {
  if (const FloatNode* div = graph.Writer(id, "Div")) {
    return div->inputs[0] == x && IsAbout(ScalarOf(graph, div->inputs[1]), std::numbers::sqrt2);
  }
  const FloatNode* mul = graph.Writer(id, "Mul");
  return mul && WithScalar(graph, *mul, 1 / std::numbers::sqrt2) == x;
}

bool IsCube(const GraphEditor& graph, FloatValueId id, FloatValueId x) {
  if (const FloatNode* pow = graph.Writer(id, "Pow")) {
    const FloatTensor* three = graph.ConstantOf(pow->inputs[1]);
    const bool is_int = three && three->is_int() && three->size() == 1 && three->ints()[0] == 3;
    return pow->inputs[0] == x && (is_int || IsAbout(ScalarOf(graph, pow->inputs[1]), 3.0));
  }
  const FloatNode* mul = graph.Writer(id, "Mul");
  const auto square = mul ? OtherInput(*mul, x) : std::nullopt;
  const FloatNode* inner = square ? graph.Writer(*square, "Mul") : nullptr;
  return inner && inner->inputs[0] == x && inner->inputs[1] == x;
}

// sqrt(2 / pi) (x + 0.044715 x^3).
bool IsTanhArgument(const GraphEditor& graph, FloatValueId id, FloatValueId x) {
  const FloatNode* mul = graph.Writer(id, "Mul");
  const auto sum = mul ? WithScalar(graph, *mul, kTanhRoot) : std::nullopt;
  const FloatNode* add = sum ? graph.Writer(*sum, "Add") : nullptr;
  const auto term = add ? OtherInput(*add, x) : std::nullopt;
  const FloatNode* cubic = term ? graph.Writer(*term, "Mul") : nullptr;
  const auto cube = cubic ? WithScalar(graph, *cubic, kTanhCubic) : std::nullopt;
  return cube && IsCube(graph, *cube, x);
}

// 0.5 x (1 + erf(x / sqrt 2)), or with tanh: null if `f` is no such bracket.
const char* GeluForm(const GraphEditor& graph, FloatValueId f, FloatValueId x) {
  const FloatNode* add = graph.HasOneReader(f) ? graph.Writer(f, "Add") : nullptr;
  const auto inner = add ? WithScalar(graph, *add, 1.0) : std::nullopt;
  if (!inner) return nullptr;
  if (const FloatNode* erf = graph.Writer(*inner, "Erf")) {
    return IsErfArgument(graph, erf->inputs[0], x) ? "none" : nullptr;
  }
  const FloatNode* tanh = graph.Writer(*inner, "Tanh");
  return tanh && IsTanhArgument(graph, tanh->inputs[0], x) ? "tanh" : nullptr;
}

bool IsHardSigmoid(const GraphEditor& graph, FloatValueId id, FloatValueId x) {
  const FloatNode* node = graph.HasOneReader(id) ? graph.Writer(id, "HardSigmoid") : nullptr;
  if (!node || node->inputs[0] != x) return false;
  const auto alpha = RealAttribute(*node, "alpha", 0.2f);
  const auto beta = RealAttribute(*node, "beta", 0.5f);
  return alpha.ok() && beta.ok() && IsAbout(*alpha, 1.0 / 6) && IsAbout(*beta, 0.5);
}

// clip(x + 3, 0, 6).
bool IsClippedSum(const GraphEditor& graph, FloatValueId id, FloatValueId x) {
  const FloatNode* clip = graph.HasOneReader(id) ? graph.Writer(id, "Clip") : nullptr;
  if (!clip || clip->inputs.size() != 3 || ScalarOf(graph, clip->inputs[1]) != 0.0f ||
      ScalarOf(graph, clip->inputs[2]) != 6.0f) {
    return false;
  }
  const FloatNode* add = graph.Writer(clip->inputs[0], "Add");
  return add && WithScalar(graph, *add, 3.0) == x;
}

void Become(GraphEditor& graph, size_t n, const char* op, FloatValueId x) {
  graph.Replace(n, {graph.node(n).name, op, {x}, {}, {}});
}

}  // namespace

bool FuseActivation(GraphEditor& graph, size_t n) {
  const FloatNode& node = graph.node(n);
  if ((node.op != "Mul" && node.op != "Div") || node.inputs.size() != 2) return false;
  Factors factors;
  CollectFactors(graph, node.inputs[0], 2, factors);
  if (node.op == "Mul") {
    CollectFactors(graph, node.inputs[1], 2, factors);
  } else {
    const auto divisor = ScalarOf(graph, node.inputs[1]);
    if (!divisor) return false;
    factors.constant /= static_cast<double>(*divisor);
  }
  if (factors.values.size() != 2) return false;
  const auto constant = static_cast<float>(factors.constant);
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const FloatValueId x = factors.values[k];
    const FloatValueId f = factors.values[1 - k];
    if (graph.DimsOf(x) != graph.DimsOf(node.outputs[0])) continue;
    const char* form = IsAbout(constant, 0.5) ? GeluForm(graph, f, x) : nullptr;
    if (form) {
      FloatNode gelu{node.name, "Gelu", {x}, {}, {}};
      gelu.attributes.emplace("approximate", std::string(form));
      graph.Replace(n, std::move(gelu));
      return true;
    }
    const FloatNode* sigmoid =
        IsAbout(constant, 1.0) && graph.HasOneReader(f) ? graph.Writer(f, "Sigmoid") : nullptr;
    if (sigmoid && sigmoid->inputs[0] == x) {
      Become(graph, n, "Silu", x);
      return true;
    }
    if ((IsAbout(constant, 1.0) && IsHardSigmoid(graph, f, x)) ||
        (IsAbout(constant, 1.0 / 6) && IsClippedSum(graph, f, x))) {
      Become(graph, n, "HardSwish", x);
      return true;
    }
  }
  return false;
}

}  // namespace voizk
