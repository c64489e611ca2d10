#include <portaudio.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "base/exceptions.h"
#include "speech/audio/level.h"
#include "speech/audio/resample.h"
#include "speech/audio/stderr_silencer.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMaxSeconds = 600.0;
constexpr double kLatencySeconds = 0.2;  // PortAudio's buffer: how late a fetch may come
constexpr auto kStall = std::chrono::seconds(3);
constexpr auto kPoll = std::chrono::milliseconds(5);

std::mutex& PortAudioMutex() {
  static std::mutex mutex;  // PortAudio itself is global and takes no two callers
  return mutex;
}

/// False where ALSA has no configuration at all: PortAudio 19.6 then fails an assertion of its own
/// (BuildDeviceList in pa_linux_alsa.c counts no device names) and takes the process with it.
bool AlsaIsConfigured() {
  const char* path = std::getenv("ALSA_CONFIG_PATH");
  if (path == nullptr) path = "/usr/share/alsa/alsa.conf";
  return access(path, R_OK) == 0 || std::string_view(path).find(':') != std::string_view::npos;
}

/// Pa_Initialize .. Pa_Terminate, under the mutex.
class PortAudioSession {
 public:
  PortAudioSession() : lock_(PortAudioMutex()) {
    if (!AlsaIsConfigured()) return;
    const StderrSilencer silencer;
    error_ = Pa_Initialize();
  }
  ~PortAudioSession() {
    if (error_ != paNoError) return;
    const StderrSilencer silencer;
    Pa_Terminate();
  }
  PortAudioSession(const PortAudioSession&) = delete;
  PortAudioSession& operator=(const PortAudioSession&) = delete;

  Status status() const {
    if (error_ == paNoError) return {};
    if (error_ == paNotInitialized) return {ErrorCode::kNotFound, "there is no sound system"};
    return {ErrorCode::kIo, std::string("audio system: ") + Pa_GetErrorText(error_)};
  }

 private:
  std::lock_guard<std::mutex> lock_;
  PaError error_ = paNotInitialized;
};

std::vector<InputDevice> InputDevices() {
  std::vector<InputDevice> devices;
  for (int i = 0; i < Pa_GetDeviceCount(); ++i) {
    const PaDeviceInfo* info = Pa_GetDeviceInfo(i);
    if (info == nullptr || info->maxInputChannels < 1) continue;
    const PaHostApiInfo* api = Pa_GetHostApiInfo(info->hostApi);
    devices.push_back({.index = i,
                       .name = info->name,
                       .host_api = api == nullptr ? "" : api->name,
                       .max_channels = info->maxInputChannels,
                       .default_rate_hz = info->defaultSampleRate,
                       .is_default = i == Pa_GetDefaultInputDevice()});
  }
  return devices;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// An open input stream of 32-bit floats.
class InputStream {
 public:
  /// Tries the device's own rate before the target's and the common ones, mono before stereo.
  static Result<InputStream> Open(const InputDevice& device, int target_rate_hz) {
    const StderrSilencer silencer;
    const int own_rate = static_cast<int>(std::lround(device.default_rate_hz));
    PaError error = paInvalidSampleRate;
    for (int rate : {own_rate, target_rate_hz, 48000, 44100, 16000, 8000}) {
      for (int channels = 1; channels <= std::min(2, device.max_channels); ++channels) {
        const PaStreamParameters input = {device.index, channels, paFloat32, kLatencySeconds,
                                          nullptr};
        InputStream stream;
        error = Pa_OpenStream(&stream.stream_, &input, nullptr, rate, paFramesPerBufferUnspecified,
                              paClipOff, nullptr, nullptr);
        if (error != paNoError) continue;
        stream.rate_hz_ = rate;
        stream.channels_ = channels;
        error = Pa_StartStream(stream.stream_);
        if (error == paNoError) return stream;
      }
    }
    return {ErrorCode::kIo, device.name + ": " + Pa_GetErrorText(error)};
  }

  InputStream(InputStream&& other) noexcept
      : stream_(std::exchange(other.stream_, nullptr)),
        rate_hz_(other.rate_hz_),
        channels_(other.channels_) {}
  ~InputStream() {
    if (stream_ == nullptr) return;
    const StderrSilencer silencer;
    Pa_AbortStream(stream_);
    Pa_CloseStream(stream_);
  }

  int rate_hz() const { return rate_hz_; }

  /// Waits for mono.size() frames and averages their channels; counts losses in `overflows`.
  Status Read(std::span<double> mono, int* overflows) {
    const auto wanted = static_cast<signed long>(mono.size());
    const auto deadline = Clock::now() + kStall;
    for (;;) {  // never block inside PortAudio: a dead device would hold us for ever
      const signed long available = Pa_GetStreamReadAvailable(stream_);
      if (available >= wanted) break;
      if (available < 0 && available != paInputOverflowed) {
        return Failure(static_cast<PaError>(available));
      }
      if (Clock::now() > deadline) {
        return {ErrorCode::kIo, "the microphone delivers nothing"};
      }
      std::this_thread::sleep_for(kPoll);
    }
    const auto channels = static_cast<std::size_t>(channels_);
    interleaved_.resize(mono.size() * channels);
    const PaError error = Pa_ReadStream(stream_, interleaved_.data(), mono.size());
    if (error == paInputOverflowed) ++*overflows;
    if (error != paNoError && error != paInputOverflowed) return Failure(error);
    for (std::size_t frame = 0; frame < mono.size(); ++frame) {
      double sum = 0.0;
      for (std::size_t c = 0; c < channels; ++c) sum += interleaved_[frame * channels + c];
      if (!std::isfinite(sum)) return {ErrorCode::kIo, "the microphone delivers no numbers"};
      mono[frame] = sum / static_cast<double>(channels);
    }
    return {};
  }

 private:
  InputStream() = default;
  static Status Failure(PaError error) {
    return {ErrorCode::kIo, std::string("the microphone fails: ") + Pa_GetErrorText(error)};
  }

  PaStream* stream_ = nullptr;
  int rate_hz_ = 0;
  int channels_ = 0;
  SecureVector<float> interleaved_;
};

/// Pulls blocks until an end is reached.
Status Pull(InputStream* stream, const CaptureOptions& options, Capture* capture) {
  VOIZK_ASSIGN_OR_RETURN(MonoResampler resampler,
                         MonoResampler::Create(stream->rate_hz(), options.target_rate_hz));
  SecureVector<double> block(static_cast<std::size_t>(stream->rate_hz() * kLevelBlockSeconds));
  EndpointDetector endpoint(options.trailing_silence_seconds);
  std::size_t frames = 0;
  for (;;) {
    VOIZK_RETURN_IF_ERROR(stream->Read(block, &capture->overflows));
    VOIZK_RETURN_IF_ERROR(resampler.Push(block, &capture->pcm.samples));
    frames += block.size();
    const double seconds = static_cast<double>(frames) / stream->rate_hz();
    double peak = 0.0;
    for (double x : block) peak = std::max(peak, std::abs(x));
    const double level = ToDbfs(BlockRms(block));
    endpoint.Add(level);
    const CaptureLevel step = {seconds, std::min(level, 0.0), std::min(ToDbfs(peak), 0.0),
                               endpoint.loud()};
    if (options.on_level && !options.on_level(step)) {
      capture->end = CaptureEnd::kStopped;
      break;
    }
    if (options.trailing_silence_seconds > 0.0 && endpoint.ended()) {
      capture->end = CaptureEnd::kTrailingSilence;
      break;
    }
    if (seconds >= options.max_seconds) {
      capture->end = CaptureEnd::kDuration;
      break;
    }
  }
  return resampler.Finish(&capture->pcm.samples);
}

}  // namespace

Result<std::vector<InputDevice>> ListInputDevices() try {
  const PortAudioSession session;
  VOIZK_RETURN_IF_ERROR(session.status());
  return InputDevices();
} catch (...) {
  return ErrorOfException();
}

Result<std::size_t> ChooseDevice(std::span<const InputDevice> devices,
                                 std::string_view wanted) try {
  if (devices.empty()) return {ErrorCode::kNotFound, "there is no microphone"};
  std::optional<int> index;
  int number = 0;
  const char* end = wanted.data() + wanted.size();
  const auto parsed = std::from_chars(wanted.data(), end, number);
  if (!wanted.empty() && parsed.ec == std::errc() && parsed.ptr == end) index = number;

  std::vector<std::size_t> containing;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (wanted.empty() ? devices[i].is_default : devices[i].name == wanted) return i;
    if (index.has_value() && devices[i].index == *index) return i;
    if (Lower(devices[i].name).find(Lower(wanted)) != std::string::npos) containing.push_back(i);
  }
  if (wanted.empty()) return std::size_t{0};
  if (containing.size() == 1 && !index.has_value()) return containing.front();
  if (containing.empty() || index.has_value()) {
    return {ErrorCode::kNotFound, "there is no microphone \"" + std::string(wanted) + "\""};
  }
  return {ErrorCode::kInvalidArgument,
          "several microphones are called like \"" + std::string(wanted) + "\""};
} catch (...) {
  return ErrorOfException();
}

Result<Capture> Record(const CaptureOptions& options) try {
  if (!(options.max_seconds > 0.0 && options.max_seconds <= kMaxSeconds) ||
      options.trailing_silence_seconds < 0.0) {
    return {ErrorCode::kInvalidArgument, "the duration is outside (0, 600] seconds"};
  }
  const PortAudioSession session;
  VOIZK_RETURN_IF_ERROR(session.status());
  const std::vector<InputDevice> devices = InputDevices();
  VOIZK_ASSIGN_OR_RETURN(const std::size_t choice, ChooseDevice(devices, options.device));
  VOIZK_ASSIGN_OR_RETURN(InputStream stream,
                         InputStream::Open(devices[choice], options.target_rate_hz));
  Capture capture;
  capture.device = devices[choice].name;
  capture.device_rate_hz = stream.rate_hz();
  capture.pcm.rate_hz = options.target_rate_hz;
  VOIZK_RETURN_IF_ERROR(Pull(&stream, options, &capture));
  return capture;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
