// Reduce*: over given axes, or all; axes are an attribute before opset 13 (ReduceSum) or 18.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

enum class Kind { kSum, kMean, kMax, kMin, kProd, kL1, kL2, kLogSum, kLogSumExp, kSumSquare };

// Integers wrap, as a file's may be anything.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, int64_t>, uint64_t, T>;

// One run of values, in double or int64 (T).
template <Kind kind, typename T, typename In>
T ReduceRun(const In* x, int64_t n, const std::vector<int64_t>& offsets) {
  const auto at = [&](int64_t i) { return static_cast<T>(x[offsets[static_cast<size_t>(i)]]); };
  if constexpr (kind == Kind::kMax || kind == Kind::kMin) {
    T best = at(0);
    for (int64_t i = 1; i < n; ++i) {
      best = kind == Kind::kMax ? std::max(best, at(i)) : std::min(best, at(i));
    }
    return best;
  } else if constexpr (kind == Kind::kProd) {
    Wide<T> product = 1;
    for (int64_t i = 0; i < n; ++i) product *= static_cast<Wide<T>>(at(i));
    return static_cast<T>(product);
  } else if constexpr (kind == Kind::kLogSumExp) {
    T top = at(0);
    for (int64_t i = 1; i < n; ++i) top = std::max(top, at(i));
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += std::exp(at(i) - top);
    return std::log(sum) + top;
  } else {
    Wide<T> sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      const auto v = static_cast<Wide<T>>(at(i));
      if constexpr (kind == Kind::kL1) {
        sum += at(i) < 0 ? -v : v;
      } else if constexpr (kind == Kind::kL2 || kind == Kind::kSumSquare) {
        sum += v * v;
      } else {
        sum += v;
      }
    }
    if constexpr (kind == Kind::kMean) return static_cast<T>(sum) / static_cast<T>(n);
    if constexpr (kind == Kind::kL2) return static_cast<T>(std::sqrt(sum));
    if constexpr (kind == Kind::kLogSum) return static_cast<T>(std::log(sum));
    return static_cast<T>(sum);
  }
}

// Offsets of the elements of a tensor of `dims` read at `strides`, in row-major order.
std::vector<int64_t> OffsetsOf(const Dims& dims, const std::vector<int64_t>& strides) {
  std::vector<int64_t> offsets;
  const std::array<std::vector<int64_t>, 1> walk{strides};
  float_op::ForEachRow<1>(dims, walk, [&](const std::array<int64_t, 1>& at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) offsets.push_back(at[0] + i * float_op::RowStride(strides));
  });
  return offsets;
}

template <Kind kind, typename T, typename Values>
void ReduceAll(const Values& x, const std::vector<int64_t>& outer,
               const std::vector<int64_t>& inner, Values& y) {
  const auto n = static_cast<int64_t>(inner.size());
  for (size_t o = 0; o < outer.size(); ++o) {
    using Element = typename Values::value_type;
    y[o] = static_cast<Element>(ReduceRun<kind, T>(x.data() + outer[o], n, inner));
  }
}

template <Kind kind>
constexpr bool kFloatOnly = kind == Kind::kLogSum || kind == Kind::kLogSumExp || kind == Kind::kL2;

template <Kind kind>
Result<FloatTensor> Reduce(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(Dims axes, c.IntsOfInputOr(1, "axes", {}));
  VOIZK_ASSIGN_OR_RETURN(const int64_t keep, c.Int("keepdims", 1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t noop, c.Int("noop_with_empty_axes", 0));
  if (axes.empty() && noop != 0) return x;
  if (axes.empty()) {
    for (size_t d = 0; d < x.rank(); ++d) axes.push_back(static_cast<int64_t>(d));
  }
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> sorted, c.Axes(axes, x.rank()));
  Dims outer_dims, inner_dims, dims;
  std::vector<int64_t> outer_strides, inner_strides;
  const std::vector<int64_t> strides = float_op::StridesOf(x.dims());
  for (size_t d = 0; d < x.rank(); ++d) {
    const bool reduced = std::ranges::binary_search(sorted, d);
    (reduced ? inner_dims : outer_dims).push_back(x.dims()[d]);
    (reduced ? inner_strides : outer_strides).push_back(strides[d]);
    if (!reduced || keep != 0) dims.push_back(reduced ? 1 : x.dims()[d]);
  }
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, inner_dims).status());  // the offsets below
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, outer_dims).status());
  VOIZK_RETURN_IF_ERROR(c.Charge(x.size()));
  const std::vector<int64_t> outer = OffsetsOf(outer_dims, outer_strides);
  const std::vector<int64_t> inner = OffsetsOf(inner_dims, inner_strides);
  if (x.is_float()) {
    ReduceAll<kind, double>(x.floats(), outer, inner, y.floats());
  } else if constexpr (kFloatOnly<kind>) {
    return c.Unsupported("of integers");
  } else {
    ReduceAll<kind, int64_t>(x.ints(), outer, inner, y.ints());
  }
  return y;
}

constexpr FloatOperation kReductionOperations[] = {
    {"ReduceSum", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kSum>>},
    {"ReduceMean", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kMean>>},
    {"ReduceMax", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kMax>>},
    {"ReduceMin", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kMin>>},
    {"ReduceProd", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kProd>>},
    {"ReduceL1", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kL1>>},
    {"ReduceL2", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kL2>>},
    {"ReduceLogSum", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kLogSum>>},
    {"ReduceLogSumExp", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kLogSumExp>>},
    {"ReduceSumSquare", "n|i", FloatOperation::kNoEmpty, One<Reduce<Kind::kSumSquare>>},
};

}  // namespace

std::span<const FloatOperation> ReductionOperations() { return kReductionOperations; }

}  // namespace voizk
