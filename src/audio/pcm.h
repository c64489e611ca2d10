// The one form in which sound leaves this folder: mono, 16 bit, one public rate.  Everything from
// these samples on is proven; how they came to be (decoding, resampling, microphone) is not.
#ifndef VOIZK_AUDIO_PCM_H_
#define VOIZK_AUDIO_PCM_H_

#include <cstdint>

#include "base/secure.h"

namespace voizk {

/// Mono samples in [-32768, 32767] at `rate_hz`; secret, hence zeroed when released.
struct PcmBuffer {
  SecureVector<std::int16_t> samples;
  int rate_hz = 0;

  double seconds() const {
    return rate_hz > 0 ? static_cast<double>(samples.size()) / rate_hz : 0.0;
  }
};

}  // namespace voizk

#endif  // VOIZK_AUDIO_PCM_H_
