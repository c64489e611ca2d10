#include "speech/features/mean_norm.h"

#include <algorithm>
#include <vector>

#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/table.h"

namespace voizk {

TensorId AddMeanNorm(Builder& b, const FrontEndConfig& c, const LogMel& log,
                     const VoiceActivity& v) {
  const Shape shape = b.tensor(log.exponent).shape;
  const uint32_t frames = shape.dims[0], filters = shape.dims[1];
  const Shape across = MakeShape({filters, frames});
  const View voiced = ViewOf(b, v.voiced, across, {From(1)});
  const TensorId sum = gadgets::Mul(b, "cmn.sum", voiced, log.Of(b, across, {From(1), From(0)}),
                                    MakeShape({filters}));
  const TensorId mu =
      gadgets::FloorDiv(b, "cmn.mean", b.Identity(sum), Spread(b, v.count, MakeShape({filters})),
                        Interval{c.LogMin(), c.LogMax()});
  const View centred =
      views::Sub(log.Of(b, shape, {From(0), From(1)}), ViewOf(b, mu, shape, {From(1)}));
  const auto clamp = [&c](int64_t d) {
    return static_cast<int32_t>(
        std::clamp<int64_t>(d >> c.cmn_shift, c.feature_min, c.feature_max));
  };
  return gadgets::Requant(b, "features", centred, 0, clamp);
}

TensorId AddMfcc(Builder& b, const FrontEndConfig& c, const LogMel& log) {
  const Shape shape = b.tensor(log.exponent).shape;
  const auto out = static_cast<uint32_t>(c.mfcc);
  const WeightsId dct = b.AddWeights(MakeShape({out, 1, shape.dims[1]}), c.dct);
  const std::vector<int32_t> none(out, 0), half(out, int32_t{1} << (c.mfcc_shift - 1));
  const View exponents = views::Conv1d(b, log.exponent, dct, none, shape.dims[0], 1, 1, 0, 1);
  const View fractions = views::Conv1d(b, log.fraction, dct, half, shape.dims[0], 1, 1, 0, 1);
  return gadgets::Requant(b, "mfcc", views::Add(views::Scale(exponents, c.log_scale), fractions),
                          c.mfcc_shift, [](int64_t h) { return static_cast<int32_t>(h); });
}

}  // namespace voizk
