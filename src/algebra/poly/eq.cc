#include "algebra/poly/eq.h"

#include <algorithm>
#include <bit>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "base/sizes.h"

namespace voizk {

namespace {

// Elements of one task when a table is filled by several threads.
constexpr size_t kGrain = 1 << 12;

// Factor of variable j of m in eq(z, i).
template <int D>
Ext<D> Factor(std::span<const Ext<D>> z, size_t j, uint64_t i) {
  const bool bit = (i >> (z.size() - 1 - j)) & 1;
  return bit ? z[j] : Ext<D>::kOne - z[j];
}

// Fills out (2^k elements) with out[0] * eq(last k variables of z, .): from the last variable up,
// every variable doubles the table, its 1-half behind its 0-half.
template <int D>
void ExpandInPlace(std::span<const Ext<D>> z, ExtSpan<D> out, ThreadPool* pool) {
  for (size_t n = 1, j = z.size(); n < out.size(); n *= 2) {
    const Ext<D>& r = z[--j];
    const auto range = [&](size_t begin, size_t end) {
      EqExpand<D>(out.subspan(begin, end - begin), out.subspan(n + begin, end - begin), r);
    };
    if (pool != nullptr) {
      pool->ParallelFor(n, kGrain, range);
    } else {
      range(0, n);
    }
  }
}

// Cuts [start, start + count) into aligned pieces of 2^k and calls on_piece(offset, k, prefix) with
// prefix = eq of the variables above the piece's own k.
template <int D, typename OnPiece>
void ForEachAlignedPiece(std::span<const Ext<D>> z, uint64_t start, uint64_t count,
                         OnPiece on_piece) {
  const size_t m = z.size();
  CheckInvariant(m < 64 && start <= (uint64_t{1} << m) && count <= (uint64_t{1} << m) - start,
                 "a window beyond its table");
  if (count == 0) return;
  // Variables above the highest bit in which first and last index differ are common to all pieces.
  const auto differing = static_cast<size_t>(std::bit_width(start ^ (start + count - 1)));
  const size_t common = m - differing;
  Ext<D> common_product = Ext<D>::kOne;
  for (size_t j = 0; j < common; ++j) common_product *= Factor<D>(z, j, start);

  for (uint64_t at = start, left = count; left != 0;) {
    const uint64_t aligned = at == 0 ? left : at & -at;
    const auto k = static_cast<size_t>(std::bit_width(std::min(aligned, left)) - 1);
    Ext<D> prefix = common_product;
    for (size_t j = common; j + k < m; ++j) prefix *= Factor<D>(z, j, at);
    on_piece(at - start, k, prefix);
    at += uint64_t{1} << k;
    left -= uint64_t{1} << k;
  }
}

}  // namespace

template <int D>
ExtVec<D> EqTable(std::span<const Ext<D>> z, const Ext<D>& scale, ThreadPool* pool) {
  ExtVec<D> table = ExtVec<D>::Uninitialized(size_t{1} << z.size());
  table.set(0, scale);
  ExpandInPlace<D>(z, table.span(), pool);
  return table;
}

template <int D>
Ext<D> EqEval(std::span<const Ext<D>> a, std::span<const Ext<D>> b) {
  CheckInvariant(a.size() == b.size(), "inner product of two lengths");
  Ext<D> product = Ext<D>::kOne;
  for (size_t j = 0; j < a.size(); ++j) {
    // a b + (1-a)(1-b) = 1 - a - b + 2 a b
    product *= Ext<D>::kOne - a[j] - b[j] + (a[j] * b[j]).Double();
  }
  return product;
}

template <int D>
Ext<D> EqAt(std::span<const Ext<D>> z, uint64_t i) {
  Ext<D> product = Ext<D>::kOne;
  for (size_t j = 0; j < z.size(); ++j) product *= Factor<D>(z, j, i);
  return product;
}

template <int D>
void EqWindow(std::span<const Ext<D>> z, uint64_t start, const Ext<D>& scale, ExtSpan<D> out) {
  ForEachAlignedPiece<D>(z, start, out.size(), [&](uint64_t offset, size_t k, Ext<D> prefix) {
    const ExtSpan<D> piece = out.subspan(ToSize(offset), size_t{1} << k);
    piece.set(0, scale * prefix);
    ExpandInPlace<D>(z, piece, nullptr);
  });
}

template <int D>
ExtVec<D> EqWindow(std::span<const Ext<D>> z, uint64_t start, uint64_t count) {
  ExtVec<D> out = ExtVec<D>::Uninitialized(ToSize(count));
  EqWindow<D>(z, start, Ext<D>::kOne, out.span());
  return out;
}

template <int D>
Ext<D> EqWindowSum(std::span<const Ext<D>> z, uint64_t start, uint64_t count) {
  Ext<D> sum;
  // A piece's own variables sum to 1.
  ForEachAlignedPiece<D>(z, start, count,
                         [&](uint64_t, size_t, const Ext<D>& prefix) { sum += prefix; });
  return sum;
}

#define VOIZK_INSTANTIATE(D)                                                               \
  template ExtVec<D> EqTable<D>(std::span<const Ext<D>>, const Ext<D>&, ThreadPool*);      \
  template Ext<D> EqEval<D>(std::span<const Ext<D>>, std::span<const Ext<D>>);             \
  template Ext<D> EqAt<D>(std::span<const Ext<D>>, uint64_t);                              \
  template void EqWindow<D>(std::span<const Ext<D>>, uint64_t, const Ext<D>&, ExtSpan<D>); \
  template ExtVec<D> EqWindow<D>(std::span<const Ext<D>>, uint64_t, uint64_t);             \
  template Ext<D> EqWindowSum<D>(std::span<const Ext<D>>, uint64_t, uint64_t)
VOIZK_INSTANTIATE(4);
VOIZK_INSTANTIATE(5);
#undef VOIZK_INSTANTIATE

}  // namespace voizk
