// views::Select: one output dimension fixed.
#include <algorithm>
#include <utility>

#include "relation/builder/index_maps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"

namespace voizk::views {
namespace {

/// The map with output dimension `dim` fixed at `index` and removed; false if it contributes
/// nothing there.
bool FixDim(const Shape& in, size_t dim, uint32_t index, const Shape& shape, IndexMap* map) {
  const uint32_t end = map->out_end[dim] == 0 ? shape.dims[dim] : map->out_end[dim];
  if (index < map->out_begin[dim] || index >= end) return false;
  for (size_t d = dim; d + 1 < Shape::kMaxRank; ++d) {
    map->out_begin[d] = map->out_begin[d + 1];
    map->out_end[d] = map->out_end[d + 1];
  }
  map->out_begin[Shape::kMaxRank - 1] = map->out_end[Shape::kMaxRank - 1] = 0;
  for (size_t j = 0; j < map->sources.size(); ++j) {
    DimSource& s = map->sources[j];
    if (s.kind != DimSource::Kind::kAffine) continue;
    if (s.out_dim > dim) {
      --s.out_dim;
    } else if (s.out_dim == dim) {
      const int64_t at = int64_t{s.stride} * index + s.offset;
      if (at < 0 || at >= in.dims[j]) return false;
      s = DimSource{};
      s.offset = static_cast<int32_t>(at);
    }
  }
  return true;
}

ConstantTerm FixDim(const ConstantTerm& c, size_t dim, uint32_t index, const Shape& shape) {
  ConstantTerm out;
  const uint32_t below = c.dim_mask & ((1u << dim) - 1);
  out.dim_mask = below | (c.dim_mask >> (dim + 1) << dim);
  if ((c.dim_mask >> dim & 1) == 0) {
    out.values = c.values;
    return out;
  }
  size_t after = 1;
  for (size_t d = dim + 1; d < Shape::kMaxRank; ++d) {
    if ((c.dim_mask >> d & 1) != 0) after *= shape.dims[d];
  }
  const size_t block = after * shape.dims[dim];
  for (size_t b = 0; b < c.values.size(); b += block) {
    const auto from = c.values.begin() + static_cast<std::ptrdiff_t>(b + index * after);
    out.values.insert(out.values.end(), from, from + static_cast<std::ptrdiff_t>(after));
  }
  return out;
}

}  // namespace

View Select(Builder& b, const View& v, int dim, uint32_t index) {
  if (!b.Accepts(v, "select")) return Constant(MakeShape({1}), 0);
  if (dim < 0 || dim >= v.shape.rank || index >= v.shape.dims[static_cast<size_t>(dim)]) {
    b.Fail("select out of range");
    return Constant(MakeShape({1}), 0);
  }
  const auto d = static_cast<size_t>(dim);
  View out{WithoutDim(v.shape, d), {}, {}};
  for (const Term& t : v.terms) {
    const auto* map = std::get_if<IndexMap>(&t.op);
    if (map == nullptr) {
      b.Fail("select of a convolution: materialise it first");
      return Constant(MakeShape({1}), 0);
    }
    IndexMap fixed = *map;
    if (!FixDim(b.tensor(t.tensor).shape, d, index, v.shape, &fixed)) continue;
    out.terms.push_back({t.tensor, t.coeff, std::move(fixed)});
  }
  for (const ConstantTerm& c : v.constants) {
    out.constants.push_back(FixDim(c, d, index, v.shape));
  }
  return b.Checked(std::move(out), "select");
}

}  // namespace voizk::views
