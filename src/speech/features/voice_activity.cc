#include "speech/features/voice_activity.h"

#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/range.h"
#include "speech/features/refusals.h"

namespace voizk {
namespace {

const Shape kScalar = MakeShape({1});

// N is pinned by two counts over live frames: at N enough, at N - 1 not yet.
TensorId AddNoiseLevel(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const Tensor& energy = b.tensor(v.energy);
  const Shape frames = energy.shape;
  const TensorId n = b.AddTensor("vad.noise", kScalar, c.live_energy, energy.hi);
  b.AddStep(
      steps::Custom(kNoiseHint, {b.Identity(v.energy)}, {n}, {c.vad_percentile, c.live_energy}));
  gadgets::Range(b, b.Identity(n), c.live_energy, b.tensor(n).hi);

  const View below = views::Sub(Spread(b, n, frames), b.Identity(v.energy));
  const TensorId at_most = gadgets::IsNonNegative(b, "vad.at_most_noise", below);
  const TensorId less = gadgets::IsNonNegative(b, "vad.below_noise", views::Offset(below, -1));
  const View live = Total(b, v.live);
  const View reached = b.Identity(
      gadgets::Mul(b, "vad.count_at_most", AsRow(b, v.live), AsRow(b, at_most), kScalar));
  const View before =
      b.Identity(gadgets::Mul(b, "vad.count_below", AsRow(b, v.live), AsRow(b, less), kScalar));
  gadgets::NonNegative(b, views::Offset(live, -1), kRefuseSilent);
  gadgets::NonNegative(b, views::Sub(views::Scale(reached, c.vad_percentile), live));
  gadgets::NonNegative(b,
                       views::Offset(views::Sub(live, views::Scale(before, c.vad_percentile)), -1));
  return n;
}

// theta = max(P - below_peak, min(N + above_noise, P - min_below_peak)), the minimum as
// -max(-x, -y).
TensorId AddThreshold(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const View peak = b.Identity(v.peak), noise = b.Identity(v.noise);
  const View minus_near = views::Scale(views::Offset(noise, c.vad_above_noise), -1);
  const View minus_far = views::Scale(views::Offset(peak, -c.vad_min_below_peak), -1);
  const TensorId minus_min = gadgets::MaxOfTwo(b, "vad.minus_near", minus_near, minus_far);
  return gadgets::MaxOfTwo(b, "vad.theta", views::Offset(peak, -c.vad_below_peak),
                           views::Scale(b.Identity(minus_min), -1));
}

}  // namespace

VoiceActivity AddVoiceActivity(Builder& b, const FrontEndConfig& c, const LogMel& log) {
  const Shape frames = MakeShape({b.tensor(log.exponent).shape.dims[0]});
  VoiceActivity v;
  v.energy = gadgets::Materialise(b, "vad.energy", log.Of(b, frames, {From(0), Summed()}));
  const View energy = b.Identity(v.energy);
  v.live = gadgets::IsNonNegative(b, "vad.live", views::Offset(energy, -c.live_energy));
  v.peak = gadgets::Max(b, "vad.peak", AsRow(b, v.energy), kScalar);
  v.noise = AddNoiseLevel(b, c, v);
  v.theta = AddThreshold(b, c, v);
  v.voiced =
      gadgets::IsNonNegative(b, "vad.voiced", views::Sub(energy, Spread(b, v.theta, frames)));
  v.count = gadgets::Materialise(b, "vad.count", Total(b, v.voiced));
  gadgets::NonNegative(b, views::Offset(b.Identity(v.count), -c.voiced_min), kRefuseTooShort);
  return v;
}

void RequireSignalToNoise(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const Tensor energy = b.tensor(v.energy);
  gadgets::NonNegative(
      b, views::Offset(views::Sub(b.Identity(v.peak), b.Identity(v.noise)), -c.dynamic_min),
      kRefuseNoisy);
  // removed = live * (1 - voiced)
  const View silent = views::Offset(views::Scale(b.Identity(v.voiced), -1), 1);
  const TensorId removed = gadgets::Mul(b, "snr.removed", b.Identity(v.live), silent, energy.shape);
  const TensorId voiced_sum =
      gadgets::Mul(b, "snr.voiced_sum", AsRow(b, v.voiced), AsRow(b, v.energy), kScalar);
  const TensorId removed_sum =
      gadgets::Mul(b, "snr.removed_sum", AsRow(b, removed), AsRow(b, v.energy), kScalar);
  const View r = Total(b, removed);
  const TensorId some = gadgets::IsNonNegative(b, "snr.some_removed", views::Offset(r, -1));
  // The divisor is r, or 1 when nothing was removed; then the sum and the quotient are 0.
  const View none = views::Offset(views::Scale(b.Identity(some), -1), 1);
  const TensorId speech = gadgets::FloorDiv(b, "snr.speech", b.Identity(voiced_sum),
                                            b.Identity(v.count), Interval{0, energy.hi});
  const TensorId noise = gadgets::FloorDiv(b, "snr.noise", b.Identity(removed_sum),
                                           views::Add(r, none), Interval{0, energy.hi});
  const View margin = views::Sub(b.Identity(speech), b.Identity(noise));
  gadgets::NonNegative(b, views::Sub(margin, views::Scale(b.Identity(some), c.snr_min)),
                       kRefuseNoisy);
}

}  // namespace voizk
