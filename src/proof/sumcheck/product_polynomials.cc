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
void ExtTable<D>::BindRange(size_t half, const Ext<D>& r, size_t begin, size_t end) {
  const size_t pairs = std::clamp(Pairs(size, half), begin, end);
  if (pairs > begin) {  // otherwise nothing lies at half + begin, not even an end
    const auto lo = values.subspan(begin, pairs - begin);
    Fold<D>(lo, values.subspan(half + begin, pairs - begin), r, lo);
  }
  const auto alone = values.subspan(pairs, end - pairs);
  MulScalarVec<D>(alone, Ext<D>::kOne - r, alone);
}

template <int D>
void ExtTable<D>::Bind(size_t half, const Ext<D>& r, ThreadPool& pool) {
  const size_t low = std::min(size, half);
  pool.ParallelFor(low, kGrain, [&](size_t begin, size_t end) { BindRange(half, r, begin, end); });
  size = low;
}

template <int D>
void BaseTable<D>::BeginBind(size_t half, ExtSpan<D> room) {
  if (bound) return;
  const size_t low = std::min(base.size(), half);
  if (room.size() == 0) {
    ext = {ExtVec<D>::Secret(low), low};
  } else {
    ext.values = room.first(low);
    ext.size = low;
  }
}

template <int D>
void BaseTable<D>::BindRange(size_t half, const Ext<D>& r, size_t begin, size_t end) {
  if (bound) return ext.BindRange(half, r, begin, end);
  const size_t pairs = std::clamp(Pairs(base.size(), half), begin, end);
  if (pairs > begin) {
    Fold<D>(base.subspan(begin, pairs - begin), base.subspan(half + begin, pairs - begin), r,
            ext.values.subspan(begin, pairs - begin));
  }
  const auto alone = ext.values.subspan(pairs, end - pairs);
  for (int l = 0; l < D; ++l) std::fill_n(alone.limb(l), alone.size(), Fp::kZero);
  Axpy<D>(Ext<D>::kOne - r, base.subspan(pairs, end - pairs), alone);
}

template <int D>
void BaseTable<D>::EndBind(size_t half) {
  if (bound) ext.size = std::min(ext.size, half);
  bound = true;
}

template <int D>
void BaseTable<D>::Bind(size_t half, const Ext<D>& r, ThreadPool& pool) {
  BeginBind(half);
  pool.ParallelFor(std::min(size(), half), kGrain,
                   [&](size_t begin, size_t end) { BindRange(half, r, begin, end); });
  EndBind(half);
}

template <int D>
Ext<D> BaseTable<D>::Value() const {
  CheckInvariant(bound, "a value asked for before all variables are bound");
  return ext.size == 0 ? Ext<D>::kZero : ext.values.get(0);
}

template <int D>
DotPolynomial<D>::DotPolynomial(ExtVec<D> e, std::span<const Fp> w, int bits, ThreadPool& pool)
    : e_{std::move(e), w.size()},
      w_{w, {}, false},
      all_(size_t{1} << bits),
      half_(all_ / 2),
      pool_(pool) {
  CheckInvariant(w.size() <= e_.values.size() && e_.values.size() <= all_,
                 "factors of unequal sizes");
}

template <int D>
DotPolynomial<D>::~DotPolynomial() {
  const ExtSpan<D> room = RoomInE();
  if (room.size() == 0 || !w_.bound) return;
  // E is public, w is not.
  for (int l = 0; l < D; ++l) Zeroise(std::span(room.limb(l), room.size()));
}

template <int D>
ExtSpan<D> DotPolynomial<D>::RoomInE() const {
  if (e_.values.size() < all_ || all_ < 4) return {};
  return e_.values.subspan(all_ / 2, all_ / 2);
}

template <int D>
std::array<Ext<D>, 2> DotPolynomial<D>::SumRange(size_t size, bool w_bound, size_t begin,
                                                 size_t end) const {
  const auto e_at = [this](size_t from, size_t count) { return e_.values.subspan(from, count); };
  const size_t pairs = std::clamp(Pairs(size, half_), begin, end), count = pairs - begin;
  const size_t rest = end - pairs, partner = count > 0 ? half_ + begin : begin;
  const Halves<ExtConstSpan<D>> e{e_at(begin, count), e_at(partner, count)};
  std::array<Ext<D>, 2> t;
  Ext<D> alone;
  if (w_bound) {
    const ExtSpan<D>& w = w_.ext.values;
    t = DotRound<D>(e, Halves<ExtConstSpan<D>>{w.subspan(begin, count), w.subspan(partner, count)});
    alone = InnerProduct<D>(e_at(pairs, rest), w.subspan(pairs, rest));
  } else {
    t = DotRound<D>(e,
                    Halves<FpSpan>{w_.base.subspan(begin, count), w_.base.subspan(partner, count)});
    alone = InnerProduct<D>(e_at(pairs, rest), w_.base.subspan(pairs, rest));
  }
  // Entries without a partner are lo (1 - X): their products at 2 are those at 0.
  t[0] += alone;
  t[1] += alone;
  return t;
}

template <int D>
std::array<Ext<D>, 2> DotPolynomial<D>::Evaluate() {
  if (!pending_) {
    return SumOverChunks<D, 2>(pool_, std::min(e_.size, half_), [&](size_t begin, size_t end) {
      return SumRange(e_.size, w_.bound, begin, end);
    });
  }
  // Pairs of this round are entries x and half_ + x of the bound tables, each of which is made of
  // two entries, 2 half_ apart, of the tables as they are.
  const size_t bound_half = 2 * half_, size = std::min(e_.size, bound_half);
  w_.BeginBind(bound_half, RoomInE());
  const auto bind = [&](size_t begin, size_t end) {
    e_.BindRange(bound_half, *pending_, begin, end);
    w_.BindRange(bound_half, *pending_, begin, end);
  };
  constexpr size_t kPiece = 1024;  // four of them in both tables stay in the second cache
  std::array<Ext<D>, 2> total;
  std::mutex mutex;
  pool_.ParallelFor(std::min(size, half_), kGrain, [&](size_t first, size_t last) {
    std::array<Ext<D>, 2> sum;
    for (size_t begin = first; begin < last; begin += kPiece) {
      const size_t end = std::min(last, begin + kPiece);
      bind(begin, end);
      const size_t upper = std::min(half_ + end, size);
      if (half_ + begin < upper) bind(half_ + begin, upper);
      const std::array<Ext<D>, 2> t = SumRange(size, true, begin, end);
      for (size_t k = 0; k < 2; ++k) sum[k] += t[k];
    }
    const std::lock_guard lock(mutex);
    for (size_t k = 0; k < 2; ++k) total[k] += sum[k];
  });
  e_.size = size;
  w_.EndBind(bound_half);
  pending_.reset();
  return total;
}

template <int D>
void DotPolynomial<D>::Bind(const Ext<D>& r) {
  CheckInvariant(!pending_, "two challenges without a round between them");
  if (half_ == 1) {  // the last variable: no round follows
    e_.Bind(1, r, pool_);
    w_.Bind(1, r, pool_);
    half_ = 0;
    return;
  }
  pending_ = r;
  half_ /= 2;
}

template <int D>
TriplePolynomial<D>::TriplePolynomial(ExtVec<D> w, std::span<const Fp> a, std::span<const Fp> b,
                                      int bits, ThreadPool& pool,
                                      std::vector<ExtStretch<D>> stretches)
    : w_{std::move(w), a.size()},
      a_{a, {}, false},
      b_{b, {}, false},
      stretches_(std::move(stretches)),
      half_(size_t{1} << (bits - 1)),
      pool_(pool) {
  CheckInvariant(w_.values.size() == a.size() && a.size() == b.size() && a.size() <= 2 * half_,
                 "factors of unequal sizes");
  size_t end = 0;
  for (const ExtStretch<D>& s : stretches_) {
    CheckInvariant(s.begin >= end && s.a.size() == s.b.size() && s.begin + s.a.size() <= a.size(),
                   "stretches out of order");
    end = s.begin + s.a.size();
  }
}

template <int D>
bool TriplePolynomial<D>::InBase(size_t begin, size_t end) const {
  if (a_.bound) return false;
  const auto after =
      std::partition_point(stretches_.begin(), stretches_.end(),
                           [&](const ExtStretch<D>& s) { return s.begin + s.a.size() <= begin; });
  return after == stretches_.end() || after->begin >= end;
}

template <int D>
ExtVec<D> TriplePolynomial<D>::Lift(Factor factor, size_t begin, size_t end) const {
  const FpSpan base = (factor == Factor::kA ? a_ : b_).base.subspan(begin, end - begin);
  ExtVec<D> out = ExtVec<D>::SecretZeros(base.size());
  std::copy(base.begin(), base.end(), out.limb(0));
  for (const ExtStretch<D>& s : stretches_) {
    const ExtVec<D>& values = factor == Factor::kA ? s.a : s.b;
    const size_t from = std::max(begin, s.begin), to = std::min(end, s.begin + values.size());
    for (int l = 0; from < to && l < D; ++l) {
      std::copy_n(values.limb(l) + (from - s.begin), to - from, out.limb(l) + (from - begin));
    }
  }
  return out;
}

// sum of w a b over entries [from, to).
template <int D>
Ext<D> TriplePolynomial<D>::SumOfProducts(size_t from, size_t to) {
  return SumOverChunks<D, 1>(pool_, to - from, [&](size_t begin, size_t end) {
    const size_t at = from + begin, count = end - begin;
    const auto w = w_.values.subspan(at, count);
    if (InBase(at, at + count)) {
      SecureVector<Fp> product(count);
      MulVec(a_.base.subspan(at, count), b_.base.subspan(at, count), product);
      return std::array{InnerProduct<D>(w, FpSpan(product))};
    }
    ExtVec<D> product = ExtVec<D>::Secret(count);
    if (a_.bound) {
      MulVec<D>(a_.ext.values.subspan(at, count), b_.ext.values.subspan(at, count), product.span());
    } else {
      MulVec<D>(Lift(Factor::kA, at, at + count).span(), Lift(Factor::kB, at, at + count).span(),
                product.span());
    }
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
    if (a_.bound) {
      return TripleRound<D>(w, HalvesOf<D>(a_.ext, half_, begin, end),
                            HalvesOf<D>(b_.ext, half_, begin, end));
    }
    if (InBase(begin, end) && InBase(half_ + begin, half_ + end)) {
      return TripleRound<D>(w, HalvesOf(a_.base, half_, begin, end),
                            HalvesOf(b_.base, half_, begin, end));
    }
    const auto lift = [&](Factor f, size_t at) { return Lift(f, at + begin, at + end); };
    const ExtVec<D> a_lo = lift(Factor::kA, 0), a_hi = lift(Factor::kA, half_);
    const ExtVec<D> b_lo = lift(Factor::kB, 0), b_hi = lift(Factor::kB, half_);
    return TripleRound<D>(w, Halves<ExtConstSpan<D>>{a_lo.span(), a_hi.span()},
                          Halves<ExtConstSpan<D>>{b_lo.span(), b_hi.span()});
  });
  // Entries without a partner are lo (1 - X), whose cube is -1 at 2 and -8 at 3.
  const Ext<D> alone = SumOfProducts(pairs, low);
  t[0] += alone;
  t[1] -= alone;
  t[2] -= alone * Fp::FromU32(8);
  return t;
}

template <int D>
void TriplePolynomial<D>::BindFactor(Factor factor, const Ext<D>& r) {
  BaseTable<D>& table = factor == Factor::kA ? a_ : b_;
  const size_t size = table.size();
  table.BeginBind(half_);
  pool_.ParallelFor(std::min(size, half_), kGrain, [&](size_t begin, size_t end) {
    const size_t pairs = std::clamp(Pairs(size, half_), begin, end);
    if (table.bound || (InBase(begin, end) && InBase(half_ + begin, half_ + pairs))) {
      return table.BindRange(half_, r, begin, end);
    }
    const ExtVec<D> lo = Lift(factor, begin, end);
    const ExtSpan<D> out = table.ext.values.subspan(begin, end - begin);
    const size_t both = pairs - begin;
    if (both > 0) {
      Fold<D>(lo.subspan(0, both), Lift(factor, half_ + begin, half_ + pairs).span(), r,
              out.first(both));
    }
    MulScalarVec<D>(lo.subspan(both, end - pairs), Ext<D>::kOne - r,
                    out.subspan(both, end - pairs));
  });
  table.EndBind(half_);
}

template <int D>
void TriplePolynomial<D>::Bind(const Ext<D>& r) {
  w_.Bind(half_, r, pool_);
  // InBase looks at a_: it is bound last.
  BindFactor(Factor::kB, r);
  BindFactor(Factor::kA, r);
  stretches_.clear();
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
