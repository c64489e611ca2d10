#include "relation/core/product_dims.h"

#include <variant>

namespace voizk {
namespace {

constexpr uint32_t kAllDims = (1u << Shape::kMaxRank) - 1;

uint32_t DependsOn(const IndexMap& map, const Shape& shape) {
  uint32_t mask = 0;
  for (const DimSource& source : map.sources) {
    if (source.kind == DimSource::Kind::kAffine) mask |= 1u << source.out_dim;
  }
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    const bool whole =
        map.out_begin[d] == 0 && (map.out_end[d] == 0 || map.out_end[d] == shape.dims[d]);
    if (!whole) mask |= 1u << d;
  }
  return mask;
}

}  // namespace

uint32_t DependsOn(const View& v) {
  uint32_t mask = 0;
  for (const Term& term : v.terms) {
    const auto* map = std::get_if<IndexMap>(&term.op);
    mask |= map == nullptr ? kAllDims : DependsOn(*map, v.shape);
  }
  for (const ConstantTerm& constant : v.constants) mask |= constant.dim_mask;
  return mask;
}

ProductDims DimsOf(const Product& p) {
  const uint32_t a = DependsOn(p.a), b = DependsOn(p.b);
  ProductDims dims{};
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (p.a.shape.dims[d] < 2) continue;
    if ((a >> d & 1) == 0) {
      dims[d] = ProductDim::kSumInB;
    } else if ((b >> d & 1) == 0) {
      dims[d] = ProductDim::kSumInA;
    }
  }
  return dims;
}

Shape KeptShape(const Product& p) {
  Shape shape = p.a.shape;
  const ProductDims dims = DimsOf(p);
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (dims[d] != ProductDim::kKept) shape.dims[d] = 1;
  }
  return shape;
}

View AtIndexZero(const View& v, const ProductDims& dims, ProductDim without) {
  View out = v;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (dims[d] != without) continue;
    out.shape.dims[d] = 1;
    for (Term& term : out.terms) {
      if (auto* map = std::get_if<IndexMap>(&term.op)) map->out_end[d] = 0;
    }
  }
  return out;
}

}  // namespace voizk
