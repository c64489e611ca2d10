// The microphone (PortAudio).  Like decoding, this lies before the proof.
//
// PortAudio has one state per process: calls of this header exclude one another.  stderr (file
// descriptor 2) is silent while PortAudio probes and opens devices, for all threads: its back ends
// print on their own account.
#ifndef VOIZK_MICROPHONE_H_
#define VOIZK_MICROPHONE_H_

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/audio.h"
#include "voizk/result.h"

namespace voizk {

struct InputDevice {
  int index;  // as PortAudio numbers them; may change when devices come and go
  std::string name;
  std::string host_api;
  int max_channels;
  double default_rate_hz;
  bool is_default;
};

/// All devices that can record; possibly none.  kNotFound: no sound system; kIo: PortAudio fails.
Result<std::vector<InputDevice>> ListInputDevices();

/// The entry of `devices` that `wanted` means: empty, the default one (or else the first); a
/// number, that index; otherwise the name, or else the only name containing it, case ignored.
/// kNotFound: none; kInvalidArgument: several.
Result<std::size_t> ChooseDevice(std::span<const InputDevice> devices, std::string_view wanted);

/// One step of the level meter, 20 ms.
struct CaptureLevel {
  double seconds;    // recorded so far
  double rms_dbfs;   // -120 .. 0
  double peak_dbfs;  // -120 .. 0
  bool loud;         // above the noise floor
};

struct CaptureOptions {
  std::string device;  // see ChooseDevice
  int target_rate_hz = 8000;
  double max_seconds = 15.0;  // (0, 600]
  /// > 0: stop when it has been quiet for so long after speech.
  double trailing_silence_seconds = 0.0;
  /// Called on the recording thread after each step; false stops the recording.  May be empty.
  std::function<bool(const CaptureLevel&)> on_level;
};

enum class CaptureEnd { kDuration, kTrailingSilence, kStopped };

struct Capture {
  PcmBuffer pcm;
  CaptureEnd end = CaptureEnd::kDuration;
  std::string device;
  double device_rate_hz = 0.0;
  /// Times that the device lost samples because they were not fetched in time; such a recording
  /// has gaps and should not be used.
  int overflows = 0;
};

/// Records on the calling thread until one of the ends above.  Several channels are averaged.
/// kNotFound: no such device, or none at all.  kInvalidArgument: options out of range.
/// kIo: the device cannot be opened, fails, or delivers nothing for three seconds.
Result<Capture> Record(const CaptureOptions& options);

}  // namespace voizk

#endif  // VOIZK_MICROPHONE_H_
