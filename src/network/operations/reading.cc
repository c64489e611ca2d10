#include "network/operations/reading.h"

#include <algorithm>
#include <utility>

#include "relation/builder/compose.h"
#include "relation/builder/sources.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk::op {

namespace {

std::optional<View> Composed(Builder& b, const View& v, const Shape& out,
                             const std::vector<IndexMap>& maps) {
  View sum{out, {}, {}};
  for (const IndexMap& map : maps) {
    const auto part = views::Compose(b, v, out, map);
    if (!part) return std::nullopt;
    sum = views::Add(std::move(sum), *part);
    if (sum.terms.size() > kMaxRearrangedTerms) return std::nullopt;
  }
  return sum;
}

}  // namespace

View ReadThrough(Builder& b, const std::string& name, Value& value, const Shape& out,
                 const std::vector<IndexMap>& maps) {
  if (!value.tensor) {
    if (auto view = Composed(b, value.view, out, maps)) return b.Checked(std::move(*view), name);
  }
  const TensorId t = TensorOf(b, name + " input", value);
  View view{out, {}, {}};
  for (const IndexMap& map : maps) view.terms.push_back({t, 1, map});
  return b.Checked(std::move(view), name);
}

Result<size_t> AxisOf(int64_t axis, const Shape& shape) {
  if (axis < -shape.rank || axis >= shape.rank) {
    return {ErrorCode::kInvalidArgument, "the value has no such axis"};
  }
  return static_cast<size_t>(axis < 0 ? axis + shape.rank : axis);
}

Result<Shape> BroadcastShape(const Shape& a, const Shape& b) {
  Shape out = a.rank >= b.rank ? a : b;
  const auto rank = static_cast<size_t>(out.rank);
  for (size_t d = 0; d < rank; ++d) {
    const auto length = [&](const Shape& s) {
      const size_t missing = rank - static_cast<size_t>(s.rank);
      return d < missing ? 1 : s.dims[d - missing];
    };
    const uint32_t x = length(a), y = length(b);
    if (x != y && x != 1 && y != 1) {
      return {ErrorCode::kInvalidArgument, "the inputs differ in shape"};
    }
    out.dims[d] = std::max(x, y);
  }
  return out;
}

IndexMap BroadcastMap(const Shape& in, const Shape& out) {
  IndexMap map;
  const int missing = out.rank - in.rank;
  for (int d = 0; d < in.rank; ++d) {
    const auto to = static_cast<size_t>(d + missing);
    const bool repeats = in.dims[static_cast<size_t>(d)] != out.dims[to];
    map.sources.push_back(repeats ? At(0) : From(static_cast<uint32_t>(to)));
  }
  return map;
}

View BroadcastTo(Builder& b, const std::string& name, Value& value, const Shape& out) {
  if (value.view.shape == out) return value.view;
  return ReadThrough(b, name, value, out, {BroadcastMap(value.view.shape, out)});
}

}  // namespace voizk::op
