#include "functional/index_map.h"

#include <cassert>

namespace voizk {

namespace {

// The output window of dimension d: indices [begin, end).
struct Window {
  uint32_t begin, end;
};
Window WindowOf(const IndexMap& map, const Shape& out, size_t d) {
  const uint32_t end = map.out_end[d] == 0 ? out.dims[d] : map.out_end[d];
  return {map.out_begin[d], end < out.dims[d] ? end : out.dims[d]};
}

template <int D>
std::vector<Ext<D>> TransposeAffine(const DimSource& source, uint32_t length, Window window,
                                    const std::vector<Ext<D>>& w) {
  std::vector<Ext<D>> v(length);
  for (uint32_t o = window.begin; o < window.end; ++o) {
    const int64_t i = static_cast<int64_t>(source.stride) * o + source.offset;
    if (i >= 0 && i < static_cast<int64_t>(length)) v[static_cast<size_t>(i)] += w[o];
  }
  return v;
}

template <int D>
std::vector<Ext<D>> SumWeights(const DimSource& source, uint32_t length) {
  std::vector<Ext<D>> v(length, Ext<D>::kOne);
  for (size_t i = 0; i < source.weights.size() && i < v.size(); ++i) {
    v[i] = Ext<D>::FromI64(source.weights[i]);
  }
  return v;
}

}  // namespace

template <int D>
RankOne<D> TransposeIndexMap(const IndexMap& map, const Shape& in, const Shape& out,
                             const RankOne<D>& w) {
  RankOne<D> v;
  v.scalar = w.scalar;
  std::array<bool, Shape::kMaxRank> fed{};
  for (size_t j = 0; j < Shape::kMaxRank; ++j) {
    if (j >= map.sources.size()) {
      v.factors[j] = {Ext<D>::kOne};
      continue;
    }
    const DimSource& source = map.sources[j];
    switch (source.kind) {
      case DimSource::Kind::kConst:
        v.factors[j].assign(in.dims[j], Ext<D>::kZero);
        v.factors[j][static_cast<size_t>(source.offset)] = Ext<D>::kOne;
        break;
      case DimSource::Kind::kAffine:
        assert(!fed[source.out_dim]);
        fed[source.out_dim] = true;
        v.factors[j] = TransposeAffine<D>(source, in.dims[j], WindowOf(map, out, source.out_dim),
                                          w.factors[source.out_dim]);
        break;
      case DimSource::Kind::kSum:
        v.factors[j] = SumWeights<D>(source, in.dims[j]);
        break;
    }
  }
  // A broadcast dimension: the term does not depend on it, so its weights add up.
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (fed[d]) continue;
    const Window window = WindowOf(map, out, d);
    if (window.begin >= window.end) {
      v.scalar = Ext<D>::kZero;
      continue;
    }
    const std::span<const Ext<D>> all(w.factors[d]);
    v.scalar *= SumOf<D>(all.subspan(window.begin, window.end - window.begin));
  }
  return v;
}

template RankOne<4> TransposeIndexMap<4>(const IndexMap&, const Shape&, const Shape&,
                                         const RankOne<4>&);
template RankOne<5> TransposeIndexMap<5>(const IndexMap&, const Shape&, const Shape&,
                                         const RankOne<5>&);

}  // namespace voizk
