#include "network/operations/rearrange.h"

#include <algorithm>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk::op {

namespace {

constexpr int64_t kAnyAxis = Shape::kMaxRank;
constexpr size_t kMaxIndices = 1 << 12;  // of one gather

/// The identity but for dimension d.
IndexMap AlongAxis(int rank, size_t d, int64_t stride, int64_t offset) {
  IndexMap map = IdentityMap(rank);
  map.sources[d] =
      From(static_cast<uint32_t>(d), static_cast<int32_t>(stride), static_cast<int32_t>(offset));
  return map;
}

IndexMap Within(IndexMap map, size_t d, uint32_t begin, uint32_t end) {
  map.out_begin[d] = begin;
  map.out_end[d] = end;
  return map;
}

Shape WithLength(Shape shape, size_t d, uint64_t length) {
  shape.dims[d] = static_cast<uint32_t>(length);
  return shape;
}

/// The end of the longest run of indices in equal steps, not 0, from `begin` on.
size_t EndOfRun(const std::vector<uint32_t>& indices, size_t begin) {
  const auto at = [&](size_t k) { return int64_t{indices[k]}; };
  size_t end = begin + 1;
  if (end == indices.size() || at(end) == at(begin)) return end;
  const int64_t step = at(end) - at(begin);
  while (end < indices.size() && at(end) - at(end - 1) == step) ++end;
  return end;
}

int32_t ReadAxis(AttributeReader& attributes) {
  return static_cast<int32_t>(attributes.IntOr("axis", -kAnyAxis, kAnyAxis - 1, -1));
}

}  // namespace

Concat Concat::Read(AttributeReader& attributes) { return Concat(ReadAxis(attributes)); }

Result<Shape> Concat::OutputShape(std::span<const Shape> inputs) const {
  if (inputs.size() > kMaxConcat) {
    return {ErrorCode::kLimitExceeded, "concat: more than 64 inputs"};
  }
  VOIZK_ASSIGN_OR_RETURN(const size_t d, AxisOf(axis_, inputs[0]));
  uint64_t length = 0;
  for (const Shape& shape : inputs) {
    length += shape.dims[d];
    if (!(WithLength(shape, d, inputs[0].dims[d]) == inputs[0])) {
      return {ErrorCode::kInvalidArgument, "concat: the inputs differ beyond their axis"};
    }
  }
  if (length > kMaxLength) return {ErrorCode::kLimitExceeded, "concat: the axis becomes too long"};
  return WithLength(inputs[0], d, length);
}

Value Concat::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  std::vector<Shape> shapes;
  for (const Value& input : inputs) shapes.push_back(input.view.shape);
  const auto out = OutputShape(shapes);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const size_t d = *AxisOf(axis_, *out);
  View joined{*out, {}, {}};
  int64_t begin = 0;
  for (Value& input : inputs) {
    const IndexMap map = AlongAxis(out->rank, d, 1, -begin);
    begin += input.view.shape.dims[d];
    View part = ReadThrough(b, name, input, *out, {map});
    if (joined.terms.size() + part.terms.size() > kMaxRearrangedTerms) {
      TensorOf(b, name + " input", input);
      part = ReadThrough(b, name, input, *out, {map});
    }
    joined = views::Add(std::move(joined), part);
  }
  return ValueOf(std::move(joined));
}

Slice Slice::Read(AttributeReader& attributes) {
  const int64_t begin = attributes.Int("begin", 0, kMaxLength);
  const int64_t end = attributes.Int("end", -1, kMaxLength);
  const int64_t step = attributes.IntOr("step", -int64_t{kMaxLength}, kMaxLength, 1);
  return {begin, end, ReadAxis(attributes), step};
}

Result<Shape> Slice::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_ASSIGN_OR_RETURN(const size_t d, AxisOf(axis_, inputs[0]));
  const int64_t length = inputs[0].dims[d];
  const bool fits = begin_ >= 0 && begin_ < length && end_ >= -1 && end_ <= length && step_ != 0 &&
                    std::abs(step_) <= kMaxLength && (step_ > 0 ? begin_ < end_ : begin_ > end_);
  if (!fits) return {ErrorCode::kInvalidArgument, "slice: no such indices"};
  return WithLength(inputs[0], d,
                    static_cast<uint64_t>((std::abs(end_ - begin_) - 1) / std::abs(step_) + 1));
}

Value Slice::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const IndexMap map = AlongAxis(out->rank, *AxisOf(axis_, *out), step_, begin_);
  return ValueOf(ReadThrough(b, name, inputs[0], *out, {map}));
}

Gather Gather::Read(AttributeReader& attributes) {
  const int32_t axis = ReadAxis(attributes);
  std::vector<uint32_t> indices;
  for (const int64_t i : attributes.List("indices", kMaxIndices, 0, kMaxLength)) {
    indices.push_back(static_cast<uint32_t>(i));
  }
  return {axis, std::move(indices)};
}

Result<Shape> Gather::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_ASSIGN_OR_RETURN(const size_t d, AxisOf(axis_, inputs[0]));
  const uint32_t length = inputs[0].dims[d];
  if (indices_.size() > kMaxIndices) return {ErrorCode::kLimitExceeded, "gather: indices"};
  const bool fits =
      std::all_of(indices_.begin(), indices_.end(), [&](uint32_t i) { return i < length; });
  if (!fits || indices_.empty()) return {ErrorCode::kInvalidArgument, "gather: no such index"};
  size_t runs = 0;
  for (size_t begin = 0; begin < indices_.size(); ++runs) begin = EndOfRun(indices_, begin);
  if (runs > kMaxRearrangedTerms) {
    return {ErrorCode::kLimitExceeded, "gather: more than 128 runs of indices"};
  }
  return WithLength(inputs[0], d, indices_.size());
}

Value Gather::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const size_t d = *AxisOf(axis_, *out);
  std::vector<IndexMap> maps;
  for (size_t begin = 0; begin < indices_.size();) {
    const size_t end = EndOfRun(indices_, begin);
    const int64_t first = indices_[begin];
    const int64_t step = end - begin == 1 ? 1 : indices_[begin + 1] - first;
    IndexMap map = AlongAxis(out->rank, d, step, first - step * static_cast<int64_t>(begin));
    maps.push_back(
        Within(std::move(map), d, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)));
    begin = end;
  }
  return ValueOf(ReadThrough(b, name, inputs[0], *out, maps));
}

Transpose Transpose::Read(AttributeReader& attributes) {
  std::vector<uint32_t> order;
  for (const int64_t d : attributes.List("order", Shape::kMaxRank, 0, Shape::kMaxRank - 1)) {
    order.push_back(static_cast<uint32_t>(d));
  }
  return Transpose(std::move(order));
}

Result<Shape> Transpose::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  std::vector<uint32_t> sorted = order_;
  std::sort(sorted.begin(), sorted.end());
  bool fits = sorted.size() == static_cast<size_t>(x.rank);
  for (size_t d = 0; fits && d < sorted.size(); ++d) fits = sorted[d] == d;
  if (!fits) return {ErrorCode::kInvalidArgument, "transpose: no order of the input's dimensions"};
  Shape out = x;
  for (size_t d = 0; d < order_.size(); ++d) out.dims[d] = x.dims[order_[d]];
  return out;
}

Value Transpose::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  IndexMap map = IdentityMap(out->rank);
  for (size_t d = 0; d < order_.size(); ++d)
    map.sources[order_[d]].out_dim = static_cast<uint32_t>(d);
  return ValueOf(ReadThrough(b, name, inputs[0], *out, {map}));
}

Pad Pad::Read(AttributeReader& attributes) {
  Attributes a;
  a.axis = ReadAxis(attributes);
  a.before = attributes.Size("before", kMaxLength);
  a.after = attributes.Size("after", kMaxLength);
  a.mode = static_cast<Mode>(attributes.IntOr("mode", 0, 2, 0));
  a.value = static_cast<int32_t>(attributes.IntOr("value", INT32_MIN, INT32_MAX, 0));
  return Pad(a);
}

Result<Shape> Pad::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_ASSIGN_OR_RETURN(const size_t d, AxisOf(a_.axis, inputs[0]));
  const uint64_t length = inputs[0].dims[d];
  const uint64_t padded = length + a_.before + a_.after;
  if (padded > kMaxLength) return {ErrorCode::kLimitExceeded, "pad: the axis becomes too long"};
  if (a_.mode == Mode::kReflect && (a_.before >= length || a_.after >= length)) {
    return {ErrorCode::kInvalidArgument, "pad: reflection of more than there is"};
  }
  return WithLength(inputs[0], d, padded);
}

Value Pad::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const auto out = OutputShape(std::span(&inputs[0].view.shape, 1));
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const size_t d = *AxisOf(a_.axis, *out);
  const uint32_t padded = out->dims[d], begin = a_.before, end = padded - a_.after;
  std::vector<IndexMap> maps{AlongAxis(out->rank, d, 1, -int64_t{begin})};
  const auto outside = [&](const IndexMap& before, const IndexMap& after) {
    if (begin > 0) maps.push_back(Within(before, d, 0, begin));
    if (end < padded) maps.push_back(Within(after, d, end, padded));
  };
  if (a_.mode == Mode::kReflect) {
    const int64_t last = int64_t{end} - begin - 1;  // index last - (o - begin - last) of x
    outside(AlongAxis(out->rank, d, -1, begin), AlongAxis(out->rank, d, -1, 2 * last + begin));
  } else if (a_.mode == Mode::kEdge) {
    IndexMap first = IdentityMap(out->rank), final = first;
    first.sources[d] = At(0);
    final.sources[d] = At(static_cast<int32_t>(end - begin - 1));
    outside(first, final);
  }
  View view = ReadThrough(b, name, inputs[0], *out, maps);
  if (a_.mode == Mode::kConstant && a_.value != 0) {
    ConstantTerm constant{1u << d, std::vector<int32_t>(padded, 0)};
    const auto at = [&](uint32_t i) { return constant.values.begin() + static_cast<ptrdiff_t>(i); };
    std::fill(constant.values.begin(), at(begin), a_.value);
    std::fill(at(end), constant.values.end(), a_.value);
    view = views::Add(std::move(view), {*out, {}, {std::move(constant)}});
  }
  return ValueOf(std::move(view));
}

Result<Shape> Broadcast::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  const bool vector = x.rank == 1 || (x.rank == 2 && x.dims[0] == 1);
  if (!vector) return {ErrorCode::kInvalidArgument, "broadcast: the input is no vector"};
  return MakeShape({inputs[1].dims[0], x.dims[static_cast<size_t>(x.rank - 1)]});
}

Value Broadcast::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape& x = inputs[0].view.shape;
  const Shape out =
      MakeShape({inputs[1].view.shape.dims[0], x.dims[static_cast<size_t>(x.rank - 1)]});
  IndexMap map;
  if (x.rank == 2) map.sources.push_back(At(0));
  map.sources.push_back(From(1));
  return ValueOf(ReadThrough(b, name, inputs[0], out, {map}));
}

}  // namespace voizk::op
