#include "sumcheck/product_polynomials.h"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <vector>

#include "field/kernels.h"
#include "sumcheck/kernels.h"

namespace voizk {

namespace {

constexpr size_t kGrain = 4096;

// Entries [begin, end) of the low half of a table of `size` entries, with their partners.
template <int D>
Halves<ExtConstSpan<D>> HalvesOf(const ExtTable<D>& t, size_t half, size_t begin, size_t end) {
  const size_t hi_begin = std::min(half + begin, t.size), hi_end = std::min(half + end, t.size);
  return {t.values.subspan(begin, end - begin), t.values.subspan(hi_begin, hi_end - hi_begin)};
}
Halves<FpSpan> HalvesOf(FpSpan t, size_t half, size_t begin, size_t end) {
  const size_t hi_begin = std::min(half + begin, t.size()), hi_end = std::min(half + end, t.size());
  return {t.subspan(begin, end - begin), t.subspan(hi_begin, hi_end - hi_begin)};
}

// Adds fn(begin, end) over the chunks of [0, count).
template <int D, size_t N, typename Fn>
std::array<Ext<D>, N> SumOverChunks(ThreadPool& pool, size_t count, const Fn& fn) {
  std::array<Ext<D>, N> total;
  std::mutex mutex;
  pool.ParallelFor(count, kGrain, [&](size_t begin, size_t end) {
    const std::array<Ext<D>, N> sum = fn(begin, end);
    const std::lock_guard lock(mutex);
    for (size_t k = 0; k < N; ++k) total[k] += sum[k];
  });
  return total;
}

}  // namespace

template <int D>
void ExtTable<D>::Bind(size_t half, const Ext<D>& r, ThreadPool& pool) {
  const size_t pairs = size > half ? size - half : 0, low = std::min(size, half);
  pool.ParallelFor(pairs, kGrain, [&](size_t begin, size_t end) {
    const auto lo = values.subspan(begin, end - begin);
    Fold<D>(lo, values.subspan(half + begin, end - begin), r, lo);
  });
  const auto rest = values.subspan(pairs, low - pairs);
  MulScalarVec<D>(rest, Ext<D>::kOne - r, rest);
  size = low;
}

template <int D>
void BaseTable<D>::Bind(size_t half, const Ext<D>& r, ThreadPool& pool) {
  if (bound) {
    ext.Bind(half, r, pool);
    return;
  }
  const size_t size = base.size();
  const size_t pairs = size > half ? size - half : 0, low = std::min(size, half);
  ext = {ExtVec<D>::Uninitialized(low), low};
  pool.ParallelFor(pairs, kGrain, [&](size_t begin, size_t end) {
    Fold<D>(base.subspan(begin, end - begin), base.subspan(half + begin, end - begin), r,
            ext.values.subspan(begin, end - begin));
  });
  for (size_t i = pairs; i < low; ++i) ext.values.set(i, (Ext<D>::kOne - r) * base[i]);
  bound = true;
}

template <int D>
Ext<D> BaseTable<D>::Value() const {
  assert(bound);
  return ext.size == 0 ? Ext<D>::kZero : ext.values.get(0);
}

template <int D>
DotPolynomial<D>::DotPolynomial(ExtVec<D> e, std::span<const Fp> w, int bits, ThreadPool& pool)
    : e_{std::move(e), w.size()}, w_{w, {}, false}, half_(size_t{1} << (bits - 1)), pool_(pool) {
  assert(e_.values.size() == w.size() && w.size() <= 2 * half_);
}

template <int D>
std::array<Ext<D>, 2> DotPolynomial<D>::Evaluate() {
  return SumOverChunks<D, 2>(pool_, std::min(e_.size, half_), [&](size_t begin, size_t end) {
    const auto e = HalvesOf<D>(e_, half_, begin, end);
    return w_.bound ? DotRound<D>(e, HalvesOf<D>(w_.ext, half_, begin, end))
                    : DotRound<D>(e, HalvesOf(w_.base, half_, begin, end));
  });
}

template <int D>
void DotPolynomial<D>::Bind(const Ext<D>& r) {
  e_.Bind(half_, r, pool_);
  w_.Bind(half_, r, pool_);
  half_ /= 2;
}

template <int D>
TriplePolynomial<D>::TriplePolynomial(ExtVec<D> w, std::span<const Fp> a, std::span<const Fp> b,
                                      int bits, ThreadPool& pool)
    : w_{std::move(w), a.size()},
      a_{a, {}, false},
      b_{b, {}, false},
      half_(size_t{1} << (bits - 1)),
      pool_(pool) {
  assert(w_.values.size() == a.size() && a.size() == b.size() && a.size() <= 2 * half_);
}

template <int D>
Ext<D> TriplePolynomial<D>::Sum() {
  return SumOverChunks<D, 1>(pool_, w_.size, [&](size_t begin, size_t end) {
    const size_t count = end - begin;
    std::vector<Fp> product(count);
    MulVec(a_.base.subspan(begin, count), b_.base.subspan(begin, count), product);
    return std::array<Ext<D>, 1>{InnerProduct<D>(w_.values.subspan(begin, count), FpSpan(product))};
  })[0];
}

template <int D>
std::array<Ext<D>, 3> TriplePolynomial<D>::Evaluate() {
  return SumOverChunks<D, 3>(pool_, std::min(w_.size, half_), [&](size_t begin, size_t end) {
    const auto w = HalvesOf<D>(w_, half_, begin, end);
    return a_.bound ? TripleRound<D>(w, HalvesOf<D>(a_.ext, half_, begin, end),
                                     HalvesOf<D>(b_.ext, half_, begin, end))
                    : TripleRound<D>(w, HalvesOf(a_.base, half_, begin, end),
                                     HalvesOf(b_.base, half_, begin, end));
  });
}

template <int D>
void TriplePolynomial<D>::Bind(const Ext<D>& r) {
  w_.Bind(half_, r, pool_);
  a_.Bind(half_, r, pool_);
  b_.Bind(half_, r, pool_);
  half_ /= 2;
}

template struct ExtTable<4>;
template struct ExtTable<5>;
template struct BaseTable<4>;
template struct BaseTable<5>;
template class DotPolynomial<4>;
template class DotPolynomial<5>;
template class TriplePolynomial<4>;
template class TriplePolynomial<5>;

}  // namespace voizk
