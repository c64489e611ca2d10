// A microphone's samples on their way: levels and the end of speech as they come, then 16 bits at
// the bundle's rate, by what the command line records with (src/speech/audio).
#include <emscripten.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "call.h"
#include "outcome.h"
#include "speech/audio/level.h"
#include "speech/audio/resample.h"
#include "voizk/secure.h"

namespace voizk::wasm {
namespace {

constexpr int kMostSeconds = 60;

/// What voizk_capture_push says in `bucket`.
enum State : uint32_t { kBegan = 1, kEnded = 2, kFull = 4 };

/// What is told of a block of kLevelBlockSeconds; engine.ts reads the same three.
struct BlockLevel {
  float rms_dbfs;
  float peak_dbfs;
  float loud;  // 0 or 1
};

class CaptureStream {
 public:
  static Result<std::unique_ptr<CaptureStream>> Make(int device_hz, int bundle_hz,
                                                     double trailing_silence_s) {
    auto resampler = MonoResampler::Create(device_hz, bundle_hz);
    if (!resampler.ok()) return resampler.error();
    if (!(trailing_silence_s > 0)) {
      return {ErrorCode::kInvalidArgument, "the silence that ends a recording has a length"};
    }
    return std::unique_ptr<CaptureStream>(
        new CaptureStream(std::move(*resampler), device_hz, bundle_hz, trailing_silence_s));
  }

  /// What comes behind kMostSeconds is left out.
  Status Push(std::span<const float> samples, SecureVector<BlockLevel>* levels) {
    for (const float x : samples) {
      if (pcm_.size() >= most_samples_) return {};
      // A device that delivers no number delivers nothing.
      block_.push_back(std::isfinite(x) ? x : 0.0);
      if (block_.size() < block_samples_) continue;
      const Status pushed = resampler_.Push(block_, &pcm_);
      if (!pushed.ok()) return pushed;
      double peak = 0.0;
      for (const double y : block_) peak = std::max(peak, std::abs(y));
      const double level = ToDbfs(BlockRms(block_));
      endpoint_.Add(level);
      levels->push_back({static_cast<float>(std::min(level, 0.0)),
                         static_cast<float>(std::min(ToDbfs(peak), 0.0)),
                         endpoint_.loud() ? 1.0F : 0.0F});
      block_.clear();
    }
    return {};
  }

  uint32_t State() const {
    return (endpoint_.speech_began() ? kBegan : 0) | (endpoint_.ended() ? kEnded : 0) |
           (pcm_.size() >= most_samples_ ? kFull : 0);
  }

  /// Once: what was recorded, the last part of a block included.
  Result<SecureVector<int16_t>> Finish() {
    Status status = resampler_.Push(block_, &pcm_);
    if (status.ok()) status = resampler_.Finish(&pcm_);
    if (!status.ok()) return status.error();
    return std::move(pcm_);
  }

 private:
  CaptureStream(MonoResampler resampler, int device_hz, int bundle_hz, double trailing_silence_s)
      : resampler_(std::move(resampler)),
        endpoint_(trailing_silence_s),
        block_samples_(std::max<size_t>(1, static_cast<size_t>(device_hz * kLevelBlockSeconds))),
        most_samples_(static_cast<size_t>(bundle_hz) * kMostSeconds) {}

  MonoResampler resampler_;
  EndpointDetector endpoint_;
  size_t block_samples_;
  size_t most_samples_;
  SecureVector<double> block_;
  SecureVector<int16_t> pcm_;
};

template <typename T>
Bytes CopyOf(const SecureVector<T>& values) {
  return Copy(std::span(reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)));
}

}  // namespace

extern "C" {

/// A recording begins (handle): from device_hz to bundle_hz; speech has ended after this silence.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_capture_begin(int device_hz, int bundle_hz,
                                                  double trailing_silence_s) {
  return Call([&](Outcome* out) -> Status {
    auto stream = CaptureStream::Make(device_hz, bundle_hz, trailing_silence_s);
    if (!stream.ok()) return stream.error();
    out->handle = stream->release();
    return {};
  });
}

/// Samples in [-1, 1].  first: a BlockLevel for each block that they complete; bucket: State.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_capture_push(CaptureStream* stream, const float* samples,
                                                 size_t count) {
  return Call([&](Outcome* out) -> Status {
    SecureVector<BlockLevel> levels;
    const Status status = stream->Push({samples, count}, &levels);
    if (!status.ok()) return status;
    out->first = CopyOf(levels);
    out->bucket = stream->State();
    return {};
  });
}

/// first: the recording, 16 bits.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_capture_end(CaptureStream* stream) {
  return Call([&](Outcome* out) -> Status {
    const auto pcm = stream->Finish();
    if (!pcm.ok()) return pcm.error();
    out->first = CopyOf(*pcm);
    return {};
  });
}
EMSCRIPTEN_KEEPALIVE void voizk_capture_free(CaptureStream* stream) { delete stream; }

}  // extern "C"

}  // namespace voizk::wasm
