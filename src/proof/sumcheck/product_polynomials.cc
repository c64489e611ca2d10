#include "proof/sumcheck/product_polynomials.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "base/secure.h"
#include "proof/sumcheck/kernels.h"

namespace voizk {

namespace {

constexpr size_t kGrain = 4096;

// Entries that have a partner in the high half.
size_t Pairs(size_t size, size_t half) { return size > half ? size - half : 0; }

// Entries [begin, end) of the low half of a table, with their partners.
template <int D>
Halves<ExtConstSpan<D>> HalvesOf(const ExtTable<D>& t, size_t half, size_t begin, size_t end) {
  return {t.values.subspan(begin, end - begin), t.values.subspan(half + begin, end - begin)};
}
Halves<FpSpan> HalvesOf(FpSpan t, size_t half, size_t begin, size_t end) {
  return {t.subspan(begin, end - begin), t.subspan(half + begin, end - begin)};
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
  const size_t pairs = Pairs(size, half), low = std::min(size, half);
  pool.ParallelFor(pairs, kGrain, [&](size_t begin, size_t end) {
    const auto lo = values.subspan(begin, end - begin);
    Fold<D>(lo, values.subspan(half + begin, end - begin), r, lo);
  });
  pool.ParallelFor(low - pairs, kGrain, [&](size_t begin, size_t end) {
    const auto alone = values.subspan(pairs + begin, end - begin);
    MulScalarVec<D>(alone, Ext<D>::kOne - r, alone);
  });
  size = low;
}

template <int D>
void BaseTable<D>::Bind(size_t half, const Ext<D>& r, ThreadPool& pool) {
  if (bound) {
    ext.Bind(half, r, pool);
    return;
  }
  const size_t pairs = Pairs(base.size(), half), low = std::min(base.size(), half);
  ext = {ExtVec<D>::SecretZeros(low), low};
  pool.ParallelFor(pairs, kGrain, [&](size_t begin, size_t end) {
    Fold<D>(base.subspan(begin, end - begin), base.subspan(half + begin, end - begin), r,
            ext.values.subspan(begin, end - begin));
  });
  pool.ParallelFor(low - pairs, kGrain, [&](size_t begin, size_t end) {
    Axpy<D>(Ext<D>::kOne - r, base.subspan(pairs + begin, end - begin),
            ext.values.subspan(pairs + begin, end - begin));
  });
  bound = true;
}

template <int D>
Ext<D> BaseTable<D>::Value() const {
  CheckInvariant(bound, "a value asked for before all variables are bound");
  return ext.size == 0 ? Ext<D>::kZero : ext.values.get(0);
}

template <int D>
DotPolynomial<D>::DotPolynomial(ExtVec<D> e, std::span<const Fp> w, int bits, ThreadPool& pool)
    : e_{std::move(e), w.size()}, w_{w, {}, false}, half_(size_t{1} << (bits - 1)), pool_(pool) {
  CheckInvariant(e_.values.size() == w.size() && w.size() <= 2 * half_, "factors of unequal sizes");
}

template <int D>
std::array<Ext<D>, 2> DotPolynomial<D>::Evaluate() {
  const size_t pairs = Pairs(e_.size, half_), low = std::min(e_.size, half_);
  auto t = SumOverChunks<D, 2>(pool_, pairs, [&](size_t begin, size_t end) {
    const auto e = HalvesOf<D>(e_, half_, begin, end);
    return w_.bound ? DotRound<D>(e, HalvesOf<D>(w_.ext, half_, begin, end))
                    : DotRound<D>(e, HalvesOf(w_.base, half_, begin, end));
  });
  // Entries without a partner are lo (1 - X): their products at 2 are those at 0.
  const Ext<D> alone = SumOverChunks<D, 1>(pool_, low - pairs, [&](size_t begin, size_t end) {
    const size_t from = pairs + begin, count = end - begin;
    const auto e = std::as_const(e_.values).subspan(from, count);
    return std::array{w_.bound
                          ? InnerProduct<D>(e, std::as_const(w_.ext.values).subspan(from, count))
                          : InnerProduct<D>(e, w_.base.subspan(from, count))};
  })[0];
  t[0] += alone;
  t[1] += alone;
  return t;
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
  CheckInvariant(w_.values.size() == a.size() && a.size() == b.size() && a.size() <= 2 * half_,
                 "factors of unequal sizes");
}

// sum of w a b over entries [from, to).
template <int D>
Ext<D> TriplePolynomial<D>::SumOfProducts(size_t from, size_t to) {
  return SumOverChunks<D, 1>(pool_, to - from, [&](size_t begin, size_t end) {
    const size_t at = from + begin, count = end - begin;
    const auto w = std::as_const(w_.values).subspan(at, count);
    if (!a_.bound) {
      SecureVector<Fp> product(count);
      MulVec(a_.base.subspan(at, count), b_.base.subspan(at, count), product);
      return std::array{InnerProduct<D>(w, FpSpan(product))};
    }
    ExtVec<D> product = ExtVec<D>::Secret(count);
    MulVec<D>(a_.ext.values.subspan(at, count), b_.ext.values.subspan(at, count), product.span());
    return std::array{InnerProduct<D>(w, std::as_const(product).span())};
  })[0];
}

template <int D>
Ext<D> TriplePolynomial<D>::Sum() {
  return SumOfProducts(0, w_.size);
}

template <int D>
std::array<Ext<D>, 3> TriplePolynomial<D>::Evaluate() {
  const size_t pairs = Pairs(w_.size, half_), low = std::min(w_.size, half_);
  auto t = SumOverChunks<D, 3>(pool_, pairs, [&](size_t begin, size_t end) {
    const auto w = HalvesOf<D>(w_, half_, begin, end);
    return a_.bound ? TripleRound<D>(w, HalvesOf<D>(a_.ext, half_, begin, end),
                                     HalvesOf<D>(b_.ext, half_, begin, end))
                    : TripleRound<D>(w, HalvesOf(a_.base, half_, begin, end),
                                     HalvesOf(b_.base, half_, begin, end));
  });
  // Entries without a partner are lo (1 - X), whose cube is -1 at 2 and -8 at 3.
  const Ext<D> alone = SumOfProducts(pairs, low);
  t[0] += alone;
  t[1] -= alone;
  t[2] -= alone * Fp::FromU32(8);
  return t;
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
