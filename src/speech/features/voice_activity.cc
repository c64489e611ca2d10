#include "speech/features/voice_activity.h"

#include <utility>

#include "relation/gadgets/floor_div.h"
#include "relation/gadgets/select.h"
#include "relation/gadgets/sources.h"
#include "speech/features/refusals.h"

namespace voizk {
namespace {

const Shape kScalar = MakeShape({1});

// N is pinned by two counts over live frames: at N enough, at N - 1 not yet.
TensorId AddNoiseLevel(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const Tensor& energy = b.tensor(v.energy);
  const Shape frames = energy.shape;
  const TensorId n = b.AddTensor("vad.noise", kScalar, c.live_energy, energy.hi);
  Step hint;
  hint.kind = StepKind::kCustom;
  hint.name = kNoiseHint;
  hint.views = {b.Identity(v.energy)};
  hint.outputs = {n};
  hint.params = {c.vad_percentile, c.live_energy};
  b.AddStep(std::move(hint));
  b.Range(b.Identity(n), c.live_energy, b.tensor(n).hi);

  const View below = Builder::Sub(Spread(b, n, frames), b.Identity(v.energy));
  const TensorId at_most = b.IsNonNegative("vad.at_most_noise", below);
  const TensorId less = b.IsNonNegative("vad.below_noise", Builder::Offset(below, -1));
  const View live = Total(b, v.live);
  const View reached =
      b.Identity(b.Mul("vad.count_at_most", AsRow(b, v.live), AsRow(b, at_most), kScalar));
  const View before =
      b.Identity(b.Mul("vad.count_below", AsRow(b, v.live), AsRow(b, less), kScalar));
  b.NonNegative(Builder::Offset(live, -1), kRefuseSilent);
  b.NonNegative(Builder::Sub(Builder::Scale(reached, c.vad_percentile), live));
  b.NonNegative(Builder::Offset(Builder::Sub(live, Builder::Scale(before, c.vad_percentile)), -1));
  return n;
}

// theta = max(P - below_peak, min(N + above_noise, P - min_below_peak)), the minimum as
// -max(-x, -y).
TensorId AddThreshold(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const View peak = b.Identity(v.peak), noise = b.Identity(v.noise);
  const View minus_near = Builder::Scale(Builder::Offset(noise, c.vad_above_noise), -1);
  const View minus_far = Builder::Scale(Builder::Offset(peak, -c.vad_min_below_peak), -1);
  const TensorId minus_min = MaxOfTwo(b, "vad.minus_near", minus_near, minus_far);
  return MaxOfTwo(b, "vad.theta", Builder::Offset(peak, -c.vad_below_peak),
                  Builder::Scale(b.Identity(minus_min), -1));
}

}  // namespace

VoiceActivity AddVoiceActivity(Builder& b, const FrontEndConfig& c, const LogMel& log) {
  const Shape frames = MakeShape({b.tensor(log.exponent).shape.dims[0]});
  VoiceActivity v;
  v.energy = b.Materialise("vad.energy", log.Of(b, frames, {From(0), Summed()}));
  const View energy = b.Identity(v.energy);
  v.live = b.IsNonNegative("vad.live", Builder::Offset(energy, -c.live_energy));
  v.peak = b.Max("vad.peak", AsRow(b, v.energy), kScalar);
  v.noise = AddNoiseLevel(b, c, v);
  v.theta = AddThreshold(b, c, v);
  v.voiced = b.IsNonNegative("vad.voiced", Builder::Sub(energy, Spread(b, v.theta, frames)));
  v.count = b.Materialise("vad.count", Total(b, v.voiced));
  b.NonNegative(Builder::Offset(b.Identity(v.count), -c.voiced_min), kRefuseTooShort);
  return v;
}

void RequireSignalToNoise(Builder& b, const FrontEndConfig& c, const VoiceActivity& v) {
  const Tensor energy = b.tensor(v.energy);
  b.NonNegative(
      Builder::Offset(Builder::Sub(b.Identity(v.peak), b.Identity(v.noise)), -c.dynamic_min),
      kRefuseNoisy);
  // removed = live * (1 - voiced)
  const View silent = Builder::Offset(Builder::Scale(b.Identity(v.voiced), -1), 1);
  const TensorId removed = b.Mul("snr.removed", b.Identity(v.live), silent, energy.shape);
  const TensorId voiced_sum =
      b.Mul("snr.voiced_sum", AsRow(b, v.voiced), AsRow(b, v.energy), kScalar);
  const TensorId removed_sum =
      b.Mul("snr.removed_sum", AsRow(b, removed), AsRow(b, v.energy), kScalar);
  const View r = Total(b, removed);
  const TensorId some = b.IsNonNegative("snr.some_removed", Builder::Offset(r, -1));
  // The divisor is r, or 1 when nothing was removed; then the sum and the quotient are 0.
  const View none = Builder::Offset(Builder::Scale(b.Identity(some), -1), 1);
  const TensorId speech =
      FloorDivIn(b, "snr.speech", b.Identity(voiced_sum), b.Identity(v.count), 0, energy.hi);
  const TensorId noise =
      FloorDivIn(b, "snr.noise", b.Identity(removed_sum), Builder::Add(r, none), 0, energy.hi);
  const View margin = Builder::Sub(b.Identity(speech), b.Identity(noise));
  b.NonNegative(Builder::Sub(margin, Builder::Scale(b.Identity(some), c.snr_min)), kRefuseNoisy);
}

}  // namespace voizk
