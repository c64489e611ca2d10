#include "network/operations/pool.h"

#include <algorithm>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "network/operations/reduce.h"
#include "network/operations/windows.h"
#include "relation/builder/compose.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/range.h"

namespace voizk::op {

namespace {

constexpr uint64_t kMaxPoolTerms = 1 << 10;  // of a window's values, those beside padding included
constexpr size_t kMaxCountRegions = 64;      // boxes of outputs whose windows hold as many values

/// One dimension of the windows: output t's tap k reads index t*stride + k*dilation - before.
struct Taps {
  int64_t size, stride, dilation, before, length, outputs;

  int64_t At(int64_t t, int64_t k) const { return t * stride + k * dilation - before; }
  bool Reads(int64_t t, int64_t k) const { return At(t, k) >= 0 && At(t, k) < length; }
  /// Whether no tap of the window falls beyond the input: all but a few windows, and cheap to see.
  bool Inside(int64_t t) const { return At(t, 0) >= 0 && At(t, size - 1) < length; }
  int64_t Count(int64_t t) const {
    if (Inside(t)) return size;
    int64_t count = 0;
    for (int64_t k = 0; k < size; ++k) count += Reads(t, k);
    return count;
  }
  /// The first tap that reads the input, or `size`.
  int64_t First(int64_t t) const {
    int64_t k = 0;
    while (k < size && !Reads(t, k)) ++k;
    return k;
  }
};

/// Along one dimension, where a tap's index comes from, by parts of the outputs.
struct TapSource {
  DimSource source;
  uint32_t begin = 0, end = 0;  // of outputs; 0, 0: all
};

Taps TapsOf(const PoolWindows& w, const Shape& x, const Shape& out, size_t d) {
  return {w.size[d], w.stride[d], w.dilation[d], w.pad[2 * d], x.dims[d], out.dims[d]};
}

/// Tap k, and where it falls beyond the input the first tap of the same window that does not: a
/// maximum does not mind a value twice.
std::vector<TapSource> Sources(const Taps& taps, uint32_t d, int64_t k, bool replace) {
  std::vector<TapSource> sources{
      {From(d, static_cast<int32_t>(taps.stride), static_cast<int32_t>(taps.At(0, k)))}};
  for (int64_t t = 0; replace && t < taps.outputs; ++t) {
    if (taps.Inside(t) || taps.Reads(t, k)) continue;
    sources.push_back({At(static_cast<int32_t>(taps.At(t, taps.First(t)))),
                       static_cast<uint32_t>(t), static_cast<uint32_t>(t + 1)});
  }
  return sources;
}

Result<Shape> PooledShape(const PoolWindows& w, const Shape& x, bool replace) {
  if (x.rank != w.spatial + 1) {
    return {ErrorCode::kInvalidArgument, "pooling: the input has the wrong rank"};
  }
  if (uint64_t{w.size[0]} * (w.spatial == 2 ? w.size[1] : 1) > kMaxWindow) {
    return {ErrorCode::kLimitExceeded, "pooling: more than 256 values in a window"};
  }
  Shape out = x;
  uint64_t terms = 1;
  for (size_t d = 0; d < static_cast<size_t>(w.spatial); ++d) {
    VOIZK_ASSIGN_OR_RETURN(
        out.dims[d], CountWindows(x.dims[d], {w.size[d], w.stride[d], w.dilation[d], w.pad[2 * d],
                                              w.pad[2 * d + 1]}));
    const Taps taps = TapsOf(w, x, out, d);
    uint64_t sources = 0;
    const bool padded = w.pad[2 * d] != 0 || w.pad[2 * d + 1] != 0;
    for (int64_t t = 0; padded && t < taps.outputs; ++t) {
      const auto count = static_cast<uint64_t>(taps.Count(t));
      if (count == 0) return {ErrorCode::kInvalidArgument, "pooling: a window of padding only"};
      sources += w.size[d] - count;
    }
    terms *= w.size[d] + (replace ? sources : 0);
  }
  if (terms > std::max<uint64_t>(kMaxPoolTerms, kMaxWindow)) {
    return {ErrorCode::kLimitExceeded, "pooling: too much padding"};
  }
  return out;
}

/// By value of a window, row-major: the maps of x that together show it for every window.
std::vector<std::vector<IndexMap>> WindowMaps(const PoolWindows& w, const Shape& x,
                                              const Shape& out, bool replace) {
  std::vector<std::vector<IndexMap>> maps;
  const auto channels = static_cast<uint32_t>(w.spatial);
  for (int64_t i = 0; i < w.size[0]; ++i) {
    const auto rows = Sources(TapsOf(w, x, out, 0), 0, i, replace);
    for (int64_t j = 0; j < (w.spatial == 2 ? w.size[1] : 1); ++j) {
      const auto columns =
          w.spatial == 2 ? Sources(TapsOf(w, x, out, 1), 1, j, replace) : std::vector<TapSource>(1);
      std::vector<IndexMap>& shown = maps.emplace_back();
      for (const TapSource& row : rows) {
        for (const TapSource& column : columns) {
          IndexMap map{{row.source}, {row.begin}, {row.end}};
          if (w.spatial == 2) {
            map.sources.push_back(column.source);
            map.out_begin[1] = column.begin;
            map.out_end[1] = column.end;
          }
          map.sources.push_back(From(channels));
          shown.push_back(std::move(map));
        }
      }
    }
  }
  return maps;
}

/// Outputs begin <= t < end whose windows hold `count` values along one dimension.
struct Run {
  uint32_t begin, end;
  int32_t count;
};

std::vector<Run> Runs(const Taps& taps) {
  std::vector<Run> runs;
  for (int64_t t = 0; t < taps.outputs; ++t) {
    const auto count = static_cast<int32_t>(taps.Count(t));
    const auto at = static_cast<uint32_t>(t);
    if (runs.empty() || runs.back().count != count) runs.push_back({at, at, count});
    runs.back().end = at + 1;
  }
  return runs;
}

/// One box of outputs.
struct Region {
  Run row, column;
  int32_t count() const { return row.count * column.count; }
};

std::vector<Region> RegionsOf(const PoolWindows& w, const Shape& x, const Shape& out) {
  std::vector<Region> regions;
  const std::vector<Run> columns =
      w.spatial == 2 ? Runs(TapsOf(w, x, out, 1)) : std::vector<Run>{{0, 1, 1}};
  for (const Run& row : Runs(TapsOf(w, x, out, 0))) {
    for (const Run& column : columns) regions.push_back({row, column});
  }
  return regions;
}

/// The numbers of values as a constant over the spatial dimensions.
View Counts(const PoolWindows& w, const Shape& out, const std::vector<Region>& regions) {
  const uint32_t width = w.spatial == 2 ? out.dims[1] : 1;
  ConstantTerm counts{w.spatial == 2 ? 3u : 1u, std::vector<int32_t>(size_t{out.dims[0]} * width)};
  for (const Region& r : regions) {
    for (uint32_t t = r.row.begin; t < r.row.end; ++t) {
      for (uint32_t u = r.column.begin; u < r.column.end; ++u) {
        counts.values[size_t{t} * width + u] = r.count();
      }
    }
  }
  return {out, {}, {std::move(counts)}};
}

/// floor(sum / the number of values) where the number depends on the output: one range check of the
/// remainders per region.
Value MeanOfRegions(const std::string& name, const PoolWindows& w, const View& sum,
                    const std::vector<Region>& regions, const Interval& range, Builder& b) {
  const TensorId y = b.AddTensor(name, sum.shape, range.lo, range.hi);
  b.AddStep(steps::Quotient(name, sum, Counts(w, sum.shape, regions), y));
  gadgets::Range(b, b.Identity(y), range.lo, range.hi);
  for (const Region& r : regions) {
    Shape part = sum.shape;
    IndexMap map = IdentityMap(part.rank);
    part.dims[0] = r.row.end - r.row.begin;
    map.sources[0].offset = static_cast<int32_t>(r.row.begin);
    if (w.spatial == 2) {
      part.dims[1] = r.column.end - r.column.begin;
      map.sources[1].offset = static_cast<int32_t>(r.column.begin);
    }
    const auto rest =
        views::Compose(b, views::Sub(sum, views::Scale(b.Identity(y), r.count())), part, map);
    if (!rest) return b.Fail(name + ": no part of a sum"), ValueOf(b, y);
    gadgets::Range(b, *rest, 0, r.count() - 1);
  }
  return ValueOf(b, y);
}

}  // namespace

PoolWindows PoolWindows::Read(AttributeReader& attributes, int spatial) {
  PoolWindows w;
  w.spatial = spatial;
  if (spatial == 2) {
    w.size = attributes.Sizes<2>("size", kMaxWindow);
    w.stride = attributes.Sizes<2>("stride", kMaxStride);
    if (attributes.Has("dilation")) w.dilation = attributes.Sizes<2>("dilation", kMaxStride);
    if (attributes.Has("pad")) w.pad = attributes.Sizes<4>("pad", kMaxPad);
  } else {
    w.size[0] = attributes.Size("size", kMaxWindow);
    w.stride[0] = attributes.Size("stride", kMaxStride);
    if (attributes.Has("dilation")) w.dilation[0] = attributes.Size("dilation", kMaxStride);
    if (attributes.Has("pad")) {
      const auto pad = attributes.Sizes<2>("pad", kMaxPad);
      w.pad = {pad[0], pad[1], 0, 0};
    }
  }
  w.include_pad = attributes.IntOr("include_pad", 0, 1, 1) == 1;
  return w;
}

Result<Shape> MaxPool::OutputShape(std::span<const Shape> inputs) const {
  return PooledShape(windows_, inputs[0], true);
}

Value MaxPool::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = PooledShape(windows_, inputs[0].view.shape, true);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  // View [outputs][n]: the k-th terms show value k of each window, and only at inner index k.
  const auto maps = WindowMaps(windows_, b.tensor(x).shape, *out, true);
  View values{*out, {}, {}};
  const auto inner = static_cast<size_t>(values.shape.rank++);
  values.shape.dims[inner] = static_cast<uint32_t>(maps.size());
  for (uint32_t k = 0; k < maps.size(); ++k) {
    for (const IndexMap& map : maps[k]) {
      Term term{x, 1, map};
      std::get<IndexMap>(term.op).out_begin[inner] = k;
      std::get<IndexMap>(term.op).out_end[inner] = k + 1;
      values.terms.push_back(std::move(term));
    }
  }
  return ValueOf(b, gadgets::Max(b, name, values, *out));
}

Result<Shape> MeanPool::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_ASSIGN_OR_RETURN(const Shape out, PooledShape(windows_, inputs[0], false));
  if (!windows_.include_pad && RegionsOf(windows_, inputs[0], out).size() > kMaxCountRegions) {
    return {ErrorCode::kLimitExceeded, "pooling: windows of too many sizes"};
  }
  return out;
}

Value MeanPool::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = PooledShape(windows_, inputs[0].view.shape, false);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  const Shape in = b.tensor(x).shape;
  const auto maps = WindowMaps(windows_, in, *out, false);
  View sum{*out, {}, {}};
  for (const auto& shown : maps) sum.terms.push_back({x, 1, shown[0]});
  Interval range{b.tensor(x).lo, b.tensor(x).hi};
  const bool padded = windows_.pad != std::array<uint32_t, 4>{0, 0, 0, 0};
  if (padded && !windows_.include_pad) {
    const std::vector<Region> regions = RegionsOf(windows_, in, *out);
    return MeanOfRegions(name, windows_, sum, regions, range, b);
  }
  if (padded) range = {std::min<int64_t>(range.lo, 0), std::max<int64_t>(range.hi, 0)};
  return FloorMean(name, sum, maps.size(), range, b);
}

Result<Shape> MeanTime::OutputShape(std::span<const Shape> inputs) const {
  if (inputs[0].rank != 2)
    return {ErrorCode::kInvalidArgument, "mean_time: the input is no signal"};
  return MakeShape({1, inputs[0].dims[1]});
}

Value MeanTime::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  const Shape shape = b.tensor(x).shape;
  const View sum = ViewOf(b, x, MakeShape({1, shape.dims[1]}), {Summed(), From(1)});
  return FloorMean(name, sum, shape.dims[0], {b.tensor(x).lo, b.tensor(x).hi}, b);
}

}  // namespace voizk::op
