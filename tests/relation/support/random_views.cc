#include "relation/support/random_views.h"

#include <algorithm>
#include <numeric>

namespace voizk {

Shape RandomViews::AnyShape(uint32_t largest) {
  Shape s;
  s.rank = static_cast<int>(Between(1, Shape::kMaxRank));
  for (size_t d = 0; d < static_cast<size_t>(s.rank); ++d) {
    s.dims[d] = static_cast<uint32_t>(Between(1, largest));
  }
  return s;
}

TensorId RandomViews::AddTensor(Relation* r, const Shape& shape) {
  const int64_t lo = Between(-100, 100);
  r->tensors.push_back({"", shape, lo, lo + Between(0, 50)});
  return static_cast<TensorId>(r->tensors.size() - 1);
}

std::vector<int32_t> RandomViews::AnyInts(size_t n, int32_t size) {
  std::vector<int32_t> v(n);
  for (int32_t& x : v) x = static_cast<int32_t>(Between(-size, size));
  return v;
}

IndexMap RandomViews::AnyMap(const Shape& in, const Shape& out) {
  IndexMap map;
  std::vector<uint32_t> free_dims(static_cast<size_t>(out.rank));
  std::iota(free_dims.begin(), free_dims.end(), 0u);
  std::shuffle(free_dims.begin(), free_dims.end(), random_);
  for (size_t j = 0; j < static_cast<size_t>(in.rank); ++j) {
    DimSource s;
    const int64_t kind = Between(0, 4);
    if (kind >= 2 && !free_dims.empty()) {
      s.kind = DimSource::Kind::kAffine;
      s.out_dim = free_dims.back();
      free_dims.pop_back();
      do s.stride = static_cast<int32_t>(Between(-2, 3));
      while (s.stride == 0);
      s.offset = static_cast<int32_t>(Between(-4, 6));
    } else if (kind == 1) {
      s.kind = DimSource::Kind::kSum;
      if (Between(0, 1) == 1) s.weights = AnyInts(in.dims[j], 9);
    } else {
      s.offset = static_cast<int32_t>(Between(0, in.dims[j] - 1));
    }
    map.sources.push_back(std::move(s));
  }
  for (size_t d = 0; d < static_cast<size_t>(out.rank); ++d) {
    if (Between(0, 2) != 0) continue;
    map.out_begin[d] = static_cast<uint32_t>(Between(0, out.dims[d] - 1));
    map.out_end[d] = static_cast<uint32_t>(Between(map.out_begin[d] + 1, out.dims[d]));
  }
  return map;
}

Term RandomViews::ConvTerm(Relation* r, Shape* out) {
  Conv c;
  c.spatial = static_cast<int>(Between(1, 2));
  c.groups = static_cast<uint32_t>(Between(1, 3));
  const auto group_in = static_cast<uint32_t>(Between(1, 3));
  const uint32_t out_channels = c.groups * static_cast<uint32_t>(Between(1, 2));
  auto dim = [&](int64_t lo, int64_t hi) { return static_cast<uint32_t>(Between(lo, hi)); };
  for (size_t d = 0; d < static_cast<size_t>(c.spatial); ++d) {
    c.stride[d] = dim(1, 3);
    c.dilation[d] = dim(1, 2);
    c.pad[d] = static_cast<int32_t>(Between(-2, 4));
  }
  Shape in, weights;
  if (c.spatial == 1) {
    in = MakeShape({dim(1, 7), c.groups * group_in});
    if (c.groups * group_in == 1) in.rank = 1;
    weights = MakeShape({out_channels, dim(1, 4), group_in});
    *out = MakeShape({dim(1, 6), out_channels});
  } else {
    in = MakeShape({dim(1, 5), dim(1, 5), c.groups * group_in});
    weights = MakeShape({out_channels, dim(1, 3), dim(1, 3), group_in});
    *out = MakeShape({dim(1, 4), dim(1, 4), out_channels});
  }
  c.weights = static_cast<WeightsId>(r->weights.size());
  r->weights.push_back({weights, AnyInts(weights.Cells(), 127)});
  return {AddTensor(r, in), static_cast<int32_t>(Between(-3, 3)), c};
}

View RandomViews::AnyView(Relation* r, bool with_conv) {
  View v;
  v.shape = AnyShape();
  if (with_conv) v.terms.push_back(ConvTerm(r, &v.shape));
  for (int64_t n = Between(0, 4); n > 0; --n) {
    const TensorId t = AddTensor(r, AnyShape());
    v.terms.push_back(
        {t, static_cast<int32_t>(Between(-5, 5)), AnyMap(r->tensors[t].shape, v.shape)});
  }
  for (int64_t n = Between(0, 2); n > 0; --n) {
    ConstantTerm c;
    c.dim_mask = static_cast<uint32_t>(Between(0, (1 << v.shape.rank) - 1));
    size_t cells = 1;
    for (size_t d = 0; d < Shape::kMaxRank; ++d) {
      if ((c.dim_mask >> d & 1) != 0) cells *= v.shape.dims[d];
    }
    c.values = AnyInts(cells, 1000);
    v.constants.push_back(std::move(c));
  }
  return v;
}

Witness RandomViews::AnyWitness(const Relation& r) {
  Witness w;
  for (const Tensor& t : r.tensors) {
    std::vector<int32_t> values(t.shape.Cells());
    // Ends of the range often, so that bounds are met.
    for (int32_t& x : values) {
      const int64_t choice = Between(0, 2);
      x = static_cast<int32_t>(choice == 0 ? t.lo : choice == 1 ? t.hi : Between(t.lo, t.hi));
    }
    w.push_back(std::move(values));
  }
  return w;
}

}  // namespace voizk
