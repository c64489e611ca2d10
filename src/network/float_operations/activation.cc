// Activations with parameters.
#include <cmath>
#include <limits>
#include <numbers>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

template <typename Fn>
Result<FloatTensor> Map(const OpContext& c, Fn fn) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const float* in = x.floats().data();
  float* out = y.floats().data();
  c.Parallel(y.size(), 1 << 14, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) out[i] = fn(in[i]);
  });
  return y;
}

Result<FloatTensor> LeakyRelu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 0.01f));
  return Map(c, [=](float x) { return x < 0 ? alpha * x : x; });
}

Result<FloatTensor> Elu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 1.0f));
  return Map(c, [=](float x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

Result<FloatTensor> Celu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 1.0f));
  return Map(c, [=](float x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
}

Result<FloatTensor> Selu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 1.67326319217681884765625f));
  VOIZK_ASSIGN_OR_RETURN(const float gamma, c.Real("gamma", 1.05070102214813232421875f));
  return Map(c, [=](float x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}

Result<FloatTensor> ThresholdedRelu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 1.0f));
  return Map(c, [=](float x) { return x > alpha ? x : 0.0f; });
}

Result<FloatTensor> HardSigmoid(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 0.2f));
  VOIZK_ASSIGN_OR_RETURN(const float beta, c.Real("beta", 0.5f));
  return Map(c, [=](float x) { return std::fmax(0.0f, std::fmin(1.0f, alpha * x + beta)); });
}

Result<FloatTensor> Gelu(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const std::string approximate, c.String("approximate", "none"));
  if (approximate == "none") {
    return Map(c, [](float x) {
      return 0.5f * x * (1.0f + std::erf(x * (1.0f / std::numbers::sqrt2_v<float>)));
    });
  }
  if (approximate != "tanh") return c.Malformed("approximate is neither none nor tanh");
  return Map(c, [](float x) {
    constexpr float kRoot = 0.797884560802865f;  // sqrt(2 / pi)
    return 0.5f * x * (1.0f + std::tanh(kRoot * (x + 0.044715f * x * x * x)));
  });
}

Result<FloatTensor> PRelu(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& slope = c.In(1);
  const auto dims = float_op::BroadcastDims(x.dims(), slope.dims());
  if (!dims || *dims != x.dims()) return c.Malformed("the slope does not broadcast to the input");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const std::array<std::vector<int64_t>, 2> strides{
      float_op::StridesOf(x.dims()), float_op::BroadcastStrides(slope.dims(), x.dims())};
  float* out = y.floats().data();
  float_op::ForEachRow<2>(x.dims(), strides, [&](const std::array<int64_t, 2>& at, int64_t n) {
    const float* p = x.floats().data() + at[0];
    const float* s = slope.floats().data() + at[1];
    const int64_t step = float_op::RowStride(strides[1]);
    for (int64_t i = 0; i < n; ++i) *out++ = p[i] < 0 ? p[i] * s[i * step] : p[i];
  });
  return y;
}

// One bound of a Clip: an input since opset 11, an attribute before.
Result<FloatTensor> Bound(const OpContext& c, size_t i, std::string_view key, float absent) {
  if (c.opset() < 11) {
    VOIZK_ASSIGN_OR_RETURN(const float v, c.Real(key, absent));
    return FloatTensor::Scalar(v);
  }
  const FloatTensor* bound = c.Optional(i);
  if (!bound) return FloatTensor::Scalar(absent);
  if (bound->type() != c.In(0).type() || bound->size() != 1) {
    return c.Malformed(std::string(key) + " is not one number of the input's type");
  }
  return *bound;
}

Result<FloatTensor> Clip(OpContext& c) {
  const float infinity = std::numeric_limits<float>::infinity();
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor min, Bound(c, 1, "min", -infinity));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor max, Bound(c, 2, "max", infinity));
  if (c.In(0).is_float()) {
    const float lo = min.floats()[0];
    const float hi = max.floats()[0];
    return Map(c, [=](float x) { return x < lo ? (lo < hi ? lo : hi) : x > hi ? hi : x; });
  }
  const int64_t lo = min.is_int() ? min.ints()[0] : INT64_MIN;
  const int64_t hi = max.is_int() ? max.ints()[0] : INT64_MAX;
  FloatTensor y = c.In(0);
  for (int64_t& v : y.ints()) v = v < lo ? (lo < hi ? lo : hi) : v > hi ? hi : v;
  return y;
}

constexpr FloatOperation kActivationOperations[] = {
    {"LeakyRelu", "f", FloatOperation::kMayBeEmpty, One<LeakyRelu>},
    {"PRelu", "ff", FloatOperation::kNoEmpty, One<PRelu>},
    {"Elu", "f", FloatOperation::kMayBeEmpty, One<Elu>},
    {"Celu", "f", FloatOperation::kMayBeEmpty, One<Celu>},
    {"Selu", "f", FloatOperation::kMayBeEmpty, One<Selu>},
    {"ThresholdedRelu", "f", FloatOperation::kMayBeEmpty, One<ThresholdedRelu>},
    {"HardSigmoid", "f", FloatOperation::kMayBeEmpty, One<HardSigmoid>},
    {"Gelu", "f", FloatOperation::kMayBeEmpty, One<Gelu>},
    {"Clip", "n|nn", FloatOperation::kMayBeEmpty, One<Clip>},
};

}  // namespace

std::span<const FloatOperation> ActivationOperations() { return kActivationOperations; }

}  // namespace voizk
