// Affine maps of indices, executed quickly, against the definition in docs/protocol/relation.md on
// random maps.
#include "relation/execution/index_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace voizk {
namespace {

using Kind = DimSource::Kind;

std::array<int64_t, 4> IndexOf(size_t flat, const Shape& shape) {
  std::array<int64_t, 4> index{};
  for (size_t d = static_cast<size_t>(shape.rank); d-- > 0;) {
    index[d] = static_cast<int64_t>(flat % shape.dims[d]);
    flat /= shape.dims[d];
  }
  return index;
}

// For each output and each input cell: the product over input dimensions of what the map lets
// through.
std::vector<int32_t> Reference(const IndexMap& map, int32_t coeff, const Shape& in_shape,
                               const std::vector<int32_t>& in, const Shape& out_shape) {
  std::vector<int32_t> out(out_shape.Cells());
  for (size_t o = 0; o < out.size(); ++o) {
    const auto to = IndexOf(o, out_shape);
    bool inside = true;
    for (size_t d = 0; d < static_cast<size_t>(out_shape.rank); ++d) {
      const int64_t end = map.out_end[d] == 0 ? out_shape.dims[d] : map.out_end[d];
      inside = inside && to[d] >= map.out_begin[d] && to[d] < end;
    }
    int64_t sum = 0;
    for (size_t i = 0; inside && i < in.size(); ++i) {
      const auto from = IndexOf(i, in_shape);
      int64_t factor = coeff;
      for (size_t j = 0; j < map.sources.size(); ++j) {
        const DimSource& s = map.sources[j];
        if (s.kind == Kind::kSum) {
          factor *= s.weights.empty() ? 1 : s.weights[static_cast<size_t>(from[j])];
        } else {
          const int64_t at =
              s.kind == Kind::kConst ? s.offset : s.stride * to[s.out_dim] + s.offset;
          factor *= at == from[j];
        }
      }
      sum += factor * in[i];
    }
    out[o] = static_cast<int32_t>(sum);
  }
  return out;
}

int Some(int lo, int hi) { return *rc::gen::inRange(lo, hi + 1); }

Shape SomeShape() {
  Shape shape;
  shape.rank = Some(1, 4);
  for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
    shape.dims[d] = static_cast<uint32_t>(Some(1, 5));
  }
  return shape;
}

RC_GTEST_PROP(IndexMapTest, IsItsDefinition, ()) {
  const Shape in_shape = SomeShape(), out_shape = SomeShape();
  IndexMap map;
  std::vector<uint32_t> free;  // output dimensions that feed nobody yet
  for (uint32_t d = 0; d < static_cast<uint32_t>(out_shape.rank); ++d) {
    free.push_back(d);
    if (Some(0, 3) == 0) {
      map.out_begin[d] = static_cast<uint32_t>(Some(0, static_cast<int>(out_shape.dims[d])));
      map.out_end[d] = static_cast<uint32_t>(Some(0, static_cast<int>(out_shape.dims[d])));
    }
  }
  for (size_t j = 0; j < static_cast<size_t>(in_shape.rank); ++j) {
    DimSource source;
    const int kind = Some(0, 3);
    if (kind == 0) {
      source.kind = Kind::kSum;
      if (Some(0, 1)) {
        for (uint32_t i = 0; i < in_shape.dims[j]; ++i) source.weights.push_back(Some(-4, 4));
      }
    } else if (kind == 1 || free.empty()) {
      source.kind = Kind::kConst;
      source.offset = Some(0, static_cast<int>(in_shape.dims[j]) - 1);
    } else {
      source.kind = Kind::kAffine;
      const size_t pick = static_cast<size_t>(Some(0, static_cast<int>(free.size()) - 1));
      source.out_dim = free[pick];
      free.erase(free.begin() + static_cast<ptrdiff_t>(pick));
      source.stride = Some(-2, 3);
      source.offset = Some(-3, 6);
    }
    map.sources.push_back(source);
  }
  const int32_t coeff = Some(-3, 3);
  const auto in =
      *rc::gen::container<std::vector<int32_t>>(in_shape.Cells(), rc::gen::inRange(-1000, 1000));
  std::vector<int32_t> out(out_shape.Cells(), 0);
  AddIndexMap(map, coeff, in_shape, in, out_shape, out);
  RC_ASSERT(out == Reference(map, coeff, in_shape, in, out_shape));
}

RC_GTEST_PROP(IndexMapTest, ConstantsVaryAlongTheirDimensions, ()) {
  const Shape shape = SomeShape();
  ConstantTerm constant;
  constant.dim_mask = static_cast<uint32_t>(Some(0, (1 << shape.rank) - 1));
  size_t kept = 1;
  for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
    if (constant.dim_mask >> d & 1) kept *= shape.dims[d];
  }
  constant.values = *rc::gen::container<std::vector<int32_t>>(kept, rc::gen::inRange(-1000, 1000));
  std::vector<int32_t> out(shape.Cells(), 10);
  AddConstant(constant, shape, out);
  for (size_t o = 0; o < out.size(); ++o) {
    const auto index = IndexOf(o, shape);
    size_t at = 0;
    for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
      if (constant.dim_mask >> d & 1) at = at * shape.dims[d] + static_cast<size_t>(index[d]);
    }
    RC_ASSERT(out[o] == constant.values[at] + 10);
  }
}

}  // namespace
}  // namespace voizk
