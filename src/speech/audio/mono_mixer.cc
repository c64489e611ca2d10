#include "speech/audio/mono_mixer.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "speech/audio/container_check.h"

namespace voizk {
namespace {

// Samples of float files are cut to this (full scale is 1): finite ones near the largest double
// would become infinite, and then no number, inside the resampler.  All beyond 1 saturate in the
// end.
constexpr double kLargestSample = 1000.0;
constexpr double kCancelled = 0.1;

template <typename... Parts>
std::string Text(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

}  // namespace

double Energy::value() const {
  return count_ > 0 ? std::max(0.0, squares_ - sum_ * sum_ / count_) : 0.0;
}

Status MonoMixer::CheckFormat(const AudioBlock& block) const {
  const DecodeLimits& limits = options_.limits;
  if (block.channels > limits.max_channels) {
    return {ErrorCode::kLimitExceeded,
            Text("the recording has ", block.channels, " channels; at most ", limits.max_channels,
                 " are read")};
  }
  if (block.rate_hz < limits.min_rate_hz || block.rate_hz > limits.max_rate_hz) {
    return {ErrorCode::kUnsupported, Text("a sample rate of ", block.rate_hz, " Hz is outside ",
                                          limits.min_rate_hz, " .. ", limits.max_rate_hz)};
  }
  return {};
}

Status MonoMixer::Take(const AudioBlock& block) {
  VOIZK_RETURN_IF_ERROR(CheckFormat(block));
  if (block.rate_hz != rate_hz_) {
    if (resampler_) VOIZK_RETURN_IF_ERROR(resampler_->Finish(&pcm_.samples));
    VOIZK_ASSIGN_OR_RETURN(resampler_,
                           MonoResampler::Create(block.rate_hz, options_.target_rate_hz));
    rate_hz_ = block.rate_hz;
  }
  const auto channels = static_cast<std::size_t>(block.channels);
  const std::size_t frames = block.interleaved.size() / channels;
  frames_ += static_cast<std::int64_t>(frames);
  seconds_ += static_cast<double>(frames) / rate_hz_;
  if (seconds_ > options_.limits.max_seconds) {
    return {ErrorCode::kLimitExceeded,
            Text("the recording is longer than ", options_.limits.max_seconds, " seconds")};
  }
  channels_.resize(std::max(channels_.size(), channels));
  mono_.resize(frames);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    double sum = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
      const double x = block.interleaved[frame * channels + c];
      if (!std::isfinite(x)) {
        return {ErrorCode::kMalformed, "the recording contains a sample that is no number"};
      }
      sum += x;
      channels_[c].Add(std::clamp(x, -kLargestSample, kLargestSample));
    }
    const bool one = channel_.has_value() && *channel_ < channels;
    const double x =
        one ? block.interleaved[frame * channels + *channel_] : sum / static_cast<double>(channels);
    mono_[frame] = std::clamp(x, -kLargestSample, kLargestSample);
    sum_.Add(std::clamp(sum, -kLargestSample, kLargestSample));
  }
  return resampler_->Push(mono_, &pcm_.samples);
}

std::optional<std::size_t> MonoMixer::ChannelToUseInstead() const {
  double together = 0.0;
  for (const Energy& channel : channels_) together += channel.value();
  if (sum_.value() >= kCancelled * together) return std::nullopt;
  const auto loudest = std::ranges::max_element(
      channels_, [](const Energy& a, const Energy& b) { return a.value() < b.value(); });
  return static_cast<std::size_t>(loudest - channels_.begin());
}

Result<PcmBuffer> MonoMixer::Finish() {
  if (resampler_) VOIZK_RETURN_IF_ERROR(resampler_->Finish(&pcm_.samples));
  if (pcm_.samples.empty()) return EmptyAudio();
  return std::move(pcm_);
}

}  // namespace voizk
