// voizk features: what the pipeline hears, drawn for the owner of the voice.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "draw_features.h"
#include "recordings.h"
#include "voizk/login.h"

namespace voizk::cli {
namespace features_command {
namespace {

struct Options {
  RecordingOptions recording;
  std::string out;
};

Result<FeatureView> Draw(const Options& options, const Context& context, double* seconds) {
  VOIZK_RETURN_IF_ERROR(
      CheckFiles(context, {.inputs = {options.recording.file}, .outputs = {options.out}}));
  VOIZK_ASSIGN_OR_RETURN(const Bundle bundle, context.LoadBundle());
  VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, GetRecording(context, bundle, options.recording));
  *seconds = pcm.seconds();
  VOIZK_ASSIGN_OR_RETURN(FeatureView view, ComputeFeatures(bundle, pcm.samples, context.Work()));
  if (const Refusal refusal = QuickRefusal(pcm); refusal != Refusal::kNone) view.refusal = refusal;
  if (!options.out.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const std::string svg, DrawFeaturesSvg(pcm.samples, pcm.rate_hz, view));
    VOIZK_RETURN_IF_ERROR(WriteFile(options.out, svg, ReadableBy::kOwner));
  }
  return view;
}

int Run(const Options& options, const Context& context) {
  double seconds = 0;
  const auto view = Draw(options, context, &seconds);
  if (!view.ok()) return ReportError(context, view.error());
  nlohmann::ordered_json words = nlohmann::ordered_json::array();
  std::string heard;
  for (const Word& word : view->words) {
    words.push_back({{"text", word.text},
                     {"begin_s", word.begin_frame * view->frame_seconds},
                     {"end_s", word.end_frame * view->frame_seconds}});
    heard += word.text + " ";
  }
  uint32_t voiced = 0;
  for (const uint8_t v : view->voiced) voiced += v;
  PrintBeside(
      context, options.out,
      {{"seconds", seconds},
       {"bucket", view->bucket},
       {"voiced_seconds", voiced * view->frame_seconds},
       {"words", words},
       {"would_refuse", Name(view->refusal)},
       {"drawing", options.out}},
      fmt::format(
          "{:.2f} s, voiced {:.2f} s, heard: {}{}", seconds, voiced * view->frame_seconds, heard,
          view->refusal == Refusal::kNone ? "" : fmt::format("\n{}", RefusalText(view->refusal))));
  return kExitOk;
}

}  // namespace
}  // namespace features_command

void AddFeatures(CLI::App* app, Context* context) {
  auto options = std::make_shared<features_command::Options>();
  CLI::App* command = app->add_subcommand(
      "features", "Waveform, voice activity, log-mel and recognised words of a recording");
  AddRecordingOptions(command, &options->recording, true);
  command->add_option("--out", options->out,
                      "SVG file to write (readable by you alone), - for standard output");
  command->callback(
      [options, context] { context->exit_code = features_command::Run(*options, *context); });
}

}  // namespace voizk::cli
