#include "relation/certificate/bound.h"

#include <algorithm>
#include <limits>
#include <span>

#include "relation/certificate/certificate.h"
#include "relation/certificate/subdivision.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

__extension__ using Int128 = __int128;

constexpr int64_t kWhole = std::numeric_limits<int64_t>::max();
constexpr Int128 kWild = Int128{1} << 100;

/// An interval of 100-bit integers; `wild` is sticky and means "anything".
struct Range {
  Int128 lo = 0;
  Int128 hi = 0;
  bool wild = false;

  // A wild range has the ends 0, so that no sum of wild ones leaves 128 bits.
  void Settle() {
    wild = wild || lo < -kWild || hi > kWild;
    if (wild) lo = hi = 0;
  }
  Range& operator+=(const Range& o) {
    lo += o.lo;
    hi += o.hi;
    wild = wild || o.wild;
    Settle();
    return *this;
  }
};

Range Hull(const Range& a, const Range& b) {
  return {std::min(a.lo, b.lo), std::max(a.hi, b.hi), a.wild || b.wild};
}

Range Times(const Range& a, const Range& b) {
  Range r;
  r.wild = a.wild || b.wild;
  bool first = true;
  for (Int128 x : {a.lo, a.hi}) {
    for (Int128 y : {b.lo, b.hi}) {
      Int128 product = 0;
      if (__builtin_mul_overflow(x, y, &product)) {
        r.wild = true;
        continue;
      }
      r.lo = first ? product : std::min(r.lo, product);
      r.hi = first ? product : std::max(r.hi, product);
      first = false;
    }
  }
  r.Settle();
  return r;
}

Range Exactly(Int128 x) { return {x, x, false}; }

Interval Saturate(const Range& r) {
  if (r.wild || r.lo < -kWhole || r.hi > kWhole) return {-kWhole, kWhole};
  return {static_cast<int64_t>(r.lo), static_cast<int64_t>(r.hi)};
}

/// x summed with weights whose positive ones add up to `positive`, negative ones to `negative`.
Range Weighted(const Range& x, const Range& positive, const Range& negative) {
  Range r = Times(x, positive);
  r += Times(x, negative);
  return r;
}

Range BoundMap(const Tensor& t, const IndexMap& map) {
  // Weights of a sum over several dimensions are products of one weight per dimension.
  Range positive = Exactly(1), negative = Exactly(0);
  for (size_t j = 0; j < map.sources.size(); ++j) {
    const DimSource& s = map.sources[j];
    if (s.kind != DimSource::Kind::kSum) continue;
    int64_t p = 0, n = 0;
    for (int32_t w : s.weights) (w > 0 ? p : n) += w;
    if (s.weights.empty()) p = t.shape.dims[j];
    Range both_positive = Times(positive, Exactly(p));
    both_positive += Times(negative, Exactly(n));
    Range mixed = Times(positive, Exactly(n));
    mixed += Times(negative, Exactly(p));
    positive = both_positive;
    negative = mixed;
  }
  return Weighted({t.lo, t.hi, false}, positive, negative);
}

/// Whether some output of the convolution reads beyond the input (and so sums fewer products).
bool ReadsPadding(const Relation& r, const Shape& in, const Shape& out, const Conv& c) {
  const Shape& w = r.weights[c.weights].shape;
  for (size_t d = 0; d < static_cast<size_t>(c.spatial); ++d) {
    const int64_t last = int64_t{c.stride[d]} * (int64_t{out.dims[d]} - 1) +
                         int64_t{c.dilation[d]} * (int64_t{w.dims[d + 1]} - 1) - c.pad[d];
    if (c.pad[d] > 0 || last >= int64_t{in.dims[d]}) return true;
    if (c.pad[d] < 0 && -int64_t{c.pad[d]} >= int64_t{in.dims[d]}) return true;
  }
  return false;
}

/// Smallest and largest value of a constant at each index of the last dimension, or one pair.
std::vector<Range> BoundConstant(const Shape& shape, const ConstantTerm& c) {
  const size_t last = static_cast<size_t>(shape.rank) - 1;
  const size_t n = (c.dim_mask >> last & 1) != 0 ? shape.dims[last] : 1;
  std::vector<Range> r(n);
  for (size_t i = 0; i < c.values.size(); ++i) {
    const Range x = Exactly(c.values[i]);
    r[i % n] = i < n ? x : Hull(r[i % n], x);
  }
  return r;
}

}  // namespace

/// The sum of a view's terms, kept apart by region (of index maps) and by last index (of
/// convolutions and constants).
class ViewSum {
 public:
  ViewSum(ViewBounder* bounder, const View& v) : bounder_(*bounder), view_(v) {
    for (const Term& t : v.terms) AddTerm(t);
    for (const ConstantTerm& c : v.constants) {
      Spend(c.values.size());
      const std::vector<Range> r = BoundConstant(v.shape, c);
      if (r.size() == 1) {
        everywhere_ += r[0];
      } else {
        AddByLast(r);
      }
    }
  }

  Range Total() {
    if (pieces_.empty()) return OverLast(0, last_dim());
    std::vector<Box> boxes;
    for (const Piece& p : pieces_) boxes.push_back(p.box);
    const auto regions = Subdivision::Make(view_.shape, boxes, kMaxRegionWork);
    if (!regions) return Coarse();
    Spend(regions->size() * pieces_.size());
    Range total = InRegion(regions->region(0));
    for (uint64_t n = 1; n < regions->size(); ++n)
      total = Hull(total, InRegion(regions->region(n)));
    return total;
  }

 private:
  struct Piece {
    Box box;
    Range range;
  };
  static constexpr uint64_t kMaxRegionWork = 1 << 16;

  size_t last() const { return static_cast<size_t>(view_.shape.rank) - 1; }
  uint32_t last_dim() const { return view_.shape.dims[last()]; }

  /// Hostile relations may name the same large weights very often: beyond the budget, no bound.
  void Spend(uint64_t work) {
    bounder_.work_ += work;
    if (bounder_.work_ > ViewBounder::kMaxWork) everywhere_.wild = true;
  }

  void AddTerm(const Term& t) {
    const Relation& r = bounder_.relation_;
    const Tensor& tensor = r.tensors[t.tensor];
    if (const auto* map = std::get_if<IndexMap>(&t.op)) {
      const Box box = ReachedOutputs(tensor.shape, view_.shape, *map);
      const Range range = Times(BoundMap(tensor, *map), Exactly(t.coeff));
      if (box == FullBox(view_.shape)) {
        everywhere_ += range;
      } else if (box.end[0] != 0) {
        pieces_.push_back({box, range});
      }
      return;
    }
    const auto& conv = std::get<Conv>(t.op);
    Range x{tensor.lo, tensor.hi, false};
    if (ReadsPadding(r, tensor.shape, view_.shape, conv)) x = Hull(x, Exactly(0));
    const auto& sums = bounder_.Sums(conv.weights);
    Spend(sums.positive.size());
    std::vector<Range> by_last(sums.positive.size());
    for (size_t o = 0; o < by_last.size(); ++o) {
      by_last[o] = Times(Weighted(x, Exactly(sums.positive[o]), Exactly(sums.negative[o])),
                         Exactly(t.coeff));
    }
    AddByLast(by_last);
  }

  void AddByLast(const std::vector<Range>& r) {
    if (by_last_.empty()) by_last_.resize(r.size());
    for (size_t i = 0; i < r.size(); ++i) by_last_[i] += r[i];
  }

  /// What holds everywhere, over last indices begin <= i < end.
  Range OverLast(uint32_t begin, uint32_t end) const {
    Range r = everywhere_;
    if (by_last_.empty()) return r;
    Range hull = by_last_[begin];
    for (size_t i = begin; i < end; ++i) hull = Hull(hull, by_last_[i]);
    r += hull;
    return r;
  }

  Range InRegion(const Box& region) const {
    Range r = OverLast(region.begin[last()], region.end[last()]);
    for (const Piece& p : pieces_) {
      if (Contains(p.box, region)) r += p.range;
    }
    return r;
  }

  /// Every piece may or may not contribute: coarser, but cheap whatever the boxes.
  Range Coarse() const {
    Range r = OverLast(0, last_dim());
    for (const Piece& p : pieces_) r += Hull(p.range, Exactly(0));
    return r;
  }

  ViewBounder& bounder_;
  const View& view_;
  Range everywhere_;
  std::vector<Range> by_last_;
  std::vector<Piece> pieces_;
};

const ViewBounder::ChannelSums& ViewBounder::Sums(WeightsId id) {
  auto [it, is_new] = sums_.try_emplace(id);
  if (!is_new) return it->second;
  const Weights& w = relation_.weights[id];
  const size_t channels = w.shape.dims[0];
  const size_t per_channel = w.values.size() / channels;
  it->second.positive.resize(channels);
  it->second.negative.resize(channels);
  for (size_t o = 0; o < channels; ++o) {
    int64_t positive = 0, sum = 0;
    for (int32_t x : std::span(w.values).subspan(o * per_channel, per_channel)) {
      sum += x;
      positive += std::max(x, 0);
    }
    it->second.positive[o] = positive;
    it->second.negative[o] = sum - positive;
  }
  return it->second;
}

Interval ViewBounder::Bound(const View& v) { return Saturate(ViewSum(this, v).Total()); }

Interval ViewBounder::BoundProduct(const Product& p) {
  const Range a = ViewSum(this, p.a).Total();
  Range sum = p.a == p.b ? a : Times(a, ViewSum(this, p.b).Total());
  if (p.a == p.b) {
    const Range square = Times(a, a);
    // x*x for x in [lo, hi]: at least 0, and the least square if the interval avoids 0.
    const Int128 low = a.lo > 0 ? a.lo : (a.hi < 0 ? -a.hi : 0);
    sum = {square.wild ? 0 : low * low, square.hi, square.wild};
  }
  const uint64_t terms = p.a.shape.Cells() / p.c.shape.Cells();
  sum = Times(sum, Exactly(static_cast<Int128>(terms)));
  sum += Times(ViewSum(this, p.c).Total(), Exactly(-1));
  return Saturate(sum);
}

Interval BoundView(const Relation& r, const View& v) { return ViewBounder(r).Bound(v); }

}  // namespace voizk
