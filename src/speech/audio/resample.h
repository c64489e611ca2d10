// Mono streams from one rate to another, and from real numbers to 16 bit (libsoxr, HQ recipe).
#ifndef VOIZK_SPEECH_AUDIO_RESAMPLE_H_
#define VOIZK_SPEECH_AUDIO_RESAMPLE_H_

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "base/secure.h"

struct soxr;

namespace voizk {

/// The 16-bit sample of x, where full scale is [-1, 1): 32768 x rounded to the nearest integer
/// (ties to even), saturated to [-32768, 32767].  x must be finite.
std::int16_t QuantiseSample(double x);

/// A stream of mono samples (full scale [-1, 1)) at one rate in, 16-bit samples at another out.
/// Equal rates pass through untouched, so 16-bit input comes out bit for bit.  Otherwise linear
/// phase, flat to 0.913 of the lower Nyquist frequency, aliases below -120 dB; the delay is
/// compensated: output sample n lies at time n / out_rate_hz.  One thread at a time.
///
/// soxr keeps up to a few thousand samples in buffers of its own, which it does not zero.
class MonoResampler {
 public:
  /// Rates in Hz, 1 .. 10^6.  kInvalidArgument otherwise.
  static Result<MonoResampler> Create(int in_rate_hz, int out_rate_hz);

  MonoResampler(MonoResampler&&) = default;
  MonoResampler& operator=(MonoResampler&&) = default;

  /// Appends to `out` what `in` makes available.  All of `in` must be finite.
  Status Push(std::span<const double> in, SecureVector<std::int16_t>* out);

  /// Ends the stream: appends what is still inside.  Nothing may be pushed afterwards.
  Status Finish(SecureVector<std::int16_t>* out);

 private:
  struct Deleter {
    void operator()(soxr* handle) const;
  };
  MonoResampler() = default;
  Status Process(const double* in, std::size_t count, SecureVector<std::int16_t>* out);

  std::unique_ptr<soxr, Deleter> soxr_;  // null where the rates agree
  SecureVector<double> block_;           // output of one soxr call
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_RESAMPLE_H_
