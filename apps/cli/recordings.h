// Where the commands that need speech get it from: a file, or the microphone.
#ifndef VOIZK_CLI_RECORDINGS_H_
#define VOIZK_CLI_RECORDINGS_H_

#include <optional>
#include <string>

#include "common.h"

namespace voizk::cli {

struct RecordingOptions {
  std::string file;  // empty: microphone
  std::optional<int> raw_rate_hz;
  std::string device;
  double seconds = 8.0;
  double trailing_silence_s = 0.8;  // ends a recording from the microphone
  double max_file_seconds = 60.0;
  bool one_bucket = true;  // all of it has to fit into one proof
};

/// Adds --raw-rate.
void AddRawRateOption(CLI::App* command, std::optional<int>* raw_rate_hz);
/// Adds --audio (unless the command takes several files), --raw-rate, --device, --seconds.
void AddRecordingOptions(CLI::App* command, RecordingOptions* options, bool with_file);
/// The longest recording that the bundle's longest bucket holds (quiet ends are cut off a longer
/// one first).
double LongestSeconds(const Bundle& bundle);
/// The file, or a recording that ends by itself after the speech.  At the bundle's rate.  One that
/// is too long for one proof is said to be, with the limit, on stderr or in the error.
Result<PcmBuffer> GetRecording(const Context& context, const Bundle& bundle,
                               const RecordingOptions& options);
/// The local look at level, length and clipping, the same for every command; kNone when the
/// pipeline may judge the rest.
Refusal QuickRefusal(const PcmBuffer& pcm);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_RECORDINGS_H_
