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
  return Normalise(std::move(a));
}

Result<Shape> Normalise::OutputShape(std::span<const Shape> inputs) const {
  if (a_.fraction_bits < 0 || a_.fraction_bits > kMaxFractionBits || a_.epsilon < 1 ||
      a_.epsilon > kMaxScale || a_.scale < 1 || a_.scale > kMaxScale || a_.shift < 1 ||
      a_.shift > kMaxRequantShift) {
    return {ErrorCode::kLimitExceeded, "normalise: fraction, epsilon, scale or shift"};
  }
  VOIZK_RETURN_IF_ERROR(CheckChosenLast(inputs[0], a_.axes));
  return inputs[0];
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
  const TensorId squares = gadgets::Mul(b, name + " squares", d, d, row);
  const TensorId length =
      gadgets::Isqrt(b, name + " length", views::Offset(b.Identity(squares), a_.epsilon));
  const TensorId inverse =
      gadgets::FloorDiv(b, name + " inverse", views::Constant(row, a_.scale), b.Identity(length),
                        Interval{0, a_.scale / RootOf(a_.epsilon)});
  if (b.failed()) return inputs[0];
  // d^2 <= sum d^2 + epsilon, so |d| <= s, and |d| floor(scale / s) <= scale.
  const int64_t half = int64_t{1} << (a_.shift - 1);
  const TensorId y =
      b.AddTensor(name, laid, (half - a_.scale) >> a_.shift, (half + a_.scale) >> a_.shift);
  gadgets::ProductShiftInto(b, name, d, everywhere(inverse), a_.shift,
                            views::Constant(laid, static_cast<int32_t>(half)), y);
  Value value = ValueOf(b.Checked({in, {{y, 1, ChosenLastInverse(*among)}}, {}}, name));
  value.tensor = views::ShownTensor(b, value.view);
  return value;
}

}  // namespace voizk::op
