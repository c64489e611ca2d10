// Recordings: the microphone and files of any common format to the one form that the rest takes
// (mono, 16 bit, the bundle's rate), back to disk, and a first look at their quality.  All of this
// lies before the proof: nothing downstream trusts it, and everything from the samples on is
// proven.
//
// No global state of ours (two settings of FFmpeg's, see DecodeFile); calls on different data may
// run in parallel.
#ifndef VOIZK_AUDIO_H_
#define VOIZK_AUDIO_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk {

/// Mono samples in [-32768, 32767] at `rate_hz`; secret, hence zeroed when released.
struct PcmBuffer {
  SecureVector<std::int16_t> samples;
  int rate_hz = 0;

  double seconds() const {
    return rate_hz > 0 ? static_cast<double>(samples.size()) / rate_hz : 0.0;
  }
};

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

/// Decodes (FFmpeg's libavformat and libavcodec, libsoxr) what recorders, telephones and browsers
/// write, recognised by content: WAV and RF64 (PCM, float, A-law, u-law, ADPCM, GSM, MP3), FLAC,
/// Ogg (Opus, Vorbis, FLAC, Speex; every link of a chain), MP3, WebM/Matroska, MP4/M4A/3GP (AAC,
/// ALAC, Opus, AMR), AAC (ADTS), AMR; or a headerless file, by its ending ".raw".  Of several sound
/// tracks the first is read.  Channels are averaged; where that cancels the sound (one channel the
/// inverse of another) the loudest alone is used.  Then resampled (soxr HQ, linear phase), rounded
/// and saturated.  Memory: O(limits.max_seconds), whatever the file claims, and reading stops
/// there. What a container claims is compared with what is in it
/// (src/speech/audio/container_check.h): a recording of which a part is missing is refused, one
/// whose header only lacks a length is not.
///
/// Texts begin with the path.
/// kNotFound, kIo        the file cannot be opened or read
/// kInvalidArgument      not a regular file; ".raw" without raw_rate_hz; unusable target rate
/// kMalformed            not audio, damaged, truncated, no samples, NaN or infinity
/// kUnsupported          a rate outside the limits, a codec or container not read here (named)
/// kLimitExceeded        longer, larger or of more channels than the limits allow
///
/// The libraries hold a block of samples in memory of their own, which is not zeroed.  Two settings
/// of FFmpeg's are made for the whole process: it logs nothing, and takes no block above 32 MB.
Result<PcmBuffer> DecodeFile(const std::string& path, const DecodeOptions& options);

/// The same for bytes in memory (no path in the texts); headerless exactly when raw_rate_hz is set.
Result<PcmBuffer> DecodeMemory(std::span<const std::uint8_t> bytes, const DecodeOptions& options);

enum class Overwrite { kNo, kYes };

/// Writes 16-bit mono WAV, readable by its owner alone (mode 0600, also where an older file was
/// open to others), and waits until it is on the disk.  Nothing is written beside the file itself;
/// after an error no half-written file is left.
/// kInvalidArgument: no samples or no rate; the file exists and `overwrite` is kNo.
/// kIo: the file cannot be created or the disk is full (an overwritten recording is then lost).
Status WriteWav(const std::string& path, const PcmBuffer& pcm,
                Overwrite overwrite = Overwrite::kNo);

enum class QualityProblem {
  kSilent,    // no 0.5 s of it reach min_level_dbfs
  kTooShort,  // less active sound than min_active_seconds (not reported when silent)
  kClipped,   // more of the active sound than max_clipped_fraction lies in full-scale runs
};

struct QualityLimits {
  double min_active_seconds = 1.0;
  double min_level_dbfs = -50.0;
  double max_clipped_fraction = 0.002;
};

/// What was measured.  Frames of 20 ms; the level is that of the frame which 0.5 s of others
/// exceed; a frame is active when it lies less than 30 dB below that level and above
/// min_level_dbfs.
struct QualityReport {
  double seconds = 0.0;
  double active_seconds = 0.0;
  double level_dbfs = 0.0;
  /// Samples at or beyond 0.976 of full scale, three or more in a row, over active samples.
  double clipped_fraction = 0.0;
  std::vector<QualityProblem> problems;

  bool ok() const { return problems.empty(); }
};

/// `pcm.rate_hz` must be positive; an empty buffer is silent.
QualityReport CheckQuality(const PcmBuffer& pcm, const QualityLimits& limits = {});

/// A short name for --json ("too_short", "clipped", "silent").
const char* Name(QualityProblem problem);

/// One sentence on what to change.
const char* Advice(QualityProblem problem);

// ---- The microphone (PortAudio) ----
// PortAudio has one state per process: calls of this part exclude one another.  stderr (file
// descriptor 2) is silent while PortAudio probes and opens devices, for all threads: its back ends
// print on their own account.

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

#endif  // VOIZK_AUDIO_H_
