// Cast and CastLike.  ONNX's types that are not held (graph.h) are represented by those that are;
// an integer that the narrower type cannot hold is refused, since exporters do not rely on it.
#include <cmath>
#include <limits>

#include "network/float_operations/onnx_types.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

Result<FloatTensor> ToFloat(const OpContext& c, const FloatTensor& x) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  x.Visit([&](const auto& values) {
    for (size_t i = 0; i < values.size(); ++i) y.floats()[i] = static_cast<float>(values[i]);
  });
  return y;
}

// Towards zero.
Result<FloatTensor> ToInt(const OpContext& c, const FloatTensor& x, OnnxIntegerRange range) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kInt64, x.dims()));
  for (size_t i = 0; i < y.size(); ++i) {
    int64_t v = 0;
    if (x.is_float()) {
      const double real = std::trunc(static_cast<double>(x.floats()[i]));
      if (!(real >= -0x1p63 && real < 0x1p63)) return c.Unsupported("casts what no int64 holds");
      v = static_cast<int64_t>(real);
    } else {
      v = x.is_int() ? x.ints()[i] : x.bools()[i];
    }
    if (v < range.lo || v > range.hi) {
      return c.Unsupported("casts " + std::to_string(v) + " to a type that cannot hold it");
    }
    y.ints()[i] = v;
  }
  return y;
}

Result<FloatTensor> ToBool(const OpContext& c, const FloatTensor& x) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kBool, x.dims()));
  x.Visit([&](const auto& values) {
    for (size_t i = 0; i < values.size(); ++i) y.bools()[i] = values[i] != 0 ? 1 : 0;
  });
  return y;
}

Result<FloatTensor> CastTo(const OpContext& c, const FloatTensor& x, FloatType type,
                           OnnxIntegerRange range) {
  switch (type) {
    case FloatType::kFloat:
      return ToFloat(c, x);
    case FloatType::kInt64:
      return ToInt(c, x, range);
    case FloatType::kBool:
      break;
  }
  return ToBool(c, x);
}

Result<FloatValues> Cast(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t to, c.Int("to", 0));
  const auto type = FloatTypeOfOnnx(to);
  if (!type) return c.Unsupported("casts to ONNX's type " + std::to_string(to));
  if (*type == c.In(0).type() && *type != FloatType::kInt64) return FloatValues{c.Value(0)};
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, CastTo(c, c.In(0), *type, OnnxIntegers(to)));
  FloatValues out;
  out.push_back(ValueOf(std::move(y)));
  return out;
}

Result<FloatValues> CastLike(OpContext& c) {
  if (c.In(0).type() == c.In(1).type()) return FloatValues{c.Value(0)};
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, CastTo(c, c.In(0), c.In(1).type(), {}));
  FloatValues out;
  out.push_back(ValueOf(std::move(y)));
  return out;
}

constexpr FloatOperation kCastOperations[] = {
    {"Cast", "a", FloatOperation::kMayBeEmpty, Cast},
    {"CastLike", "aa", FloatOperation::kMayBeEmpty, CastLike},
};

}  // namespace

std::span<const FloatOperation> CastOperations() { return kCastOperations; }

}  // namespace voizk
