// voizk record: a recording from the microphone, with a level meter.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "common.h"
#include "meter.h"
#include "recordings.h"
#include "voizk/audio.h"
#include "wav_output.h"

namespace voizk::cli {
namespace record_command {
namespace {

struct Options {
  std::string out;
  std::string device;
  double seconds = 6.0;
  double trailing_silence = 0.0;
  int rate_hz = 8000;
  bool overwrite = false;
  bool list = false;
  std::vector<std::string> join;
  std::optional<int> raw_rate_hz;
  double gap = 0.1;
};

/// Recordings one after another with `gap` seconds of digital silence around each.
Result<PcmBuffer> Join(const Options& options) {
  PcmBuffer joined;
  joined.rate_hz = options.rate_hz;
  const auto silence = static_cast<size_t>(options.gap * options.rate_hz);
  joined.samples.insert(joined.samples.end(), silence, 0);
  for (const std::string& file : options.join) {
    VOIZK_ASSIGN_OR_RETURN(
        const PcmBuffer part,
        LoadRecording(options.rate_hz, file, options.raw_rate_hz, DecodeLimits{}.max_seconds));
    joined.samples.insert(joined.samples.end(), part.samples.begin(), part.samples.end());
    joined.samples.insert(joined.samples.end(), silence, 0);
  }
  return joined;
}

int RunJoin(const Options& options, const Context& context) {
  const auto joined = Join(options);
  if (!joined.ok()) return ReportError(context, joined.error());
  const Status status = WriteRecording(options.out, *joined, options.overwrite);
  if (!status.ok()) return ReportError(context, status.error());
  PrintBeside(context, options.out, {{"file", options.out}, {"seconds", joined->seconds()}},
              fmt::format("{}: {:.1f} s, {} recordings joined", options.out, joined->seconds(),
                          options.join.size()));
  return kExitOk;
}

int List(const Context& context) {
  const auto devices = ListInputDevices();
  if (!devices.ok()) return ReportError(context, devices.error());
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string text;
  for (const InputDevice& device : *devices) {
    json.push_back({{"index", device.index},
                    {"name", device.name},
                    {"host_api", device.host_api},
                    {"channels", device.max_channels},
                    {"rate_hz", device.default_rate_hz},
                    {"default", device.is_default}});
    text += fmt::format("{}{:>3}  {} ({}, {} channels, {:.0f} Hz)\n", device.is_default ? "*" : " ",
                        device.index, device.name, device.host_api, device.max_channels,
                        device.default_rate_hz);
  }
  if (text.empty()) text = "no input device\n";
  text.pop_back();
  Print(context, {{"devices", json}}, text);
  return kExitOk;
}

int Run(const Options& options, const Context& context) {
  if (options.list) return List(context);
  if (options.out.empty()) {
    return ReportError(context, {ErrorCode::kInvalidArgument, "record needs --out or --list"});
  }
  const FilePlan plan{
      .inputs = options.join, .outputs = {options.out}, .may_replace = options.overwrite};
  if (const Status status = CheckFiles(context, plan); !status.ok()) {
    return ReportError(context, status.error());
  }
  if (!options.join.empty()) return RunJoin(options, context);
  CaptureOptions capture;
  capture.device = options.device;
  capture.target_rate_hz = options.rate_hz;
  capture.max_seconds = options.seconds;
  capture.trailing_silence_seconds = options.trailing_silence;
  capture.on_level = LevelMeter(context);
  auto recorded = Record(capture);
  FinishLevelMeter(context);
  if (!recorded.ok()) return ReportError(context, recorded.error());
  const Status status = WriteRecording(options.out, recorded->pcm, options.overwrite);
  if (!status.ok()) return ReportError(context, status.error());
  const QualityReport quality = CheckQuality(recorded->pcm);
  nlohmann::ordered_json problems = nlohmann::ordered_json::array();
  std::string text = fmt::format("{}: {:.1f} s from {}, level {:.0f} dBFS", options.out,
                                 quality.seconds, recorded->device, quality.level_dbfs);
  for (const QualityProblem problem : quality.problems) {
    problems.push_back(Name(problem));
    text += fmt::format("\n{}", Advice(problem));
  }
  if (recorded->overflows > 0) text += "\nThe device lost samples: record again.";
  PrintBeside(context, options.out,
              {{"file", options.out},
               {"seconds", quality.seconds},
               {"rate_hz", recorded->pcm.rate_hz},
               {"device", recorded->device},
               {"level_dbfs", quality.level_dbfs},
               {"overflows", recorded->overflows},
               {"problems", problems}},
              text);
  return kExitOk;
}

}  // namespace
}  // namespace record_command

void AddRecord(CLI::App* app, Context* context) {
  auto options = std::make_shared<record_command::Options>();
  CLI::App* command = app->add_subcommand("record", "Record from the microphone to a WAV file");
  command->add_option("--out", options->out,
                      "WAV file to write (readable by you alone), - for standard output");
  command->add_option("--device", options->device, "Index or part of the name of an input device");
  command->add_option("--seconds", options->seconds, "Longest recording")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command
      ->add_option("--stop-after-silence", options->trailing_silence,
                   "Stop after so many quiet seconds behind speech (0: never)")
      ->check(CLI::Range(0.0, 600.0));
  command->add_option("--rate", options->rate_hz, "Sample rate in Hz")
      ->check(CLI::Range(DecodeLimits{}.min_rate_hz, DecodeLimits{}.max_rate_hz))
      ->capture_default_str();
  command->add_flag("--overwrite", options->overwrite, "Replace an existing file");
  command->add_option("--join", options->join,
                      "In place of the microphone: these files, one after another (a splice, for "
                      "demonstrations)");
  AddRawRateOption(command, &options->raw_rate_hz);
  command->add_option("--gap", options->gap, "Seconds of silence around joined files")
      ->check(CLI::Range(0.0, 5.0))
      ->capture_default_str();
  command->add_flag("--list", options->list, "List input devices");
  command->callback(
      [options, context] { context->exit_code = record_command::Run(*options, *context); });
}

}  // namespace voizk::cli
