#include "network/operations/reduce.h"

#include <algorithm>

#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"

namespace voizk::op {

namespace {

// By appending: gcc 12 sees an overlap in sums of strings that is none.
std::string MeanWraps(uint64_t count, const Interval& range) {
  std::string text("the mean of ");
  text += std::to_string(count);
  text += " values in [";
  text += std::to_string(range.lo);
  text += ", ";
  text += std::to_string(range.hi);
  return text += "] may leave (-p/2, p/2) on its way";
}

}  // namespace

Axes Axes::Read(AttributeReader& attributes) {
  Axes axes;
  constexpr int64_t kRank = Shape::kMaxRank;
  for (const int64_t a : attributes.List("axes", Shape::kMaxRank, -kRank, kRank - 1)) {
    axes.axes.push_back(static_cast<int32_t>(a));
  }
  return axes;
}

Result<std::vector<bool>> Axes::Among(const Shape& shape) const {
  std::vector<bool> among(static_cast<size_t>(shape.rank), false);
  for (const int32_t axis : axes) {
    VOIZK_ASSIGN_OR_RETURN(const size_t d, AxisOf(axis, shape));
    if (among[d]) return {ErrorCode::kInvalidArgument, "an axis is named twice"};
    among[d] = true;
  }
  if (axes.empty()) return {ErrorCode::kInvalidArgument, "no axis is named"};
  return among;
}

Result<Shape> Axes::Reduced(const Shape& shape) const {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<bool> among, Among(shape));
  Shape out = shape;
  for (size_t d = 0; d < among.size(); ++d) {
    if (among[d]) out.dims[d] = 1;
  }
  return out;
}

View ChosenLast(Builder& b, const std::string& name, Value& value, const std::vector<bool>& among,
                int* outer) {
  const Shape in = value.view.shape;
  IndexMap map = IdentityMap(in.rank);
  const auto chosen = std::count(among.begin(), among.end(), true);
  uint32_t to = chosen == in.rank ? 1 : 0;
  Shape out;
  out.rank = in.rank + static_cast<int>(to);
  *outer = out.rank - static_cast<int>(chosen);
  for (const bool now : {false, true}) {
    for (size_t d = 0; d < among.size(); ++d) {
      if (among[d] != now) continue;
      map.sources[d].out_dim = to;
      out.dims[to++] = in.dims[d];
    }
  }
  return ReadThrough(b, name, value, out, {map});
}

IndexMap ChosenLastInverse(const std::vector<bool>& among) {
  IndexMap map;
  if (std::find(among.begin(), among.end(), false) == among.end()) map.sources.push_back(At(0));
  for (const bool now : {false, true}) {
    for (size_t d = 0; d < among.size(); ++d) {
      if (among[d] == now) map.sources.push_back(From(static_cast<uint32_t>(d)));
    }
  }
  return map;
}

Status CheckChosenLast(const Shape& shape, const Axes& axes) {
  VOIZK_RETURN_IF_ERROR(axes.Among(shape).status());
  if (axes.axes.size() == Shape::kMaxRank) {
    return {ErrorCode::kUnsupported, "four axes at once; merge two of them first"};
  }
  return {};
}

View SumOver(Builder& b, const std::string& name, Value& value, const std::vector<bool>& among) {
  Shape out = value.view.shape;
  IndexMap map = IdentityMap(out.rank);
  for (size_t d = 0; d < among.size(); ++d) {
    if (!among[d]) continue;
    map.sources[d] = Summed();
    out.dims[d] = 1;
  }
  return ReadThrough(b, name, value, out, {map});
}

Value FloorMean(const std::string& name, const View& sum, uint64_t count, const Interval& range,
                Builder& b) {
  // sum - count * mean
  if (range.hi - range.lo > kHalfModulus / static_cast<int64_t>(count)) {
    b.Fail(ErrorCode::kUnsupported, MeanWraps(count, range));
  }
  return ValueOf(b, gadgets::FloorDiv(b, name, sum, static_cast<int32_t>(count), range));
}

Result<Shape> Sum::OutputShape(std::span<const Shape> inputs) const {
  return axes_.Reduced(inputs[0]);
}

Value Sum::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto among = axes_.Among(inputs[0].view.shape);
  if (!among.ok()) return b.Fail(name + ": " + among.error().message), inputs[0];
  return ValueOf(SumOver(b, name, inputs[0], *among));
}

Result<Shape> Mean::OutputShape(std::span<const Shape> inputs) const {
  return axes_.Reduced(inputs[0]);
}

Value Mean::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto among = axes_.Among(inputs[0].view.shape);
  if (!among.ok()) return b.Fail(name + ": " + among.error().message), inputs[0];
  const View sum = SumOver(b, name, inputs[0], *among);
  const uint64_t count = inputs[0].view.shape.Cells() / sum.shape.Cells();
  return FloorMean(name, sum, count, b.Bound(inputs[0].view), b);
}

Result<Shape> Max::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_RETURN_IF_ERROR(CheckChosenLast(inputs[0], axes_));
  return axes_.Reduced(inputs[0]);
}

Value Max::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape in = inputs[0].view.shape;
  const auto among = axes_.Among(in);
  if (!among.ok()) return b.Fail(name + ": " + among.error().message), inputs[0];
  int outer = 0;
  const View v = ChosenLast(b, name, inputs[0], *among, &outer);
  const TensorId y = gadgets::MaxOverLast(b, name, v, outer);
  // The outer dimensions where they were, the others 1: of wide values y has the outer ones only.
  const Shape out = *axes_.Reduced(in);
  IndexMap map = ChosenLastInverse(*among);
  map.sources.resize(static_cast<size_t>(b.tensor(y).shape.rank));
  return ValueOf(b.Checked({out, {{y, 1, std::move(map)}}, {}}, name));
}

}  // namespace voizk::op
