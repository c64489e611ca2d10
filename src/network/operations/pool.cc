#include "network/operations/pool.h"

#include "network/operations/limits.h"
#include "network/operations/windows.h"
#include "relation/builder/views.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"

namespace voizk::op {

namespace {

Result<Shape> PooledShape(const PoolWindows& w, const Shape& x) {
  if (x.rank != w.spatial + 1) {
    return {ErrorCode::kInvalidArgument, "pooling: the input has the wrong rank"};
  }
  if (uint64_t{w.size[0]} * (w.spatial == 2 ? w.size[1] : 1) > kMaxWindow) {
    return {ErrorCode::kLimitExceeded, "pooling: more than 256 values in a window"};
  }
  Shape out = x;
  for (size_t d = 0; d < static_cast<size_t>(w.spatial); ++d) {
    VOIZK_ASSIGN_OR_RETURN(out.dims[d], CountWindows(x.dims[d], {w.size[d], w.stride[d]}));
  }
  return out;
}

// The map of x that shows value (i, j) of every window.
IndexMap WindowMap(const PoolWindows& w, uint32_t i, uint32_t j) {
  IndexMap map;
  const std::array<uint32_t, 2> offset{i, j};
  for (size_t d = 0; d <= static_cast<size_t>(w.spatial); ++d) {
    DimSource source;
    source.kind = DimSource::Kind::kAffine;
    source.out_dim = static_cast<uint32_t>(d);
    if (d < static_cast<size_t>(w.spatial)) {
      source.stride = static_cast<int32_t>(w.stride[d]);
      source.offset = static_cast<int32_t>(offset[d]);
    }
    map.sources.push_back(source);
  }
  return map;
}

// One map per value of a window, in row-major order.
std::vector<IndexMap> WindowMaps(const PoolWindows& w) {
  std::vector<IndexMap> maps;
  for (uint32_t i = 0; i < w.size[0]; ++i) {
    for (uint32_t j = 0; j < (w.spatial == 2 ? w.size[1] : 1); ++j) {
      maps.push_back(WindowMap(w, i, j));
    }
  }
  return maps;
}

// The mean of n values in t's range, rounded down.
Value FloorMean(const std::string& name, const View& sum, size_t n, const Tensor& t, Builder& b) {
  const auto number = static_cast<int32_t>(n);
  if (number * (t.hi - t.lo) > kHalfModulus) {  // sum - number * mean
    b.Fail(ErrorCode::kUnsupported, "the mean of " + std::to_string(n) + " values in [" +
                                        std::to_string(t.lo) + ", " + std::to_string(t.hi) +
                                        "] may leave (-p/2, p/2) on its way");
  }
  return ValueOf(b, gadgets::FloorDiv(b, name, sum, number, {t.lo, t.hi}));
}

}  // namespace

PoolWindows PoolWindows::Read(AttributeReader& attributes, int spatial) {
  PoolWindows w;
  w.spatial = spatial;
  if (spatial == 2) {
    w.size = attributes.Sizes<2>("size", kMaxWindow);
    w.stride = attributes.Sizes<2>("stride", kMaxStride);
  } else {
    w.size[0] = attributes.Size("size", kMaxWindow);
    w.stride[0] = attributes.Size("stride", kMaxStride);
  }
  return w;
}

Result<Shape> MaxPool::OutputShape(std::span<const Shape> inputs) const {
  return PooledShape(windows_, inputs[0]);
}

Value MaxPool::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = PooledShape(windows_, inputs[0].view.shape);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  // View [outputs][n]: term k shows value k of each window, and only at inner index k.
  const std::vector<IndexMap> maps = WindowMaps(windows_);
  View values{*out, {}, {}};
  const auto inner = static_cast<size_t>(values.shape.rank++);
  values.shape.dims[inner] = static_cast<uint32_t>(maps.size());
  for (uint32_t k = 0; k < maps.size(); ++k) {
    Term term{x, 1, maps[k]};
    std::get<IndexMap>(term.op).out_begin[inner] = k;
    std::get<IndexMap>(term.op).out_end[inner] = k + 1;
    values.terms.push_back(std::move(term));
  }
  return ValueOf(b, gadgets::Max(b, name, values, *out));
}

Result<Shape> MeanPool::OutputShape(std::span<const Shape> inputs) const {
  return PooledShape(windows_, inputs[0]);
}

Value MeanPool::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = PooledShape(windows_, inputs[0].view.shape);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  const std::vector<IndexMap> maps = WindowMaps(windows_);
  View sum{*out, {}, {}};
  for (const IndexMap& map : maps) sum.terms.push_back({x, 1, map});
  return FloorMean(name, sum, maps.size(), b.tensor(x), b);
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
  return FloorMean(name, sum, shape.dims[0], b.tensor(x), b);
}

}  // namespace voizk::op
