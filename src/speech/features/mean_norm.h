// Cepstral-style mean normalisation over voiced frames, and the MFCC (docs/features.md, 8 and 9).
#ifndef VOIZK_SPEECH_FEATURES_MEAN_NORM_H_
#define VOIZK_SPEECH_FEATURES_MEAN_NORM_H_

#include "relation/builder/builder.h"
#include "speech/features/config.h"
#include "speech/features/log_mel.h"
#include "speech/features/voice_activity.h"

namespace voizk {

/// mu[m] = floor(sum_t voiced_t L[t][m] / n),
/// f[t][m] = clamp(floor((L[t][m] - mu[m]) / 2^cmn_shift), feature_min, feature_max), [frames][m].
TensorId AddMeanNorm(Builder& b, const FrontEndConfig& c, const LogMel& log,
                     const VoiceActivity& v);

/// c[t][i] = floor((sum_m dct[i][m] L[t][m] + 2^(s-1)) / 2^s), [frames][mfcc].
TensorId AddMfcc(Builder& b, const FrontEndConfig& c, const LogMel& log);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_MEAN_NORM_H_
