// One number in, one number out, without attributes.
#include <cmath>

#include "network/float_operations/table.h"

namespace voizk {

namespace {

template <float (*Fn)(float)>
Result<FloatTensor> Map(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const float* in = x.floats().data();
  float* out = y.floats().data();
  c.Parallel(y.size(), 1 << 14, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) out[i] = Fn(in[i]);
  });
  return y;
}

// Neg, Abs and Sign of integers too.
template <float (*Fn)(float), int64_t (*IntFn)(int64_t)>
Result<FloatTensor> MapNumber(OpContext& c) {
  if (c.In(0).is_float()) return Map<Fn>(c);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kInt64, c.In(0).dims()));
  for (size_t i = 0; i < y.size(); ++i) y.ints()[i] = IntFn(c.In(0).ints()[i]);
  return y;
}

float Neg(float x) { return -x; }
float Abs(float x) { return std::fabs(x); }
float Sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }
int64_t NegInt(int64_t x) { return static_cast<int64_t>(-static_cast<uint64_t>(x)); }
int64_t AbsInt(int64_t x) { return x < 0 ? NegInt(x) : x; }
int64_t SignInt(int64_t x) { return (x > 0) - (x < 0); }
float Sqrt(float x) { return std::sqrt(x); }
float Exp(float x) { return std::exp(x); }
float Log(float x) { return std::log(x); }
float Reciprocal(float x) { return 1.0f / x; }
float Floor(float x) { return std::floor(x); }
float Ceil(float x) { return std::ceil(x); }
float Round(float x) { return std::nearbyint(x); }  // halves to even
float Erf(float x) { return std::erf(x); }
float Sin(float x) { return std::sin(x); }
float Cos(float x) { return std::cos(x); }
float Tan(float x) { return std::tan(x); }
float Atan(float x) { return std::atan(x); }
float Relu(float x) { return x < 0 ? 0.0f : x; }  // keeps NaN
float Tanh(float x) { return std::tanh(x); }
float Softplus(float x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
float Softsign(float x) { return x / (1.0f + std::fabs(x)); }
float Sigmoid(float x) {
  const float e = std::exp(-std::fabs(x));
  return x >= 0 ? 1.0f / (1.0f + e) : e / (1.0f + e);
}
float Silu(float x) { return x * Sigmoid(x); }
float HardSwish(float x) { return x * std::fmin(std::fmax(x / 6.0f + 0.5f, 0.0f), 1.0f); }
float Mish(float x) { return x * std::tanh(Softplus(x)); }

constexpr FloatOperation kUnaryOperations[] = {
    {"Neg", "n", FloatOperation::kMayBeEmpty, One<MapNumber<Neg, NegInt>>},
    {"Abs", "n", FloatOperation::kMayBeEmpty, One<MapNumber<Abs, AbsInt>>},
    {"Sign", "n", FloatOperation::kMayBeEmpty, One<MapNumber<Sign, SignInt>>},
    {"Sqrt", "f", FloatOperation::kMayBeEmpty, One<Map<Sqrt>>},
    {"Exp", "f", FloatOperation::kMayBeEmpty, One<Map<Exp>>},
    {"Log", "f", FloatOperation::kMayBeEmpty, One<Map<Log>>},
    {"Reciprocal", "f", FloatOperation::kMayBeEmpty, One<Map<Reciprocal>>},
    {"Floor", "f", FloatOperation::kMayBeEmpty, One<Map<Floor>>},
    {"Ceil", "f", FloatOperation::kMayBeEmpty, One<Map<Ceil>>},
    {"Round", "f", FloatOperation::kMayBeEmpty, One<Map<Round>>},
    {"Erf", "f", FloatOperation::kMayBeEmpty, One<Map<Erf>>},
    {"Sin", "f", FloatOperation::kMayBeEmpty, One<Map<Sin>>},
    {"Cos", "f", FloatOperation::kMayBeEmpty, One<Map<Cos>>},
    {"Tan", "f", FloatOperation::kMayBeEmpty, One<Map<Tan>>},
    {"Atan", "f", FloatOperation::kMayBeEmpty, One<Map<Atan>>},
    {"Relu", "f", FloatOperation::kMayBeEmpty, One<Map<Relu>>},
    {"Tanh", "f", FloatOperation::kMayBeEmpty, One<Map<Tanh>>},
    {"Softplus", "f", FloatOperation::kMayBeEmpty, One<Map<Softplus>>},
    {"Softsign", "f", FloatOperation::kMayBeEmpty, One<Map<Softsign>>},
    {"Sigmoid", "f", FloatOperation::kMayBeEmpty, One<Map<Sigmoid>>},
    {"Silu", "f", FloatOperation::kMayBeEmpty, One<Map<Silu>>},
    {"HardSwish", "f", FloatOperation::kMayBeEmpty, One<Map<HardSwish>>},
    {"Mish", "f", FloatOperation::kMayBeEmpty, One<Map<Mish>>},
};

}  // namespace

std::span<const FloatOperation> UnaryOperations() { return kUnaryOperations; }

}  // namespace voizk
