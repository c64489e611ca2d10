// ArgMax, ArgMin, TopK, CumSum: along one axis.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

// Runs of n values, `step` apart, along an axis.
struct Runs {
  int64_t count, n, step;

  int64_t Begin(int64_t run) const { return run / step * n * step + run % step; }
};

Runs RunsOf(const FloatTensor& x, size_t axis) {
  const int64_t n = x.dims()[axis];
  return {static_cast<int64_t>(x.size()) / n, n,
          float_op::DimsProduct(x.dims(), axis + 1, x.rank())};
}

template <bool max, typename T>
int64_t BestOf(const T* x, const Runs& runs, bool last) {
  int64_t best = 0;
  for (int64_t i = 1; i < runs.n; ++i) {
    const T v = x[i * runs.step];
    const T top = x[best * runs.step];
    if (max ? v > top : v < top) best = i;
    if (last && v == top) best = i;
  }
  return best;
}

template <bool max>
Result<FloatTensor> Arg(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t keep, c.Int("keepdims", 1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t last, c.Int("select_last_index", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  Dims dims = x.dims();
  dims[axis] = 1;
  if (keep == 0) dims.erase(dims.begin() + static_cast<int64_t>(axis));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kInt64, dims));
  VOIZK_RETURN_IF_ERROR(c.Charge(x.size()));
  const Runs runs = RunsOf(x, axis);
  for (int64_t r = 0; r < runs.count; ++r) {
    y.ints()[static_cast<size_t>(r)] =
        x.is_float() ? BestOf<max>(x.floats().data() + runs.Begin(r), runs, last != 0)
                     : BestOf<max>(x.ints().data() + runs.Begin(r), runs, last != 0);
  }
  return y;
}

bool IsNumber(float v) { return !std::isnan(v); }
bool IsNumber(int64_t) { return true; }

template <typename T>
void TopOf(const T* x, const Runs& runs, int64_t k, bool largest, T* values, int64_t* indices) {
  std::vector<int64_t> order(static_cast<size_t>(runs.n));
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
    const T p = x[a * runs.step];
    const T q = x[b * runs.step];
    const bool p_is_number = IsNumber(p), q_is_number = IsNumber(q);
    if (!p_is_number || !q_is_number) {  // what is none comes last; two of them in their order
      return p_is_number == q_is_number ? false : p_is_number;
    }
    if (p == q) return a < b;
    return largest ? p > q : p < q;
  });
  for (int64_t i = 0; i < k; ++i) {
    indices[i * runs.step] = order[static_cast<size_t>(i)];
    values[i * runs.step] = x[order[static_cast<size_t>(i)] * runs.step];
  }
}

Result<FloatValues> TopK(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t largest, c.Int("largest", 1));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  const int64_t k = c.In(1).size() == 1 ? c.In(1).ints()[0] : 0;
  if (k < 1 || k > x.dims()[axis]) return c.Malformed("K does not fit the axis");
  Dims dims = x.dims();
  dims[axis] = k;
  VOIZK_ASSIGN_OR_RETURN(FloatTensor values, c.New(x.type(), dims));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor indices, c.New(FloatType::kInt64, dims));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(x.size()), 32));
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, {x.dims()[axis]}).status());  // the order
  const Runs runs = RunsOf(x, axis);
  for (int64_t r = 0; r < runs.count; ++r) {
    const int64_t to = r / runs.step * k * runs.step + r % runs.step;
    int64_t* at = indices.ints().data() + to;
    if (x.is_float()) {
      TopOf(x.floats().data() + runs.Begin(r), runs, k, largest != 0, values.floats().data() + to,
            at);
    } else {
      TopOf(x.ints().data() + runs.Begin(r), runs, k, largest != 0, values.ints().data() + to, at);
    }
  }
  FloatValues out;
  out.push_back(ValueOf(std::move(values)));
  out.push_back(ValueOf(std::move(indices)));
  return out;
}

template <typename Sum, typename T>
void SumUp(const T* x, const Runs& runs, bool exclusive, bool reverse, T* y) {
  Sum sum = 0;
  for (int64_t i = 0; i < runs.n; ++i) {
    const int64_t at = (reverse ? runs.n - 1 - i : i) * runs.step;
    if (!exclusive) sum += static_cast<Sum>(x[at]);
    y[at] = static_cast<T>(sum);
    if (exclusive) sum += static_cast<Sum>(x[at]);
  }
}

Result<FloatTensor> CumSum(OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (c.In(1).size() != 1) return c.Malformed("the axis is not one number");
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(c.In(1).ints()[0], x.rank()));
  VOIZK_ASSIGN_OR_RETURN(const int64_t exclusive, c.Int("exclusive", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t reverse, c.Int("reverse", 0));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), x.dims()));
  const Runs runs = RunsOf(x, axis);
  for (int64_t r = 0; r < runs.count; ++r) {
    const int64_t at = runs.Begin(r);
    if (x.is_float()) {
      SumUp<float>(x.floats().data() + at, runs, exclusive != 0, reverse != 0,
                   y.floats().data() + at);
    } else {
      SumUp<uint64_t>(x.ints().data() + at, runs, exclusive != 0, reverse != 0,
                      y.ints().data() + at);
    }
  }
  return y;
}

constexpr FloatOperation kSelectionOperations[] = {
    {"ArgMax", "n", FloatOperation::kNoEmpty, One<Arg<true>>},
    {"ArgMin", "n", FloatOperation::kNoEmpty, One<Arg<false>>},
    {"TopK", "ni", FloatOperation::kNoEmpty, TopK},
    {"CumSum", "ni", FloatOperation::kNoEmpty, One<CumSum>},
};

}  // namespace

std::span<const FloatOperation> SelectionOperations() { return kSelectionOperations; }

}  // namespace voizk
