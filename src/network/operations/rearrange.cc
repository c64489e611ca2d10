#include "network/operations/rearrange.h"

#include "network/operations/limits.h"
#include "relation/builder/views.h"

namespace voizk::op {

namespace {

// out[..][c] = t[..][c + offset], zero where t has no such channel.
Term ChannelTerm(const Builder& b, TensorId t, int64_t offset) {
  Term term = b.Identity(t).terms[0];
  std::get<IndexMap>(term.op).sources.back().offset = static_cast<int32_t>(offset);
  return term;
}

}  // namespace

Result<Shape> Concat::OutputShape(std::span<const Shape> inputs) const {
  if (inputs.size() > kMaxConcat) {
    return {ErrorCode::kLimitExceeded, "concat: more than 64 inputs"};
  }
  Shape out = inputs[0];
  const auto last = static_cast<size_t>(out.rank - 1);
  uint64_t channels = 0;
  for (const Shape& shape : inputs) {
    channels += shape.dims[last];
    Shape same = shape;
    same.dims[last] = out.dims[last];
    if (!(same == out)) {
      return {ErrorCode::kInvalidArgument, "concat: the inputs differ beyond their channels"};
    }
  }
  if (channels > kMaxChannels) return {ErrorCode::kLimitExceeded, "concat: too many channels"};
  out.dims[last] = static_cast<uint32_t>(channels);
  return out;
}

Value Concat::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  View joined{inputs[0].view.shape, {}, {}};
  const auto last = static_cast<size_t>(joined.shape.rank - 1);
  uint32_t channels = 0;
  for (Value& input : inputs) {
    const TensorId t = TensorOf(b, name + " input", input);
    joined.terms.push_back(ChannelTerm(b, t, -int64_t{channels}));
    channels += input.view.shape.dims[last];
  }
  joined.shape.dims[last] = channels;
  return ValueOf(std::move(joined));
}

Slice Slice::Read(AttributeReader& attributes) {
  const uint32_t begin = attributes.Size("begin", kMaxChannels);
  return {begin, attributes.Size("end", kMaxChannels)};
}

Result<Shape> Slice::OutputShape(std::span<const Shape> inputs) const {
  Shape out = inputs[0];
  const auto last = static_cast<size_t>(out.rank - 1);
  if (begin_ >= end_ || end_ > out.dims[last]) {
    return {ErrorCode::kInvalidArgument, "slice: no such channels"};
  }
  out.dims[last] = end_ - begin_;
  return out;
}

Value Slice::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const TensorId t = TensorOf(b, name + " input", inputs[0]);
  View part{b.tensor(t).shape, {ChannelTerm(b, t, begin_)}, {}};
  part.shape.dims[static_cast<size_t>(part.shape.rank - 1)] = end_ - begin_;
  return ValueOf(std::move(part));
}

Result<Shape> Broadcast::OutputShape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  const bool vector = x.rank == 1 || (x.rank == 2 && x.dims[0] == 1);
  if (!vector) return {ErrorCode::kInvalidArgument, "broadcast: the input is no vector"};
  return MakeShape({inputs[1].dims[0], x.dims[static_cast<size_t>(x.rank - 1)]});
}

Value Broadcast::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const TensorId t = TensorOf(b, name + " input", inputs[0]);
  const Shape& shape = b.tensor(t).shape;
  const Shape out =
      MakeShape({inputs[1].view.shape.dims[0], shape.dims[static_cast<size_t>(shape.rank - 1)]});
  const auto to = shape.rank == 1 ? std::vector<int>{1} : std::vector<int>{-1, 1};
  return ValueOf(views::Broadcast(b, t, out, to));
}

}  // namespace voizk::op
