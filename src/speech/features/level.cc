#include "speech/features/level.h"

#include <array>
#include <utility>
#include <vector>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/range.h"
#include "speech/features/refusals.h"

namespace voizk {
namespace {

constexpr int64_t kSampleMin = -32768, kSampleMax = 32767;

struct Pcm {
  TensorId low, high;
  // x through the given sources of [rows][width].
  View Of(Builder& b, Shape shape, const std::vector<DimSource>& s) const {
    return views::Add(views::Scale(ViewOf(b, high, shape, s), 256), ViewOf(b, low, shape, s));
  }
};

// The cells of the last row that lie after the last sample are zero.
void RequireZeroTail(Builder& b, const Pcm& x, uint32_t rows, uint32_t width, uint32_t samples) {
  const uint32_t tail = rows * width - samples;
  if (tail == 0) return;
  b.AddEquality(
      x.Of(b, MakeShape({tail}),
           {At(static_cast<int32_t>(rows) - 1), From(0, 1, static_cast<int32_t>(width - tail))}));
}

// Row and column select one sample; M is its absolute value.
void SelectPeak(Builder& b, const Pcm& x, const std::array<TensorId, kLevelOutputs>& t,
                uint32_t rows, uint32_t width, const FrontEndConfig& c) {
  for (const TensorId one_hot : {t[kLevelRow], t[kLevelColumn]}) {
    gadgets::RequireBoolean(b, one_hot);
    b.AddEquality(views::Offset(Total(b, one_hot), -1));
  }
  // columns[j] = sum_i row[i] * x[i][j]
  const Shape wide = MakeShape({width, rows});
  b.AddProduct({.a = ViewOf(b, t[kLevelRow], wide, {From(1)}),
                .b = x.Of(b, wide, {From(1), From(0)}),
                .c = b.Identity(t[kLevelColumns])});
  gadgets::Range(b, b.Identity(t[kLevelColumns]), kSampleMin, kSampleMax);
  // sample = sum_j column[j] * columns[j]
  b.AddProduct({.a = AsRow(b, t[kLevelColumn]),
                .b = AsRow(b, t[kLevelColumns]),
                .c = b.Identity(t[kLevelSample])});
  // M = (1 - 2*negative) * sample
  gadgets::RequireBoolean(b, t[kLevelNegative]);
  b.AddProduct({.a = views::Offset(views::Scale(b.Identity(t[kLevelNegative]), -2), 1),
                .b = b.Identity(t[kLevelSample]),
                .c = b.Identity(t[kLevelPeak])});
  gadgets::Range(b, b.Identity(t[kLevelPeak]), c.peak_min, 32768, kRefuseSilent);
}

// g*M = 2^gain_log2 - rem, 0 <= rem <= M - 1.
void PinGain(Builder& b, const std::array<TensorId, kLevelOutputs>& t, const FrontEndConfig& c) {
  const Interval gain{b.tensor(t[kLevelGain]).lo, b.tensor(t[kLevelGain]).hi};
  gadgets::Range(b, b.Identity(t[kLevelGain]), gain.lo, gain.hi);
  const View one = views::Constant(MakeShape({1}), int32_t{1} << c.gain_log2);
  gadgets::RequireDivision(b, one, b.Identity(t[kLevelPeak]), t[kLevelGain], t[kLevelRemainder]);
}

// x*g = 2^s*x1 + lo - 2^(s-1), with the edge cut.
void Normalise(Builder& b, const Pcm& x, const std::array<TensorId, kLevelOutputs>& t, Shape shape,
               const FrontEndConfig& c) {
  const int32_t step = int32_t{1} << c.norm_shift, half = step / 2;
  std::vector<int32_t> keys, edges;
  for (int32_t v = -c.norm_limit; v <= c.norm_limit; ++v) {
    keys.push_back(v);
    edges.push_back(v == c.norm_limit ? step : v == -c.norm_limit ? 2 * step : 0);
  }
  Lookup level;
  level.key = b.Identity(t[kLevelX1]);
  level.has_value = true;
  level.value = b.Identity(t[kLevelEdge]);
  level.table = b.AddTable("level", std::move(keys), std::move(edges));
  b.AddLookup(std::move(level));

  std::vector<int32_t> low_keys, low_values;
  for (int32_t edge = 0; edge < 3; ++edge) {
    const int32_t first = edge == 2 ? half : 0, last = edge == 1 ? half : step - 1;
    for (int32_t v = first; v <= last; ++v) {
      low_keys.push_back(edge * step + v);
      low_values.push_back(v);
    }
  }
  Lookup low;
  low.key = views::Add(b.Identity(t[kLevelLow]), b.Identity(t[kLevelEdge]));
  low.has_value = true;
  low.value = b.Identity(t[kLevelLow]);
  low.table = b.AddTable("level remainder", std::move(low_keys), std::move(low_values));
  b.AddLookup(std::move(low));

  View scaled = views::Scale(b.Identity(t[kLevelX1]), step);
  scaled = views::Offset(views::Add(scaled, b.Identity(t[kLevelLow])), -half);
  b.AddProduct({.a = x.Of(b, shape, {From(0), From(1)}),
                .b = Spread(b, t[kLevelGain], shape),
                .c = std::move(scaled)});
}

}  // namespace

TensorId AddLevel(Builder& b, const FrontEndConfig& c, uint32_t frames) {
  const uint32_t rows = c.Rows(frames), width = c.RowWidth();
  const Shape shape = MakeShape({rows, width}), scalar = MakeShape({1});
  const Pcm x{gadgets::Input(b, kPcmLow, shape, 0, 255),
              gadgets::Input(b, kPcmHigh, shape, -128, 127)};
  RequireZeroTail(b, x, rows, width, c.Samples(frames));

  const int64_t one = int64_t{1} << c.gain_log2;
  const int32_t step = int32_t{1} << c.norm_shift;
  std::array<TensorId, kLevelOutputs> t{};
  t[kLevelRow] = b.AddTensor("level.row", MakeShape({rows}), 0, 1);
  t[kLevelColumn] = b.AddTensor("level.column", MakeShape({width}), 0, 1);
  t[kLevelColumns] = b.AddTensor("level.columns", MakeShape({width}), kSampleMin, kSampleMax);
  const int64_t most = int64_t{width} * 32768;
  t[kLevelSample] = b.AddTensor("level.sample", scalar, -most, most);
  t[kLevelNegative] = b.AddTensor("level.negative", scalar, 0, 1);
  t[kLevelPeak] = b.AddTensor("level.peak", scalar, c.peak_min, 32768);
  t[kLevelGain] = b.AddTensor("level.gain", scalar, one / 32768, one / c.peak_min);
  t[kLevelRemainder] = b.AddTensor("level.remainder", scalar, 0, 32767);
  t[kLevelX1] = b.AddTensor("level.x1", shape, -c.norm_limit, c.norm_limit);
  t[kLevelLow] = b.AddTensor("level.low", shape, 0, step - 1);
  t[kLevelEdge] = b.AddTensor("level.edge", shape, 0, 2 * step);

  b.AddStep(steps::Custom(kLevelHint, {x.Of(b, shape, {From(0), From(1)})}, {t.begin(), t.end()},
                          {c.gain_log2, c.norm_shift, c.norm_limit},
                          kRefuseSilent));  // the peak is out of range

  SelectPeak(b, x, t, rows, width, c);
  PinGain(b, t, c);
  Normalise(b, x, t, shape, c);
  return t[kLevelX1];
}

}  // namespace voizk
