#include "proof/functionals/index_map.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "base/check.h"

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
ExtVec<D> TransposeAffine(const DimSource& source, uint32_t length, Window window,
                          const ExtVec<D>& w) {
  ExtVec<D> v(length);
  if (source.stride == 1) {
    // Output indices o with 0 <= o + offset < length.
    const int64_t begin = std::max<int64_t>(window.begin, -int64_t{source.offset});
    const int64_t end = std::min<int64_t>(window.end, int64_t{length} - source.offset);
    for (int l = 0; l < D && begin < end; ++l) {
      std::copy_n(w.limb(l) + begin, end - begin, v.limb(l) + begin + source.offset);
    }
    return v;
  }
  for (uint32_t o = window.begin; o < window.end; ++o) {
    const int64_t i = static_cast<int64_t>(source.stride) * o + source.offset;
    if (i < 0 || i >= static_cast<int64_t>(length)) continue;
    const auto at = static_cast<size_t>(i);
    v.set(at, v.get(at) + w.get(o));
  }
  return v;
}

template <int D>
ExtVec<D> SumWeights(const DimSource& source, uint32_t length) {
  ExtVec<D> v(length);
  const FpMutSpan base(v.limb(0), length);
  if (source.weights.empty()) {
    std::fill(base.begin(), base.end(), Fp::kOne);
  } else {
    ConvertVec(std::span<const int32_t>(source.weights), base);
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
      v.factors[j] = UnitFactor<D>();
      continue;
    }
    const DimSource& source = map.sources[j];
    switch (source.kind) {
      case DimSource::Kind::kConst:
        v.factors[j] = ExtVec<D>(in.dims[j]);
        v.factors[j].set(static_cast<size_t>(source.offset), Ext<D>::kOne);
        break;
      case DimSource::Kind::kAffine:
        CheckInvariant(!fed[source.out_dim], "an output dimension that feeds two input dimensions");
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
    v.scalar *= SumOf<D>(w.factors[d].subspan(window.begin, window.end - window.begin));
  }
  return v;
}

template RankOne<4> TransposeIndexMap<4>(const IndexMap&, const Shape&, const Shape&,
                                         const RankOne<4>&);
template RankOne<5> TransposeIndexMap<5>(const IndexMap&, const Shape&, const Shape&,
                                         const RankOne<5>&);

}  // namespace voizk
