// The proven front end: PCM to the features that the networks read (docs/features.md).
#ifndef VOIZK_SPEECH_FEATURES_FRONT_END_H_
#define VOIZK_SPEECH_FEATURES_FRONT_END_H_

#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secure.h"
#include "relation/builder/builder.h"
#include "speech/features/config.h"
#include "speech/features/log_mel.h"
#include "speech/features/voice_activity.h"

namespace voizk {

struct FrontEnd {
  TensorId x1 = 0;        // [rows][width], normalised samples
  TensorId spectrum = 0;  // [frames][2*bins]
  LogMel log;             // [frames][mel_filters]
  VoiceActivity activity;
  TensorId features = 0;  // [frames][mel_filters]
};

/// Secret inputs kPcmLow, kPcmHigh (level.h).  The signal-to-noise floor is required too.
FrontEnd AddFrontEnd(Builder& b, const FrontEndConfig& c, uint32_t frames);

/// The inputs kPcmLow, kPcmHigh of a buffer of `frames` frames, zero-padded at the end; an error if
/// pcm is longer.
Result<Inputs> SplitPcm(const FrontEndConfig& c, uint32_t frames, std::span<const int16_t> pcm);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_FRONT_END_H_
