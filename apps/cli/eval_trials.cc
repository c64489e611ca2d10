// voizk eval LIST: scores of a trial list and what they say.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/threads.h"
#include "draw_rates.h"
#include "eval_scoring.h"
#include "evaluation/trials/score_file.h"
#include "evaluation/voice/voice_score.h"
#include "interrupt.h"
#include "login/bundle/bundle_data.h"

namespace voizk::cli {
namespace eval_trials {
namespace {

struct Scored {
  std::vector<ScoredTrial> trials;
  std::vector<uint32_t> used;  // their numbers in the list
};

Scored WithScores(const Asked& asked, const std::vector<double>& scores) {
  Scored scored;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    const Trial& trial = asked.list.trials[i];
    scored.trials.push_back({scores[i], trial.target, asked.speakers.enrolled[trial.enrol],
                             asked.speakers.tested[trial.test]});
    scored.used.push_back(static_cast<uint32_t>(i));
  }
  return scored;
}

nlohmann::ordered_json UnscoredJson(const Unscored& unscored, const EvalVoices& voices,
                                    size_t longer) {
  nlohmann::ordered_json refused = nlohmann::ordered_json::object();
  for (const auto& [reason, count] : unscored.recordings) refused[reason] = count;
  return {{"recordings", voices.voices.size()},
          {"resumed", voices.resumed},
          {"refused", refused},
          {"models_without_template", unscored.models},
          {"models_of_fewer_recordings", unscored.smaller},
          {"trials_without_score", unscored.trials},
          {"longer_than_a_login", longer}};
}

std::string UnscoredText(const Unscored& unscored, const EvalVoices& voices, size_t longer) {
  std::string text = fmt::format("{} recordings heard", voices.voices.size());
  if (voices.resumed > 0) text += fmt::format(", {} of them before", voices.resumed);
  for (const auto& [reason, count] : unscored.recordings) {
    text += fmt::format(", {} refused ({})", count, reason);
  }
  if (unscored.smaller > 0) {
    text +=
        fmt::format("; {} models are enrolled from fewer recordings than listed", unscored.smaller);
  }
  if (unscored.trials > 0) text += fmt::format("; {} trials have no score", unscored.trials);
  if (longer > 0) {
    text += fmt::format("; {} tested recordings are longer than a login: the first part counts",
                        longer);
  }
  return text + "\n";
}

size_t CountLonger(const Asked& asked, const EvalVoices& voices) {
  return static_cast<size_t>(std::ranges::count_if(
      asked.plan.tested, [&](uint32_t u) { return voices.voices[u].voice.pieces.size() > 1; }));
}

/// Writes plots and prints everything.
Status Report(const EvalOptions& options, const Context& context, const Bundle& bundle,
              Asked* asked, const EvalVoices& voices, const std::vector<double>& scores,
              const Unscored& unscored, ThreadPool* pool) {
  const Scored scored = WithScores(*asked, scores);
  if (asked->by_length) {
    std::vector<double> seconds;
    for (const KeptVoice& voice : voices.voices) seconds.push_back(voice.seconds);
    asked->conditions.push_back(ByLength(asked->list, asked->plan, seconds));
  }
  const double threshold = VoiceThreshold(bundle.data().decision);
  const RatesRequest request{threshold, static_cast<size_t>(options.draws)};
  const auto blocks = MeasureBlocks(scored.trials, scored.used, asked->conditions, request, pool);
  VOIZK_RETURN_IF_ERROR(
      WritePlots(options.plots, {{.title = bundle.name(), .trials = scored.trials}}, threshold));
  const size_t longer = CountLonger(*asked, voices);
  nlohmann::ordered_json json{{"bundle", Hex(bundle.digest())},
                              {"threshold", threshold},
                              {"speakers_from", asked->speakers.labelled ? "table" : "trials"},
                              {"heard", UnscoredJson(unscored, voices, longer)},
                              {"all", ToJson(blocks.front(), true)},
                              {"conditions", nlohmann::ordered_json::array()},
                              {"scores", options.scores},
                              {"plots", options.plots}};
  std::string text = UnscoredText(unscored, voices, longer);
  for (size_t b = 0; b < blocks.size(); ++b) {
    if (b > 0) json["conditions"].push_back(ToJson(blocks[b], true));
    text += ToText(blocks[b], true);
  }
  if (!asked->speakers.labelled) {
    text += "Nobody said who speaks: who is one person in a target trial counts as one speaker.\n";
  }
  text.pop_back();
  PrintBeside(context, options.scores, json, text);
  return {};
}

std::string KeptPath(const EvalOptions& options) { return options.scores + ".embeddings"; }

Status Prepare(const EvalOptions& options, const Context& context,
               std::vector<std::string>* outputs) {
  *outputs = options.plots;
  outputs->insert(outputs->end(), {options.scores, options.write_list});
  if (options.resume && (options.scores.empty() || options.scores == "-")) {
    return {ErrorCode::kInvalidArgument, "--resume needs --scores FILE, beside which it keeps"};
  }
  for (const std::string& plot : options.plots) VOIZK_RETURN_IF_ERROR(CheckPlotName(plot));
  return CheckFiles(
      context, {.inputs = {options.list, options.models, options.utterances}, .outputs = *outputs});
}

Status Run(const EvalOptions& options, const Context& context) {
  std::vector<std::string> outputs;
  VOIZK_RETURN_IF_ERROR(Prepare(options, context, &outputs));
  VOIZK_ASSIGN_OR_RETURN(const Bundle bundle, context.LoadBundle());
  VOIZK_ASSIGN_OR_RETURN(Asked asked, ReadAsked(options));
  VOIZK_RETURN_IF_ERROR(CheckRecordings(options, context, asked.recordings, outputs));
  if (!options.write_list.empty()) {
    const ListFormat format =
        options.write_format == "kaldi" ? ListFormat::kKaldi : ListFormat::kVoxCeleb;
    VOIZK_RETURN_IF_ERROR(WriteFile(options.write_list, FormatTrialList(asked.list, format)));
  }
  std::optional<KeptFile> kept;
  if (options.resume) {
    VOIZK_ASSIGN_OR_RETURN(KeptFile file, KeptFile::Open(KeptPath(options), bundle.digest()));
    kept.emplace(std::move(file));
    if (ProgressShown(context)) {
      WriteErr(fmt::format("{}: embeddings, which are biometric data, until this is done\n",
                           Printable(KeptPath(options))));
    }
  }
  // A signal ends the hearing, and what is done is written first.
  std::optional<Unbroken> whole(std::in_place);
  VOIZK_ASSIGN_OR_RETURN(
      const EvalVoices voices,
      EmbedAll(options, context, bundle, asked.plan, asked.recordings, kept ? &*kept : nullptr));
  ThreadPool pool(static_cast<size_t>(context.Threads()));
  Unscored unscored;
  const std::vector<double> scores =
      ScoreTrials(bundle.data().decision, asked, voices, &unscored, &pool);
  const std::string text = FormatScores(asked.list, scores);
  if (!options.scores.empty() && !text.empty()) {
    VOIZK_RETURN_IF_ERROR(WriteFile(options.scores, text, ReadableBy::kOwner));
  }
  whole.reset();  // a signal that waits ends the program here
  if (voices.outcome.error) return *voices.outcome.error;
  VOIZK_RETURN_IF_ERROR(Report(options, context, bundle, &asked, voices, scores, unscored, &pool));
  return kept ? kept->Delete() : Status();
}

}  // namespace
}  // namespace eval_trials

int EvalTrials(const EvalOptions& options, const Context& context) {
  const Status status = eval_trials::Run(options, context);
  return status.ok() ? static_cast<int>(kExitOk) : ReportError(context, status.error());
}

}  // namespace voizk::cli
