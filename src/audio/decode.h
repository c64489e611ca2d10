// Audio files to PCM (libsndfile, libsoxr): any rate and channel count to mono 16 bit at the rate
// the networks want.  This lies before the proof; nothing downstream trusts it.
#ifndef VOIZK_AUDIO_DECODE_H_
#define VOIZK_AUDIO_DECODE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "audio/pcm.h"
#include "base/result.h"

namespace voizk {

/// What a file may at most be; checked before anything is allocated for it, and again while
/// reading where the header does not tell the truth.
struct DecodeLimits {
  double max_seconds = 60.0;           // a login takes 3 to 6 s, an enrolment utterance at most 30
  std::int64_t max_bytes = 256 << 20;  // 60 s of 8 channels of float at 96 kHz are 184 MB
  int max_channels = 32;
  int min_rate_hz = 1000;  // below, no speech is left
  int max_rate_hz = 384'000;
};

/// How to read one file.
struct DecodeOptions {
  int target_rate_hz = 8000;
  /// Rate of headerless files: signed 16 bit, little endian, mono (".raw").
  std::optional<int> raw_rate_hz;
  DecodeLimits limits;
};

/// Decodes WAV, FLAC, OGG (Vorbis, Opus) or MP3, recognised by content, or a headerless file, by
/// its ending ".raw".  Channels are averaged, then resampled (resample.h), rounded and saturated.
/// Memory: O(limits.max_seconds), whatever the file claims.
///
/// kNotFound, kIo        the file cannot be opened or read
/// kInvalidArgument      not a regular file; ".raw" without raw_rate_hz; unusable target rate
/// kMalformed            not audio, damaged, truncated, no samples, zero channels, NaN or infinity
/// kUnsupported          a rate outside the limits, an encoding or container not read here
/// kLimitExceeded        longer, larger or of more channels than the limits allow
///
/// libsndfile and soxr hold a block of samples in memory of their own, which is not zeroed.
Result<PcmBuffer> DecodeFile(const std::filesystem::path& path, const DecodeOptions& options);

/// The same for bytes in memory; headerless exactly when raw_rate_hz is set.
Result<PcmBuffer> DecodeMemory(std::span<const std::uint8_t> bytes, const DecodeOptions& options);

}  // namespace voizk

#endif  // VOIZK_AUDIO_DECODE_H_
