// voizk eval: error rates of a population, by the integer models that are proven.
#include <memory>

#include "eval_options.h"

namespace voizk::cli {
namespace eval_command {
namespace {

int Run(const EvalOptions& options, const Context& context) {
  const bool trials = !options.list.empty() && options.compare.empty();
  const int kinds =
      (trials ? 1 : 0) + (options.phrases.empty() ? 0 : 1) + (options.compare.empty() ? 0 : 1);
  if (kinds != 1) {
    return ReportError(context, {ErrorCode::kInvalidArgument,
                                 "eval: give a LIST, --phrases LIST or --compare SCORES; see voizk "
                                 "help eval"});
  }
  if (trials) return EvalTrials(options, context);
  return options.phrases.empty() ? EvalScores(options, context) : EvalPhrases(options, context);
}

}  // namespace
}  // namespace eval_command

void AddEval(CLI::App* app, Context* context) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app->add_subcommand(
      "eval", "Error rates on lists of recordings, with intervals (docs/accuracy.md)");
  command->add_option("list", options->list,
                      "Trials: \"ENROL TEST target|nontarget\" or \"1|0 ENROL TEST\" a line");
  command->add_option("--models", options->models,
                      "What to enrol from: \"MODEL RECORDING RECORDING ..\" a line");
  command->add_option("--utterances", options->utterances,
                      "Table with a line of names, by tabs: id, path, speaker, start_s, "
                      "duration_s, conditions");
  command->add_option("--audio", options->audio, "Folder in which the recordings lie");
  command->add_option("--raw-rate", options->raw_rate_hz, "Rate of headerless recordings (.raw)")
      ->check(CLI::Range(1000, 384'000));
  command->add_option("--by", options->by, "Rates for each value of this column; length: of tests")
      ->expected(1)
      ->take_all();
  command->add_option("--scores", options->scores, "Write the trials with their scores");
  command->add_flag("--resume", options->resume,
                    "Keep embeddings (biometric data, mode 0600) in SCORES.embeddings until all "
                    "is done, and go on from there");
  command->add_option("--plot", options->plots, "DET curve and scores as .svg or .png")
      ->expected(1)
      ->take_all();
  command->add_option("--draws", options->draws, "Draws of speakers for the intervals; 0: none")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  command->add_option("--write-list", options->write_list, "Write the list in --format");
  command->add_option("--format", options->write_format, "kaldi or voxceleb")
      ->check(CLI::IsMember({"kaldi", "voxceleb"}))
      ->capture_default_str();
  command->add_option("--phrases", options->phrases,
                      "Recordings of digits: \"RECORDING DIGITS\" a line");
  command
      ->add_option("--compare", options->compare,
                   "Scores of any system, or of two: both and the difference")
      ->expected(1, 2);
  command->callback(
      [options, context] { context->exit_code = eval_command::Run(*options, *context); });
}

}  // namespace voizk::cli
