// Short names for the three ways in which an input dimension of a view gets its index
// (relation.h, DimSource), and for a view of one tensor through them.
#ifndef VOIZK_RELATION_GADGETS_SOURCES_H_
#define VOIZK_RELATION_GADGETS_SOURCES_H_

#include <initializer_list>
#include <utility>
#include <vector>

#include "relation/builder/builder.h"

namespace voizk {

/// The index is fixed.
inline DimSource At(int32_t index) {
  return {
      .kind = DimSource::Kind::kConst, .out_dim = 0, .stride = 1, .offset = index, .weights = {}};
}

/// The index is stride * out[out_dim] + offset; the term is 0 where that is out of range.
inline DimSource From(uint32_t out_dim, int32_t stride = 1, int32_t offset = 0) {
  return {.kind = DimSource::Kind::kAffine,
          .out_dim = out_dim,
          .stride = stride,
          .offset = offset,
          .weights = {}};
}

/// The dimension is summed, index i weighted by weights[i] (by 1 if there are none).
inline DimSource Summed(std::vector<int32_t> weights = {}) {
  return {.kind = DimSource::Kind::kSum,
          .out_dim = 0,
          .stride = 1,
          .offset = 0,
          .weights = std::move(weights)};
}

/// The view of t whose k-th input dimension takes its index from sources[k].
inline View ViewOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources) {
  IndexMap map;
  map.sources = std::move(sources);
  return b.Map(t, out, std::move(map));
}

/// As ViewOf, but contributing only where begin <= out[dim] < end.
inline View WindowOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources,
                     uint32_t dim, uint32_t begin, uint32_t end) {
  IndexMap map;
  map.sources = std::move(sources);
  map.out_begin[dim] = begin;
  map.out_end[dim] = end;
  return b.Map(t, out, std::move(map));
}

/// The constant view with the given values, row-major over the whole shape.
inline View ConstantOf(Shape shape, std::vector<int32_t> values) {
  View v;
  v.shape = shape;
  v.constants.push_back({.dim_mask = (1U << shape.rank) - 1, .values = std::move(values)});
  return v;
}

/// t = 0 or 1 everywhere: t*t = t.
inline void RequireBoolean(Builder& b, TensorId t) {
  b.AddProduct({.a = b.Identity(t), .b = b.Identity(t), .c = b.Identity(t)});
}

/// The view takes only the values 0 and 1.
inline void RequireBoolean(Builder& b, const View& v) { b.AddProduct({.a = v, .b = v, .c = v}); }

/// Every value of the view is in [lo, hi], one lookup each (a table of hi - lo + 1 rows).
inline void RequireSmall(Builder& b, const View& v, int64_t lo, int64_t hi) {
  Lookup lookup;
  lookup.key = v;
  lookup.table = b.RangeTable(lo, hi);
  b.AddLookup(std::move(lookup));
}

}  // namespace voizk

#endif  // VOIZK_RELATION_GADGETS_SOURCES_H_
