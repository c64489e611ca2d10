#include "relation/builder/compose.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "relation/core/structure.h"

namespace voizk::views {
namespace {

using Kind = DimSource::Kind;

/// Indices begin <= i < end.
struct Span {
  int64_t begin = 0, end = 0;
  bool Holds(int64_t i) const { return i >= begin && i < end; }
  bool empty() const { return begin >= end; }
};

int64_t CeilDiv(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -((-a) / b); }  // b > 0

/// All i with stride * i + offset in `range`, which is not empty.
Span Preimage(int64_t stride, int64_t offset, const Span& range) {
  if (stride > 0)
    return {CeilDiv(range.begin - offset, stride), CeilDiv(range.end - offset, stride)};
  return {CeilDiv(offset - range.end + 1, -stride), CeilDiv(offset - range.begin + 1, -stride)};
}

Span Intersect(const Span& a, const Span& b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

Span WindowOf(const IndexMap& map, const Shape& out, size_t d) {
  return {map.out_begin[d], map.out_end[d] == 0 ? out.dims[d] : map.out_end[d]};
}

void SetWindow(IndexMap* map, const Shape& out, size_t d, const Span& window) {
  const bool whole = window.begin == 0 && window.end == out.dims[d];
  map->out_begin[d] = whole ? 0 : static_cast<uint32_t>(window.begin);
  map->out_end[d] = whole ? 0 : static_cast<uint32_t>(window.end);
}

int64_t WeightAt(const DimSource& sum, int64_t i) {
  return sum.weights.empty() ? 1 : sum.weights[static_cast<size_t>(i)];
}

enum class Found { kTerm, kNothing, kNoView };

/// One term of v read through the map.  v's dimensions are taken one by one: each is read by at
/// most one source of the term, and fed by exactly one of the map's.
class TermComposer {
 public:
  TermComposer(const Shape& tensor, const Shape& middle, const Shape& out, const IndexMap& outer)
      : tensor_(tensor), middle_(middle), out_(out), outer_(outer) {}

  Found Run(const IndexMap& inner, Term* term) {
    map_ = IndexMap{inner.sources, {}, {}};
    coeff_ = term->coeff;
    for (size_t d = 0; d < Shape::kMaxRank; ++d) windows_[d] = WindowOf(outer_, out_, d);
    for (size_t d = 0; d < static_cast<size_t>(middle_.rank); ++d) {
      const Found found = TakeDim(inner, d);
      if (found != Found::kTerm) return found;
    }
    for (size_t d = 0; d < Shape::kMaxRank; ++d) {
      if (windows_[d].empty()) return Found::kNothing;
      SetWindow(&map_, out_, d, windows_[d]);
    }
    if (coeff_ == 0) return Found::kNothing;
    if (std::abs(coeff_) >= kMaxCoefficient) return Found::kNoView;
    term->coeff = static_cast<int32_t>(coeff_);
    term->op = std::move(map_);
    return Found::kTerm;
  }

 private:
  Found TakeDim(const IndexMap& inner, size_t d) {
    const Span shown = WindowOf(inner, middle_, d);
    const auto reader =
        std::find_if(inner.sources.begin(), inner.sources.end(),
                     [d](const DimSource& s) { return s.kind == Kind::kAffine && s.out_dim == d; });
    const bool read = reader != inner.sources.end();
    const auto j = static_cast<size_t>(reader - inner.sources.begin());
    const DimSource& from = outer_.sources[d];
    switch (from.kind) {
      case Kind::kConst:
        if (!shown.Holds(from.offset)) return Found::kNothing;
        return read ? Fix(*reader, j, from.offset) : Found::kTerm;
      case Kind::kAffine:
        return Affine(read ? &*reader : nullptr, j, from, shown);
      case Kind::kSum:
        return read ? Sum(*reader, j, from, shown) : Repeat(from, shown);
    }
    return Found::kNoView;
  }

  Found Fix(const DimSource& reader, size_t j, int64_t index) {
    const int64_t at = int64_t{reader.stride} * index + reader.offset;
    if (at < 0 || at >= tensor_.dims[j]) return Found::kNothing;
    map_.sources[j] = {Kind::kConst, 0, 1, static_cast<int32_t>(at), {}};
    return Found::kTerm;
  }

  Found Affine(const DimSource* reader, size_t j, const DimSource& from, const Span& shown) {
    // Beyond the tensor a term is 0 by itself: only what is narrower has to be said.
    bool implied = false;
    if (reader != nullptr) {
      const Span held = Preimage(reader->stride, reader->offset, {0, tensor_.dims[j]});
      implied = held.begin >= shown.begin && held.end <= shown.end;
      const int64_t stride = int64_t{reader->stride} * from.stride;
      const int64_t offset = int64_t{reader->stride} * from.offset + reader->offset;
      if (std::abs(stride) > kMaxStep || std::abs(offset) > kMaxStep) return Found::kNoView;
      map_.sources[j] = {Kind::kAffine,
                         from.out_dim,
                         static_cast<int32_t>(stride),
                         static_cast<int32_t>(offset),
                         {}};
    }
    if (!implied) {
      Span& window = windows_[from.out_dim];
      window = Intersect(window, Preimage(from.stride, from.offset, shown));
    }
    return Found::kTerm;
  }

  Found Sum(const DimSource& reader, size_t j, const DimSource& from, const Span& shown) {
    std::vector<int32_t> weights(tensor_.dims[j], 0);
    for (int64_t i = shown.begin; i < shown.end; ++i) {
      const int64_t at = int64_t{reader.stride} * i + reader.offset;
      if (at >= 0 && at < tensor_.dims[j]) {
        weights[static_cast<size_t>(at)] = static_cast<int32_t>(WeightAt(from, i));
      }
    }
    const bool ones = std::all_of(weights.begin(), weights.end(), [](int32_t w) { return w == 1; });
    if (ones) weights.clear();
    map_.sources[j] = {Kind::kSum, 0, 1, 0, std::move(weights)};
    return Found::kTerm;
  }

  /// A sum over a dimension along which the term is constant.
  Found Repeat(const DimSource& from, const Span& shown) {
    int64_t total = 0;
    for (int64_t i = shown.begin; i < shown.end; ++i) total += WeightAt(from, i);
    return __builtin_mul_overflow(coeff_, total, &coeff_) ? Found::kNoView : Found::kTerm;
  }

  const Shape &tensor_, &middle_, &out_;
  const IndexMap& outer_;
  IndexMap map_;
  int64_t coeff_ = 0;
  std::array<Span, Shape::kMaxRank> windows_{};
};

/// Of reading one term through a map: weights are copied, or written down along summed dimensions.
uint64_t WorkOf(const Shape& tensor, const Shape& middle, const IndexMap& inner,
                const IndexMap& outer) {
  uint64_t work = 1;
  for (const DimSource& s : inner.sources) work += s.weights.size();
  for (size_t d = 0; d < outer.sources.size(); ++d) {
    if (outer.sources[d].kind != Kind::kSum) continue;
    work += middle.dims[d];
    for (const uint32_t length : tensor.dims) work += length;
  }
  return work;
}

bool Masked(const ConstantTerm& c, size_t d) { return (c.dim_mask >> d & 1) != 0; }

/// A constant as 64-bit values over the dimensions of its mask; sums leave them.
struct Values {
  std::array<size_t, Shape::kMaxRank> dims{1, 1, 1, 1};  // 1: not in the mask
  std::vector<int64_t> values;
};

/// false: a sum leaves 63 bits.
bool SumDim(Values* v, size_t d, uint32_t length, const DimSource& sum) {
  size_t after = 1;
  for (size_t k = d + 1; k < Shape::kMaxRank; ++k) after *= v->dims[k];
  const size_t n = v->dims[d];
  std::vector<int64_t> out(v->values.size() / n, 0);
  for (size_t o = 0; o < out.size(); ++o) {
    const size_t from = o / after * n * after + o % after;
    for (size_t i = 0; i < length; ++i) {
      int64_t product = 0;
      const int64_t x = v->values[from + (n == 1 ? 0 : i * after)];
      if (__builtin_mul_overflow(x, WeightAt(sum, static_cast<int64_t>(i)), &product) ||
          __builtin_add_overflow(out[o], product, &out[o])) {
        return false;
      }
    }
  }
  v->dims[d] = 1;
  v->values = std::move(out);
  return true;
}

/// How the values are read from one output index: in = sum over d of step[d] * o[d] + origin.
struct Reading {
  std::array<Span, Shape::kMaxRank> shown{};  // by output dimension: where the map contributes
  std::array<int64_t, Shape::kMaxRank> step{};
  int64_t origin = 0;
  uint32_t mask = 0;
};

Reading ReadingOf(const Values& v, const ConstantTerm& c, const Shape& middle, const Shape& out,
                  const IndexMap& map) {
  Reading r;
  for (size_t e = 0; e < Shape::kMaxRank; ++e) r.shown[e] = WindowOf(map, out, e);
  int64_t stride = 1;
  for (size_t d = static_cast<size_t>(middle.rank); d-- > 0;) {
    const DimSource& s = map.sources[d];
    const bool varies = Masked(c, d) && s.kind != Kind::kSum;
    if (s.kind == Kind::kAffine) {
      const Span inside = Preimage(s.stride, s.offset, {0, middle.dims[d]});
      r.shown[s.out_dim] = Intersect(r.shown[s.out_dim], inside);
      if (varies) {
        r.step[s.out_dim] = stride * s.stride;
        r.mask |= 1u << s.out_dim;
      }
    }
    if (varies) r.origin += stride * s.offset;
    stride *= static_cast<int64_t>(v.dims[d]);
  }
  for (size_t e = 0; e < static_cast<size_t>(out.rank); ++e) {
    if (r.shown[e].begin > 0 || r.shown[e].end < out.dims[e]) r.mask |= 1u << e;
  }
  return r;
}

/// false: no constant says so.
bool ComposeConstant(Builder& b, const ConstantTerm& c, const Shape& middle, const Shape& out,
                     const IndexMap& map, View* view) {
  if (!b.Spend(c.values.size())) return false;
  Values v;
  v.values.assign(c.values.begin(), c.values.end());
  for (size_t d = 0; d < Shape::kMaxRank; ++d) v.dims[d] = Masked(c, d) ? middle.dims[d] : 1;
  for (size_t d = 0; d < static_cast<size_t>(middle.rank); ++d) {
    if (map.sources[d].kind != Kind::kSum) continue;
    if (!SumDim(&v, d, middle.dims[d], map.sources[d])) return false;
  }
  const Reading r = ReadingOf(v, c, middle, out, map);
  ConstantTerm composed;
  composed.dim_mask = r.mask;
  std::array<int64_t, Shape::kMaxRank> ends{1, 1, 1, 1};
  uint64_t count = 1;
  for (size_t e = 0; e < Shape::kMaxRank; ++e) {
    if (r.shown[e].empty()) return true;
    if ((r.mask >> e & 1) == 0) continue;
    ends[e] = out.dims[e];
    count *= out.dims[e];
    if (count > kMaxComposedConstant) return false;
  }
  if (!b.Spend(count)) return false;
  composed.values.reserve(static_cast<size_t>(count));
  std::array<int64_t, Shape::kMaxRank> o{};
  for (uint64_t k = 0; k < count; ++k) {
    uint64_t rest = k;
    int64_t at = r.origin;
    bool inside = true;
    for (size_t e = Shape::kMaxRank; e-- > 0;) {
      o[e] = static_cast<int64_t>(rest % static_cast<uint64_t>(ends[e]));
      rest /= static_cast<uint64_t>(ends[e]);
      inside = inside && ((r.mask >> e & 1) == 0 || r.shown[e].Holds(o[e]));
      at += r.step[e] * o[e];
    }
    const int64_t value = inside ? v.values[static_cast<size_t>(at)] : 0;
    if (!std::in_range<int32_t>(value)) return false;
    composed.values.push_back(static_cast<int32_t>(value));
  }
  view->constants.push_back(std::move(composed));
  return true;
}

}  // namespace

std::optional<View> Compose(Builder& b, const View& v, const Shape& out, const IndexMap& map) {
  View composed{out, {}, {}};
  for (const Term& term : v.terms) {
    const auto* inner = std::get_if<IndexMap>(&term.op);
    if (inner == nullptr) return std::nullopt;
    const Shape& tensor = b.tensor(term.tensor).shape;
    if (!b.Spend(WorkOf(tensor, v.shape, *inner, map))) return std::nullopt;
    Term read{term.tensor, term.coeff, {}};
    const Found found = TermComposer(tensor, v.shape, out, map).Run(*inner, &read);
    if (found == Found::kNoView) return std::nullopt;
    if (found == Found::kTerm) composed.terms.push_back(std::move(read));
  }
  for (const ConstantTerm& c : v.constants) {
    if (!ComposeConstant(b, c, v.shape, out, map, &composed)) return std::nullopt;
  }
  return composed;
}

std::optional<TensorId> ShownTensor(const Builder& b, const View& v) {
  if (v.terms.size() != 1 || !v.constants.empty() || v.terms[0].coeff != 1) return std::nullopt;
  const auto* map = std::get_if<IndexMap>(&v.terms[0].op);
  const Shape& shape = b.tensor(v.terms[0].tensor).shape;
  if (map == nullptr || !(shape == v.shape)) return std::nullopt;
  for (size_t d = 0; d < map->sources.size(); ++d) {
    const DimSource& s = map->sources[d];
    const bool here = s.kind == Kind::kAffine && s.out_dim == d && s.stride == 1 && s.offset == 0;
    // A dimension of one index has no other to show.
    const bool only = shape.dims[d] == 1 && s.kind == Kind::kConst;
    const bool windowed = map->out_begin[d] != 0 || map->out_end[d] != 0;
    if ((!here && !only) || windowed) return std::nullopt;
  }
  return v.terms[0].tensor;
}

}  // namespace voizk::views
