#include "speech/audio/av_samples.h"

#include <cstring>

#include "speech/audio/av_library.h"

namespace voizk {
namespace {

template <typename T>
void Convert(const AVFrame& frame, bool planar, double offset, double scale, AudioBlock* block) {
  const auto channels = static_cast<std::size_t>(block->channels);
  const auto frames = static_cast<std::size_t>(frame.nb_samples);
  block->interleaved.resize(frames * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::uint8_t* plane = frame.extended_data[planar ? c : 0];
    for (std::size_t i = 0; i < frames; ++i) {
      T value;
      std::memcpy(&value, plane + (planar ? i : i * channels + c) * sizeof(T), sizeof(T));
      block->interleaved[i * channels + c] = (static_cast<double>(value) - offset) * scale;
    }
  }
}

}  // namespace

bool TakeSamples(const AVFrame& frame, AudioBlock* block) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  block->rate_hz = frame.sample_rate;
  block->channels = frame.ch_layout.nb_channels;
  if (block->rate_hz <= 0 || block->channels <= 0 || frame.nb_samples < 0) return false;
  const bool planar = Av().av_sample_fmt_is_planar(format) != 0;
  switch (Av().av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      Convert<std::uint8_t>(frame, planar, 128.0, 0x1p-7, block);
      return true;
    case AV_SAMPLE_FMT_S16:
      Convert<std::int16_t>(frame, planar, 0.0, 0x1p-15, block);
      return true;
    case AV_SAMPLE_FMT_S32:
      Convert<std::int32_t>(frame, planar, 0.0, 0x1p-31, block);
      return true;
    case AV_SAMPLE_FMT_FLT:
      Convert<float>(frame, planar, 0.0, 1.0, block);
      return true;
    case AV_SAMPLE_FMT_DBL:
      Convert<double>(frame, planar, 0.0, 1.0, block);
      return true;
    default:
      return false;
  }
}

}  // namespace voizk
