#include "network/operations/choice.h"

#include <array>
#include <bit>
#include <numeric>
#include <utility>
#include <vector>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/core/structure.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/range.h"

namespace voizk::op {

namespace {

/// Every dimension from the output's of the same number, but the last from `last`.
std::vector<DimSource> AllBut(int rank, DimSource last) {
  std::vector<DimSource> sources = IdentityMap(rank).sources;
  sources.back() = std::move(last);
  return sources;
}

View ReadAs(const Shape& out, TensorId t, std::vector<DimSource> sources) {
  IndexMap map;
  map.sources = std::move(sources);
  return {out, {{t, 1, std::move(map)}}, {}};
}

}  // namespace

OneHot OneHot::Read(AttributeReader& attributes) {
  return OneHot(static_cast<uint32_t>(attributes.Int("depth", 1, kMaxChannels)));
}

Result<Shape> OneHot::OutputShape(std::span<const Shape> inputs) const {
  if (depth_ < 1 || depth_ > kMaxChannels) {
    return {ErrorCode::kLimitExceeded, "one_hot: a depth of 1 to 2^16"};
  }
  if (inputs[0].rank >= Shape::kMaxRank) {
    return {ErrorCode::kInvalidArgument, "one_hot: there is no room for another dimension"};
  }
  Shape out = inputs[0];
  out.dims[static_cast<size_t>(out.rank++)] = depth_;
  return out;
}

Value OneHot::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const View& x = inputs[0].view;
  const Interval range = b.Bound(x);
  if (range.lo < 0 || range.hi >= depth_) {
    b.Fail(ErrorCode::kUnsupported, name + ": one_hot of values that may leave 0..depth-1");
    return inputs[0];
  }
  const auto out = OutputShape(std::array{x.shape});
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const TensorId y = gadgets::Boolean(b, name, *out);
  b.AddStep(steps::OneHot(name, x, y));
  std::vector<int32_t> places(depth_);
  std::iota(places.begin(), places.end(), 0);
  b.AddEquality(views::Offset(views::SumOver(b, y, x.shape.rank, {}), -1));
  b.AddEquality(views::Sub(views::SumOver(b, y, x.shape.rank, std::move(places)), x));
  return ValueOf(b, y);
}

Result<Shape> ArgMax::OutputShape(std::span<const Shape> inputs) const {
  Shape out = inputs[0];
  const uint32_t length = out.dims[static_cast<size_t>(out.rank - 1)];
  if (length < 2 || length > kMaxChannels) {
    return {ErrorCode::kLimitExceeded, "argmax: a last dimension of 2 to 2^16"};
  }
  if (out.rank < 2) return {ErrorCode::kInvalidArgument, "argmax: of at least two dimensions"};
  out.dims[static_cast<size_t>(out.rank - 1)] = 1;
  return out;
}

Value ArgMax::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  // Read in several places: a convolution is cheaper committed.
  const TensorId x = TensorOf(b, name + " input", inputs[0]);
  if (b.failed()) return inputs[0];
  const Interval range{b.tensor(x).lo, b.tensor(x).hi};
  const int64_t width = range.hi - range.lo + 1;  // m - x - s lies in -width..width
  if (width >= int64_t{1} << 28) {
    b.Fail(ErrorCode::kUnsupported, name + ": argmax of values of more than 28 bits");
    return inputs[0];
  }
  const Shape shape = b.tensor(x).shape;
  const int rank = shape.rank;
  const auto last = static_cast<size_t>(rank - 1);
  Shape before = shape, row = shape, rows = shape;
  before.dims[last] = shape.dims[last] - 1;  // y is never less than 0: s of the last place is 0
  row.dims[last] = 1;
  rows.rank = rank - 1;
  rows.dims[last] = 1;

  // s never rises: s_{i-1} s_i = s_i, where s_{-1} = 1.
  const TensorId s = gadgets::Boolean(b, name + " before", before);
  b.AddStep(steps::BeforeMax(name, b.Identity(x), s));
  const auto last_dim = static_cast<uint32_t>(rank - 1);
  std::vector<int32_t> first(shape.dims[last], 0);
  first[0] = 1;
  const auto shifted = [&](const Shape& out) {
    View v = ReadAs(out, s, AllBut(rank, From(last_dim, 1, -1)));
    ConstantTerm one;
    one.dim_mask = 1U << last_dim;
    one.values.assign(first.begin(), first.begin() + static_cast<ptrdiff_t>(out.dims[last]));
    v.constants.push_back(std::move(one));
    return v;
  };
  b.AddProduct({shifted(before), b.Identity(s), b.Identity(s)});
  // The tensor ends one place early, where a view reads 0.
  const View here = ReadAs(shape, s, AllBut(rank, From(last_dim)));
  const View chosen = views::Sub(shifted(shape), here);
  const TensorId m = b.AddTensor(name + " largest", rows, range.lo, range.hi);
  b.AddStep(steps::MaxDim(name, {b.Identity(x)}, m));
  gadgets::RequireBelow(b, views::Offset(b.Identity(m), static_cast<int32_t>(-range.lo)), width);
  b.AddProduct({chosen, b.Identity(x), b.Identity(m)});
  std::vector<int> dims_to(static_cast<size_t>(rank - 1));
  std::iota(dims_to.begin(), dims_to.end(), 0);
  const View everywhere = views::Broadcast(b, m, shape, dims_to);
  const View above = views::Sub(views::Sub(everywhere, b.Identity(x)), here);
  gadgets::RequireBelow(b, above, int64_t{1} << std::bit_width(static_cast<uint64_t>(width)));
  return ValueOf(b.Checked(ReadAs(row, s, AllBut(rank, Summed())), name));
}

}  // namespace voizk::op
