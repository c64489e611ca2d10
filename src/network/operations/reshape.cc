// in and out are cut into groups of dimensions with equal products, as small as possible;
// dimensions of 1 belong to none.  Within a group cells are read in runs that stay within one row
// of both, or, where one dimension is split, along the longest part.  The maps are all
// combinations.
#include "network/operations/reshape.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk::op {

namespace {

struct Group {
  std::vector<size_t> in, out;  // dimensions
};

std::vector<size_t> LongDims(const Shape& shape) {
  std::vector<size_t> dims;
  for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
    if (shape.dims[d] != 1) dims.push_back(d);
  }
  return dims;
}

std::vector<Group> Groups(const Shape& in, const Shape& out) {
  const std::vector<size_t> from = LongDims(in), to = LongDims(out);
  std::vector<Group> groups;
  size_t i = 0, o = 0;
  while (i < from.size() && o < to.size()) {
    Group group{{from[i]}, {to[o]}};
    uint64_t a = in.dims[from[i++]], b = out.dims[to[o++]];
    while (a != b) {
      if (a < b) {
        group.in.push_back(from[i]);
        a *= in.dims[from[i++]];
      } else {
        group.out.push_back(to[o]);
        b *= out.dims[to[o++]];
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

/// The row-major index `flat` among these dimensions of the shape, by dimension.
std::vector<uint32_t> IndexAt(const Shape& shape, const std::vector<size_t>& dims, uint64_t flat) {
  std::vector<uint32_t> index(dims.size());
  for (size_t k = dims.size(); k-- > 0;) {
    index[k] = static_cast<uint32_t>(flat % shape.dims[dims[k]]);
    flat /= shape.dims[dims[k]];
  }
  return index;
}

uint64_t Product(const Shape& shape, const std::vector<size_t>& dims) {
  uint64_t product = 1;
  for (const size_t d : dims) product *= shape.dims[d];
  return product;
}

IndexMap WithOutput(IndexMap map, size_t d, uint32_t begin, uint32_t end) {
  map.out_begin[d] = begin;
  map.out_end[d] = end;
  return map;
}

/// One input dimension read along output part `q`, the other parts fixed.
std::vector<IndexMap> Split(const IndexMap& base, const Shape& out, const Group& group, size_t q) {
  std::vector<size_t> others = group.out;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(q));
  std::vector<int64_t> strides(group.out.size(), 1);
  for (size_t k = group.out.size() - 1; k-- > 0;) {
    strides[k] = strides[k + 1] * out.dims[group.out[k + 1]];
  }
  std::vector<IndexMap> maps;
  for (uint64_t n = 0; n < Product(out, others); ++n) {
    const auto index = IndexAt(out, others, n);
    IndexMap map = base;
    int64_t offset = 0;
    for (size_t k = 0; k < others.size(); ++k) {
      offset += strides[k < q ? k : k + 1] * index[k];
      map = WithOutput(std::move(map), others[k], index[k], index[k] + 1);
    }
    map.sources[group.in[0]] = From(static_cast<uint32_t>(group.out[q]),
                                    static_cast<int32_t>(strides[q]), static_cast<int32_t>(offset));
    maps.push_back(std::move(map));
  }
  return maps;
}

/// Runs along the last dimensions of both sides.
std::vector<IndexMap> Runs(const IndexMap& base, const Shape& in, const Shape& out,
                           const Group& group) {
  const uint64_t cells = Product(in, group.in);
  const uint64_t in_row = in.dims[group.in.back()], out_row = out.dims[group.out.back()];
  std::vector<IndexMap> maps;
  for (uint64_t at = 0; at < cells;) {
    const uint64_t count = std::min(in_row - at % in_row, out_row - at % out_row);
    const auto from = IndexAt(in, group.in, at), to = IndexAt(out, group.out, at);
    IndexMap map = base;
    for (size_t k = 0; k + 1 < from.size(); ++k) {
      map.sources[group.in[k]] = At(static_cast<int32_t>(from[k]));
    }
    map.sources[group.in.back()] =
        From(static_cast<uint32_t>(group.out.back()), 1,
             static_cast<int32_t>(from.back()) - static_cast<int32_t>(to.back()));
    for (size_t k = 0; k < to.size(); ++k) {
      const uint32_t end = to[k] + (k + 1 < to.size() ? 1 : static_cast<uint32_t>(count));
      map = WithOutput(std::move(map), group.out[k], to[k], end);
    }
    maps.push_back(std::move(map));
    at += count;
  }
  return maps;
}

/// How many maps a group takes at most, by runs.
uint64_t RunCount(const Shape& in, const Shape& out, const Group& group) {
  const uint64_t cells = Product(in, group.in);
  return cells / in.dims[group.in.back()] + cells / out.dims[group.out.back()] - 1;
}

/// Which part of a split is read along.  The last one is that of a later merge, with which it
/// cancels (reading.h composes them), so a longer one has to be worth it.
size_t PartOf(const Shape& out, const Group& group) {
  constexpr uint64_t kFew = 16;
  const size_t last = group.out.size() - 1;
  if (Product(out, group.out) / out.dims[group.out[last]] <= kFew) return last;
  const auto longest =
      std::max_element(group.out.begin(), group.out.end(),
                       [&](size_t x, size_t y) { return out.dims[x] < out.dims[y]; });
  return static_cast<size_t>(longest - group.out.begin());
}

uint64_t CountOf(const Shape& in, const Shape& out, const Group& group) {
  if (group.in.size() > 1) return RunCount(in, out, group);
  return Product(out, group.out) / out.dims[group.out[PartOf(out, group)]];
}

std::vector<IndexMap> GroupMaps(const IndexMap& base, const Shape& in, const Shape& out,
                                const Group& group) {
  if (group.in.size() > 1) return Runs(base, in, out, group);
  return Split(base, out, group, PartOf(out, group));
}

uint64_t MapCount(const Shape& in, const Shape& out) {
  uint64_t count = 1;
  for (const Group& group : Groups(in, out)) {
    count = std::min<uint64_t>(count * CountOf(in, out, group), kMaxCells);
  }
  return count;
}

/// The output dimension that merges some of the input's, where nothing else is more than a
/// renaming.
std::optional<size_t> MergedDim(const Shape& in, const Shape& out) {
  std::optional<size_t> merged;
  for (const Group& group : Groups(in, out)) {
    if (group.in.size() == 1 && group.out.size() == 1) continue;
    if (merged || group.out.size() != 1) return std::nullopt;
    merged = group.out[0];
  }
  return merged;
}

/// x, merged along one dimension of `out` only, as a tensor: its cells are shown equal to x's in
/// parts of few enough terms.
Value CommitMerged(Builder& b, const std::string& name, Value& x, const Shape& out,
                   const std::vector<IndexMap>& maps, size_t d) {
  const Interval bound = b.Bound(x.view);
  const TensorId t = b.AddTensor(name, out, bound.lo, bound.hi);
  b.AddStep(steps::Material(name, x.view, t));  // row-major on both sides
  for (size_t k = 0; k < maps.size(); k += kMaxRearrangedTerms) {
    const size_t last = std::min(k + kMaxRearrangedTerms, maps.size()) - 1;
    const uint32_t begin = maps[k].out_begin[d], end = maps[last].out_end[d];
    Shape part = out;
    part.dims[d] = end - begin;
    std::vector<IndexMap> shifted(maps.begin() + static_cast<std::ptrdiff_t>(k),
                                  maps.begin() + static_cast<std::ptrdiff_t>(last + 1));
    for (IndexMap& map : shifted) {
      map.out_begin[d] -= begin;
      map.out_end[d] -= begin;
      for (DimSource& s : map.sources) {
        if (s.kind == DimSource::Kind::kAffine && s.out_dim == d) {
          s.offset += static_cast<int32_t>(begin);
        }
      }
    }
    IndexMap mine = IdentityMap(out.rank);
    mine.sources[d].offset = static_cast<int32_t>(begin);
    b.AddEquality(views::Sub(ReadThrough(b, name, x, part, shifted), {part, {{t, 1, mine}}, {}}));
  }
  return ValueOf(b, t);
}

std::vector<IndexMap> ReshapeMaps(const Shape& in, const Shape& out) {
  IndexMap base;
  base.sources.assign(static_cast<size_t>(in.rank), At(0));
  std::vector<IndexMap> maps{base};
  for (const Group& group : Groups(in, out)) {
    std::vector<IndexMap> longer;
    for (const IndexMap& map : maps) {
      const auto more = GroupMaps(map, in, out, group);
      longer.insert(longer.end(), more.begin(), more.end());
    }
    maps = std::move(longer);
  }
  return maps;
}

}  // namespace

Reshape Reshape::Read(AttributeReader& attributes) {
  std::vector<uint32_t> dims;
  for (const int64_t d : attributes.List("dims", Shape::kMaxRank, 1, kMaxLength)) {
    dims.push_back(static_cast<uint32_t>(d));
  }
  return Reshape(std::move(dims));
}

Result<Shape> Reshape::OutputShape(std::span<const Shape> inputs) const {
  if (dims_.empty() || dims_.size() > Shape::kMaxRank) {
    return {ErrorCode::kInvalidArgument, "reshape: 1 to 4 dimensions"};
  }
  Shape out;
  out.rank = static_cast<int>(dims_.size());
  std::copy(dims_.begin(), dims_.end(), out.dims.begin());
  VOIZK_RETURN_IF_ERROR(CheckValueShape(out));
  if (out.Cells() != inputs[0].Cells()) {
    return {ErrorCode::kInvalidArgument, "reshape: another number of values"};
  }
  const uint64_t count = MapCount(inputs[0], out);
  if (count > kMaxRearrangedTerms && (count > kMaxMergedRows || !MergedDim(inputs[0], out))) {
    return {ErrorCode::kLimitExceeded, "reshape: it would take too many terms"};
  }
  return out;
}

Value Reshape::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape in = inputs[0].view.shape;
  const auto out = OutputShape(std::span(&in, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  if (*out == in) return ValueOf(inputs[0].view);
  const std::vector<IndexMap> maps = ReshapeMaps(in, *out);
  if (maps.size() <= kMaxRearrangedTerms) {
    return ValueOf(ReadThrough(b, name, inputs[0], *out, maps));
  }
  return CommitMerged(b, name, inputs[0], *out, maps, *MergedDim(in, *out));
}

}  // namespace voizk::op
