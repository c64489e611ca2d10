#include "relation/builder/views.h"

#include <algorithm>
#include <utility>

#include "relation/builder/index_maps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"

namespace voizk {

View ViewOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources) {
  IndexMap map;
  map.sources = std::move(sources);
  return views::Map(b, t, out, std::move(map));
}

View WindowOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources, uint32_t dim,
              uint32_t begin, uint32_t end) {
  IndexMap map;
  map.sources = std::move(sources);
  map.out_begin[dim] = begin;
  map.out_end[dim] = end;
  return views::Map(b, t, out, std::move(map));
}

View Spread(Builder& b, TensorId t, Shape shape) { return ViewOf(b, t, shape, {At(0)}); }

View AsRow(Builder& b, TensorId t) {
  return ViewOf(b, t, MakeShape({1, b.tensor(t).shape.dims[0]}), {From(1)});
}

View Total(Builder& b, TensorId t) { return ViewOf(b, t, MakeShape({1}), {Summed()}); }

namespace views {
namespace {

View Harmless() { return Constant(MakeShape({1}), 0); }

bool HasDim(const Shape& shape, int dim) { return dim >= 0 && dim < shape.rank; }

}  // namespace

View Map(Builder& b, TensorId t, Shape out, IndexMap map) {
  return b.Checked({out, {{t, 1, std::move(map)}}, {}}, "index map");
}

View Slice(Builder& b, TensorId t, int dim, uint32_t begin, uint32_t count, uint32_t stride) {
  const Shape& shape = b.tensor(t).shape;
  const uint64_t last = uint64_t{begin} + uint64_t{stride} * (uint64_t{count} - 1);
  if (!HasDim(shape, dim) || count == 0 || stride == 0 || stride > shape.AddressCount() ||
      last >= shape.dims[static_cast<size_t>(dim)]) {
    b.Fail("slice out of range");
    return Harmless();
  }
  const auto d = static_cast<size_t>(dim);
  IndexMap map = IdentityMap(shape.rank);
  map.sources[d].stride = static_cast<int32_t>(stride);
  map.sources[d].offset = static_cast<int32_t>(begin);
  Shape out = shape;
  out.dims[d] = count;
  return b.Checked({out, {{t, 1, std::move(map)}}, {}}, "slice");
}

View Broadcast(Builder& b, TensorId t, Shape out, const std::vector<int>& dims_to) {
  const Shape& shape = b.tensor(t).shape;
  if (dims_to.size() != static_cast<size_t>(shape.rank)) {
    b.Fail("broadcast needs one target per dimension");
    return Harmless();
  }
  IndexMap map = IdentityMap(shape.rank);
  for (size_t k = 0; k < dims_to.size(); ++k) {
    const bool drop = dims_to[k] == -1 && shape.dims[k] == 1;
    if (drop) {
      map.sources[k] = DimSource{};
      continue;
    }
    if (!HasDim(out, dims_to[k]) || out.dims[static_cast<size_t>(dims_to[k])] != shape.dims[k]) {
      b.Fail("broadcast of a dimension to another length");
      return Harmless();
    }
    map.sources[k].out_dim = static_cast<uint32_t>(dims_to[k]);
  }
  return b.Checked({out, {{t, 1, std::move(map)}}, {}}, "broadcast");
}

View SumOver(Builder& b, TensorId t, int dim, std::vector<int32_t> weights) {
  const Shape& shape = b.tensor(t).shape;
  if (!HasDim(shape, dim)) {
    b.Fail("sum over a dimension that is not there");
    return Harmless();
  }
  const auto d = static_cast<size_t>(dim);
  IndexMap map = IdentityMap(shape.rank);
  for (size_t j = d + 1; j < map.sources.size(); ++j) --map.sources[j].out_dim;
  map.sources[d] = DimSource{};
  map.sources[d].kind = DimSource::Kind::kSum;
  map.sources[d].weights = std::move(weights);
  return b.Checked({WithoutDim(shape, d), {{t, 1, std::move(map)}}, {}}, "sum");
}

}  // namespace views
}  // namespace voizk
