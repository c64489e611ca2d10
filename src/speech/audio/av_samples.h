// Samples of libavcodec's formats as real numbers.
#ifndef VOIZK_SPEECH_AUDIO_AV_SAMPLES_H_
#define VOIZK_SPEECH_AUDIO_AV_SAMPLES_H_

#include "speech/audio/av_decoder.h"

struct AVFrame;

namespace voizk {

/// Exact: n-bit integers over 2^(n-1), 8-bit ones centred at 128 first.  False: not a format of
/// audio, no channels, or no rate.
bool TakeSamples(const AVFrame& frame, AudioBlock* block);

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_AV_SAMPLES_H_
