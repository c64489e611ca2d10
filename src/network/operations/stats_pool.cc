#include "network/operations/stats_pool.h"

#include "network/operations/limits.h"

namespace voizk::op {

namespace {

// q = floor(n / d) in [0, hi] for d in [1, d_max]: n = q*d + r with 0 <= r < d has one solution.
// (Builder::FloorDiv would have to allow for the smallest divisor, and q^2 would wrap.)
TensorId BoundedQuotient(Builder& b, const std::string& name, const View& n, const View& d,
                         int64_t hi, int64_t d_max) {
  const TensorId q = b.AddTensor(name, n.shape, 0, hi);
  const TensorId r = b.AddTensor(name + " remainder", n.shape, 0, d_max - 1);
  b.AddStep({StepKind::kFloorDiv, name, {n, d}, {q, r}, 0, {}, name + ": no voiced frame"});
  b.Range(b.Identity(q), 0, hi);
  b.Range(b.Identity(r), 0, d_max - 1);
  b.NonNegative(Builder::Offset(Builder::Sub(d, b.Identity(r)), -1));  // hence d >= 1
  b.AddProduct({b.Identity(q), d, Builder::Sub(n, b.Identity(r))});
  return q;
}

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
      b.Broadcast(mask, shape, flat ? std::vector<int>{0} : std::vector<int>{0, -1});
  const TensorId masked = b.Mul(name + " masked", mask_of, x, shape);

  IndexMap count;  // sum of the mask, for every channel
  count.sources.resize(flat ? 1 : 2);
  count.sources[0].kind = DimSource::Kind::kSum;
  const View n = b.Map(mask, MakeShape({channels}), std::move(count));
  const View sum = b.SumOver(masked, 0);
  const View transposed = b.Broadcast(masked, MakeShape({channels, frames}), {1, 0});
  const TensorId square_sum =
      b.Mul(name + " squares", transposed, transposed, MakeShape({channels}));

  const TensorId mean8 =
      BoundedQuotient(b, name + " mean8", Builder::Scale(sum, 8), n, 8 * kMaxInput, frames);
  const TensorId msq64 =
      BoundedQuotient(b, name + " msq64", Builder::Scale(b.Identity(square_sum), 64), n,
                      64 * kMaxInput * kMaxInput, frames);
  const View mean = b.Identity(mean8);
  const TensorId mean_square = b.Mul(name + " mean8^2", mean, mean, MakeShape({channels}));
  const TensorId std8 =
      b.Isqrt(name + " std8", Builder::Sub(b.Identity(msq64), b.Identity(mean_square)));
  return ValueOf(b, b.Materialise(name, Joined(b, mean8, std8)));
}

}  // namespace voizk::op
