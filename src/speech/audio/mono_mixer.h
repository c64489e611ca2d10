// From decoded blocks of any rate and number of channels to 16-bit mono at one rate.
#ifndef VOIZK_SPEECH_AUDIO_MONO_MIXER_H_
#define VOIZK_SPEECH_AUDIO_MONO_MIXER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "speech/audio/av_decoder.h"
#include "speech/audio/resample.h"
#include "voizk/audio.h"

namespace voizk {

/// Sound about its mean; only these three numbers are kept.
class Energy {
 public:
  void Add(double x) {
    ++count_;
    sum_ += x;
    squares_ += x * x;
  }
  /// The sum of squares of what is left without the mean, at least 0.
  double value() const;

 private:
  double count_ = 0.0;
  double sum_ = 0.0;
  double squares_ = 0.0;
};

/// Averages the channels of each frame, or takes one of them, and resamples.  A change of rate
/// between blocks ends one stretch of sound and begins another.
class MonoMixer {
 public:
  /// `channel`: the only one to be used (blocks that lack it are averaged).
  MonoMixer(const DecodeOptions& options, std::optional<std::size_t> channel)
      : options_(options), channel_(channel) {
    pcm_.rate_hz = options.target_rate_hz;
  }

  /// kMalformed: a sample is no number; kUnsupported: a rate outside the limits; kLimitExceeded:
  /// too many channels, or longer than the limits allow.
  Status Take(const AudioBlock& block);

  /// Frames taken so far, of all rates together.
  std::int64_t frames() const { return frames_; }

  /// The loudest channel, where the average of all has lost the sound: its energy times the number
  /// of channels squared is under a tenth of the channels' energies together (unrelated channels
  /// have all of it, equal ones more).  So it is where one channel is the inverse of another.
  std::optional<std::size_t> ChannelToUseInstead() const;

  /// kMalformed: there was not one sample.
  Result<PcmBuffer> Finish();

 private:
  Status CheckFormat(const AudioBlock& block) const;

  DecodeOptions options_;
  std::optional<std::size_t> channel_;
  std::optional<MonoResampler> resampler_;
  int rate_hz_ = 0;
  double seconds_ = 0.0;
  std::int64_t frames_ = 0;
  std::vector<Energy> channels_;
  Energy sum_;
  SecureVector<double> mono_;
  PcmBuffer pcm_;
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_MONO_MIXER_H_
