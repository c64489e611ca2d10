// Frame energy, voice activity and the signal-to-noise floor (docs/features.md, 6 and 7).  Every
// indicator is two-sided and every quantity that moves the threshold (P, N) is pinned, so that a
// prover cannot drop frames at will (docs/protocol/pitfalls.md).
#ifndef VOIZK_SPEECH_FEATURES_VOICE_ACTIVITY_H_
#define VOIZK_SPEECH_FEATURES_VOICE_ACTIVITY_H_

#include "relation/builder/builder.h"
#include "speech/features/config.h"
#include "speech/features/log_mel.h"

namespace voizk {

struct VoiceActivity {
  TensorId energy = 0;  // [frames] E_t = sum_m L[t][m]
  TensorId live = 0;    // [frames] E_t >= live_energy
  TensorId peak = 0;    // [1] P = max E
  TensorId noise = 0;   // [1] N
  TensorId theta = 0;   // [1]
  TensorId voiced = 0;  // [frames] E_t >= theta
  TensorId count = 0;   // [1] n = sum voiced, >= voiced_min
};

/// N of the energies: the smallest integer with percentile * #{live, E <= N} >= #live.
/// views: E.  params: vad_percentile, live_energy.  outputs: N (live_energy if nothing is live).
inline constexpr char kNoiseHint[] = "noise level";

VoiceActivity AddVoiceActivity(Builder& b, const FrontEndConfig& c, const LogMel& log);

/// P - N >= dynamic_min, and the mean voiced energy exceeds that of the removed live frames by
/// snr_min, unless there are none.
void RequireSignalToNoise(Builder& b, const FrontEndConfig& c, const VoiceActivity& v);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_VOICE_ACTIVITY_H_
