// Short names for the three ways in which an input dimension of a view gets its index (relation.h,
// DimSource).
#ifndef VOIZK_RELATION_BUILDER_SOURCES_H_
#define VOIZK_RELATION_BUILDER_SOURCES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "relation/core/relation.h"

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

}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_SOURCES_H_
