#include "speech/features/spectrum.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

// Up to here one table for the whole remainder is cheaper than a second limb.
constexpr int kMaxLimbBits = 14;

// The DFT rows cut into rows of the PCM tensor, taps beyond frame + 1 zero: [2*bins][K][width].
WeightsId FramedDft(Builder& b, const FrontEndConfig& c) {
  const auto taps = static_cast<uint32_t>(c.frame) + 1, width = c.RowWidth();
  const uint32_t rows = (taps + width - 1) / width, out = 2 * static_cast<uint32_t>(c.bins);
  std::vector<int32_t> values(size_t{out} * rows * width, 0);
  for (size_t k = 0; k < out; ++k) {
    std::copy_n(c.dft.begin() + static_cast<std::ptrdiff_t>(k * taps), taps,
                values.begin() + static_cast<std::ptrdiff_t>(k * rows * width));
  }
  return b.AddWeights(MakeShape({out, rows, width}), std::move(values));
}

// hi -> clamp(hi, -limit, limit) on the certified range of acc >> s.
TableId ClampTable(Builder& b, const View& acc, int shift, int32_t limit) {
  const Interval bound = b.Bound(acc);
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    b.Fail("features: the spectrum's accumulator can wrap");
    return b.RangeTable(0, 0);
  }
  std::vector<int32_t> keys, values;
  for (int64_t hi = bound.lo >> shift; hi <= bound.hi >> shift; ++hi) {
    keys.push_back(static_cast<int32_t>(hi));
    values.push_back(std::clamp(keys.back(), -limit, limit));
  }
  return b.AddTable("spectrum", std::move(keys), std::move(values));
}

}  // namespace

TensorId AddSpectrum(Builder& b, const FrontEndConfig& c, TensorId x1, uint32_t frames) {
  const auto channels = 2 * static_cast<uint32_t>(c.bins);
  const std::vector<int32_t> bias(channels, int32_t{1} << (c.dft_shift - 1));
  const View acc = views::Conv1d(b, x1, FramedDft(b, c), bias, frames,
                                 static_cast<uint32_t>(c.hop) / c.RowWidth(), 1, 0, 1);
  const TableId clamp_table = ClampTable(b, acc, c.dft_shift, c.spectrum_limit);
  if (c.dft_shift <= kMaxLimbBits)
    return gadgets::LookupValue(b, "spectrum", acc, c.dft_shift, clamp_table);

  const int half = (c.dft_shift + 1) / 2;
  const Shape shape = MakeShape({frames, channels});
  const int64_t mid_unit = int64_t{1} << half;
  const TensorId lo = b.AddTensor("spectrum.lo", shape, 0, mid_unit - 1);
  // Holds mid * 2^half.
  const int64_t mid_max = (int64_t{1} << (c.dft_shift - half)) - 1;
  const TensorId mid = b.AddTensor("spectrum.mid", shape, 0, mid_max * mid_unit);
  const TensorId y = b.AddTensor("spectrum", shape, -c.spectrum_limit, c.spectrum_limit);

  const View upper = views::Sub(acc, b.Identity(lo));
  b.AddStep(steps::Low({}, acc, half, lo));
  // upper is a multiple of 2^half, and so is its remainder mod 2^s.
  b.AddStep(steps::Requant({}, upper, c.dft_shift, mid, y, clamp_table));

  gadgets::RequireSmall(b, b.Identity(lo), 0, mid_unit - 1);
  b.AddLookup(
      {.key = b.Identity(mid), .shift = half, .value = {}, .table = b.RangeTable(0, mid_max)});
  b.AddLookup({.key = views::Sub(upper, b.Identity(mid)),
               .shift = c.dft_shift,
               .has_value = true,
               .value = b.Identity(y),
               .table = clamp_table});
  return y;
}

TensorId AddPower(Builder& b, const FrontEndConfig& c, TensorId spectrum) {
  const uint32_t frames = b.tensor(spectrum).shape.dims[0], bins = static_cast<uint32_t>(c.bins);
  const Shape pair = MakeShape({frames, bins, 2});
  const View re = WindowOf(b, spectrum, pair, {From(0), From(1)}, 2, 0, 1);
  const View im = WindowOf(b, spectrum, pair, {From(0), From(1, 1, c.bins)}, 2, 1, 2);
  const View both = views::Add(re, im);
  return gadgets::Mul(b, "power", both, both, MakeShape({frames, bins}));
}

View MelView(Builder& b, const FrontEndConfig& c, TensorId power) {
  const auto filters = static_cast<uint32_t>(c.mel_filters), bins = static_cast<uint32_t>(c.bins);
  const std::vector<int32_t> bias(filters, c.log_offset);
  const WeightsId mel = b.AddWeights(MakeShape({filters, 1, bins}), c.mel);
  return views::Conv1d(b, power, mel, bias, b.tensor(power).shape.dims[0], 1, 1, 0, 1);
}

}  // namespace voizk
