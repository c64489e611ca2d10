#include "algebra/poly/mle.h"

#include <algorithm>
#include <mutex>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"

namespace voizk {

namespace {

constexpr size_t kFoldGrain = 1 << 12;  // elements folded by one task

template <typename Values>
Values Slice(Values values, size_t offset, size_t count) {
  return values.subspan(offset, count);
}

void For(ThreadPool* pool, size_t count, size_t grain,
         const std::function<void(size_t, size_t)>& fn) {
  if (pool != nullptr) {
    pool->ParallelFor(count, grain, fn);
  } else if (count != 0) {
    fn(0, count);
  }
}

// With z = (z_row, z_col): sum_r eq(z_row, r) <eq(z_col, .), row r>.
template <int D, typename Values>
Ext<D> Evaluate(Values values, std::span<const Ext<D>> z, ThreadPool* pool) {
  // Columns of at most 2^12 keep their eq table (64 or 80 KiB) in the second-level cache.
  const size_t column_variables = std::min<size_t>(z.size(), 12);
  const size_t width = size_t{1} << column_variables;
  const size_t rows = (values.size() + width - 1) / width;
  CheckInvariant(values.size() <= (uint64_t{1} << z.size()), "more values than the point indexes");
  const ExtVec<D> column_eq = EqTable<D>(z.last(column_variables));
  const ExtVec<D> row_eq = EqWindow<D>(z.first(z.size() - column_variables), 0, rows);
  Ext<D> sum;
  std::mutex mutex;
  For(pool, rows, 1, [&](size_t begin, size_t end) {
    Ext<D> part;
    for (size_t r = begin; r < end; ++r) {
      const size_t count = std::min(width, values.size() - r * width);
      part += row_eq.get(r) *
              InnerProduct<D>(column_eq.subspan(0, count), Slice(values, r * width, count));
    }
    const std::lock_guard lock(mutex);
    sum += part;
  });
  return sum;
}

}  // namespace

template <int D>
Ext<D> EvaluateMle(FpSpan values, std::span<const Ext<D>> z, ThreadPool* pool) {
  return Evaluate<D>(values, z, pool);
}
template <int D>
Ext<D> EvaluateMle(std::span<const int8_t> values, std::span<const Ext<D>> z, ThreadPool* pool) {
  return Evaluate<D>(values, z, pool);
}
template <int D>
Ext<D> EvaluateMle(std::span<const int16_t> values, std::span<const Ext<D>> z, ThreadPool* pool) {
  return Evaluate<D>(values, z, pool);
}
template <int D>
Ext<D> EvaluateMle(ExtConstSpan<D> values, std::span<const Ext<D>> z, ThreadPool* pool) {
  return Evaluate<D>(values, z, pool);
}

template <int D>
void BindTop(ExtVec<D>& table, const Ext<D>& r, ThreadPool* pool) {
  CheckInvariant(table.size() % 2 == 0, "a table of odd length folded");
  const size_t half = table.size() / 2;
  For(pool, half, kFoldGrain, [&](size_t begin, size_t end) {
    const size_t n = end - begin;
    Fold<D>(table.subspan(begin, n), table.subspan(half + begin, n), r, table.subspan(begin, n));
  });
  table.Truncate(half);
}

template <int D>
ExtVec<D> BindTop(FpSpan table, const Ext<D>& r, ThreadPool* pool) {
  CheckInvariant(table.size() % 2 == 0, "a table of odd length folded");
  const size_t half = table.size() / 2;
  ExtVec<D> out = ExtVec<D>::Uninitialized(half);
  For(pool, half, kFoldGrain, [&](size_t begin, size_t end) {
    const size_t n = end - begin;
    Fold<D>(table.subspan(begin, n), table.subspan(half + begin, n), r, out.subspan(begin, n));
  });
  return out;
}

#define VOIZK_INSTANTIATE(D)                                                                      \
  template Ext<D> EvaluateMle<D>(FpSpan, std::span<const Ext<D>>, ThreadPool*);                   \
  template Ext<D> EvaluateMle<D>(std::span<const int8_t>, std::span<const Ext<D>>, ThreadPool*);  \
  template Ext<D> EvaluateMle<D>(std::span<const int16_t>, std::span<const Ext<D>>, ThreadPool*); \
  template Ext<D> EvaluateMle<D>(ExtConstSpan<D>, std::span<const Ext<D>>, ThreadPool*);          \
  template void BindTop<D>(ExtVec<D>&, const Ext<D>&, ThreadPool*);                               \
  template ExtVec<D> BindTop<D>(FpSpan, const Ext<D>&, ThreadPool*)
VOIZK_INSTANTIATE(4);
VOIZK_INSTANTIATE(5);
#undef VOIZK_INSTANTIATE

}  // namespace voizk
