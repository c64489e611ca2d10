#include "eval_scoring.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluation/voice/voice_score.h"
#include "login/relation/template.h"

namespace voizk::cli {
namespace {

constexpr double kNoScore = std::numeric_limits<double>::quiet_NaN();

/// By enrolled model, of its usable recordings; nothing where there is none, or where one was not
/// heard.
std::vector<std::optional<VoiceTemplate>> Templates(const DecisionConfig& c, const Asked& asked,
                                                    const EvalVoices& voices, Unscored* unscored) {
  std::vector<std::optional<VoiceTemplate>> templates;
  for (const std::vector<uint32_t>& model : asked.plan.enrolled) {
    std::vector<Embedding> pieces;
    bool whole = true, heard = true;
    for (const uint32_t u : model) {
      const std::vector<Embedding>& some = voices.voices[u].voice.pieces;
      pieces.insert(pieces.end(), some.begin(), some.end());
      whole = whole && !some.empty();
      heard = heard && voices.heard[u];
    }
    // Enrolment asks for another recording in place of one that is refused; here there is none.
    // One that was not heard would make another model of it.
    auto voice = heard ? AverageEmbeddings(c, pieces)
                       : Result<VoiceTemplate>(ErrorCode::kRefused, "not all was heard");
    unscored->models += voice.ok() ? 0 : 1;
    unscored->smaller += voice.ok() && !whole ? 1 : 0;
    templates.push_back(voice.ok() ? std::optional(*voice) : std::nullopt);
  }
  return templates;
}

}  // namespace

Result<Asked> ReadAsked(const EvalOptions& options) {
  Asked asked;
  VOIZK_ASSIGN_OR_RETURN(const std::string text, ReadText(options.list));
  VOIZK_ASSIGN_OR_RETURN(asked.list, ParseTrialList(text, options.list));
  VOIZK_ASSIGN_OR_RETURN(const auto models, ReadModels(options));
  VOIZK_ASSIGN_OR_RETURN(asked.table, ReadUtterances(options));
  const UtteranceTable* table = asked.table ? &*asked.table : nullptr;
  VOIZK_ASSIGN_OR_RETURN(asked.plan, PlanTrials(asked.list, models ? &*models : nullptr, table));
  VOIZK_ASSIGN_OR_RETURN(asked.speakers, FindSpeakers(asked.list, asked.plan, table));
  for (size_t u = 0; u < asked.plan.pieces.size(); ++u) {
    asked.recordings.push_back({asked.plan.pieces[u], asked.plan.where[u]});
  }
  for (const std::string& column : options.by) {
    if (column == "length" && (table == nullptr || !table->Column(column))) {
      asked.by_length = true;
    } else if (table == nullptr) {
      return {ErrorCode::kInvalidArgument, "--by " + column + " needs --utterances"};
    } else {
      VOIZK_ASSIGN_OR_RETURN(Condition condition, ByColumn(asked.list, asked.plan, *table, column));
      asked.conditions.push_back(std::move(condition));
    }
  }
  return asked;
}

std::vector<double> ScoreTrials(const DecisionConfig& c, const Asked& asked,
                                const EvalVoices& voices, Unscored* unscored, ThreadPool* pool) {
  for (size_t u = 0; u < voices.voices.size(); ++u) {
    const Refusal refusal = voices.voices[u].voice.refusal;
    if (voices.heard[u] && refusal != Refusal::kNone) ++unscored->recordings[Name(refusal)];
  }
  const auto templates = Templates(c, asked, voices, unscored);
  std::vector<double> scores(asked.list.trials.size(), kNoScore);
  pool->ParallelFor(scores.size(), 1024, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const Trial& trial = asked.list.trials[i];
      const auto& voice = templates[trial.enrol];
      const auto& pieces = voices.voices[asked.plan.tested[trial.test]].voice.pieces;
      if (!voice || pieces.empty()) continue;
      scores[i] = VoiceScore(c, pieces.front().span(), voice->span());
    }
  });
  unscored->trials =
      static_cast<size_t>(std::ranges::count_if(scores, [](double s) { return std::isnan(s); }));
  return scores;
}

}  // namespace voizk::cli
