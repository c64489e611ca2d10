#include "recordings.h"

#include <fmt/format.h>

#include "meter.h"
#include "voizk/audio.h"

namespace voizk::cli {

void AddRecordingOptions(CLI::App* command, RecordingOptions* options, bool with_file) {
  if (with_file) {
    command->add_option("--audio", options->file,
                        "WAV, FLAC, OGG or MP3 file of any rate (default: the microphone)");
  }
  command->add_option("--raw-rate", options->raw_rate_hz,
                      "Rate in Hz of a headerless .raw file (16 bit, mono)");
  command->add_option("--device", options->device, "Index or part of the name of an input device");
  command->add_option("--seconds", options->seconds, "Longest recording from the microphone")
      ->check(CLI::Range(1.0, 60.0))
      ->capture_default_str();
}

Result<PcmBuffer> GetRecording(const Context& context, const Bundle& bundle,
                               const RecordingOptions& options) {
  if (!options.file.empty()) {
    return LoadRecording(bundle, options.file, options.raw_rate_hz, options.max_file_seconds);
  }
  CaptureOptions capture;
  capture.device = options.device;
  capture.target_rate_hz = bundle.sample_rate_hz();
  capture.max_seconds = options.seconds;
  capture.trailing_silence_seconds = options.trailing_silence_s;
  capture.on_level = LevelMeter(context);
  auto recorded = Record(capture);
  FinishLevelMeter(context);
  if (!recorded.ok()) return recorded.error();
  if (recorded->overflows > 0) {
    return Error{ErrorCode::kIo, "the device lost samples while recording: try again"};
  }
  return std::move(recorded->pcm);
}

Refusal QuickRefusal(const PcmBuffer& pcm) {
  for (const QualityProblem problem : CheckQuality(pcm).problems) {
    switch (problem) {
      case QualityProblem::kSilent:
        return Refusal::kSilent;
      case QualityProblem::kTooShort:
        return Refusal::kTooShort;
      case QualityProblem::kClipped:
        return Refusal::kClipped;
    }
  }
  return Refusal::kNone;
}

}  // namespace voizk::cli
