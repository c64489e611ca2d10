#include <sndfile.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>
#include <string>

#include "speech/audio/byte_source.h"
#include "speech/audio/container_check.h"
#include "speech/audio/resample.h"
#include "speech/audio/stderr_silencer.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr sf_count_t kBlockFrames = 4096;

struct SndfileCloser {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SndfileHandle = std::unique_ptr<SNDFILE, SndfileCloser>;

/// libsndfile's view of a ByteSource.
struct Cursor {
  const ByteSource* source;
  sf_count_t position = 0;
};

sf_count_t CursorLength(void* user) { return static_cast<Cursor*>(user)->source->size(); }

sf_count_t CursorSeek(sf_count_t offset, int whence, void* user) {
  auto* cursor = static_cast<Cursor*>(user);
  const sf_count_t base = whence == SEEK_SET   ? 0
                          : whence == SEEK_CUR ? cursor->position
                                               : cursor->source->size();
  sf_count_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return -1;
  cursor->position = target;
  return target;
}

sf_count_t CursorRead(void* out, sf_count_t count, void* user) {
  auto* cursor = static_cast<Cursor*>(user);
  if (count <= 0) return 0;
  const std::size_t got = cursor->source->ReadAt(
      cursor->position, {static_cast<std::uint8_t*>(out), static_cast<std::size_t>(count)});
  cursor->position += static_cast<sf_count_t>(got);
  return static_cast<sf_count_t>(got);
}

sf_count_t CursorTell(void* user) { return static_cast<Cursor*>(user)->position; }

SF_VIRTUAL_IO CursorFunctions() {
  return {.get_filelen = CursorLength,
          .seek = CursorSeek,
          .read = CursorRead,
          .write = nullptr,
          .tell = CursorTell};
}

Error SndfileError(int code) {
  const std::string text = std::string(": ") + sf_error_number(code);
  switch (code) {
    case SF_ERR_UNRECOGNISED_FORMAT:
      return {ErrorCode::kMalformed, "not an audio file that is read here (WAV, FLAC, OGG, MP3)"};
    case SF_ERR_UNSUPPORTED_ENCODING:
      return {ErrorCode::kUnsupported, "the audio's encoding is not supported" + text};
    case SF_ERR_SYSTEM:
      return {ErrorCode::kIo, "the audio file cannot be read" + text};
    default:
      return {ErrorCode::kMalformed, "the audio file is damaged" + text};
  }
}

bool IsReadHere(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG:
    case SF_FORMAT_MPEG:
    case SF_FORMAT_RAW:
      return true;
    default:
      return false;
  }
}

/// Whether the header's count of frames is exact, so that fewer decoded ones mean truncation.
bool StatesItsLength(const SF_INFO& info) {
  const int type = info.format & SF_FORMAT_TYPEMASK;
  return info.frames != SF_COUNT_MAX && type != SF_FORMAT_MPEG && type != SF_FORMAT_OGG;
}

Status CheckHeader(const SF_INFO& info, const DecodeLimits& limits) {
  if (!IsReadHere(info.format)) {
    return {ErrorCode::kUnsupported, "this container is not read; convert it to WAV or FLAC"};
  }
  if (info.channels < 1) return {ErrorCode::kMalformed, "the audio file has no channels"};
  if (info.channels > limits.max_channels) {
    return {ErrorCode::kLimitExceeded, "the audio file has " + std::to_string(info.channels) +
                                           " channels; at most " +
                                           std::to_string(limits.max_channels) + " are read"};
  }
  if (info.samplerate < limits.min_rate_hz || info.samplerate > limits.max_rate_hz) {
    return {ErrorCode::kUnsupported, "a sample rate of " + std::to_string(info.samplerate) +
                                         " Hz is outside " + std::to_string(limits.min_rate_hz) +
                                         " .. " + std::to_string(limits.max_rate_hz)};
  }
  return {};
}

Status TooLong(const DecodeLimits& limits) {
  return {ErrorCode::kLimitExceeded, "the recording is longer than " +
                                         std::to_string(std::lround(limits.max_seconds)) +
                                         " seconds"};
}

// Samples of float files are cut to this (full scale is 1): finite ones near the largest double
// would become infinite, and then no number, inside the resampler.  All beyond 1 saturate in the
// end.
constexpr double kLargestSample = 1000.0;

/// Averages the channels of each frame.  False if a sample is NaN or infinite.
bool MixToMono(std::span<const double> interleaved, std::size_t channels, std::span<double> mono) {
  for (std::size_t frame = 0; frame < mono.size(); ++frame) {
    double sum = 0.0;
    for (std::size_t c = 0; c < channels; ++c) sum += interleaved[frame * channels + c];
    if (!std::isfinite(sum)) return false;  // any NaN or infinity survives a sum
    mono[frame] = std::clamp(sum / static_cast<double>(channels), -kLargestSample, kLargestSample);
  }
  return true;
}

Result<PcmBuffer> ReadAll(SNDFILE* file, const SF_INFO& info, const DecodeOptions& options) {
  const double max_frames = options.limits.max_seconds * info.samplerate;
  if (StatesItsLength(info) && static_cast<double>(info.frames) > max_frames) {
    return TooLong(options.limits);
  }
  VOIZK_ASSIGN_OR_RETURN(MonoResampler resampler,
                         MonoResampler::Create(info.samplerate, options.target_rate_hz));
  const auto channels = static_cast<std::size_t>(info.channels);
  SecureVector<double> interleaved(static_cast<std::size_t>(kBlockFrames) * channels);
  SecureVector<double> mono(static_cast<std::size_t>(kBlockFrames));
  PcmBuffer pcm;
  pcm.rate_hz = options.target_rate_hz;
  sf_count_t total = 0;
  for (;;) {
    const sf_count_t got = sf_readf_double(file, interleaved.data(), kBlockFrames);
    if (sf_error(file) != SF_ERR_NO_ERROR) return SndfileError(sf_error(file));
    if (got <= 0) break;
    total += got;
    if (static_cast<double>(total) > max_frames) return TooLong(options.limits);
    const auto frames = static_cast<std::size_t>(got);
    if (!MixToMono(interleaved, channels, std::span(mono).first(frames))) {
      return {ErrorCode::kMalformed, "the audio file contains a sample that is no number"};
    }
    VOIZK_RETURN_IF_ERROR(resampler.Push(std::span(mono).first(frames), &pcm.samples));
  }
  if (StatesItsLength(info) && total < info.frames) {
    return {ErrorCode::kMalformed, "the audio file is truncated: it ends before its sound does"};
  }
  VOIZK_RETURN_IF_ERROR(resampler.Finish(&pcm.samples));
  if (pcm.samples.empty()) return {ErrorCode::kMalformed, "the audio file holds no samples"};
  return pcm;
}

Result<PcmBuffer> Decode(const ByteSource& source, bool headerless, const DecodeOptions& options) {
  SF_INFO info = {};
  std::optional<StderrSilencer> silencer;  // mpg123 comments on damaged frames
  if (headerless) {
    if (!options.raw_rate_hz.has_value()) {
      return {ErrorCode::kInvalidArgument, "a headerless .raw file needs its sample rate"};
    }
    if (source.size() == 0) return {ErrorCode::kMalformed, "the audio file is empty"};
    if (source.size() % 2 != 0) {
      return {ErrorCode::kMalformed, "a headerless 16-bit file has an even number of bytes"};
    }
    info.samplerate = *options.raw_rate_hz;
    info.channels = 1;
    info.format = SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
    VOIZK_RETURN_IF_ERROR(CheckHeader(info, options.limits));
  } else {
    VOIZK_ASSIGN_OR_RETURN(const Container container, CheckContainer(source));
    if (container == Container::kMpeg) silencer.emplace();
  }
  Cursor cursor{&source};
  SF_VIRTUAL_IO io = CursorFunctions();
  const SndfileHandle file(sf_open_virtual(&io, SFM_READ, &info, &cursor));
  if (file == nullptr) return SndfileError(sf_error(nullptr));
  VOIZK_RETURN_IF_ERROR(CheckHeader(info, options.limits));
  return ReadAll(file.get(), info, options);
}

bool EndsInRaw(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".raw";
}

}  // namespace

Result<PcmBuffer> DecodeFile(const std::string& path, const DecodeOptions& options) {
  VOIZK_ASSIGN_OR_RETURN(const ByteSource source,
                         ByteSource::OpenFile(path, options.limits.max_bytes));
  return Decode(source, EndsInRaw(path), options);
}

Result<PcmBuffer> DecodeMemory(std::span<const std::uint8_t> bytes, const DecodeOptions& options) {
  VOIZK_ASSIGN_OR_RETURN(const ByteSource source,
                         ByteSource::OfMemory(bytes, options.limits.max_bytes));
  return Decode(source, options.raw_rate_hz.has_value(), options);
}

}  // namespace voizk
