// Element by element with numpy's broadcasting: arithmetic, comparisons, logic, Where.
#include <cmath>
#include <type_traits>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::BroadcastDims;
using float_op::BroadcastStrides;
using float_op::Collapse;
using float_op::ForEachRow;
using float_op::RowStride;

template <typename Out, typename In, typename Fn>
void Apply(const FloatTensor& a, const FloatTensor& b, const In* x, const In* y, Dims dims,
           Out* out, Fn fn) {
  std::array<std::vector<int64_t>, 2> strides{BroadcastStrides(a.dims(), dims),
                                              BroadcastStrides(b.dims(), dims)};
  Collapse<2>(dims, strides);
  const int64_t sx = RowStride(strides[0]);
  const int64_t sy = RowStride(strides[1]);
  ForEachRow<2>(dims, strides, [&](const std::array<int64_t, 2>& at, int64_t n) {
    const In* p = x + at[0];
    const In* q = y + at[1];
    if (sx == 1 && sy == 1) {
      for (int64_t i = 0; i < n; ++i) out[i] = fn(p[i], q[i]);
    } else if (sx == 1 && sy == 0) {
      const In c = *q;
      for (int64_t i = 0; i < n; ++i) out[i] = fn(p[i], c);
    } else {
      for (int64_t i = 0; i < n; ++i) out[i] = fn(p[i * sx], q[i * sy]);
    }
    out += n;
  });
}

Result<Dims> CommonDims(const OpContext& c, const Dims& a, const Dims& b) {
  const auto dims = BroadcastDims(a, b);
  if (!dims) {
    return c.Malformed("shapes " + ToString(a) + " and " + ToString(b) + " do not broadcast");
  }
  return *dims;
}

// x and y of one type; Fn on floats and on int64.
template <typename Fn>
Result<FloatTensor> Numeric(const OpContext& c, const FloatTensor& a, const FloatTensor& b, Fn fn) {
  if (a.type() != b.type()) return c.Malformed("the inputs are of different types");
  VOIZK_ASSIGN_OR_RETURN(const Dims dims, CommonDims(c, a.dims(), b.dims()));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(a.type(), dims));
  if (a.is_float()) {
    Apply(a, b, a.floats().data(), b.floats().data(), dims, out.floats().data(), fn);
  } else {
    Apply(a, b, a.ints().data(), b.ints().data(), dims, out.ints().data(), fn);
  }
  return out;
}

// Two's complement, as a file's integers may be anything.
int64_t Wrap(uint64_t v) { return static_cast<int64_t>(v); }
uint64_t U(int64_t v) { return static_cast<uint64_t>(v); }

struct AddFn {
  float operator()(float a, float b) const { return a + b; }
  int64_t operator()(int64_t a, int64_t b) const { return Wrap(U(a) + U(b)); }
};
struct SubFn {
  float operator()(float a, float b) const { return a - b; }
  int64_t operator()(int64_t a, int64_t b) const { return Wrap(U(a) - U(b)); }
};
struct MulFn {
  float operator()(float a, float b) const { return a * b; }
  int64_t operator()(int64_t a, int64_t b) const { return Wrap(U(a) * U(b)); }
};
struct DivFn {  // the caller has excluded b = 0
  float operator()(float a, float b) const { return a / b; }
  int64_t operator()(int64_t a, int64_t b) const { return b == -1 ? Wrap(-U(a)) : a / b; }
};
struct MinFn {
  template <typename T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct MaxFn {
  template <typename T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};
struct FmodFn {  // the sign of the dividend
  float operator()(float a, float b) const { return std::fmod(a, b); }
  int64_t operator()(int64_t a, int64_t b) const { return b == -1 ? 0 : a % b; }
};
struct ModFn {  // the sign of the divisor
  float operator()(float a, float b) const {
    const float r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  int64_t operator()(int64_t a, int64_t b) const {
    const int64_t r = b == -1 ? 0 : a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
};

template <typename Fn>
Result<FloatTensor> Binary(OpContext& c) {
  return Numeric(c, c.In(0), c.In(1), Fn());
}

Status CheckDivisor(const OpContext& c) {
  if (!c.In(1).is_int()) return {};
  for (const int64_t v : c.In(1).ints()) {
    if (v == 0) return c.Malformed("divides an integer by 0");
  }
  return {};
}

Result<FloatTensor> Div(OpContext& c) {
  VOIZK_RETURN_IF_ERROR(CheckDivisor(c));
  return Binary<DivFn>(c);
}

Result<FloatTensor> Mod(OpContext& c) {
  VOIZK_RETURN_IF_ERROR(CheckDivisor(c));
  VOIZK_ASSIGN_OR_RETURN(const int64_t fmod, c.Int("fmod", 0));
  return fmod != 0 ? Binary<FmodFn>(c) : Binary<ModFn>(c);
}

template <typename Fn>
Result<FloatTensor> Fold(OpContext& c) {
  FloatTensor acc = c.In(0);
  for (size_t i = 1; i < c.input_count(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(acc, Numeric(c, acc, c.In(i), Fn()));
  }
  return acc;
}

Result<FloatTensor> Mean(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor sum, Fold<AddFn>(c));
  for (float& v : sum.floats()) v /= static_cast<float>(c.input_count());
  return sum;
}

// Square and multiply; like the others modulo 2^64.  A negative exponent gives 0 but for 1, -1.
int64_t IntPow(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1;
  uint64_t square = U(base);
  for (uint64_t e = U(exponent); e != 0; e >>= 1, square *= square) {
    if (e & 1) result *= square;
  }
  return Wrap(result);
}

struct PowFn {
  float operator()(float a, float b) const { return b == 2.0f ? a * a : std::pow(a, b); }
  int64_t operator()(int64_t a, int64_t b) const { return IntPow(a, b); }
};

// The exponent may be of another type than the base, whose type the result has.
Result<FloatTensor> Pow(OpContext& c) {
  const FloatTensor& base = c.In(0);
  const FloatTensor& exponent = c.In(1);
  if (base.type() == exponent.type()) return Binary<PowFn>(c);
  if (base.is_int()) return c.Unsupported("an integer to the power of a float");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor real, c.New(FloatType::kFloat, exponent.dims()));
  for (size_t i = 0; i < real.size(); ++i) {
    real.floats()[i] = static_cast<float>(exponent.ints()[i]);
  }
  return Numeric(c, base, real, PowFn());
}

// bool or number, by Fn, to bool.
template <typename Fn>
Result<FloatTensor> Compare(OpContext& c) {
  const FloatTensor& a = c.In(0);
  const FloatTensor& b = c.In(1);
  if (a.type() != b.type()) return c.Malformed("the inputs are of different types");
  VOIZK_ASSIGN_OR_RETURN(const Dims dims, CommonDims(c, a.dims(), b.dims()));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(FloatType::kBool, dims));
  a.Visit([&](const auto& x) {
    using Values = std::decay_t<decltype(x)>;
    b.Visit([&](const auto& y) {
      if constexpr (std::is_same_v<Values, std::decay_t<decltype(y)>>) {
        Apply(a, b, x.data(), y.data(), dims, out.bools().data(),
              [](auto p, auto q) { return static_cast<uint8_t>(Fn()(p, q) ? 1 : 0); });
      }
    });
  });
  return out;
}

Result<FloatTensor> Not(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(FloatType::kBool, c.In(0).dims()));
  for (size_t i = 0; i < out.size(); ++i) out.bools()[i] = c.In(0).bools()[i] ? 0 : 1;
  return out;
}

Result<FloatTensor> Where(OpContext& c) {
  const FloatTensor& when = c.In(0);
  const FloatTensor& a = c.In(1);
  const FloatTensor& b = c.In(2);
  if (a.type() != b.type()) return c.Malformed("the inputs are of different types");
  VOIZK_ASSIGN_OR_RETURN(const Dims branches, CommonDims(c, a.dims(), b.dims()));
  VOIZK_ASSIGN_OR_RETURN(const Dims dims, CommonDims(c, when.dims(), branches));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(a.type(), dims));
  const std::array<std::vector<int64_t>, 3> strides{BroadcastStrides(when.dims(), dims),
                                                    BroadcastStrides(a.dims(), dims),
                                                    BroadcastStrides(b.dims(), dims)};
  const auto fill = [&](const auto& x, const auto& y, auto* to) {
    ForEachRow<3>(dims, strides, [&](const std::array<int64_t, 3>& at, int64_t n) {
      for (int64_t i = 0; i < n; ++i) {
        const bool yes = when.bools()[static_cast<size_t>(at[0] + i * RowStride(strides[0]))] != 0;
        *to++ = yes ? x[static_cast<size_t>(at[1] + i * RowStride(strides[1]))]
                    : y[static_cast<size_t>(at[2] + i * RowStride(strides[2]))];
      }
    });
  };
  if (a.is_float()) fill(a.floats(), b.floats(), out.floats().data());
  if (a.is_int()) fill(a.ints(), b.ints(), out.ints().data());
  if (a.is_bool()) fill(a.bools(), b.bools(), out.bools().data());
  return out;
}

// x * scale + shift: what a BatchNormalization at inference is, and what Simplify makes of it.
Result<FloatTensor> Affine(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor scaled, Numeric(c, c.In(0), c.In(1), MulFn()));
  return Numeric(c, scaled, c.In(2), AddFn());
}

constexpr FloatOperation kArithmeticOperations[] = {
    {"Add", "nn", FloatOperation::kMayBeEmpty, One<Binary<AddFn>>},
    {"Sub", "nn", FloatOperation::kMayBeEmpty, One<Binary<SubFn>>},
    {"Mul", "nn", FloatOperation::kMayBeEmpty, One<Binary<MulFn>>},
    {"Div", "nn", FloatOperation::kMayBeEmpty, One<Div>},
    {"Mod", "nn", FloatOperation::kMayBeEmpty, One<Mod>},
    {"Pow", "nn", FloatOperation::kMayBeEmpty, One<Pow>},
    {"Min", "n+", FloatOperation::kMayBeEmpty, One<Fold<MinFn>>},
    {"Max", "n+", FloatOperation::kMayBeEmpty, One<Fold<MaxFn>>},
    {"Sum", "f+", FloatOperation::kMayBeEmpty, One<Fold<AddFn>>},
    {"Mean", "f+", FloatOperation::kMayBeEmpty, One<Mean>},
    {"Equal", "aa", FloatOperation::kMayBeEmpty, One<Compare<std::equal_to<>>>},
    {"Less", "nn", FloatOperation::kMayBeEmpty, One<Compare<std::less<>>>},
    {"LessOrEqual", "nn", FloatOperation::kMayBeEmpty, One<Compare<std::less_equal<>>>},
    {"Greater", "nn", FloatOperation::kMayBeEmpty, One<Compare<std::greater<>>>},
    {"GreaterOrEqual", "nn", FloatOperation::kMayBeEmpty, One<Compare<std::greater_equal<>>>},
    {"And", "bb", FloatOperation::kMayBeEmpty, One<Compare<std::logical_and<>>>},
    {"Or", "bb", FloatOperation::kMayBeEmpty, One<Compare<std::logical_or<>>>},
    {"Xor", "bb", FloatOperation::kMayBeEmpty, One<Compare<std::not_equal_to<>>>},
    {"Not", "b", FloatOperation::kMayBeEmpty, One<Not>},
    {"Where", "baa", FloatOperation::kMayBeEmpty, One<Where>},
    {"Affine", "fff", FloatOperation::kMayBeEmpty, One<Affine>},
};

}  // namespace

std::span<const FloatOperation> ArithmeticOperations() { return kArithmeticOperations; }

}  // namespace voizk
