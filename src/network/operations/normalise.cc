#include "network/operations/normalise.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/compose.h"
#include "relation/builder/sources.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/scaled_product.h"

namespace voizk::op {

namespace {

constexpr int kMaxFractionBits = 12;
constexpr int32_t kMaxScale = 1 << 28;
constexpr int kMaxSquareShift = 24;
constexpr uint32_t kMaxParts = 1 << 10;             // of a row
constexpr int64_t kMostSquares = int64_t{1} << 29;  // of a part

int64_t RootOf(int64_t x) {
  auto s = static_cast<int64_t>(std::sqrt(static_cast<double>(x)));
  while (s * s > x) --s;
  while ((s + 1) * (s + 1) <= x) ++s;
  return s;
}

}  // namespace

Normalise Normalise::Read(AttributeReader& attributes) {
  Attributes a;
  a.axes = Axes::Read(attributes);
  a.centred = attributes.Int("centred", 0, 1) == 1;
  a.fraction_bits = static_cast<int>(attributes.Int("fraction_bits", 0, kMaxFractionBits));
  a.epsilon = static_cast<int32_t>(attributes.Int("epsilon", 1, kMaxScale));
  a.scale = static_cast<int32_t>(attributes.Int("scale", 1, kMaxScale));
  a.shift = static_cast<int>(attributes.Int("shift", 1, kMaxRequantShift));
  a.square_shift = static_cast<int>(attributes.IntOr("square_shift", 0, kMaxSquareShift, 0));
  return Normalise(std::move(a));
}

Result<Shape> Normalise::OutputShape(std::span<const Shape> inputs) const {
  if (a_.fraction_bits < 0 || a_.fraction_bits > kMaxFractionBits || a_.epsilon < 1 ||
      a_.epsilon > kMaxScale || a_.scale < 1 || a_.scale > kMaxScale || a_.shift < 1 ||
      a_.shift > kMaxRequantShift || a_.square_shift < 0 || a_.square_shift > kMaxSquareShift ||
      a_.square_shift % 2 != 0) {
    return {ErrorCode::kLimitExceeded, "normalise: fraction, epsilon, scale or shift"};
  }
  VOIZK_RETURN_IF_ERROR(CheckChosenLast(inputs[0], a_.axes));
  return inputs[0];
}

// The sum of d^2 over the dims from `outer` on, less low bits; d has more dims than these.
View Normalise::SumOfSquares(const std::string& name, const View& d, int outer, Builder& b) const {
  const Shape laid = d.shape;
  Shape row;
  row.rank = outer;
  std::copy_n(laid.dims.begin(), outer, row.dims.begin());
  if (a_.square_shift == 0) {
    return b.Identity(gadgets::Mul(b, name + " squares", d, d, row));
  }
  const auto cut = static_cast<size_t>(outer);
  const Interval range = b.Bound(d);
  const int64_t most = std::max(std::abs(range.lo), std::abs(range.hi));
  const uint64_t beside = laid.Cells() / row.Cells() / laid.dims[cut];
  const bool fits = outer < laid.rank && most < (int64_t{1} << 15);
  const uint64_t length =
      fits ? static_cast<uint64_t>(kMostSquares / std::max<int64_t>(most * most, 1)) / beside : 0;
  const uint64_t parts = length == 0 ? 0 : (laid.dims[cut] + length - 1) / length;
  if (parts == 0 || parts > kMaxParts || parts > static_cast<uint64_t>(a_.epsilon)) {
    b.Fail(ErrorCode::kUnsupported, name + ": normalise of rows too long, or an epsilon too small");
    return views::Constant(row, 0);
  }
  View sum = views::Constant(row, 0);
  View zero = sum;
  for (uint64_t begin = 0; begin < laid.dims[cut]; begin += length) {
    Shape part = laid;
    part.dims[cut] = static_cast<uint32_t>(std::min<uint64_t>(length, laid.dims[cut] - begin));
    IndexMap map = IdentityMap(laid.rank);
    map.sources[cut].offset = static_cast<int32_t>(begin);
    const auto view = views::Compose(b, d, part, map);
    if (!view) {
      b.Fail(ErrorCode::kUnsupported, name + ": normalise of a view that cannot be cut");
      return zero;
    }
    const auto count = static_cast<int64_t>(part.dims[cut] * beside);
    const TensorId squares =
        b.AddTensor(name + " squares", row, 0, (count * most * most) >> a_.square_shift);
    gadgets::ProductShiftInto(b, name + " squares", *view, *view, a_.square_shift, zero, squares);
    sum = views::Add(std::move(sum), b.Identity(squares));
  }
  return sum;
}

Value Normalise::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape in = inputs[0].view.shape;
  const auto among = a_.axes.Among(in);
  if (!among.ok()) return b.Fail(name + ": " + among.error().message), inputs[0];
  int outer = 0;
  Value rows = ValueOf(ChosenLast(b, name, inputs[0], *among, &outer));
  const Shape laid = rows.view.shape;
  Shape row;  // one index per row
  row.rank = outer;
  std::copy_n(laid.dims.begin(), outer, row.dims.begin());
  const uint64_t count = laid.Cells() / row.Cells();
  IndexMap summed, repeated;
  for (int d = 0; d < laid.rank; ++d) {
    summed.sources.push_back(d < outer ? From(static_cast<uint32_t>(d)) : Summed());
    if (d < outer) repeated.sources.push_back(From(static_cast<uint32_t>(d)));
  }
  const auto everywhere = [&](TensorId t) { return View{laid, {{t, 1, repeated}}, {}}; };

  const int32_t one = int32_t{1} << a_.fraction_bits;
  View d = b.Checked(views::Scale(rows.view, one), name);
  if (b.failed()) return inputs[0];
  if (a_.centred) {
    const Interval range = b.Bound(d);
    const View sum = views::Offset(views::Scale(ReadThrough(b, name, rows, row, {summed}), one),
                                   static_cast<int32_t>(count / 2));
    const TensorId mean = *FloorMean(name + " mean", sum, count, {range.lo, range.hi}, b).tensor;
    d = views::Sub(std::move(d), everywhere(mean));
  }
  const View squares = SumOfSquares(name, d, outer, b);
  if (b.failed()) return inputs[0];
  const TensorId length = gadgets::Isqrt(b, name + " length", views::Offset(squares, a_.epsilon));
  const TensorId inverse =
      gadgets::FloorDiv(b, name + " inverse", views::Constant(row, a_.scale), b.Identity(length),
                        Interval{0, a_.scale / RootOf(a_.epsilon)});
  if (b.failed()) return inputs[0];
  // d^2 <= sum d^2 + epsilon, so |d| <= s, and |d| floor(scale / s) <= scale.  In parts each floor
  // loses less than 1 and epsilon makes up for it: d^2 < 2^square_shift (s + 1)^2, so that
  // |d| floor(scale / s) < 2^(square_shift / 2) scale (1 + 1 / s).
  const int64_t half = int64_t{1} << (a_.shift - 1);
  const int64_t root = RootOf(a_.epsilon);
  const int64_t most = a_.square_shift == 0
                           ? a_.scale
                           : ((int64_t{a_.scale} << (a_.square_shift / 2)) * (root + 1)) / root + 1;
  // In the input's own order, so that y is a tensor for whoever reads it.
  const IndexMap back = ChosenLastInverse(*among);
  const auto value = views::Compose(b, d, in, back);
  const auto factor = views::Compose(b, everywhere(inverse), in, back);
  if (!value || !factor) {
    b.Fail(ErrorCode::kUnsupported, name + ": normalise of a view that cannot be turned");
    return inputs[0];
  }
  const TensorId y = b.AddTensor(name, in, (half - most) >> a_.shift, (half + most) >> a_.shift);
  gadgets::ProductShiftInto(b, name, *value, *factor, a_.shift,
                            views::Constant(in, static_cast<int32_t>(half)), y);
  return ValueOf(b, y);
}

}  // namespace voizk::op
