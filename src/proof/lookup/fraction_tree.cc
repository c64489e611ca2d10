#include "proof/lookup/fraction_tree.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "algebra/field/kernels.h"
#include "base/check.h"

namespace voizk {

namespace {

constexpr size_t kGrain = 4096;

// Into an array whose limbs from 1 on are zero.
template <int D>
void SetNumerators(const LookupLeaves& leaves, uint64_t begin, ExtSpan<D> out) {
  const FpMutSpan base(out.limb(0), out.size());
  std::fill(base.begin(), base.end(), Fp::kZero);
  leaves.AddNumerators(begin, base);
}

template <int D>
void Fill(const Ext<D>& x, ExtSpan<D> out) {
  for (int l = 0; l < D; ++l) std::fill_n(out.limb(l), out.size(), x[l]);
}

template <int D>
Ext<D> SumOf(ExtConstSpan<D> xs) {
  Ext<D> sum;
  for (size_t i = 0; i < xs.size(); ++i) sum += xs.get(i);
  return sum;
}

}  // namespace

template <int D>
FractionTree<D>::FractionTree(const LookupLeaves& leaves, const LookupChallenges<D>& challenges,
                              ThreadPool& pool, int kept_bits)
    : leaves_(leaves), challenges_(challenges), pool_(pool), ones_(kBlock), lambdas_(kBlock) {
  const auto h = static_cast<size_t>(leaves.bits());
  CheckInvariant(h >= 1, "a tree without layers");
  Fill<D>(K::kOne, ones_.span());
  layers_.resize(h + 1);
  leaf_kinds_ = KindsOfLeaves();
  if (h == 1) {
    Layer root{ExtVec<D>::SecretZeros(1), ExtVec<D>::SecretZeros(1)};
    Scratch scratch(1);
    LoadLayerAbove(0, root.n.span(), root.q.span(), &scratch);
    root_q_ = root.q.get(0);
    return;
  }
  left_out_ = leaves.bits() <= kept_bits ? 0 : std::min(kMaxLeftOut, leaves.bits() - 1);
  BuildFromLeaves();
  for (size_t j = h - 1 - static_cast<size_t>(left_out_); j-- > 0;) BuildFromLayer(j);
  root_q_ = layers_[0].q.get(0);
}

template <int D>
typename FractionTree<D>::Kind FractionTree<D>::KindOfLeaves(uint64_t begin, uint64_t count) const {
  const uint64_t nodes = uint64_t{1} << (leaves_.bits() - 1);
  const bool first = begin + nodes >= leaves_.size();  // all second children are 0/1
  const bool lookups = leaves_.AreLookups(begin, count);
  if (first) return lookups ? Kind::kFirstLookups : Kind::kFirst;
  return lookups && leaves_.AreLookups(begin + nodes, count) ? Kind::kLookups : Kind::kGeneral;
}

// Node x is the sum of leaves x and x + 2^(h-1); where the second is 0/1 it is leaf x.
template <int D>
void FractionTree<D>::LoadLayerAbove(uint64_t begin, ExtSpan<D> n, ExtSpan<D> q,
                                     Scratch* scratch) const {
  const uint64_t nodes = uint64_t{1} << (leaves_.bits() - 1);
  const size_t count = n.size();
  const Kind kind = leaf_kinds_[begin / kBlock];
  if (SecondIsTrivial(kind)) {
    for (int l = 1; l < D; ++l) std::fill_n(n.limb(l), count, Fp::kZero);
    SetNumerators<D>(leaves_, begin, n);
    leaves_.Denominators<D>(challenges_, begin, q);
    return;
  }
  const FractionSpans<D> leaf = scratch->Below(0).spans().subspan(0, count);
  for (int l = 1; l < D; ++l) {
    std::fill_n(leaf.n0.limb(l), count, Fp::kZero);
    std::fill_n(leaf.m1.limb(l), count, Fp::kZero);
  }
  leaves_.Denominators<D>(challenges_, begin, leaf.q0);
  leaves_.Denominators<D>(challenges_, begin + nodes, leaf.q1);
  if (kind == Kind::kLookups) {
    AddVec<D>(leaf.q0, leaf.q1, n);
    MulVec<D>(leaf.q0, leaf.q1, q);
    return;
  }
  SetNumerators<D>(leaves_, begin, leaf.n0);
  SetNumerators<D>(leaves_, begin + nodes, leaf.m1);
  AddFractions<D>(leaf.n0, leaf.m1, leaf.q0, leaf.q1, n, q);
}

template <int D>
void FractionTree<D>::LoadLayer(int depth, uint64_t begin, ExtSpan<D> n, ExtSpan<D> q,
                                Scratch* scratch) const {
  if (depth == 1) return LoadLayerAbove(begin, n, q, scratch);
  const uint64_t nodes = uint64_t{1} << (leaves_.bits() - depth);
  const FractionSpans<D> f = scratch->Below(depth - 1).spans().subspan(0, n.size());
  LoadLayer(depth - 1, begin, f.n0, f.q0, scratch);
  LoadLayer(depth - 1, begin + nodes, f.m1, f.q1, scratch);
  if (AreLookups(depth - 1, begin) && AreLookups(depth - 1, begin + nodes)) {
    AddVec<D>(f.q0, f.q1, n);
    MulVec<D>(f.q0, f.q1, q);
  } else {
    AddFractions<D>(f.n0, f.m1, f.q0, f.q1, n, q);
  }
}

// The lowest layer that is stored.
template <int D>
void FractionTree<D>::BuildFromLeaves() {
  const int depth = 1 + left_out_;
  const size_t nodes = size_t{1} << (leaves_.bits() - depth);
  Layer& layer = layers_[static_cast<size_t>(leaves_.bits() - depth)];
  layer = {ExtVec<D>::Secret(nodes), ExtVec<D>::Secret(nodes)};
  pool_.ParallelFor(nodes, kGrain, [&](size_t begin, size_t end) {
    Scratch scratch(std::min(kBlock, end - begin));
    for (size_t x = begin; x < end; x += kBlock) {
      const size_t count = std::min(kBlock, end - x);
      LoadLayer(depth, x, layer.n.subspan(x, count), layer.q.subspan(x, count), &scratch);
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
    const auto piece = [&](const ExtVec<D>& v, size_t at) { return v.subspan(at, end - begin); };
    AddFractions<D>(piece(below.n, begin), piece(below.n, nodes + begin), piece(below.q, begin),
                    piece(below.q, nodes + begin), layer.n.subspan(begin, end - begin),
                    layer.q.subspan(begin, end - begin));
  });
}

template <int D>
std::vector<typename FractionTree<D>::Kind> FractionTree<D>::KindsOfLeaves() const {
  const size_t nodes = size_t{1} << (leaves_.bits() - 1);
  std::vector<Kind> kinds;
  for (size_t x = 0; x < nodes; x += kBlock) {
    kinds.push_back(KindOfLeaves(x, std::min(kBlock, nodes - x)));
  }
  return kinds;
}

// Nodes of layer h - 1 are lookups themselves where each is a leaf.
template <int D>
std::vector<typename FractionTree<D>::Kind> FractionTree<D>::KindsAboveLeaves() const {
  const size_t size = size_t{1} << (leaves_.bits() - 2);
  std::vector<Kind> kinds((size + kBlock - 1) / kBlock, Kind::kGeneral);
  for (size_t x = 0; x < size; x += kBlock) {
    if (leaf_kinds_[x / kBlock] == Kind::kFirstLookups &&
        leaf_kinds_[(size + x) / kBlock] == Kind::kFirstLookups) {
      kinds[x / kBlock] = Kind::kLookups;
    }
  }
  return kinds;
}

template <int D>
FractionTree<D>& FractionTree<D>::BeginLayer(int j, const K& lambda, std::span<const K> rho) {
  CheckInvariant(rho.size() == static_cast<size_t>(j), "a point of another layer");
  layer_ = j;
  lambda_ = lambda;
  inverse_lambda_ = lambda.Inverse();  // of 0 it is 0, and there is no kLookups then
  Fill<D>(lambda, lambdas_.span());
  eq_.reset();
  if (j > 0) eq_.emplace(rho);
  const size_t size = size_t{1} << j;
  const int depth = leaves_.bits() - 1 - j;  // of the nodes that the layer is on
  nodes_ = {{},
            std::vector<Kind>((size + kBlock - 1) / kBlock, Kind::kGeneral),
            size,
            depth > left_out_ || j == 0 ? kStored : depth,
            true};
  m1_is_n1_ = false;
  ReleaseFolded();
  if (depth > left_out_ && depth > 0) {
    nodes_.spans = PairsOf(&layers_[static_cast<size_t>(j) + 1], size);
    m1_is_n1_ = j > 0;
    if (j == 0) Axpy<D>(lambda, nodes_.spans.q1, nodes_.spans.m1);
  } else if (j == 0) {
    // One node, on which no round is run.
    MakeFolded(1);
    folded_arrays_[0] = 0b1111;
    nodes_.spans = PairsOf(&folded_, 1);
    Scratch scratch(1);
    Load(depth, 0, nodes_.spans, &scratch);
  } else {
    nodes_.all_stored = false;
  }
  if (j > 0 && depth == 0) nodes_.kinds = leaf_kinds_;
  if (j > 0 && depth == 1) nodes_.kinds = KindsAboveLeaves();
  if (lambda.IsZero()) {
    std::replace(nodes_.kinds.begin(), nodes_.kinds.end(), Kind::kLookups, Kind::kGeneral);
  }
  return *this;
}

template <int D>
void FractionTree<D>::Load(int depth, uint64_t begin, const FractionSpans<D>& out,
                           Scratch* scratch) const {
  if (depth == 0) return LoadLeaves(begin, out);
  LoadLayer(depth, begin, out.n0, out.q0, scratch);
  LoadLayer(depth, begin + (uint64_t{1} << layer_), out.m1, out.q1, scratch);
  Axpy<D>(lambda_, out.q1, out.m1);  // m1 = n1 + lambda q1
}

// The arrays that nodes of a kind have (fraction_tree.h): n0, m1, q0, q1.
template <int D>
uint8_t FractionTree<D>::ArraysOf(Kind kind) {
  switch (kind) {
    case Kind::kGeneral:
      return 0b1111;
    case Kind::kLookups:
      return 0b0110;
    case Kind::kFirst:
      return 0b0101;
    case Kind::kFirstLookups:
      return 0b0100;
  }
  return 0b1111;
}

template <int D>
void FractionTree<D>::LoadFirstLeaves(uint64_t begin, const FractionSpans<D>& out) const {
  leaves_.Denominators<D>(challenges_, begin, out.q0);
  for (int l = 1; l < D; ++l) std::fill_n(out.n0.limb(l), out.n0.size(), Fp::kZero);
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
FractionSpans<D> FractionTree<D>::Stored(const Nodes& nodes, size_t begin, size_t count, bool all,
                                         bool hi, Scratch* scratch) {
  FractionSpans<D> block = nodes.spans.subspan(begin, count);
  if (nodes.all_stored) return block;
  const Kind kind = nodes.At(begin);
  if (kind == Kind::kLookups || kind == Kind::kFirstLookups) block.n0 = ones_.subspan(0, count);
  if (SecondIsTrivial(kind)) {
    block.m1 = lambdas_.subspan(0, count);
    block.q1 = ones_.subspan(0, count);
  } else if (kind == Kind::kLookups && all) {
    block.q1 = scratch->Side(hi).q1.subspan(0, count);
    SubVec<D>(block.m1, std::as_const(ones_).subspan(0, count), block.q1);
    MulScalarVec<D>(block.q1, inverse_lambda_, block.q1);
  }
  return block;
}

template <int D>
Ext<D> FractionTree<D>::FirstSum(const Nodes& nodes, size_t begin) const {
  const ExtConstSpan<D> eq = eq_->inner();
  if (nodes.leaves()) return leaves_.WeightedSum<D>(challenges_, lambda_, begin, eq);
  const FractionSpans<D> block = nodes.spans.subspan(begin, eq.size());
  const K numerators = nodes.At(begin) == Kind::kFirstLookups
                           ? eq_sum_
                           : InnerProduct<D>(eq, ExtConstSpan<D>(block.n0));
  return numerators + lambda_ * InnerProduct<D>(eq, ExtConstSpan<D>(block.q0));
}

// With q0 = a0 - k0 - beta v0, q1 = a1 - k1 - beta v1 and n0 = n1 = 1:
//   G = q0 + q1 + lambda q0 q1 = (a0 + a1 + lambda a0 a1) - (1 + lambda a1) (k0 + beta v0)
//       - (1 + lambda a0) (k1 + beta v1) + lambda (k0 k1 + beta (k0 v1 + v0 k1) + beta^2 v0 v1),
// so what is summed are products of eq and integers.  The same at 2, with 2 hi - lo for every a, k
// and v.
template <int D>
std::optional<std::array<Ext<D>, 2>> FractionTree<D>::RoundOfLookupLeaves(
    size_t lo, size_t hi, std::span<SecureVector<Fp>> scratch) const {
  const uint64_t nodes = uint64_t{1} << (leaves_.bits() - 1);
  const ExtConstSpan<D> eq = eq_->inner();
  const size_t count = eq.size();
  const auto lo0 = leaves_.LookupsAt<D>(challenges_, lo, count);
  const auto lo1 = leaves_.LookupsAt<D>(challenges_, lo + nodes, count);
  const auto hi0 = leaves_.LookupsAt<D>(challenges_, hi, count);
  const auto hi1 = leaves_.LookupsAt<D>(challenges_, hi + nodes, count);
  if (!lo0 || !lo1 || !hi0 || !hi1) return std::nullopt;
  const auto piece = [&](size_t k) { return FpMutSpan(scratch[k]).first(count); };
  const FpSpan zeros = piece(0);  // never written to
  const auto values = [&](FpSpan v) { return v.empty() ? zeros : v; };
  const bool any_value =
      !lo0->value.empty() || !lo1->value.empty() || !hi0->value.empty() || !hi1->value.empty();
  const K& beta = challenges_.beta1;
  const auto sum = [&](const K& a0, FpSpan k0, FpSpan v0, const K& a1, FpSpan k1, FpSpan v1) {
    const FpMutSpan product = piece(5), other = piece(6);
    const auto weighted = [&](FpSpan x) { return InnerProduct<D>(eq, x); };
    K first = weighted(k0), second = weighted(k1);
    MulVec(k0, k1, product);
    K both = weighted(product);
    if (any_value) {
      first += beta * weighted(v0);
      second += beta * weighted(v1);
      MulVec(k0, v1, product);
      MulVec(v0, k1, other);
      AddVec(product, other, product);
      K mixed = weighted(product);
      MulVec(v0, v1, product);
      both += beta * (mixed + beta * weighted(product));
    }
    return eq_sum_ * (a0 + a1 + lambda_ * a0 * a1) - (K::kOne + lambda_ * a1) * first -
           (K::kOne + lambda_ * a0) * second + lambda_ * both;
  };
  const auto at_2 = [&](FpSpan a, FpSpan b, size_t k) {
    const FpMutSpan out = piece(k);
    SubVec(b, a, out);
    AddVec(out, b, out);
    return FpSpan(out);
  };
  const K t0 =
      sum(lo0->constant, lo0->key, values(lo0->value), lo1->constant, lo1->key, values(lo1->value));
  const FpSpan k0 = at_2(lo0->key, hi0->key, 1), k1 = at_2(lo1->key, hi1->key, 2);
  FpSpan v0 = zeros, v1 = zeros;
  if (any_value) {
    v0 = at_2(values(lo0->value), values(hi0->value), 3);
    v1 = at_2(values(lo1->value), values(hi1->value), 4);
  }
  const K t2 = sum(hi0->constant.Double() - lo0->constant, k0, v0,
                   hi1->constant.Double() - lo1->constant, k1, v1);
  return std::array<K, 2>{t0, t2};
}

template <int D>
std::array<Ext<D>, 2> FractionTree<D>::RoundOfBlock(const Nodes& nodes, size_t lo, size_t hi,
                                                    Scratch* scratch) {
  const ExtConstSpan<D> eq = eq_->inner();
  const Kind lo_kind = nodes.At(lo), hi_kind = nodes.At(hi);
  if (SecondIsTrivial(lo_kind) && SecondIsTrivial(hi_kind)) {
    // A linear polynomial: t(2) = 2 t(1) - t(0).
    const K t0 = FirstSum(nodes, lo);
    return {t0, FirstSum(nodes, hi).Double() - t0};
  }
  const bool lookups = lo_kind == Kind::kLookups && hi_kind == Kind::kLookups;
  FractionSpans<D> lo_nodes, hi_nodes;
  if (!nodes.stored()) {
    if (lookups && nodes.leaves()) {
      if (const auto t = RoundOfLookupLeaves(lo, hi, scratch->Integers())) return *t;
    }
    lo_nodes = scratch->Side(false).spans();
    hi_nodes = scratch->Side(true).spans();
    Load(nodes.depth, lo, lo_nodes, scratch);
    Load(nodes.depth, hi, hi_nodes, scratch);
  } else {
    lo_nodes = Stored(nodes, lo, eq.size(), !lookups, false, scratch);
    hi_nodes = Stored(nodes, hi, eq.size(), !lookups, true, scratch);
  }
  if (!lookups) return FractionRound<D>(lo_nodes, hi_nodes, eq);
  std::array<K, 2> t =
      LookupRound<D>({lo_nodes.m1, lo_nodes.q0}, {hi_nodes.m1, hi_nodes.q0}, inverse_lambda_, eq);
  for (K& x : t) x -= eq_sum_ * inverse_lambda_;
  return t;
}

template <int D>
std::array<Ext<D>, 2> FractionTree<D>::Evaluate() {
  const size_t block = eq_->inner().size();
  const size_t half = eq_->blocks() * block;
  eq_sum_ = SumOf<D>(eq_->inner());
  Nodes now = pending_ ? Folded() : std::move(nodes_);
  CheckInvariant(now.size == 2 * half, "a round of another size");
  std::array<K, 2> total;
  std::mutex mutex;
  const size_t grain = std::max<size_t>(1, kGrain / block);
  pool_.ParallelFor(eq_->blocks(), grain, [&](size_t begin, size_t end) {
    Scratch scratch(block);
    std::array<K, 2> sum;
    for (size_t b = begin; b < end; ++b) {
      for (const size_t x : {b * block, half + b * block}) {
        if (pending_) FoldBlock(now, x, block, &scratch);
        if (m1_is_n1_) {
          Axpy<D>(lambda_, now.spans.q1.subspan(x, block), now.spans.m1.subspan(x, block));
        }
      }
      const auto t = RoundOfBlock(now, b * block, half + b * block, &scratch);
      for (size_t e = 0; e < 2; ++e) sum[e] += eq_->outer(b) * t[e];
    }
    const std::lock_guard lock(mutex);
    for (size_t e = 0; e < 2; ++e) total[e] += sum[e];
  });
  nodes_ = std::move(now);
  pending_.reset();
  m1_is_n1_ = false;
  return total;
}

template <int D>
void FractionTree<D>::Bind(const K& r) {
  CheckInvariant(!pending_ && !m1_is_n1_, "two challenges without a round between them");
  pending_ = r;
  eq_->Next();
}

template <int D>
typename FractionTree<D>::Kind FractionTree<D>::Joined(Kind a, Kind b) {
  if (a == b) return a;
  return SecondIsTrivial(a) && SecondIsTrivial(b) ? Kind::kFirst : Kind::kGeneral;
}

template <int D>
typename FractionTree<D>::Nodes FractionTree<D>::Folded() {
  const size_t half = nodes_.size / 2;
  Nodes to{{}, {}, half, kStored, false};
  for (size_t x = 0; x < half; x += kBlock) {
    to.kinds.push_back(Joined(nodes_.At(x), nodes_.At(half + x)));
  }
  if (nodes_.stored()) {
    to.spans = nodes_.spans.subspan(0, half);
  } else {
    MakeFolded(half);
    to.spans = PairsOf(&folded_, half);
  }
  return to;
}

template <int D>
void FractionTree<D>::MakeFolded(size_t half) {
  // Not ExtVec's secret memory, which is overwritten as a whole.
  folded_ = {ExtVec<D>::Uninitialized(2 * half), ExtVec<D>::Uninitialized(2 * half)};
  folded_arrays_.assign((half + kBlock - 1) / kBlock, 0);
}

template <int D>
void FractionTree<D>::ReleaseFolded() {
  const size_t half = folded_.n.size() / 2;
  const FractionSpans<D> spans = PairsOf(&folded_, half);
  const std::array<ExtSpan<D>, 4> arrays{spans.n0, spans.m1, spans.q0, spans.q1};
  for (size_t b = 0; b < folded_arrays_.size(); ++b) {
    const size_t begin = b * kBlock, count = std::min(kBlock, half - begin);
    for (size_t k = 0; k < arrays.size(); ++k) {
      if ((folded_arrays_[b] >> k & 1) == 0) continue;
      for (int l = 0; l < D; ++l) Zeroise(std::span(arrays[k].limb(l) + begin, count));
    }
  }
  folded_arrays_.clear();
  folded_ = {};
}

template <int D>
void FractionTree<D>::FoldBlock(const Nodes& to, size_t begin, size_t count, Scratch* scratch) {
  const Kind kind = to.At(begin);
  const FractionSpans<D> out = to.spans.subspan(begin, count);
  const size_t other = to.size + begin;
  const bool all = kind == Kind::kGeneral;
  if (!folded_arrays_.empty()) folded_arrays_[begin / kBlock] |= ArraysOf(kind);
  FractionSpans<D> lo, hi;
  if (nodes_.stored()) {
    lo = Stored(nodes_, begin, count, all, false, scratch);
    hi = Stored(nodes_, other, count, all, true, scratch);
  } else {
    if (nodes_.leaves() && FoldLookupLeaves(to, begin, count)) return;
    lo = scratch->Side(false).spans().subspan(0, count);
    hi = scratch->Side(true).spans().subspan(0, count);
    if (SecondIsTrivial(kind)) {
      LoadFirstLeaves(begin, lo);
      LoadFirstLeaves(other, hi);
    } else {
      Load(nodes_.depth, begin, lo, scratch);
      Load(nodes_.depth, other, hi, scratch);
    }
  }
  const K& r = *pending_;
  Fold<D>(lo.q0, hi.q0, r, out.q0);
  if (kind == Kind::kGeneral || kind == Kind::kFirst) Fold<D>(lo.n0, hi.n0, r, out.n0);
  if (SecondIsTrivial(kind)) return;
  Fold<D>(lo.m1, hi.m1, r, out.m1);
  if (kind == Kind::kGeneral) Fold<D>(lo.q1, hi.q1, r, out.q1);
}

template <int D>
bool FractionTree<D>::FoldLookupLeaves(const Nodes& to, size_t begin, size_t count) const {
  const Kind kind = to.At(begin);
  if (kind != Kind::kLookups && kind != Kind::kFirstLookups) return false;
  const FractionSpans<D> out = to.spans.subspan(begin, count);
  const K &r = *pending_, &beta = challenges_.beta1;
  // (1 - r) lo + r hi of the denominators at lo and hi.
  const auto fold = [&](uint64_t at_lo, uint64_t at_hi, ExtSpan<D> folded) {
    const auto a = leaves_.LookupsAt<D>(challenges_, at_lo, count);
    const auto b = leaves_.LookupsAt<D>(challenges_, at_hi, count);
    if (!a || !b) return false;
    const K s = K::kOne - r;
    Fill<D>(s * a->constant + r * b->constant, folded);
    std::vector<K> scales = {-s, -r};
    std::vector<FpSpan> rows = {a->key, b->key};
    for (const auto& [scale, value] : {std::pair{s, a->value}, std::pair{r, b->value}}) {
      if (value.empty()) continue;
      scales.push_back(-scale * beta);
      rows.push_back(value);
    }
    AxpyRows<D>(scales, rows, folded);
    return true;
  };
  if (!fold(begin, to.size + begin, out.q0)) return false;
  if (kind == Kind::kFirstLookups) return true;
  const uint64_t second = uint64_t{1} << (leaves_.bits() - 1);
  if (!fold(second + begin, second + to.size + begin, out.m1)) return false;
  MulScalarVec<D>(out.m1, lambda_, out.m1);  // m1 = 1 + lambda q1
  AddVec<D>(out.m1, ones_.subspan(0, count), out.m1);
  return true;
}

template <int D>
std::array<Ext<D>, 4> FractionTree<D>::EndLayer() {
  Scratch scratch(1);
  if (pending_) {
    Nodes last = Folded();
    FoldBlock(last, 0, last.size, &scratch);
    nodes_ = std::move(last);
    pending_.reset();
  }
  CheckInvariant(nodes_.size == 1, "a layer that is not bound to its end");
  const FractionSpans<D> last = Stored(nodes_, 0, 1, true, false, &scratch);
  const K q1 = last.q1.get(0);
  const std::array<K, 4> values = {last.n0.get(0), last.m1.get(0) - lambda_ * q1, last.q0.get(0),
                                   q1};
  layers_[static_cast<size_t>(layer_) + 1] = {};
  return values;
}

template class FractionTree<4>;
template class FractionTree<5>;

}  // namespace voizk
