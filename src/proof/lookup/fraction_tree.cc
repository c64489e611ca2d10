#include "proof/lookup/fraction_tree.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "algebra/field/kernels.h"
#include "base/check.h"

namespace voizk {

namespace {

constexpr size_t kBlock = 512;  // nodes per block of leaves in flight
constexpr size_t kGrain = 4096;

// Into an array whose limbs from 1 on are zero.
template <int D>
void SetNumerators(const LookupLeaves& leaves, uint64_t begin, ExtSpan<D> out) {
  const FpMutSpan base(out.limb(0), out.size());
  std::fill(base.begin(), base.end(), Fp::kZero);
  leaves.AddNumerators(begin, base);
}

}  // namespace

template <int D>
FractionTree<D>::FractionTree(const LookupLeaves& leaves, const LookupChallenges<D>& challenges,
                              ThreadPool& pool)
    : leaves_(leaves), challenges_(challenges), pool_(pool) {
  const auto h = static_cast<size_t>(leaves.bits());
  CheckInvariant(h >= 1, "a tree without layers");
  layers_.resize(h + 1);
  const uint64_t nodes = uint64_t{1} << (h - 1);
  const uint64_t second = std::max(leaves.size(), nodes) - nodes;  // occupied second children
  leaf_full_ = std::min(nodes, (second + kBlock - 1) / kBlock * kBlock);
  BuildFromLeaves();
  for (size_t j = h - 1; j-- > 0;) BuildFromLayer(j);
  root_q_ = layers_[0].q.get(0);
}

// Layer h - 1: node x is the sum of leaves x and x + 2^(h-1); from leaf_full_ on it is leaf x.
template <int D>
void FractionTree<D>::BuildFromLeaves() {
  const size_t nodes = size_t{1} << (leaves_.bits() - 1);
  Layer& layer = layers_[static_cast<size_t>(leaves_.bits() - 1)];
  layer = {ExtVec<D>::Secret(nodes), ExtVec<D>::Secret(nodes)};
  pool_.ParallelFor(nodes, kGrain, [&](size_t begin, size_t end) {
    Fractions block = Fractions::Zero(std::min(kBlock, end - begin));
    for (size_t x = begin; x < end; x += kBlock) {
      const size_t count = std::min(kBlock, end - x);
      const ExtSpan<D> n = layer.n.subspan(x, count), q = layer.q.subspan(x, count);
      if (x >= leaf_full_) {
        for (int l = 1; l < D; ++l) std::fill_n(n.limb(l), count, Fp::kZero);
        SetNumerators<D>(leaves_, x, n);
        leaves_.Denominators<D>(challenges_, x, q);
        continue;
      }
      const FractionSpans<D> leaf = block.spans().subspan(0, count);
      leaves_.Denominators<D>(challenges_, x, leaf.q0);
      leaves_.Denominators<D>(challenges_, x + nodes, leaf.q1);
      SetNumerators<D>(leaves_, x, leaf.n0);
      SetNumerators<D>(leaves_, x + nodes, leaf.m1);
      AddFractions<D>(leaf.n0, leaf.m1, leaf.q0, leaf.q1, n, q);
    }
  });
}

template <int D>
void FractionTree<D>::BuildFromLayer(size_t j) {
  const size_t nodes = size_t{1} << j;
  const Layer& below = layers_[j + 1];
  Layer& layer = layers_[j];
  layer = {ExtVec<D>::Secret(nodes), ExtVec<D>::Secret(nodes)};
  pool_.ParallelFor(nodes, kGrain, [&](size_t begin, size_t end) {
    const size_t count = end - begin;
    AddFractions<D>(below.n.subspan(begin, count), below.n.subspan(nodes + begin, count),
                    below.q.subspan(begin, count), below.q.subspan(nodes + begin, count),
                    layer.n.subspan(begin, count), layer.q.subspan(begin, count));
  });
}

template <int D>
FractionTree<D>& FractionTree<D>::BeginLayer(int j, const K& lambda, std::span<const K> rho) {
  CheckInvariant(rho.size() == static_cast<size_t>(j), "a point of another layer");
  layer_ = j;
  lambda_ = lambda;
  eq_.reset();
  if (j > 0) eq_.emplace(rho);
  const size_t nodes = size_t{1} << j;
  if (j + 1 == leaves_.bits()) {
    if (j == 0) {
      spare_ = {ExtVec<D>::SecretZeros(2), ExtVec<D>::SecretZeros(2)};
      current_ = {spare_.n.subspan(0, 1), spare_.n.subspan(1, 1), spare_.q.subspan(0, 1),
                  spare_.q.subspan(1, 1)};
      LoadLeaves(0, current_);
      leaves_bound_ = true;
      full_ = 1;
      return *this;
    }
    full_ = leaf_full_;
    tail_m1_ = ExtVec<D>(kBlock);
    tail_q1_ = ExtVec<D>(kBlock);
    for (size_t i = 0; i < kBlock; ++i) {
      tail_m1_.set(i, lambda);
      tail_q1_.set(i, K::kOne);
    }
    return *this;
  }
  full_ = nodes;
  Layer& below = layers_[static_cast<size_t>(j) + 1];
  current_ = {below.n.subspan(0, nodes), below.n.subspan(nodes, nodes), below.q.subspan(0, nodes),
              below.q.subspan(nodes, nodes)};
  pool_.ParallelFor(nodes, kGrain, [&](size_t begin, size_t end) {
    Axpy<D>(lambda, current_.q1.subspan(begin, end - begin),
            current_.m1.subspan(begin, end - begin));
  });
  return *this;
}

template <int D>
void FractionTree<D>::LoadFirstLeaves(uint64_t begin, const FractionSpans<D>& out) const {
  leaves_.Denominators<D>(challenges_, begin, out.q0);
  SetNumerators<D>(leaves_, begin, out.n0);
}

template <int D>
void FractionTree<D>::LoadLeaves(uint64_t begin, const FractionSpans<D>& out) const {
  const uint64_t nodes = uint64_t{1} << (leaves_.bits() - 1);
  LoadFirstLeaves(begin, out);
  leaves_.Denominators<D>(challenges_, begin + nodes, out.q1);
  MulScalarVec<D>(out.q1, lambda_, out.m1);  // m1 = n1 + lambda q1
  leaves_.AddNumerators(begin + nodes, FpMutSpan(out.m1.limb(0), out.m1.size()));
}

template <int D>
FractionSpans<D> FractionTree<D>::Stored(size_t begin, size_t count) {
  FractionSpans<D> nodes = current_.subspan(begin, count);
  if (begin >= full_) {
    nodes.m1 = tail_m1_.subspan(0, count);
    nodes.q1 = tail_q1_.subspan(0, count);
  }
  return nodes;
}

template <int D>
Ext<D> FractionTree<D>::TailSum(uint64_t begin, ExtConstSpan<D> eq) const {
  if (AtLeaves()) return leaves_.WeightedSum<D>(challenges_, lambda_, begin, eq);
  const FractionSpans<D> nodes = current_.subspan(begin, eq.size());
  return InnerProduct<D>(eq, ExtConstSpan<D>(nodes.n0)) +
         lambda_ * InnerProduct<D>(eq, ExtConstSpan<D>(nodes.q0));
}

template <int D>
std::array<Ext<D>, 2> FractionTree<D>::Evaluate() {
  const bool at_leaves = AtLeaves();
  const size_t block = eq_->inner().size();
  const size_t half = eq_->blocks() * block;
  std::array<K, 2> total;
  std::mutex mutex;
  const size_t grain = std::max<size_t>(1, kGrain / block);
  pool_.ParallelFor(eq_->blocks(), grain, [&](size_t begin, size_t end) {
    std::optional<Fractions> lo_leaves, hi_leaves;
    if (at_leaves) {
      lo_leaves.emplace(Fractions::Zero(block));
      hi_leaves.emplace(Fractions::Zero(block));
    }
    std::array<K, 2> sum;
    for (size_t b = begin; b < end; ++b) {
      const size_t x = b * block;
      std::array<K, 2> t;
      if (x >= full_) {  // a linear polynomial: t(2) = 2 t(1) - t(0)
        t[0] = TailSum(x, eq_->inner());
        t[1] = TailSum(half + x, eq_->inner()).Double() - t[0];
      } else if (at_leaves) {
        LoadLeaves(x, lo_leaves->spans());
        LoadLeaves(half + x, hi_leaves->spans());
        t = FractionRound<D>(lo_leaves->spans(), hi_leaves->spans(), eq_->inner());
      } else {
        t = FractionRound<D>(Stored(x, block), Stored(half + x, block), eq_->inner());
      }
      for (size_t e = 0; e < 2; ++e) sum[e] += eq_->outer(b) * t[e];
    }
    const std::lock_guard lock(mutex);
    for (size_t e = 0; e < 2; ++e) total[e] += sum[e];
  });
  return total;
}

template <int D>
void FractionTree<D>::FoldNodes(const FractionSpans<D>& lo, const FractionSpans<D>& hi, const K& r,
                                bool tail, const FractionSpans<D>& out) {
  Fold<D>(lo.n0, hi.n0, r, out.n0);
  Fold<D>(lo.q0, hi.q0, r, out.q0);
  if (tail) return;
  Fold<D>(lo.m1, hi.m1, r, out.m1);
  Fold<D>(lo.q1, hi.q1, r, out.q1);
}

template <int D>
void FractionTree<D>::BindLeaves(const K& r) {
  const size_t half = size_t{1} << (layer_ - 1);
  // Four arrays of half the nodes fit where layer h - 1, now used up, had its two.
  const FractionSpans<D> out = {spare_.n.subspan(0, half), spare_.n.subspan(half, half),
                                spare_.q.subspan(0, half), spare_.q.subspan(half, half)};
  leaves_bound_ = true;
  pool_.ParallelFor(half, kGrain, [&](size_t begin, size_t end) {
    Fractions lo_block = Fractions::Zero(std::min(kBlock, end - begin));
    Fractions hi_block = Fractions::Zero(std::min(kBlock, end - begin));
    for (size_t x = begin; x < end; x += kBlock) {
      const size_t count = std::min(kBlock, end - x);
      const FractionSpans<D> lo = lo_block.spans().subspan(0, count);
      const FractionSpans<D> hi = hi_block.spans().subspan(0, count);
      const bool tail = x >= full_;
      if (tail) {
        LoadFirstLeaves(x, lo);
        LoadFirstLeaves(half + x, hi);
      } else {
        LoadLeaves(x, lo);
        LoadLeaves(half + x, hi);
      }
      FoldNodes(lo, hi, r, tail, out.subspan(x, count));
    }
  });
  current_ = out;
  full_ = std::min(full_, half);
}

template <int D>
void FractionTree<D>::Bind(const K& r) {
  if (AtLeaves()) {
    BindLeaves(r);
  } else {
    const size_t half = current_.n0.size() / 2;
    pool_.ParallelFor(half, kGrain, [&](size_t begin, size_t end) {
      for (size_t x = begin; x < end; x += kBlock) {
        const size_t count = std::min(kBlock, end - x);
        const FractionSpans<D> lo = Stored(x, count), hi = Stored(half + x, count);
        FoldNodes(lo, hi, r, x >= full_, current_.subspan(x, count));
      }
    });
    current_ = current_.subspan(0, half);
    full_ = std::min(full_, half);
  }
  eq_->Next();
}

template <int D>
std::array<Ext<D>, 4> FractionTree<D>::EndLayer() {
  CheckInvariant(current_.n0.size() == 1, "a layer that is not bound to its end");
  const FractionSpans<D> last = Stored(0, 1);
  const K q1 = last.q1.get(0);
  const std::array<K, 4> values = {last.n0.get(0), last.m1.get(0) - lambda_ * q1, last.q0.get(0),
                                   q1};
  const auto used = static_cast<size_t>(layer_) + 1;
  if (layer_ + 2 == leaves_.bits()) spare_ = std::move(layers_[used]);
  layers_[used] = {};
  return values;
}

template class FractionTree<4>;
template class FractionTree<5>;

}  // namespace voizk
