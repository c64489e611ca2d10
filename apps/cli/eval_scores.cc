// voizk eval --compare A [B]: scores that anything made, alone or beside others of the same trials.
#include <fmt/format.h>

#include "base/threads.h"
#include "draw_rates.h"
#include "eval_options.h"
#include "eval_report.h"
#include "evaluation/trials/score_file.h"

namespace voizk::cli {
namespace eval_scores {
namespace {

struct System {
  std::string name;
  RatesBlock block;
  std::vector<ScoredTrial> trials;
};

Result<std::vector<ScoredList>> ReadScores(const EvalOptions& options) {
  std::optional<TrialList> labels;
  if (!options.list.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(options.list));
    VOIZK_ASSIGN_OR_RETURN(labels, ParseTrialList(text, options.list));
  }
  std::vector<ScoredList> all;
  for (const std::string& file : options.compare) {
    VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(file));
    VOIZK_ASSIGN_OR_RETURN(ScoredList scored, ParseScores(text, file, labels ? &*labels : nullptr));
    all.push_back(std::move(scored));
  }
  return all;
}

/// One system's figures, or two and the differences, to JSON and text.
void Tell(const EvalOptions& options, const Context& context, const std::vector<System>& systems,
          const Intervals& differences, bool labelled) {
  nlohmann::ordered_json json{{"speakers_from", labelled ? "table" : "trials"},
                              {"systems", nlohmann::ordered_json::array()},
                              {"plots", options.plots}};
  for (const System& s : systems) {
    nlohmann::ordered_json one = ToJson(s.block, false);
    one["file"] = s.name;
    json["systems"].push_back(one);
  }
  std::string text;
  if (systems.size() == 1) {
    text = ToText(systems[0].block, false);
  } else {
    const RatesBlock &a = systems[0].block, &b = systems[1].block;
    text = fmt::format("{} target and {} nontarget trials, {} speakers\n{:<22} {:<24} {:<24} {}\n",
                       a.targets, a.nontargets, a.speakers, "", Printable(systems[0].name),
                       Printable(systems[1].name), "first less second");
    nlohmann::ordered_json difference = nlohmann::ordered_json::object();
    for (size_t r = 0; a.rates && b.rates && r < static_cast<size_t>(Rate::kFmrAtThreshold); ++r) {
      const auto rate = static_cast<Rate>(r);
      if (SupportOf(rate, a.nontargets) == Support::kNone) continue;
      const double by = (*a.rates)[r] - (*b.rates)[r];
      difference[NameOf(rate)] = ValueJson(by, differences[r]);
      text += fmt::format("{:<22} {:<24} {:<24} {}\n", TitleOf(rate),
                          ValueText(rate, (*a.rates)[r], a.intervals[r]),
                          ValueText(rate, (*b.rates)[r], b.intervals[r]),
                          ValueText(rate, by, differences[r]));
    }
    json["difference"] = difference;
  }
  text.pop_back();
  Print(context, json, text);
}

Status Run(const EvalOptions& options, const Context& context) {
  FilePlan files{.inputs = options.compare, .outputs = options.plots};
  files.inputs.insert(files.inputs.end(), {options.list, options.models, options.utterances});
  for (const std::string& plot : options.plots) VOIZK_RETURN_IF_ERROR(CheckPlotName(plot));
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, files));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<ScoredList> all, ReadScores(options));
  VOIZK_ASSIGN_OR_RETURN(const auto models, ReadModels(options));
  VOIZK_ASSIGN_OR_RETURN(const auto table, ReadUtterances(options));
  const ScoredList& first = all.front();
  VOIZK_ASSIGN_OR_RETURN(const TrialPlan plan, PlanTrials(first.list, models ? &*models : nullptr,
                                                          table ? &*table : nullptr));
  VOIZK_ASSIGN_OR_RETURN(const Speakers speakers,
                         FindSpeakers(first.list, plan, table ? &*table : nullptr));
  ThreadPool pool(static_cast<size_t>(context.Threads()));
  const RatesRequest request{std::nullopt, static_cast<size_t>(options.draws)};
  std::vector<System> systems;
  for (const ScoredList& scored : all) {
    VOIZK_ASSIGN_OR_RETURN(const std::vector<double> scores, Aligned(first, scored));
    System system{.name = scored.list.file, .block = {}, .trials = {}};
    for (size_t i = 0; i < scores.size(); ++i) {
      const Trial& t = first.list.trials[i];
      system.trials.push_back(
          {scores[i], t.target, speakers.enrolled[t.enrol], speakers.tested[t.test]});
    }
    system.block = MeasureBlock(system.trials, request, &pool);
    systems.push_back(std::move(system));
  }
  Intervals differences;
  if (systems.size() == 2) {
    differences =
        DifferenceIntervals(SortedTrials(systems[0].trials, std::nullopt),
                            SortedTrials(systems[1].trials, std::nullopt),
                            SpeakerDraws(systems[0].trials, request.draws, kEvalSeed), &pool);
  }
  std::vector<PlottedSystem> plotted;
  plotted.reserve(systems.size());
  for (const System& s : systems) plotted.push_back({.title = s.name, .trials = s.trials});
  VOIZK_RETURN_IF_ERROR(WritePlots(options.plots, plotted, std::nullopt));
  Tell(options, context, systems, differences, speakers.labelled);
  return {};
}

}  // namespace
}  // namespace eval_scores

int EvalScores(const EvalOptions& options, const Context& context) {
  const Status status = eval_scores::Run(options, context);
  return status.ok() ? static_cast<int>(kExitOk) : ReportError(context, status.error());
}

}  // namespace voizk::cli
