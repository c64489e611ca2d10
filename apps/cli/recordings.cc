#include "recordings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "meter.h"
#include "voizk/audio.h"

namespace voizk::cli {

namespace {

std::string TooLong(const Bundle& bundle) {
  return fmt::format("at most {:.5g} s between quiet ends fit into one proof",
                     LongestSeconds(bundle));
}

}  // namespace

double LongestSeconds(const Bundle& bundle) {
  return static_cast<double>(bundle.samples(bundle.buckets().back())) / bundle.sample_rate_hz();
}

void AddRawRateOption(CLI::App* command, std::optional<int>* raw_rate_hz) {
  command
      ->add_option("--raw-rate", *raw_rate_hz, "Rate in Hz of headerless .raw files (16 bit, mono)")
      ->check(CLI::Range(DecodeLimits{}.min_rate_hz, DecodeLimits{}.max_rate_hz));
}

void AddRecordingOptions(CLI::App* command, RecordingOptions* options, bool with_file) {
  if (with_file) {
    command->add_option(
        "--audio", options->file,
        "WAV, FLAC, Ogg, MP3, WebM, M4A, AAC or AMR file (default: the microphone)");
  }
  AddRawRateOption(command, &options->raw_rate_hz);
  command->add_option("--device", options->device, "Index or part of the name of an input device");
  command->add_option("--seconds", options->seconds, "Longest recording from the microphone")
      ->check(CLI::Range(1.0, 60.0))
      ->capture_default_str();
}

Result<PcmBuffer> GetRecording(const Context& context, const Bundle& bundle,
                               const RecordingOptions& options) {
  if (!options.file.empty()) {
    auto pcm = LoadRecording(bundle, options.file, options.raw_rate_hz, options.max_file_seconds);
    if (!options.one_bucket) return pcm;
    if (!pcm.ok() && pcm.error().code == ErrorCode::kLimitExceeded) {
      return Error{pcm.error().code, fmt::format("{} ({})", pcm.error().message, TooLong(bundle))};
    }
    if (pcm.ok() && pcm->seconds() > LongestSeconds(bundle) && !context.quiet) {
      WriteErr(fmt::format("{}: {:.5g} s; {}\n", options.file, pcm->seconds(), TooLong(bundle)));
    }
    return pcm;
  }
  CaptureOptions capture;
  capture.device = options.device;
  capture.target_rate_hz = bundle.sample_rate_hz();
  capture.max_seconds =
      options.one_bucket ? std::min(options.seconds, LongestSeconds(bundle)) : options.seconds;
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
