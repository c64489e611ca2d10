// Cepstral-style mean normalisation over voiced frames, and the MFCC (docs/features.md, 8 and 9).
#ifndef VOIZK_FEATURES_MEAN_NORM_H_
#define VOIZK_FEATURES_MEAN_NORM_H_

#include "features/config.h"
#include "features/log_mel.h"
#include "features/voice_activity.h"
#include "relation/builder.h"

namespace voizk {

/// mu[m] = floor(sum_t voiced_t L[t][m] / n),
/// f[t][m] = clamp(floor((L[t][m] - mu[m]) / 2^cmn_shift), feature_min, feature_max), [frames][m].
TensorId AddMeanNorm(Builder& b, const FrontEndConfig& c, const LogMel& log,
                     const VoiceActivity& v);

/// c[t][i] = floor((sum_m dct[i][m] L[t][m] + 2^(s-1)) / 2^s), [frames][mfcc].
TensorId AddMfcc(Builder& b, const FrontEndConfig& c, const LogMel& log);

}  // namespace voizk

#endif  // VOIZK_FEATURES_MEAN_NORM_H_
