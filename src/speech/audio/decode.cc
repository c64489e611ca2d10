#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/exceptions.h"
#include "speech/audio/av_decoder.h"
#include "speech/audio/byte_source.h"
#include "speech/audio/container_check.h"
#include "speech/audio/mono_mixer.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr std::size_t kRawBlock = 4096;  // samples

/// Signed 16 bit, little endian, mono.
Status MixRaw(const ByteSource& source, int rate_hz, MonoMixer* mixer) {
  if (source.size() == 0) return {ErrorCode::kMalformed, "the file is empty"};
  if (source.size() % 2 != 0) {
    return {ErrorCode::kMalformed, "a headerless 16-bit file has an even number of bytes"};
  }
  AudioBlock block{rate_hz, 1, {}};
  SecureVector<std::uint8_t> bytes(2 * kRawBlock);
  for (std::int64_t offset = 0; offset < source.size();) {
    const std::size_t got = source.ReadAt(offset, bytes);
    if (got == 0) return {ErrorCode::kIo, "the file cannot be read"};
    offset += static_cast<std::int64_t>(got);
    block.interleaved.clear();
    for (std::size_t i = 0; i + 1 < got; i += 2) {
      const auto sample = static_cast<std::int16_t>(bytes[i] | bytes[i + 1] << 8);
      block.interleaved.push_back(sample / 32768.0);
    }
    VOIZK_RETURN_IF_ERROR(mixer->Take(block));
  }
  return {};
}

Status MixContainer(const ByteSource& source, const ContainerView& view, MonoMixer* mixer) {
  for (const Extent& part : view.parts) {
    VOIZK_ASSIGN_OR_RETURN(AvDecoder decoder, AvDecoder::Open(source, view.container, part));
    const std::int64_t stated = decoder.stated_frames();
    AudioBlock block;
    for (;;) {
      const Result<bool> more = decoder.Next(&block);
      if (!more.ok() && stated > 0 && mixer->frames() >= stated) break;  // bytes behind the sound
      if (!more.ok()) return more.status();
      if (!*more) break;
      VOIZK_RETURN_IF_ERROR(mixer->Take(block));
    }
    if (mixer->frames() < stated) return TruncatedAudio();
  }
  return {};
}

Result<PcmBuffer> Decode(const ByteSource& source, bool headerless, const DecodeOptions& options) {
  std::optional<ContainerView> view;
  if (headerless && !options.raw_rate_hz.has_value()) {
    return {ErrorCode::kInvalidArgument,
            "a headerless .raw file needs its sample rate (--raw-rate)"};
  }
  if (!headerless) {
    VOIZK_ASSIGN_OR_RETURN(view, CheckContainer(source));
  }
  const auto mix = [&](MonoMixer* mixer) {
    return view ? MixContainer(source, *view, mixer) : MixRaw(source, *options.raw_rate_hz, mixer);
  };
  MonoMixer average(options, std::nullopt);
  VOIZK_RETURN_IF_ERROR(mix(&average));
  const auto channel = average.ChannelToUseInstead();
  if (!channel) return average.Finish();
  MonoMixer one(options, channel);  // decoded again: all channels were not kept
  VOIZK_RETURN_IF_ERROR(mix(&one));
  return one.Finish();
}

bool EndsInRaw(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".raw";
}

}  // namespace

Result<PcmBuffer> DecodeFile(const std::string& path, const DecodeOptions& options) try {
  const auto decoded = [&]() -> Result<PcmBuffer> {
    VOIZK_ASSIGN_OR_RETURN(const ByteSource source,
                           ByteSource::OpenFile(path, options.limits.max_bytes));
    return Decode(source, EndsInRaw(path), options);
  };
  Result<PcmBuffer> pcm = decoded();
  if (!pcm.ok()) return Error{pcm.error().code, path + ": " + pcm.error().message};
  return pcm;
} catch (...) {
  return ErrorOfException();
}

Result<PcmBuffer> DecodeMemory(std::span<const std::uint8_t> bytes,
                               const DecodeOptions& options) try {
  VOIZK_ASSIGN_OR_RETURN(const ByteSource source,
                         ByteSource::OfMemory(bytes, options.limits.max_bytes));
  return Decode(source, options.raw_rate_hz.has_value(), options);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
