#include "network/operations/stats_pool.h"

#include "network/operations/limits.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"

namespace voizk::op {

namespace {

View Joined(Builder& b, TensorId left, TensorId right) {
  const uint32_t channels = b.tensor(left).shape.dims[0];
  View joined{MakeShape({1, 2 * channels}), {}, {}};
  int32_t offset = 0;
  for (const TensorId t : {left, right}) {
    DimSource source;
    source.kind = DimSource::Kind::kAffine;
    source.out_dim = 1;
    source.offset = offset;
    joined.terms.push_back({t, 1, IndexMap{{source}, {}, {}}});
    offset = -static_cast<int32_t>(channels);
  }
  return joined;
}

}  // namespace

Result<Shape> StatsPool::OutputShape(std::span<const Shape> inputs) const {
  const Shape &x = inputs[0], &mask = inputs[1];
  if (x.rank != 2 || mask.Cells() != x.dims[0] || mask.dims[0] != x.dims[0]) {
    return {ErrorCode::kInvalidArgument, "stats_pool: the mask does not fit the input"};
  }
  if (x.dims[1] > kMaxChannels) return {ErrorCode::kLimitExceeded, "stats_pool: channels"};
  return MakeShape({1, 2 * x.dims[1]});
}

Value StatsPool::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const View x = inputs[0].view;
  const TensorId mask = TensorOf(b, name + " mask", inputs[1]);
  const Shape shape = x.shape;
  const uint32_t frames = shape.dims[0], channels = shape.dims[1];
  const auto range = b.Bound(x);
  if (range.lo < 0 || range.hi > kMaxInput || b.tensor(mask).lo < 0 || b.tensor(mask).hi > 1) {
    b.Fail(name + ": stats_pool takes x in 0..127 and mask in 0..1");
    return inputs[0];
  }
  const bool flat = b.tensor(mask).shape.rank == 1;
  const View mask_of =
      views::Broadcast(b, mask, shape, flat ? std::vector<int>{0} : std::vector<int>{0, -1});
  const TensorId masked = gadgets::Mul(b, name + " masked", mask_of, x, shape);

  IndexMap count;  // sum of the mask, for every channel
  count.sources.resize(flat ? 1 : 2);
  count.sources[0].kind = DimSource::Kind::kSum;
  const View n = views::Map(b, mask, MakeShape({channels}), std::move(count));
  const View sum = views::SumOver(b, masked, 0);
  const View transposed = views::Broadcast(b, masked, MakeShape({channels, frames}), {1, 0});
  const TensorId square_sum =
      gadgets::Mul(b, name + " squares", transposed, transposed, MakeShape({channels}));

  const TensorId mean8 = gadgets::FloorDiv(b, name + " mean8", views::Scale(sum, 8), n,
                                           Interval{0, 8 * kMaxInput}, name + ": no voiced frame");
  const TensorId msq64 =
      gadgets::FloorDiv(b, name + " msq64", views::Scale(b.Identity(square_sum), 64), n,
                        Interval{0, 64 * kMaxInput * kMaxInput}, name + ": no voiced frame");
  const View mean = b.Identity(mean8);
  const TensorId mean_square =
      gadgets::Mul(b, name + " mean8^2", mean, mean, MakeShape({channels}));
  const TensorId std8 =
      gadgets::Isqrt(b, name + " std8", views::Sub(b.Identity(msq64), b.Identity(mean_square)));
  return ValueOf(b, gadgets::Materialise(b, name, Joined(b, mean8, std8)));
}

}  // namespace voizk::op
